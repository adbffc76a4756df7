"""The pieces of a header outside of brackets: each function takes one at a line's place, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Callable

from loglake.kernels.formats.kinds import ANY_CASE, CAPITALS, CLOCKS, DATES, KINDS, LEVEL_WORDS, NAME_PART
from loglake.kernels.formats.learn.piece import Piece, State, compiled

_END = r"(?=[\s\]:|,/-]|$)"

TIMES = [(kind, rf"(?:{pattern})(?=[\s\]|,:;)-]|$)") for kind, pattern in {**DATES, **CLOCKS}.items()]
_CAPITALS = rf"(?:{CAPITALS})(?:{_END}|(?=\[))"
_MARKED = rf"(?:{ANY_CASE})(?=:|\t| *\|| +: )"
_BARE = rf"(?:{ANY_CASE})(?= )"
_BEFORE_LEVEL = rf"(?:{KINDS['path']})(?=(?: +-{{1,2}} +| *\| *| *: +|\t+| +)\[? *(?:{CAPITALS}){_END})"
_TOPICS = rf"[a-z0-9-]+(?:,[a-z0-9-]+)*,(?:{'|'.join(LEVEL_WORDS)})(?:,[a-z0-9-]+)*(?= )"
"""Words between commas. One of them is a level, but not the first."""

_FILE = rf"(?:{KINDS['file']}):\d{{1,19}}(?P<function>:{KINDS['function']}\(\))?(?=:?(?:\s|$)|[\]-])"
_FILE_AT_END = rf"(?:{KINDS['file']}):\d{{1,19}}\](?= )"
"""As in glog: a bracket closes its header, and none opens it."""
_FILE_BETWEEN = {
    " | ": rf"{KINDS['file']} *\| *\d{{1,19}}(?= *\|)",
    "\t": rf"{KINDS['file']}\t\d{{1,19}}(?=\t)",
}
FILE_COLUMNS = "|".join(_FILE_BETWEEN.values())
"""A source file and its line as columns of their own. What stands in a column before them is no message."""

_COLON_NAME = r":[A-Za-z_][\w-]*(?:\.[\w-]+)*:(?!/)"
_LETTER = r"[DIWEF](?= +[A-Za-z_][\w./-]*(?:\[\d{1,19}\])?: )"
"""Weak: ``I wonder: `` is prose, unless all lines of a sample are alike."""

_TASK = r"(?![A-Z]+\[\d+\] )(/?[A-Za-z_][\w./@-]*)\[(\d{1,19})\](?=:? )"
"""Without a colon a word of capitals is rather a level."""
_HOST_TASK = r"([\w.:-]*\w) (/?[A-Za-z_][\w./@-]*)\[(\d{1,19})\](?=:? )"
_HOST = rf"{KINDS['nodename']}(?= \[)"
_NUMBER = rf"\d{{1,19}}(?=(?: +\d{{1,19}}){{0,2}} +(?:{CAPITALS}){_END}| *\[|: +(?:{ANY_CASE}) *:)"
_ID = rf"(?:{KINDS['id']})(?=[\s:|-]|$)"
_CODE = rf"{KINDS['code']}(?=: )"
_NAME_ALONE = KINDS["name"]
_NAME = (
    rf"[A-Za-z_$][\w$-]*(?:(?:\.|::|/|\\|#|@){NAME_PART})+(?<!Error)(?<!Exception)"
    r"(?= *:(?:\s|$)| +--? | *\||\t|\]| +\[)"
)
"""Its parts show that it is no key and no label. The name of an exception starts a message."""

_CAMEL = rf"(?:{KINDS['camel']})(?= +--? | +: | *\|)"
"""Without a colon behind it: that is how an exception starts a message."""

_CLASS_LINE = (
    r"(?:(?:[a-z_][\w-]*\.)*[A-Z][\w$]*|(?:org|com|net|io)(?:\.[a-z_]\w*){2,}(?<!\.com|\.net|\.org)):\d{1,5}"
    r"(?= +--? | +: )"
)
"""A class, or a package that starts as a domain's name ends: ``org.example.com:5432`` is a server."""

_TRACE_IDS = rf"(?:{KINDS['decimal_id']}) (?:{KINDS['decimal_id']})(?= - )"
"""https://docs.datadoghq.com/tracing/other_telemetry/connect_logs_and_traces/java/"""

_NAME_BEFORE_MESSAGE = rf"{KINDS['dotted']}(?= )"
"""As SQLAlchemy's, which no sign ends. Weak: a message may start with the name of a host."""

_FIRST_NAME = (
    rf"(?:{KINDS['path']})(?=: (?:(?:{CAPITALS}) \[?{DATES['iso']}"
    rf"|\[?{DATES['iso']}\]?[ ,|:-]+\[?(?:{CAPITALS}){_END}))"
)
_BEFORE_FILE = rf"(?:{KINDS['word']})(?= +\[{KINDS['file']}:\d{{1,19}}\])"
_PADDED_WORD = rf"(?:{KINDS['word']})(?= {{2,}}: )"
"""As Spring and others pad the names of loggers; no sentence has that."""

_WORD = rf"(?:{KINDS['word']})(?= *:(?:\s|$)| +--? | *\||\t)"
MOST = 4
"""So many fields may be before the time."""

SECONDS = r"1\d{9}(?:\.\d{1,9})?"

_ANY_TIME = rf"\[?(?:{'|'.join(DATES[kind] for kind in ('iso', 'common', 'syslog', 'compact'))}|{SECONDS})"
_LEVEL_BEHIND = rf"\[? *(?:{CAPITALS})[ \]:|]"
_PROGRAM = r"/?[\w./@-]+\[\d+\]:"
_BEFORE = (
    rf"((?:{KINDS['token']} +){{0,{MOST - 1}}}?{KINDS['token']}) +"
    rf"(?={_ANY_TIME}\]?[ |:-]+(?:\d+ +)?(?:{_LEVEL_BEHIND}|{_PROGRAM}))"
)
"""A level behind the time, or a program with its process, shows that the time is not of a sentence."""


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
    found, kind, is_bare = state.match(_CAPITALS), "capitals", False
    if not found and (state.has_time or state.at == 0):
        found, kind = state.match(_MARKED), "any_case"
    if not found and state.has_date:
        found, is_bare = state.match(_BARE), True
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
    found = state.match(_HOST) if state.at == 0 else None
    return state.take(found, state.named("host", "nodename")) if found and is_before_date(state, found.end()) else None


def task(state: State) -> Piece | None:
    """A program and its process, perhaps with the host before it."""
    if not state.has_date or {"logger", "pid", "host"} & state.names:
        return None
    found = state.match(_HOST_TASK)
    host = f"{state.named('host', 'host')} " if found else ""
    found = found or state.match(_TASK)
    if not found:
        return None
    kind = "absolute" if found[0].removeprefix(found[1] if host else "").lstrip().startswith("/") else "path"
    return state.take(found, f"{host}{state.named('logger', kind)}[{state.named('pid', 'number')}]")


def file(state: State) -> Piece | None:
    """A source file and its line, perhaps with the function, or with the bracket that ends a header."""
    if "source_file" in state.names or not state.names:
        return None
    at_end = None if state.depth else state.match(_FILE_AT_END)
    found = at_end or state.match(_FILE)
    if not found:
        return None
    text = f"{state.named('source_file', 'file')}:{state.named('source_line', 'number')}"
    if at_end:
        state.closed = True
        return state.take(found, f"{text}]")
    return state.take(found, f"{text}:{state.named('function', 'function')}()" if found["function"] else text)


def is_name(text: str) -> bool:
    """Whether a text is the name of a class or a module with its parts."""
    return bool(compiled(_NAME_ALONE).fullmatch(text))


def before_time(state: State) -> Piece | None:
    """The fields before the time."""
    found = state.match(_BEFORE) if state.at == 0 else None
    if not found:
        return None
    text = " ".join(state.named(f"field_{place}", "token") for place in range(1, len(found[1].split()) + 1))
    state.at = found.end(1)
    return Piece("", text)


@dataclass(frozen=True)
class Rule:
    """A piece that its pattern shows.

    Attributes:
        pattern: what stands at the place.
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
        return compiled(self.pattern).match

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


_COUNTED = r"\d{1,9} (?:silly|verbose|http|info|notice|timing|warn|error) [\w@:./-]+(?= )"
"""A counter, a level in small letters, and what a line is about: https://docs.npmjs.com/cli/using-npm/logging."""

AT_LEVEL = (
    Rule(_COUNTED, "{number:number} {level:npm} {prefix:filled}", lambda state: state.at == 0, is_weak=True),
    Rule(_TOPICS, "{topics:topics}", lambda state: state.names == {"timestamp"}),
    Rule(_LETTER, "{level:letter}", lambda state: not state.has_level and state.names == {"timestamp"}, is_weak=True),
    Rule(_COLON_NAME, ":{logger:path}:", lambda state: state.has_level and state.line[state.at - 1].isalpha()),
    Rule(_BEFORE_LEVEL, "{logger:path}", lambda state: state.has_date and not state.has_level),
    Rule(_FIRST_NAME, "{logger:path}", lambda state: state.at == 0 and not (state.has_date or state.has_level)),
)
"""A level of one letter, and names of loggers right beside a level."""

TRACE_IDS = Rule(
    _TRACE_IDS, "{trace_id:decimal_id} {span_id:decimal_id}", lambda state: state.closed and state.has_level
)
"""The ids of a trace and a span as numbers, between the header and the message."""

DETAILS: tuple[Callable[[State], Piece | None], ...] = (
    *(task, file),
    *(
        Rule(
            pattern,
            f"{{source_file:file}}{sign}{{source_line:number}}",
            lambda state: state.has_date and state.has_level,
        )
        for sign, pattern in _FILE_BETWEEN.items()
    ),
    Rule(_CLASS_LINE, "{logger:class}:{source_line:number}", _has_level),  # log4j's %c:%L
    Rule(_NUMBER, "{number}", lambda state: state.has_date),
    Rule(_ID, "{id}", _has_any),
    Rule(_CODE, "{message_id:code}", lambda state: bool(state.names) and "logger" not in state.names),
    Rule(_BEFORE_FILE, "{logger:word}", _has_any),
)
"""What a header has beside its time, level and brackets."""

LOGGERS = (
    Rule(_NAME, "{logger:name}", lambda state: bool(state.names) and "prefix" not in state.names),
    Rule(_CAMEL, "{logger:camel}", _has_level),
    Rule(_PADDED_WORD, "{logger:word}", lambda state: bool(state.names - {"timestamp", "level"})),
    Rule(_WORD, "{logger:word}", _has_any, is_weak=True),
    Rule(_NAME_BEFORE_MESSAGE, "{logger:dotted}", lambda state: state.has_date and state.has_level, is_weak=True),
)
"""The name of a class or a module, else a word."""
