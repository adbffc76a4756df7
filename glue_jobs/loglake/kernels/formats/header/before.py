"""What stands before the time of a line, with spaces alone between: a host, a file's name, an id, a number."""

from __future__ import annotations

from loglake.kernels.formats.header.kinds import CAPITALS, DATES, KINDS
from loglake.kernels.formats.header.piece import Piece, State, compiled

MOST = 4
"""So many fields may be before the time."""

SECONDS = r"1\d{9}(?:\.\d{1,9})?"

_TIME = rf"\[?(?:{'|'.join(DATES[kind] for kind in ('iso', 'common', 'syslog', 'compact'))}|{SECONDS})"
_LEVEL = rf"\[? *(?:{CAPITALS})[ \]:|]"
_PROGRAM = r"/?[\w./@-]+\[\d+\]:"
_BEFORE = compiled(
    rf"((?:{KINDS['token']} +){{0,{MOST - 1}}}?{KINDS['token']}) +"
    rf"(?={_TIME}\]?[ |:-]+(?:\d+ +)?(?:{_LEVEL}|{_PROGRAM}))"
)
"""A level behind the time, or a program with its process, shows that the time is not of a sentence."""


def before_time(state: State) -> Piece | None:
    """The fields before the time."""
    found = state.match(_BEFORE) if state.at == 0 else None
    if not found:
        return None
    text = " ".join(state.named(f"field_{place}", "token") for place in range(1, len(found[1].split()) + 1))
    state.at = found.end(1)
    return Piece("", text)
