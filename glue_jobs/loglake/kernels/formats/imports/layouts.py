"""A layout: text with values in it, as servers and loggers are configured with; it becomes the pattern of a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from loglake.errors import ConfigError
from loglake.kernels.formats.imports.orders import Groups, layout_order
from loglake.kernels.formats.imports.pieces import LEVEL, MESSAGE, Piece, Raw, Request
from loglake.kernels.formats.imports.re2 import check_re2, check_size
from loglake.kernels.formats.imports.shapes import REST, GroupNames, Value, shape_of
from loglake.kernels.formats.shape import Shape

QUOTED = r'(?:[^"\\]|\\.)*'
"""Up to a quote that has no backslash before it."""

_CLOSERS = {
    '"': QUOTED,
    "]": r"(?:[^\[\]\n]|\[[^\[\]\n]*\])*",
    ")": r"(?:[^()\n]|\([^()\n]*\))*",
    **{mark: rf"[^{re.escape(mark)}\n]*" for mark in "|}>'\t"},
}
"""What a value looks like before a mark that is hardly ever part of it."""


def layout_shape(pieces: Sequence[Piece], shown: str, *, blank: str = "", loose_spaces: bool = False) -> Shape:
    """The shape of a line.

    Args:
        pieces: the layout.
        shown: as its owner wrote it.
        blank: what stands for no value.
        loose_spaces: a space may be several.

    Raises:
        ConfigError: there is no value, or RE2 can't read the pattern.
    """
    names = GroupNames()
    pattern, values, ends = "", list[Value](), dict[str, Groups]()
    groups: list[Groups] = []
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        known = len(names.specs)
        if isinstance(piece, str):
            pattern += _literal(piece, loose_spaces)
        elif isinstance(piece, Raw):
            pattern += piece.pattern
        elif isinstance(piece, Request):
            text, own = _request(piece, names)
            pattern, ends[MESSAGE] = pattern + text, (own[0].groups[0],)
            values += own[1:]
        elif piece.name == MESSAGE and place == last:
            pattern += f"(?P<{names.add(MESSAGE)}>(?s:.*))"
            ends.setdefault(MESSAGE, (MESSAGE,))
        else:
            group = names.add(piece.name)
            pattern += f"(?P<{group}>{piece.shape or _shape_before(pieces[place + 1 :], piece.has_spaces)})"
            if piece.name in {MESSAGE, LEVEL}:
                ends.setdefault(piece.name, (group,))
            else:
                values.append(Value((group,), (group,), piece.seen, piece.forms, blank))
        groups.append(tuple(names.specs)[known:])
    if not names.specs:
        raise ConfigError(f"layout: {shown!r} has no value: write it as the configuration has it")
    check_size(pattern, shown)
    if ends.get(MESSAGE) and loose_spaces and not pattern.endswith("(?s:.*))"):
        pattern = rf"^{pattern}(?:(?P<{REST}>\r?\n(?s:.*))|\s*)$"
    else:
        pattern = rf"^{pattern}{'' if pattern.endswith('(?s:.*))') else chr(92) + 's*'}$"
    check_re2(pattern, shown)
    order = layout_order(pieces, groups) if blank == "-" else None
    return shape_of(pattern, values, message=ends.get(MESSAGE, ()), level=ends.get(LEVEL, ()), order=order)


def _literal(text: str, loose_spaces: bool) -> str:
    escaped = re.escape(text).replace("\\ ", " ").replace("\\\t", r"\t")
    return re.sub(r" +", r"[ \\t]+", escaped) if loose_spaces else escaped


def _shape_before(rest: Sequence[Piece], has_spaces: bool) -> str:
    """By the literal that follows; the value ends before it."""
    following = next((piece for piece in rest if not isinstance(piece, Raw)), "")
    literal = following if isinstance(following, str) else ""
    mark = literal[:1]
    if not rest or (mark == " " and (has_spaces or literal.strip() == "|")):
        return r"[^\n]*?"
    return r"\S*" if mark == " " else _CLOSERS.get(mark, r"\S*?")


def _request(piece: Request, names: GroupNames) -> tuple[str, list[Value]]:
    whole = names.add("request")
    method, target, protocol = (names.add(name) for name in piece.names)
    pattern = (
        rf"(?P<{whole}>(?P<{method}>[A-Z]+) (?P<{target}>(?:[^\"\\ ]|\\.)+)(?: (?P<{protocol}>HTTP/[\d.]+))?|{QUOTED})"
    )
    return pattern, [Value((name,), (name,)) for name in (whole, method, target, protocol)]
