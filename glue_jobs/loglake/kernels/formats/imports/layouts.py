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
    """A value in a layout.

    Attributes:
        name: of its column; `MESSAGE` and `LEVEL` are the event's own.
        seen: its type.
        shape: RE2 without groups; empty: by what follows.
        forms: how a time is written.
        has_spaces: it may have spaces, also before one.
        usual: if it has a shape, RE2 of the values that have a clear end: see `layout_order`. Spaces in it stand for
            themselves.
    """

    name: str
    seen: InferredType = TEXT
    shape: str = ""
    forms: tuple[TimeForm, ...] = ()
    has_spaces: bool = False
    usual: str = ""


class Request(NamedTuple):
    """The first line of an HTTP request, which is the event's message; its parts are fields.

    Attributes:
        names: of method, target and protocol.
    """

    names: tuple[str, str, str]


class Between(NamedTuple):
    """RE2 without groups that stands between values."""

    pattern: str


Part = str | Slot | Request | Between

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
    pattern, values, ends = "", list[Value](), dict[str, tuple[str, ...]]()
    groups: list[tuple[str, ...]] = []
    last = len(parts) - 1
    for place, part in enumerate(parts):
        known = len(names.specs)
        if isinstance(part, str):
            pattern += _literal(part, loose_spaces)
        elif isinstance(part, Between):
            pattern += part.pattern
        elif isinstance(part, Request):
            text, own = _request(part, names)
            pattern, ends[MESSAGE] = pattern + text, (own[0].groups[0],)
            values += own[1:]
        elif part.name == MESSAGE and place == last:
            pattern += f"(?P<{names.add(MESSAGE)}>(?s:.*))"
            ends.setdefault(MESSAGE, (MESSAGE,))
        else:
            group = names.add(part.name)
            pattern += f"(?P<{group}>{part.shape or _shape_before(parts[place + 1 :], part.has_spaces)})"
            if part.name in {MESSAGE, LEVEL}:
                ends.setdefault(part.name, (group,))
            else:
                values.append(Value((group,), (group,), part.seen, part.forms, blank))
        groups.append(tuple(names.specs)[known:])
    if not names.specs:
        raise ConfigError(f"layout: {shown!r} has no value: write it as the configuration has it")
    check_size(pattern, shown)
    if ends.get(MESSAGE) and loose_spaces and not pattern.endswith("(?s:.*))"):
        pattern = rf"^{pattern}(?:(?P<{REST}>\r?\n(?s:.*))|\s*)$"
    else:
        pattern = rf"^{pattern}{'' if pattern.endswith('(?s:.*))') else chr(92) + 's*'}$"
    check_re2(pattern, short(shown))
    order = layout_order(parts, groups) if blank == "-" else None
    return shape_of(pattern, values, message=ends.get(MESSAGE, ()), level=ends.get(LEVEL, ()), order=order)


def _literal(text: str, loose_spaces: bool) -> str:
    escaped = re.escape(text).replace("\\ ", " ").replace("\\\t", r"\t")
    return re.sub(r" +", r"[ \\t]+", escaped) if loose_spaces else escaped


def _shape_before(rest: Sequence[Part], has_spaces: bool) -> str:
    """By the literal that follows; the value ends before it."""
    following = next((part for part in rest if not isinstance(part, Between)), "")
    literal = following if isinstance(following, str) else ""
    mark = literal[:1]
    if not rest or (mark == " " and (has_spaces or literal.strip() == "|")):
        return r"[^\n]*?"
    return r"\S*" if mark == " " else _CLOSERS.get(mark, r"\S*?")


def _request(part: Request, names: GroupNames) -> tuple[str, list[Value]]:
    whole = names.add("request")
    method, target, protocol = (names.add(name) for name in part.names)
    pattern = (
        rf"(?P<{whole}>(?P<{method}>[A-Z]+) (?P<{target}>(?:[^\"\\ ]|\\.)+)(?: (?P<{protocol}>HTTP/[\d.]+))?|{QUOTED})"
    )
    return pattern, [Value((name,), (name,)) for name in (whole, method, target, protocol)]


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
    if isinstance(part, Request):
        return Cell(own[0], _REQUEST, is_quoted=True, inner=own[1:]) if around == ('"', '"') else None
    if not isinstance(part, Slot) or part.name in {MESSAGE, LEVEL}:
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
