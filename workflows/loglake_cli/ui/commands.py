"""Sentences that end with commands, taken apart: the page shows each command with a button that copies it. Pure.

What failed is quoted in these sentences, and comes from outside. So only what can't do more than run loglake counts as
a command: words as `shlex.quote` leaves or quotes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORD = r"(?:[\w@%+=:,./-]|'[^'\n]*'|\"'\")+"
_COMMAND = re.compile(rf"(?<=: )loglake(?: {_WORD})+(?=;|$)", re.ASCII)


@dataclass(frozen=True)
class Piece:
    """A piece of a sentence: text, or a command."""

    text: str
    is_command: bool


def pieces(sentence: str) -> Iterator[Piece]:
    """The pieces of a sentence, in order; together they are the sentence."""
    end = 0
    for found in _COMMAND.finditer(sentence):
        yield Piece(sentence[end : found.start()], False)
        yield Piece(found[0], True)
        end = found.end()
    if end < len(sentence):
        yield Piece(sentence[end:], False)
