"""The pieces of a header that are in brackets."""

from __future__ import annotations

from loglake.kernels.formats.kinds import DATES, KINDS
from loglake.kernels.formats.learn.patterns import BRACKETS, PATTERNS
from loglake.kernels.formats.learn.piece import Piece, State, compiled
from loglake.kernels.formats.learn.pieces import TIMES, is_before_date, time

_BRACKETS = {
    "[": ("square", "]", rf"\[({KINDS['maybe']})\]"),
    "(": ("round", ")", rf"\(({KINDS['round']})\)"),
    "{": ("curly", "}", rf"\{{({KINDS['curly']})\}}"),
    "<": ("angle", ">", rf"<({KINDS['angle']})>"),
}
_CODES = {"{code:number}": KINDS["number"]}


def _is_code(state: State) -> bool:
    return bool(state.match(PATTERNS["code_behind_level"])) and state.line[: state.at][-1:].isalpha()


def close(state: State) -> Piece | None:
    """The end of a bracket that began with a time."""
    if state.depth and state.line.startswith(state.end, state.at):
        state.depth -= 1
        state.at += 1
        return Piece("", state.end)
    return None


def bracket(state: State) -> Piece | None:
    """A bracket with all that it holds; only its start and the time if it begins with one."""
    mark = state.line[state.at : state.at + 1]
    if mark not in _BRACKETS:
        return None
    kind, end, pattern = _BRACKETS[mark]
    found = state.match(pattern)
    if (
        not found
        or not (_may_open(state, mark) or _is_timed(state, mark, found[1]))
        or compiled(PATTERNS["port_behind"]).match(state.line, found.end())
    ):
        return None
    value, start = found[1].strip(), state.at
    for shape, inside in (_CODES if _is_code(state) else BRACKETS).items():
        if not compiled(inside).fullmatch(value):
            continue
        is_time = "client" in shape and any(compiled(each).match(value) for _, each in TIMES)
        is_letter = "level:letter" in shape and not state.has_date
        is_second = "level" in shape and (
            state.has_level or (is_letter and not (start == 0 and is_before_date(state, found.end())))
        )
        if not is_time and not is_second:
            return _whole(state, mark, end, shape, found.end())
    timed = _with_time(state, mark, found[0], value)
    if timed:
        return timed
    if state.closed or not compiled(KINDS["square"]).fullmatch(value):
        return None
    return _whole(state, mark, end, f"{{{kind}}}", found.end(), is_weak=True)


def rest_of_bracket(state: State, separator: str) -> Piece | None:
    """What a bracket holds behind a time, if it's nothing that is known."""
    found = state.match(PATTERNS["rest_of_brackets"]) if state.depth and separator.strip() in {"", "|"} else None
    name = state.free("curly")
    return state.take(found, state.named(name, "square")) if found and name else None


def _is_timed(state: State, mark: str, text: str) -> bool:
    """Whether a line starts with a date in round brackets."""
    return state.at == 0 and mark == "(" and any(kind in DATES and compiled(each).match(text) for kind, each in TIMES)


def _with_time(state: State, mark: str, text: str, value: str) -> Piece | None:
    """A bracket's start with the time that it begins with, or the level if a time follows that."""
    if mark not in "[(" or state.has_time:
        return None
    if any(compiled(each).match(value) for _, each in TIMES):
        state.at += len(text) - len(text[1:].lstrip())
        state.depth, state.end = state.depth + 1, _BRACKETS[mark][1]
        inner = time(state)
        return Piece("", f"{mark}{inner.text}") if inner else None
    return _level_before_time(state) if mark == "[" else None


def _level_before_time(state: State) -> Piece | None:
    """A bracket's start and the level that it begins with, if a time with a date follows."""
    found = state.match(PATTERNS["level_before_time"])
    rest = state.line[found.end() :].lstrip(" ") if found else ""
    if not found or state.has_level or not any(kind in DATES and compiled(each).match(rest) for kind, each in TIMES):
        return None
    state.depth += 1
    state.has_level = True
    return state.take(found, f"[{state.named('level', 'any_case')}")


def _may_open(state: State, mark: str) -> bool:
    """Where a header may have brackets: at its start square ones only, others after a time or a level."""
    if state.at == 0 and state.match(PATTERNS["letter_in_brackets"]):
        return is_before_date(state, len("<W>"))
    if mark == "[":
        return True
    return bool(state.names) and (mark != "(" or state.has_level or bool(state.match(PATTERNS["level_in_brackets"])))


def _whole(state: State, mark: str, end: str, shape: str, after: int, *, is_weak: bool = False) -> Piece | None:
    inside, start = state.filled(shape), state.at
    if not inside:
        return None
    state.at = after
    sure = "level" in shape or start > 0
    return Piece("", f"{mark}{inside}{end}", is_weak or not sure, state.line[start + 1 : after - 1])
