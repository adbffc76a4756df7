"""A line's header, from left to right: as a known logger writes it, else piece by piece.

Each piece is decided by the line alone. Most are sure: a time, a level, a class's name, a file with a line. Others are
weak, such as text in brackets: whether these are part of a layout is decided by all lines of a sample together.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Callable, Optional

from loglake.kernels.formats.header.kinds import ANY_CASE, CAPITALS, CLOCKS, DATES, KINDS
from loglake.kernels.formats.header.known import KNOWN
from loglake.kernels.formats.header.layout import TAIL, TAILS, layout_of

HEAD_CHARACTERS = 2_000
"""Of an event, so many are looked at for its header, and as many at its end for its tail."""

_DIGITS = frozenset(
    {"iso", "short", "slashes", "common", "day_first", "compact", "clock", "epoch", "number", "six", "squid", "kitchen"}
)
_LETTERS = frozenset({"capitals", "any_case", "letter", "method", "month_first", "ctime", "mail", "syslog", "upper"})
"""Kinds that start with one of these."""

_END = r"(?=[\s\]:|,/-]|$)"
_NAMES = {
    "square": ("thread", "context", "context_2", "context_3"),
    "round": ("context", "context_2", "context_3"),
    "curly": ("context", "context_2", "context_3"),
    "number": ("pid", "tid", "number"),
    "id": ("request_id", "trace_id", "span_id"),
    "angle": ("process",),
}


@dataclass(frozen=True)
class Piece:
    """A part of a layout.

    Attributes:
        separator: what stands before it, as in the layout.
        text: as in the layout; empty if the message follows.
        is_weak: it may as well be part of the message.
        value: what it is in this line, if it is weak.
        is_known: it is the whole layout, of a well-known logger.
    """

    separator: str
    text: str
    is_weak: bool = False
    value: str = ""
    is_known: bool = False


@dataclass
class _State:
    line: str
    at: int = 0
    names: set[str] = field(default_factory=set)
    has_time: bool = False
    has_date: bool = False
    has_level: bool = False
    closed: bool = False  # a colon or a dash ended the header
    depth: int = 0


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


_TIMES = [(kind, _compiled(rf"(?:{pattern})(?=[\s\]|,:;)-]|$)")) for kind, pattern in {**DATES, **CLOCKS}.items()]
_CAPITALS = _compiled(rf"(?:{CAPITALS})(?:{_END}|(?=\[))")
_MARKED = _compiled(rf"(?:{ANY_CASE})(?=:|\t| *\|)")
_BARE = _compiled(rf"(?:{ANY_CASE})(?= )")
_LEVEL_NEXT = _compiled(rf"(?:{CAPITALS}){_END}|\[ *(?:{ANY_CASE}) *\]")
_SEPARATOR = _compiled(r" *\| *| +-{1,2} +| *: +|, *|\t+| +|:(?=\s*$)|:(?=\n)|")
_BRACKETS = {
    "[": ("square", "]", _compiled(rf"\[({KINDS['maybe']})\]")),
    "(": ("round", ")", _compiled(rf"\(({KINDS['round']})\)")),
    "{": ("curly", "}", _compiled(rf"\{{({KINDS['curly']})\}}")),
    "<": ("angle", ">", _compiled(rf"<({KINDS['angle']})>")),
}
_INSIDE = (
    ("{level:any_case}", _compiled(f"(?:{ANY_CASE})")),
    ("#{number}", _compiled(r"#\d{1,19}")),
    ("{number}", _compiled(r"\d{1,19}")),
    ("{number}:{number}", _compiled(r"\d{1,19}:\d{1,19}")),
    ("{source_file:file}:{source_line:number}", _compiled(rf"{KINDS['file']}:\d{{1,19}}")),
    ("{id}", _compiled(KINDS["id"])),
    ("{client:address}", _compiled(KINDS["address"])),
    ("{process:dots}", _compiled(KINDS["dots"])),
)
"""What brackets hold, if they hold nothing else."""

_PORT = _compiled(r":\d")
"""Behind brackets: they hold the host of an address."""

_LEVEL_INSIDE = _compiled(rf"\( *(?:{ANY_CASE}) *\)")
_REST_OF_BRACKET = _compiled(rf"(?:{KINDS['square']})(?=\])")
_NAME_ALONE = _compiled(KINDS["name"])
_TEXT_INSIDE = _compiled(KINDS["square"])
_FILE = _compiled(rf"(?:{KINDS['file']}):\d{{1,19}}(?=[\s:\]-]|$)")
_TASK = _compiled(r"([A-Za-z_][\w./@-]*)\[(\d{1,19})\](?=:? )")
_HOST_TASK = _compiled(r"([\w.:-]+) ([A-Za-z_][\w./@-]*)\[(\d{1,19})\](?=:? )")
_NUMBER = _compiled(rf"\d{{1,19}}(?= +(?:{CAPITALS}){_END}| *\[)")
_ID = _compiled(rf"(?:{KINDS['id']})(?=[\s:|-]|$)")
_NAME = _compiled(rf"(?:{KINDS['name']})(?= *:(?:\s|$)| +--? | *\||\t|\]| +\[)")
_CAMEL = _compiled(rf"(?:{KINDS['camel']})(?= +--? | +: | *\|)")
"""Without a colon behind it: that is how an exception starts a message."""

_CLASS_LINE = _compiled(rf"(?:{KINDS['class']}):\d{{1,5}}(?= +--? | +: )")
_WORD = _compiled(rf"(?:{KINDS['word']})(?= *:(?:\s|$)| +--? | *\||\t)")
_BEFORE_LEVEL = _compiled(rf"(?:{KINDS['path']})(?=(?: +-{{1,2}} +| *\| *| *: +|\t+| +)\[? *(?:{CAPITALS}){_END})")


def scan(event: str) -> list[Piece]:
    """The pieces of an event's header, and its tail; none if it has no header."""
    known = next((text for text, pattern in _known(event[:1]) if pattern.match(event)), None)
    if known is not None:
        return [Piece("", known, is_known=True), *([] if TAIL in known else _tail(event))]
    state = _State(event[:HEAD_CHARACTERS])
    pieces = list(_pieces(state))
    if not _is_header(state, pieces):
        return []
    tail = _tail(event)
    if any("{object" in piece.text for piece in tail):  # a word before a colon is a level: `error: failed {"id": 17}`
        pieces = [replace(each, is_weak=False, value="") if _is_word(each) else each for each in pieces]
    return [*pieces, *tail]


def _is_word(piece: Piece) -> bool:
    """Whether a piece is a level in any case."""
    return piece.text == "{level:any_case}"


@lru_cache(maxsize=128)
def _known(first: str) -> list[tuple[str, re.Pattern[str]]]:
    """The known layouts that an event with this first character may have."""
    return [(text, pattern) for text, pattern, starts in _known_starts() if starts is None or first in starts]


@lru_cache(maxsize=1)
def _known_starts() -> list[tuple[str, re.Pattern[str], frozenset[str] | None]]:
    return [(text, _compiled(layout_of(text).start), _first_characters(text)) for text in KNOWN]


def _first_characters(text: str) -> frozenset[str] | None:
    """The characters that a layout may start with; none if it may be any."""
    kind = re.match(r"\{\w+:(\w+)\}", text)
    if not kind:
        return frozenset(text[0])
    if kind[1] in _DIGITS:
        return frozenset(string.digits)
    return frozenset(string.ascii_letters) if kind[1] in _LETTERS else None


def _is_header(state: _State, pieces: list[Piece]) -> bool:
    """A date is enough. Without one there is a level that stands by itself, alone or with a time of day."""
    return bool(pieces) and (state.has_date or state.has_level) and not state.depth


def _pieces(state: _State) -> Iterator[Piece]:
    """Until nothing more is known: the message starts behind the last separator."""
    while state.at < len(state.line):
        separator, after = _separator(state)
        if state.closed and not separator.strip():
            break
        start, before = state.at, state.depth
        state.at = after
        piece = _next(state, separator) or _rest_of_bracket(state, separator)
        if piece is None:
            state.at, state.depth = start, before
            break
        yield piece
    if state.depth:
        return
    separator, _ = _separator(state)
    if separator:
        yield Piece(separator, "")


def _rest_of_bracket(state: _State, separator: str) -> Piece | None:
    """What a bracket holds behind a time, if it's nothing that is known."""
    found = _REST_OF_BRACKET.match(state.line, state.at) if state.depth and separator.strip() in {"", "|"} else None
    name = _free(state, "curly")
    if not found or not name:
        return None
    state.at = found.end()
    return Piece(separator, _named(state, name, "square"))


def _separator(state: _State) -> tuple[str, int]:
    found = _SEPARATOR.match(state.line, state.at)
    text = found[0] if found else ""
    short = text.strip(" ")
    if short == "|":
        return " | ", state.at + len(text)
    if text.startswith("\t"):
        return "\t", state.at + len(text)
    if not short:
        return " " if text else "", state.at + len(text)
    dashes = f" {short} " if short.startswith("-") else f"{' ' if text.startswith(' ') else ''}{short} "
    return (dashes if text.endswith(" ") or short == ":" else short), state.at + len(text)


def _next(state: _State, separator: str) -> Piece | None:
    """The next piece of a header, which is then behind the state's place."""
    ends = separator.strip() in {":", "-", "--"}
    state.closed = state.closed or (ends and state.has_level and bool(state.names - {"timestamp", "level"}))
    makers: Sequence[_Make] = _HEADS if state.closed else (*_HEADS, *_DETAILS)
    for make in makers:
        found = make(state)
        if found:
            return replace(found, separator=separator)
    return None


def _close(state: _State) -> Piece | None:
    if state.depth and state.line.startswith("]", state.at):
        state.depth -= 1
        state.at += 1
        return Piece("", "]")
    return None


def _time(state: _State) -> Piece | None:
    if state.has_time:
        return None
    for kind, pattern in _TIMES:
        found = pattern.match(state.line, state.at)
        if found:
            state.has_time, state.has_date = True, kind in DATES
            state.at = found.end()
            return Piece("", _named(state, "timestamp", kind))
    return None


def _level(state: _State) -> Piece | None:
    if state.has_level:
        return None
    found, kind, is_bare = _CAPITALS.match(state.line, state.at), "capitals", False
    if not found and (state.has_time or state.at == 0):
        found, kind = _MARKED.match(state.line, state.at), "any_case"
    if not found and state.has_date:
        found, is_bare = _BARE.match(state.line, state.at), True
    if not found or (state.at == 0 and not _stands_alone(state.line, found.end())):
        return None
    state.has_level = True
    state.at = found.end()
    is_weak = is_bare or (kind == "any_case" and not state.has_time)
    return Piece("", _named(state, "level", kind), is_weak=is_weak, value=found[0] if is_weak else "")


def _stands_alone(line: str, end: int) -> bool:
    """Whether what follows a level at the start of a line shows that it is one: a colon, a dash, a time, brackets."""
    rest = line[end:]
    followed = rest.lstrip(" \t:|-")
    is_marked = bool(re.match(r" *[:|] |:$| +- |\t", rest)) or followed.startswith("[")
    return is_marked or any(pattern.match(followed) for _, pattern in _TIMES)


def _named_before_level(state: _State) -> Piece | None:
    if state.has_level or not state.has_date or "logger" in state.names:
        return None
    found = _BEFORE_LEVEL.match(state.line, state.at)
    if not found:
        return None
    state.at = found.end()
    return Piece("", _named(state, "logger", "path"))


def _bracket(state: _State) -> Piece | None:
    mark = state.line[state.at : state.at + 1]
    if mark not in _BRACKETS:
        return None
    kind, close, pattern = _BRACKETS[mark]
    found = pattern.match(state.line, state.at)
    if not found or not _may_open(state, mark) or _PORT.match(state.line, found.end()):
        return None
    value = found[1].strip()
    for shape, inside in _INSIDE:
        is_time = "client" in shape and any(time.match(value) for _, time in _TIMES)
        if inside.fullmatch(value) and not is_time and not ("level" in shape and state.has_level):
            return _whole(state, mark, close, shape, found.end())
    for _, time in _TIMES if mark == "[" and not state.has_time else ():
        if time.match(value):
            state.at += len(found[0]) - len(found[0][1:].lstrip())
            state.depth += 1
            inner = _time(state)
            return Piece("", f"[{inner.text}") if inner else None
    if state.closed or not _TEXT_INSIDE.fullmatch(value):
        return None
    return _whole(state, mark, close, f"{{{kind}}}", found.end(), is_weak=True)


def _may_open(state: _State, mark: str) -> bool:
    """Where a header may have brackets: at its start square ones only, others after a time or a level."""
    is_level = bool(_LEVEL_INSIDE.match(state.line, state.at))
    return mark == "[" or (bool(state.names) and (mark != "(" or state.has_level or is_level))


def _whole(state: _State, mark: str, close: str, shape: str, end: int, *, is_weak: bool = False) -> Piece | None:
    inside = ""
    start = state.at
    for part in re.split(r"(\{\w+(?::\w+)?\})", shape):
        kind = part.strip("{}")
        if part.startswith("{level"):
            state.has_level = True
        if part.startswith("{"):
            name, _, kind = kind.rpartition(":")
            name = name or _free(state, kind)
            if not name or name in state.names:
                return None
            inside += _named(state, name, kind)
        else:
            inside += part
    state.at = end
    sure = "level" in shape or start > 0
    return Piece("", f"{mark}{inside}{close}", is_weak or not sure, state.line[start + 1 : end - 1])


def _free(state: _State, kind: str) -> str:
    names = _NAMES[kind]
    if kind == "square" and "logger" in state.names:
        names = names[1:]
    return next((name for name in names if name not in state.names), "")


def _named(state: _State, name: str, kind: str) -> str:
    state.names.add(name)
    return f"{{{name}:{kind}}}"


def _task(state: _State) -> Piece | None:
    """A program and its process, perhaps with the host before it."""
    if not state.has_date or {"logger", "pid", "host"} & state.names:
        return None
    found = _HOST_TASK.match(state.line, state.at)
    host = f"{_named(state, 'host', 'host')} " if found else ""
    found = found or _TASK.match(state.line, state.at)
    if not found:
        return None
    state.at = found.end()
    return Piece("", f"{host}{_named(state, 'logger', 'path')}[{_named(state, 'pid', 'number')}]")


def _file(state: _State) -> Piece | None:
    found = _FILE.match(state.line, state.at)
    if not found or "source_file" in state.names or not state.names:
        return None
    state.at = found.end()
    return Piece("", f"{_named(state, 'source_file', 'file')}:{_named(state, 'source_line', 'number')}")


def _class_line(state: _State) -> Piece | None:
    """The name of a class with the line that logs: log4j's ``%c:%L``."""
    found = _CLASS_LINE.match(state.line, state.at)
    if not found or not state.has_level or {"logger", "source_line"} & state.names:
        return None
    state.at = found.end()
    return Piece("", f"{_named(state, 'logger', 'class')}:{_named(state, 'source_line', 'number')}")


def _number(state: _State) -> Piece | None:
    found = _NUMBER.match(state.line, state.at)
    name = _free(state, "number")
    if not found or not name or not state.has_date:
        return None
    state.at = found.end()
    return Piece("", _named(state, name, "number"))


def _id(state: _State) -> Piece | None:
    found = _ID.match(state.line, state.at)
    name = _free(state, "id")
    if not found or not name or not state.names:
        return None
    state.at = found.end()
    return Piece("", _named(state, name, "id"))


def _name(state: _State) -> Piece | None:
    if not state.names or "logger" in state.names:
        return None
    found, kind = _NAME.match(state.line, state.at), "name"
    if not found:
        found, kind = _CAMEL.match(state.line, state.at), "camel"
    if not found:
        found, kind = _WORD.match(state.line, state.at), "word"
    if not found:
        return None
    state.at = found.end()
    return Piece("", _named(state, "logger", kind), is_weak=kind == "word", value=found[0] if kind == "word" else "")


_Make = Callable[[_State], Optional[Piece]]
_HEADS: tuple[_Make, ...] = (_close, _time, _level, _named_before_level, _bracket)
_DETAILS: tuple[_Make, ...] = (_task, _file, _class_line, _number, _id, _name)


def _tail(event: str) -> list[Piece]:
    """What a tail that is sure looks like at the end of an event: an object, or two pairs."""
    end = event[-HEAD_CHARACTERS:].rstrip()
    if end.endswith(("}", "} []", "[] []")) or "=" in end:
        for text in ("[] {object}", "{object}", "{object} []", "[] []", "{pairs}", "{pair}"):
            if _tail_pattern(text).search(event if len(event) <= 4 * HEAD_CHARACTERS else end):
                return [Piece("", TAIL + text)]
    first, _, rest = event[: 4 * HEAD_CHARACTERS].partition("\n")
    if rest and first.rstrip().endswith("}") and _tail_pattern(_STACK).search(f"{first}\n"):
        return [Piece("", TAIL + _STACK)]
    return []


_STACK = "{object} {stack}"


@lru_cache(maxsize=16)
def _tail_pattern(text: str) -> re.Pattern[str]:
    return _compiled(TAILS[text])


def matches_text(pattern: str, event: str) -> bool:
    """Whether an event has the pattern of a layout."""
    return bool(_event_pattern(pattern).match(event))


@lru_cache(maxsize=1024)
def _event_pattern(pattern: str) -> re.Pattern[str]:
    return _compiled(pattern)


def fields_in(text: str, event: str) -> dict[str, str]:
    """The fields of an event's header by a layout's text; none if the event has not that layout."""
    found = _event_pattern(layout_of(text.partition(TAIL)[0]).pattern).match(event)
    return found.groupdict() if found else {}


def is_name(text: str) -> bool:
    """Whether a text is the name of a class or a module with its parts."""
    return bool(_NAME_ALONE.fullmatch(text))
