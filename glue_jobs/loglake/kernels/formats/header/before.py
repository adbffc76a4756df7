"""What stands before the time of a line, with spaces alone between: a host, a file's name, an id, a number."""

from __future__ import annotations

import re

from loglake.kernels.formats.header.kinds import CAPITALS, DATES, KINDS
from loglake.kernels.formats.header.piece import Piece, State, compiled

MOST = 4
"""So many fields may be before the time."""

FIRST = "{field_1:token}"
"""How layouts with such fields start."""

SECONDS = r"1\d{9}(?:\.\d{1,9})?"

_TIME = rf"(?:{'|'.join(DATES[kind] for kind in ('iso', 'common', 'syslog', 'compact'))}|{SECONDS})"
_BEFORE = compiled(rf"((?:{KINDS['token']} +){{1,{MOST}}}?)(?=\[?(?:{_TIME})(?:[\s\]]|$))")
_WORD = re.compile(r"[A-Za-z']+[.,!?]*|\S*:|-")
"""What may as well be of a sentence, or its subject."""

_SURE = compiled(rf"\[?(?:{_TIME})\]?[ |:-]+(?:\d+ +)?(?:\[? *(?:{CAPITALS})[ \]:|]|/?[\w./@-]+\[\d+\]:)")
"""What shows that a time is not of a sentence: a level behind it, or a program with its process."""


def before_time(state: State) -> Piece | None:
    """The fields before the time. Weak: as many lines have to have them, unless a level follows the time."""
    found = state.match(_BEFORE) if state.at == 0 else None
    if not found:
        return None
    tokens = found[1].split()
    words = [bool(_WORD.fullmatch(token)) for token in tokens]
    if (words[0] or 2 * sum(words) > len(tokens)) and not _SURE.match(state.line, found.end()):
        return None
    text = " ".join(state.named(f"field_{place}", "token") for place in range(1, len(tokens) + 1))
    state.at = found.end() - (len(found[1]) - len(found[1].rstrip()))
    return Piece("", text, is_weak=True, value=found[1].strip() if any(words) else "")
