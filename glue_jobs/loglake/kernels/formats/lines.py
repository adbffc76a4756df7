"""Lines of fields in a fixed order, as AWS services write them, which add fields at the end over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable

from loglake.kernels.arrow import Strings
from loglake.kernels.formats.base import TEXT, FieldTypes
from loglake.kernels.formats.delimited import Order
from loglake.kernels.formats.records import EXTRA, Field, Records, types_of


def line_records(
    fields: Sequence[Field],
    later: Sequence[Field] = (),
    newest: Sequence[Field] = (),
    *,
    separator: str = " ",
    derived: FieldTypes | None = None,
    message: str = "",
    refine: Callable[[dict[str, Strings]], None] | None = None,
) -> Records:
    """Lines of a service that adds fields at their end over time.

    Args:
        fields: the fields of every line.
        later: fields that came later; each table has them.
        newest: fields that came later still; a table has them if its sample does, as what follows the last known one.
        separator: the character between two fields.
        derived: see `Records`.
        message: see `Records`.
        refine: see `Records`.
    """
    added = (*later, *newest)
    rest = optional_tail([each.pattern for each in added], separator)
    return Records(
        pattern=f"^{separator.join(each.pattern for each in fields)}{rest}(?:{separator}(?P<{EXTRA}>.*?))?\\s*$",
        orders=line_orders(fields, added, separator),
        fields=types_of((*fields, *later)),
        rare={**types_of(newest), EXTRA: TEXT},
        derived=derived or {},
        message=message,
        refine=refine,
    )


def order_records(fields: Sequence[Field], separator: str = " ") -> Records:
    """Lines that have just these fields."""
    pattern = rf"^{separator.join(each.pattern for each in fields)}\s*$"
    return Records(pattern, types_of(fields), orders=line_orders(fields, (), separator))


def line_orders(fields: Sequence[Field], later: Sequence[Field] = (), separator: str = " ") -> tuple[Order, ...]:
    """The orders of lines that stop after the last field, or after any of the later ones."""
    cells = tuple(each.cell for each in (*fields, *later))
    return tuple(Order(cells[:length], separator) for length in range(len(fields), len(cells) + 1))


def optional_tail(patterns: Sequence[str], separator: str) -> str:
    """RE2 of fields that follow each other, each behind a separator. The line may stop before any of them."""
    rest = ""
    for each in reversed(patterns):
        rest = f"(?:{separator}{each}{rest})?"
    return rest
