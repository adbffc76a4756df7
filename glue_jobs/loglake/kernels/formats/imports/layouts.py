"""A layout: text with values in it, as servers and loggers are configured with; it becomes the pattern of a line.

Most lines of servers can be cut at spaces, which is several times as fast: a value has no space, or is in quotes or
brackets. Such a line can be read in one way only, so what is cut is what the pattern finds. All other lines are left to
the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from loglake.core.schema.schema import InferredType
from loglake.errors import ConfigError
from loglake.kernels.formats.base import TEXT
from loglake.kernels.formats.delimited import Cell, Order
from loglake.kernels.formats.imports.re2 import check_size, short
from loglake.kernels.formats.imports.shapes import REST, GroupNames, Value, shape_of
from loglake.kernels.formats.imports.times import TimeForm
from loglake.kernels.formats.notation import check_re2
from loglake.kernels.formats.shape import LEVEL, MESSAGE, Shape

USER, USUAL_USER = r'[^\[\]"]*?', r'[^\s\[\]":][^\s\[\]"]*'
"""The name of a user without quotes may have spaces."""


class Slot(NamedTuple):
    """A value in a layout; without a name, what stands between values.

    Attributes:
        name: of its column; `MESSAGE` and `LEVEL` are the event's own.
        seen: its type.
        shape: RE2 without groups; empty: by what follows.
        forms: how a time is written.
        has_spaces: it may have spaces, also before one.
        usual: if it has a shape, RE2 of the values that have a clear end: see `layout_order`. Spaces in it stand for
            themselves.
        parts: the names of method, target and protocol, if it is the first line of an HTTP request: then it is the
            event's message, and its parts are fields.
    """

    name: str
    seen: InferredType = TEXT
    shape: str = ""
    forms: tuple[TimeForm, ...] = ()
    has_spaces: bool = False
    usual: str = ""
    parts: tuple[str, ...] = ()


Part = str | Slot

_REST = "(?s:.*)"
QUOTED = r'(?:[^"\\]|\\.)*'
"""Up to a quote that has no backslash before it."""

_CLOSERS = {
    '"': QUOTED,
    "]": r"(?:[^\[\]\n]|\[[^\[\]\n]*\])*",
    ")": r"(?:[^()\n]|\([^()\n]*\))*",
    **{mark: rf"[^{re.escape(mark)}\n]*" for mark in "|}>'\t"},
}
"""What a value looks like before a mark that is hardly ever part of it."""


def layout_shape(parts: Sequence[Part], shown: str, *, blank: str = "", loose_spaces: bool = False) -> Shape:
    """The shape of a line.

    Args:
        parts: the layout.
        shown: as its owner wrote it.
        blank: what stands for no value.
        loose_spaces: a space may be several.

    Raises:
        ConfigError: there is no value, or RE2 can't read the pattern.
    """
    names = GroupNames()
    pattern, values = "", list[Value]()
    groups: list[tuple[str, ...]] = []
    for place, part in enumerate(parts):
        own = () if isinstance(part, str) else tuple(names.add(name) for name in (part.name, *part.parts) if name)
        groups.append(own)
        if isinstance(part, str):
            pattern += _literal(part, loose_spaces)
        elif not own:
            pattern += part.shape
        elif part.parts:
            pattern += _request(*own)
            values = [Value((MESSAGE,), own[:1]), *values, *(Value((name,), (name,)) for name in own[1:])]
        else:
            is_rest = part.name == MESSAGE and place == len(parts) - 1
            shape = _REST if is_rest else part.shape or _shape_before(parts[place + 1 :], part.has_spaces)
            pattern += f"(?P<{own[0]}>{shape})"
            path = part.name if part.name in {MESSAGE, LEVEL} else own[0]
            values.append(Value((path,), own, part.seen, part.forms, blank))
    if not values:
        raise ConfigError(f"layout: {shown!r} has no value: write it as the configuration has it")
    check_size(pattern, shown)
    has_message = any(value.path == (MESSAGE,) for value in values)
    if pattern.endswith(f"{_REST})"):
        end = ""
    elif has_message and loose_spaces:
        end = rf"(?:(?P<{REST}>\r?\n{_REST})|\s*)"
    else:
        end = r"\s*"
    pattern = f"^{pattern}{end}$"
    check_re2(pattern, short(shown))
    return shape_of(pattern, values, order=layout_order(parts, groups) if blank == "-" else None)


def _literal(text: str, loose_spaces: bool) -> str:
    escaped = re.escape(text).replace("\\ ", " ").replace("\\\t", r"\t")
    return re.sub(r" +", r"[ \\t]+", escaped) if loose_spaces else escaped


def _shape_before(rest: Sequence[Part], has_spaces: bool) -> str:
    """By the literal that follows; the value ends before it."""
    following = next((part for part in rest if isinstance(part, str) or part.name), "")
    literal = following if isinstance(following, str) else ""
    mark = literal[:1]
    if not rest or (mark == " " and (has_spaces or literal.strip() == "|")):
        return r"[^\n]*?"
    return r"\S*" if mark == " " else _CLOSERS.get(mark, r"\S*?")


def _request(whole: str, method: str, target: str, protocol: str) -> str:
    return (
        rf"(?P<{whole}>(?P<{method}>[A-Z]+) (?P<{target}>(?:[^\"\\ ]|\\.)+)(?: (?P<{protocol}>HTTP/[\d.]+))?|{QUOTED})"
    )


_SIGNS = re.compile(r'[^\s":\[\]]+')
"""A text between spaces that stands for itself."""

_PLAIN = r'[^\s":]\S*'
"""A value between spaces. With a colon at its start it may go on a list of addresses: see nginx's."""

_QUOTED = r'"[^"\\]*"'
_BRACKETED = r'\[[^\s\[\]"]+\]'
_REQUEST = r'"[A-Z]+ [^\s"\\-][^\s"\\]* HTTP/[\d.]+"'
"""Its target is no dash, which would stand for none."""


def layout_order(parts: Sequence[Part], groups: Sequence[tuple[str, ...]]) -> Order | None:
    """The order of a layout whose values may be a dash for none; None if some value has no clear end.

    Args:
        parts: the layout.
        groups: of each part.
    """
    words: list[list[tuple[Part, tuple[str, ...]]]] = [[]]
    for part, own in zip(parts, groups):
        if not isinstance(part, str):
            words[-1].append((part, own))
            continue
        for number, sign in enumerate(part.split(" ")):
            words += [[]] if number else []
            words[-1] += [(sign, own)] if sign else []
    cells = [cell for word in words if (cell := _cell(word))]
    return Order(tuple(cells)) if len(cells) == len(words) else None


def _cell(word: Sequence[tuple[Part, tuple[str, ...]]]) -> Cell | None:
    signs = [part for part, _ in word if isinstance(part, str)]
    values = [(part, own) for part, own in word if not isinstance(part, str)]
    if len(word) == 1 and signs:
        return Cell("", re.escape(signs[0])) if _SIGNS.fullmatch(signs[0]) else None
    if len(values) != 1 or isinstance(word[len(word) // 2][0], str):
        return None
    (part, own), around = values[0], tuple(signs)
    if part.parts:
        return Cell(own[0], _REQUEST, is_quoted=True, inner=own[1:]) if around == ('"', '"') else None
    if not own or part.name in {MESSAGE, LEVEL}:
        return None
    return _cell_of_slot(part, own[0], around)


def _cell_of_slot(part: Slot, group: str, around: tuple[str, ...]) -> Cell | None:
    words = part.usual.count(" ") + 1
    if around == ("[", "]"):
        shape = rf"\[{part.usual}\]" if part.usual else "" if part.shape else _BRACKETED
        return Cell(group, shape, before=1, after=1, words=words) if shape else None
    if part.shape and not part.usual:
        return None
    if around == ('"', '"'):
        return Cell(group, _QUOTED, is_quoted=True) if not part.shape else None
    return Cell(group, part.usual or _PLAIN, words=words) if not around else None
