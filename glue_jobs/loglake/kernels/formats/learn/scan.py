"""A line's header, from left to right: as a known logger writes it, else piece by piece.

Each piece is decided by the line alone. Most are sure: a time, a level, a class's name, a file with a line. Others are
weak, such as text in brackets: whether these are part of a layout is decided by all lines of a sample together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Callable, Optional

from loglake.kernels.formats.learn.brackets import bracket, close, rest_of_bracket
from loglake.kernels.formats.learn.known import known_layout
from loglake.kernels.formats.learn.layout import (
    ACCESS,
    ACCESS_LINE,
    HEADLESS,
    ONE_PAIR,
    REQUEST,
    REQUEST_LINE,
    SPREAD,
    TAIL,
    after_text,
    layout_of,
)
from loglake.kernels.formats.learn.patterns import PATTERNS, TAILS
from loglake.kernels.formats.learn.piece import Piece, State, compiled
from loglake.kernels.formats.learn.pieces import (
    AT_LEVEL,
    DETAILS,
    LOGGERS,
    TRACE_IDS,
    before_time,
    host,
    level,
    time,
)
from loglake.kernels.formats.pairs.in_messages import PAIR_SIGNS, PAIRS_ANYWHERE

HEAD_CHARACTERS = 2_000
"""Of an event, so many are looked at for its header, and as many at its end for its tail."""

_REQUEST_NAMES = frozenset({"method", "uri", "protocol", "status"})

_Make = Callable[[State], Optional[Piece]]
_HEADS: tuple[_Make, ...] = (close, time, level, *AT_LEVEL, host, bracket, TRACE_IDS, before_time)
_ALL: tuple[_Make, ...] = (*_HEADS, *DETAILS, *LOGGERS)
_SEPARATOR = r" *\| *| +-{1,2}(?: +|(?=\r?\n))| *: +|, *|\t+| +|:(?=\s*$)|:(?=\n)|"


def scan(event: str) -> list[Piece]:
    """The pieces of an event's header, and its tail; none if it has no header."""
    known = known_layout(event)
    if known is not None and not _is_of_another(event, known):
        return [Piece("", known, is_known=True), *([] if TAIL in known else _tail(event, layout_of(known).fields))]
    state = State(event[:HEAD_CHARACTERS])
    pieces = list(_pieces(state))
    # A date is enough. Without one there is a level that stands by itself, alone or with a time of day.
    if not pieces or state.depth or not (state.has_date or state.has_level):
        keys = _sure_keys(event) if "=" in event else ""
        return [Piece("", HEADLESS, is_known=True, value=keys)] if keys else []
    tail = _tail(event, state.names)
    if any("{object" in piece.text for piece in tail):  # a word before a colon is a level: `error: failed {"id": 17}`
        pieces = [
            each._replace(is_weak=False, value="") if each.text == "{level:any_case}" else each for each in pieces
        ]
    return [*pieces, *tail]


def _is_of_another(event: str, known: str) -> bool:
    """Whether what follows a known layout shows that it is a layout of somebody else.

    Columns of a source file are no message. Nor is an object alone behind a thread and a logger: zap writes a logger,
    the message, and then its fields.
    """
    if not known.endswith(("| ", "\t")):
        return False
    found = compiled(layout_of(known).start).match(event[:HEAD_CHARACTERS])
    if not found:
        return False
    is_zap = "{thread:tabbed}" in known and event.startswith('{"', found.end())
    return is_zap or bool(compiled(PATTERNS["file_columns"]).match(event, found.end()))


def _pieces(state: State) -> Iterator[Piece]:
    """Until nothing more is known: the message starts behind the last separator."""
    while state.at < len(state.line):
        separator, after = _separator(state)
        if state.closed and not separator.strip():
            break
        start, before = state.at, state.depth
        state.at = after
        piece = _next(state, separator)
        if piece is None:
            state.at, state.depth = start, before
            break
        yield piece._replace(separator=separator)
    if state.depth:
        return
    separator, _ = _separator(state)
    if separator:
        yield Piece(separator, "")


def _separator(state: State) -> tuple[str, int]:
    found = state.match(_SEPARATOR)
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


def _next(state: State, separator: str) -> Piece | None:
    """The next piece of a header, which is then behind the state's place."""
    ends = separator.strip() in {":", "-", "--"}
    state.closed = state.closed or (ends and state.has_level and bool(state.names - {"timestamp", "level"}))
    for make in _HEADS if state.closed else _ALL:
        if piece := make(state):
            return piece
    return None if state.closed else rest_of_bracket(state, separator)


def _tail(event: str, names: Collection[str] = ()) -> list[Piece]:
    """What a tail that is sure looks like at the end of an event: an object, or two pairs; or a request in it.

    Args:
        event: the event.
        names: the fields of its header, which a request must not have.
    """
    return next(([piece] for piece in _tails(event, names)), [])


def _tails(event: str, names: Collection[str]) -> Iterator[Piece]:
    """The tails that an event has, the most particular first."""
    head = event[:HEAD_CHARACTERS]
    if " HTTP/" in head and compiled(_ACCESS).search(head):
        yield Piece("", TAIL + ACCESS)
    is_free, first_of_head = not _REQUEST_NAMES & set(names), head.partition("\n")[0]
    if is_free and " HTTP/" in event and compiled(_TAILS[REQUEST]).search(first_of_head):
        yield Piece("", TAIL + REQUEST)
    end = event[-HEAD_CHARACTERS:].rstrip()
    if end.endswith(("}", "} []", "[] []")) or "=" in end:
        is_object = end.endswith(("}", "]")) and not compiled(_NO_OBJECT).search(end)
        for text in (*(_OBJECTS if is_object else ()), "{pairs}", "{pair}"):
            if compiled(_TAILS[text]).search(event if len(event) <= 4 * HEAD_CHARACTERS else end):
                yield Piece("", TAIL + text)
    line = _first_line(event)
    has_pairs = _has_pairs(line)
    if line and not has_pairs and "=" in end and "\n" not in end and compiled(_TAILS["{pair_at_end}"]).search(end):
        yield Piece("", ONE_PAIR)
    first, _, rest = event[: 4 * HEAD_CHARACTERS].partition("\n")
    if rest and first.rstrip().endswith("}") and compiled(_TAILS[_STACK]).search(f"{first}\n"):
        yield Piece("", TAIL + _STACK)
    if has_pairs:
        yield Piece("", TAIL + SPREAD)
    if is_free and '"' in head and " /" in head and compiled(_TAILS[REQUEST_LINE]).search(first_of_head):
        yield Piece("", TAIL + REQUEST_LINE)


def _sure_keys(event: str) -> str:
    """The keys of the pairs that end an event without a header, if they are sure and it is no statement."""
    end = event[-HEAD_CHARACTERS:]
    found = compiled(rf"{PATTERNS['sure_pairs']}\s*$").search(end)
    if found is None or compiled(PATTERNS["sql"]).search(end):
        return ""
    return " ".join(compiled(PATTERNS["key_of_pair"]).findall(found[0]))


def _first_line(event: str) -> str:
    """What is looked at for pairs anywhere: those of a stack trace are none, nor are those of a statement."""
    line = event[:HEAD_CHARACTERS].partition("\n")[0]
    return "" if compiled(PATTERNS["sql"]).search(line) else line


def _has_pairs(text: str) -> bool:
    """Whether a message has two pairs anywhere. Most have not, and are not walked through."""
    if not any(text.count(sign) > 1 for sign in PAIR_SIGNS):
        return False
    pattern = compiled("|".join(pair for sign, pair in PAIRS_ANYWHERE.items() if sign in text))
    return next(islice(pattern.finditer(text), 1, None), None) is not None


_TAILS = {text: after_text(tail) for text, tail in TAILS.items()}
_OBJECTS = ("[] {object}", "{object}", "{object} []", "[] []")
_NO_OBJECT = r'\{"[^"\n]*" ?=>[^{}\n]*\}$'
"""What Ruby and Crystal print of theirs."""

_ACCESS = rf"[\s:]{ACCESS_LINE.removeprefix('^')}"
_STACK = "{object} {stack}"


def has_layout(text: str, event: str) -> bool:
    """Whether an event has a layout. A long one is looked at without its middle, for pairs anywhere at its start."""
    head, _, tail = text.partition(TAIL)
    if tail != SPREAD:
        ends = event if len(event) <= 5 * HEAD_CHARACTERS else event[: 4 * HEAD_CHARACTERS] + event[-HEAD_CHARACTERS:]
        return bool(compiled(layout_of(text).start).match(ends))
    found = compiled(layout_of(head).start).match(event)
    return found is not None and _has_pairs(_first_line(event)[found.end() :])


def fields_in(text: str, event: str) -> dict[str, str]:
    """The fields of an event's header by a layout's text; none if the event has not that layout."""
    found = compiled(layout_of(text.partition(TAIL)[0]).pattern).match(event)
    return found.groupdict() if found else {}
