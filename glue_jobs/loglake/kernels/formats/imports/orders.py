"""Lines of a layout that can be cut at spaces, which is several times as fast as the layout's pattern.

Most lines of servers can: a value has no space, or is in quotes or brackets. Such a line can be read in one way only,
so what is cut is what the pattern finds. All other lines are left to the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from loglake.kernels.formats.delimited import Cell, Order
from loglake.kernels.formats.imports.pieces import LEVEL, MESSAGE, Part, Piece, Request

Groups = tuple[str, ...]
"""The groups of a piece in the layout's pattern; none of a text."""

_SIGNS = re.compile(r'[^\s":\[\]]+')
"""A text between spaces that stands for itself."""

_PLAIN = r'[^\s":]\S*'
"""A value between spaces. With a colon at its start it may go on a list of addresses: see nginx's."""

_QUOTED = r'"[^"\\]*"'
_BRACKETED = r'\[[^\s\[\]"]+\]'
_REQUEST = r'"[A-Z]+ [^\s"\\-][^\s"\\]* HTTP/[\d.]+"'
"""Its target is no dash, which would stand for none."""


def layout_order(pieces: Sequence[Piece], groups: Sequence[Groups]) -> Order | None:
    """The order of a layout whose values may be a dash for none; None if some value has no clear end.

    Args:
        pieces: the layout.
        groups: of each piece.
    """
    words: list[list[tuple[Piece, Groups]]] = [[]]
    for piece, own in zip(pieces, groups):
        if not isinstance(piece, str):
            words[-1].append((piece, own))
            continue
        for number, sign in enumerate(piece.split(" ")):
            words += [[]] if number else []
            words[-1] += [(sign, own)] if sign else []
    cells = [cell for word in words if (cell := _cell(word))]
    return Order(tuple(cells)) if len(cells) == len(words) else None


def _cell(word: Sequence[tuple[Piece, Groups]]) -> Cell | None:
    signs = [piece for piece, _ in word if isinstance(piece, str)]
    values = [(piece, own) for piece, own in word if not isinstance(piece, str)]
    if len(word) == 1 and signs:
        return Cell("", re.escape(signs[0])) if _SIGNS.fullmatch(signs[0]) else None
    if len(values) != 1 or isinstance(word[len(word) // 2][0], str):
        return None
    (piece, own), around = values[0], tuple(signs)
    if isinstance(piece, Request):
        return Cell(own[0], _REQUEST, is_quoted=True, inner=own[1:]) if around == ('"', '"') else None
    return _part(piece, own[0], around) if isinstance(piece, Part) and piece.name not in {MESSAGE, LEVEL} else None


def _part(piece: Part, group: str, around: tuple[str, ...]) -> Cell | None:
    words = piece.usual.count(" ") + 1
    if around == ("[", "]"):
        shape = rf"\[{piece.usual}\]" if piece.usual else "" if piece.shape else _BRACKETED
        return Cell(group, shape, before=1, after=1, words=words) if shape else None
    if piece.shape and not piece.usual:
        return None
    if around == ('"', '"'):
        return Cell(group, _QUOTED, is_quoted=True) if not piece.shape else None
    return Cell(group, piece.usual or _PLAIN, words=words) if not around else None
