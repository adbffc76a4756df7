"""The pieces of a header outside of brackets: each function takes one at a line's place, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Callable

from loglake.kernels.formats.kinds import CLOCKS, DATES, KINDS
from loglake.kernels.formats.learn.patterns import PATTERNS
from loglake.kernels.formats.learn.piece import Piece, State, compiled

TIMES = [(kind, rf"(?:{pattern})(?=[\s\]|,:;)-]|$)") for kind, pattern in {**DATES, **CLOCKS}.items()]


def time(state: State) -> Piece | None:
    """A time, with or without a date."""
    if state.has_time:
        return None
    for kind, pattern in TIMES:
        found = state.match(pattern)
        if found:
            state.has_time, state.has_date = True, kind in DATES
            return state.take(found, state.named("timestamp", kind))
    return None


def level(state: State) -> Piece | None:
    """A level in capitals; in any case if something marks it."""
    if state.has_level:
        return None
    found, kind, is_bare = state.match(PATTERNS["level_in_capitals"]), "capitals", False
    if not found and (state.has_time or state.at == 0):
        found, kind = state.match(PATTERNS["marked_level"]), "any_case"
    if not found and state.has_date:
        found, is_bare = state.match(PATTERNS["bare_level"]), True
    if not found:
        return None
    if state.at == 0 and not _stands_alone(state.line, found.end()):
        if kind != "capitals" or state.line[found.end() : found.end() + 1] != " ":
            return None
        is_bare = True
    state.has_level = True
    is_weak = is_bare or (kind == "any_case" and not state.has_time)
    return state.take(found, state.named("level", kind), is_weak=is_weak)


def _stands_alone(line: str, end: int) -> bool:
    """Whether what follows a level at the start of a line shows that it is one: a colon, a dash, a time, brackets."""
    rest = line[end:]
    followed = rest.lstrip(" \t:|-")
    is_marked = bool(re.match(r" *[:|] |:$| +- |\t", rest)) or followed.startswith("[")
    return is_marked or any(compiled(pattern).match(followed) for _, pattern in TIMES)


def is_before_date(state: State, at: int) -> bool:
    """Whether a date follows a place of the line, perhaps in a bracket."""
    rest = state.line[at : at + 64].lstrip(" \t").removeprefix("[")
    return any(compiled(pattern).match(rest) for kind, pattern in TIMES if kind in DATES)


def host(state: State) -> Piece | None:
    """A host, or a worker on one, before a date in brackets."""
    found = state.match(PATTERNS["host_before_bracket"]) if state.at == 0 else None
    return state.take(found, state.named("host", "nodename")) if found and is_before_date(state, found.end()) else None


def task(state: State) -> Piece | None:
    """A program and its process, perhaps with the host before it."""
    if not state.has_date or {"logger", "pid", "host"} & state.names:
        return None
    found = state.match(PATTERNS["host_task"])
    host = f"{state.named('host', 'host')} " if found else ""
    found = found or state.match(PATTERNS["task"])
    if not found:
        return None
    kind = "absolute" if found[0].removeprefix(found[1] if host else "").lstrip().startswith("/") else "path"
    return state.take(found, f"{host}{state.named('logger', kind)}[{state.named('pid', 'number')}]")


def file(state: State) -> Piece | None:
    """A source file and its line, perhaps with the function, or with the bracket that ends a header."""
    if "source_file" in state.names or not state.names:
        return None
    at_end = None if state.depth else state.match(PATTERNS["file_at_end"])
    found = at_end or state.match(PATTERNS["file_and_line"])
    if not found:
        return None
    text = f"{state.named('source_file', 'file')}:{state.named('source_line', 'number')}"
    if at_end:
        state.closed = True
        return state.take(found, f"{text}]")
    return state.take(found, f"{text}:{state.named('function', 'function')}()" if found["function"] else text)


def is_name(text: str) -> bool:
    """Whether a text is the name of a class or a module with its parts."""
    return bool(compiled(KINDS["name"]).fullmatch(text))


def before_time(state: State) -> Piece | None:
    """The fields before the time."""
    found = state.match(PATTERNS["fields_before"]) if state.at == 0 else None
    if not found:
        return None
    text = " ".join(state.named(f"field_{place}", "token") for place in range(1, len(found[1].split()) + 1))
    state.at = found.end(1)
    return Piece("", text)


@dataclass(frozen=True)
class Rule:
    """A piece that its pattern shows.

    Attributes:
        pattern: the name of RE2 of what stands at the place.
        text: as in the layout; a field without a name gets the first one of its kind that is free.
        when: whether it may come behind what the header has so far.
        is_weak: see `Piece`.
    """

    pattern: str
    text: str
    when: Callable[[State], bool]
    is_weak: bool = False

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(re.findall(r"\{(\w+):", self.text))

    @cached_property
    def _match(self) -> Callable[[str, int], re.Match[str] | None]:
        return compiled(PATTERNS[self.pattern]).match

    def __call__(self, state: State) -> Piece | None:
        """The piece at a line's place, or none. Called for each place of each event: the cheap questions come first."""
        if not (self._names.isdisjoint(state.names) and self.when(state)):
            return None
        found = self._match(state.line, state.at)
        text = state.filled(self.text) if found else ""
        return state.take(found, text, is_weak=self.is_weak) if found and text else None


def _has_any(state: State) -> bool:
    return bool(state.names)


def _has_level(state: State) -> bool:
    return state.has_level


def _has_both(state: State) -> bool:
    return state.has_date and state.has_level


def _is_right_behind_level(state: State) -> bool:
    return state.has_level and state.line[state.at - 1].isalpha()


AT_LEVEL = (
    Rule("counted", "{number:number} {level:npm} {prefix:filled}", lambda state: state.at == 0, is_weak=True),
    Rule("level_among_topics", "{topics:topics}", lambda state: state.names == {"timestamp"}),
    Rule("one_letter", "{level:letter}", lambda state: state.names == {"timestamp"}, is_weak=True),
    Rule("name_between_colons", ":{logger:path}:", _is_right_behind_level),
    Rule("path_before_level", "{logger:path}", lambda state: state.has_date and not state.has_level),
    Rule("first_path", "{logger:path}", lambda state: state.at == 0 and not (state.has_date or state.has_level)),
)
"""A level of one letter, and names of loggers right beside a level."""

TRACE_IDS = Rule(
    "trace_ids", "{trace_id:decimal_id} {span_id:decimal_id}", lambda state: state.closed and state.has_level
)
"""The ids of a trace and a span as numbers, between the header and the message."""

DETAILS: tuple[Callable[[State], Piece | None], ...] = (
    *(task, file),
    *(
        Rule(pattern, f"{{source_file:file}}{sign}{{source_line:number}}", _has_both)
        for sign, pattern in {" | ": "file_between_bars", "\t": "file_between_tabs"}.items()
    ),
    Rule("class_and_line", "{logger:class}:{source_line:number}", _has_level),  # log4j's %c:%L
    Rule("number_alone", "{number}", lambda state: state.has_date),
    Rule("id_alone", "{id}", _has_any),
    Rule("code_before_colon", "{message_id:code}", lambda state: bool(state.names) and "logger" not in state.names),
    Rule("word_before_file", "{logger:word}", _has_any),
)
"""What a header has beside its time, level and brackets."""

LOGGERS = (
    Rule("name_with_parts", "{logger:name}", lambda state: bool(state.names) and "prefix" not in state.names),
    Rule("camel_alone", "{logger:camel}", _has_level),
    Rule("padded_word", "{logger:word}", lambda state: bool(state.names - {"timestamp", "level"})),
    Rule("word_alone", "{logger:word}", _has_any, is_weak=True),
    Rule("dotted_alone", "{logger:dotted}", _has_both, is_weak=True),
)
"""The name of a class or a module, else a word."""
