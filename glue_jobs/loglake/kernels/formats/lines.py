"""Lines of fields in a fixed order, as AWS services write them, which add fields at the end over time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from loglake.core.schema.schema import InferredType
from loglake.kernels.formats.base import DECIMAL, TEXT, TIME, WHOLE
from loglake.kernels.formats.delimited import Cell, Order
from loglake.kernels.formats.notation import Hole, Kind, refuse, segments_of
from loglake.kernels.formats.shape import EXTRA, Shape, group_name

_TOKENS = {TEXT: r"\S+", WHOLE: r"-?\d+|-", DECIMAL: r"-?\d+(?:\.\d+)?|-", TIME: r"\d[\dT:.Z-]+|-"}
"""Without counted repetition: RE2 unrolls it, and a short program cuts groups out many times faster than a long one."""

_CELL = r"[^\t\r\n]*"


@dataclass(frozen=True)
class Field:
    """One field of a line.

    Attributes:
        name: as the format's page has it; the column's name is made of it.
        seen: its type.
        pattern: RE2, with the value in a group named `group_name`.
        cell: how it is cut from a line that is as most are.
    """

    name: str
    seen: InferredType
    pattern: str
    cell: Cell


def bare(name: str, seen: InferredType = TEXT, shape: str = "", usual: str = "") -> Field:
    """A field without quotes: of the given shape, else of any shape that its type allows.

    Args:
        name: the name.
        seen: the type.
        shape: RE2 of the value.
        usual: a narrower shape, if the value may have a space or a quote at its start: see `Cell`.
    """
    group, shape = group_name(name), shape or _TOKENS[seen]
    plain = r'[^\s"]\S*' if shape == _TOKENS[TEXT] else shape
    return Field(name, seen, f"(?P<{group}>{shape})", Cell(group, usual or plain))


def quoted(name: str, seen: InferredType = TEXT, shape: str = "", usual: str = "") -> Field:
    """A field in double quotes, which are not part of its value, or a dash without them."""
    group, shape, usual = group_name(name), shape or r'[^"]*', usual or r'[^"]*'
    return Field(name, seen, f'(?:"(?P<{group}>{shape})"|-)', Cell(group, f'"{usual}"|-', is_quoted=True))


def bracketed(name: str, seen: InferredType = TEXT, *, shape: str) -> Field:
    """A field in square brackets, which are not part of its value. Spaces in its shape stand for themselves."""
    group = group_name(name)
    cell = Cell(group, rf"\[{shape}\]", before=1, after=1, words=shape.count(" ") + 1)
    return Field(name, seen, rf"\[(?P<{group}>{shape})\]", cell)


def fields_of_line(text: str, kinds: Mapping[str, Kind], usual: Mapping[str, str], separator: str) -> tuple[Field, ...]:
    """The fields of a line: ``{name}``, ``"{name}"`` and ``[{name}]``, each behind a separator.

    Args:
        text: the line in the notation.
        kinds: see `notation.kinds_of`.
        usual: by name of a field, a narrower shape of its values: see `bare`.
        separator: the character between two fields.
    """
    segments = ["", *segments_of(text, kinds), ""]
    fields = []
    for before, segment, after in zip(segments, segments[1:], segments[2:]):
        if isinstance(segment, Hole) and segment.name and isinstance(before, str) and isinstance(after, str):
            fields.append(_field(segment, before[-1:] + after[:1], usual.get(segment.name, ""), separator))
        elif (not isinstance(segment, str) or segment.strip('"[]') != separator) and segment not in ("", '"', "[", "]"):
            shown = segment.text if isinstance(segment, Hole) else segment if isinstance(segment, str) else "{?"
            at = text.rfind(shown)
            raise refuse(text, at, f'expected {{name}}, "{{name}}" or [{{name}}] with {separator!r} between them')
    return tuple(fields)


def _field(hole: Hole, around: str, usual: str, separator: str) -> Field:
    name, (seen, pattern), _ = hole
    if around == '""':
        return quoted(name, seen, pattern, usual)
    if around == "[]":
        return bracketed(name, seen, shape=pattern or r"[^\s\[\]]+")
    return bare(name, seen, pattern or (_CELL if separator == "\t" and seen is TEXT else ""), usual)


def types_of(fields: Sequence[Field]) -> dict[str, InferredType]:
    """The types by name."""
    return {each.name: each.seen for each in fields}


def line_shape(
    fields: Sequence[Field],
    later: Sequence[Field] = (),
    rare: Mapping[str, InferredType] = MappingProxyType({}),
    separator: str = " ",
) -> Shape:
    """Lines of a service, which may add fields at their end over time. A dash is null.

    Args:
        fields: the fields of every line.
        later: fields that a line may have behind them, up to any of them.
        rare: types by name of fields that a table has if its sample does. `EXTRA` is what follows the last known one.
        separator: the character between two fields.
    """
    tail = ""  # the line may stop before any of these
    for each in reversed(later):
        tail = f"(?:{separator}{each.pattern}{tail})?"
    end = f"(?:{separator}(?P<{EXTRA}>.*?))?" if EXTRA in rare else ""
    return Shape(
        pattern=rf"^{separator.join(each.pattern for each in fields)}{tail}{end}\s*$",
        orders=line_orders(fields, later, separator),
        fields={name: seen for name, seen in types_of((*fields, *later)).items() if name not in rare},
        rare=rare,
        blank="-",
        has_objects=False,
    )


def line_orders(fields: Sequence[Field], later: Sequence[Field] = (), separator: str = " ") -> tuple[Order, ...]:
    """The orders of lines that stop after the last field, or after any of the later ones."""
    cells = tuple(each.cell for each in (*fields, *later))
    return tuple(Order(cells[:length], separator) for length in range(len(fields), len(cells) + 1))


def is_order(names: Sequence[str], known: Collection[str]) -> bool:
    """Whether names, such as those in an object's header, are an order of a format's fields.

    More than half are known: a newer version of the format may have others. Each becomes a group, so none comes twice.
    """
    own = sum(name in known for name in names)
    return 2 * own > len(names) and len({group_name(name) for name in names}) == len(names)
