"""Splits sentences that end with commands: the page shows each command with a copy button. Pure.

These sentences quote error texts, which come from outside. So a text counts as a command only if it can do no more than
run loglake: its words must be as `shlex.quote` leaves or quotes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORD = r"(?:[\w@%+=:,./-]|'[^'\n]*'|\"'\")+"
_COMMAND = re.compile(rf"(?<=: )loglake(?: {_WORD})+(?=;|$)", re.ASCII)


@dataclass(frozen=True)
class Piece:
    """A part of a sentence: text, or a command."""

    text: str
    is_command: bool


def pieces(sentence: str) -> Iterator[Piece]:
    """The parts of a sentence, in order; together they are the sentence."""
    end = 0
    for found in _COMMAND.finditer(sentence):
        yield Piece(sentence[end : found.start()], False)
        yield Piece(found[0], True)
        end = found.end()
    if end < len(sentence):
        yield Piece(sentence[end:], False)
