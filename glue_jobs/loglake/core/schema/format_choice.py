"""Decides in which log formats a table's events are read, by samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from types import MappingProxyType

from loglake.core.schema.conversion import SchemaSample
from loglake.core.schema.pair_columns import pair_columns
from loglake.core.schema.schema import Column, FieldPath, InferredType, join_types

AUTO = "auto"
FLOOR = "text"
LAMBDA = "lambda"
HEADER = "header"
CONTAINER = "container"

_SURE = frozenset({HEADER, CONTAINER})
"""Formats of lines that recognise no event by accident."""

OBJECTS = frozenset({"json", "emf", "waf", "cloudtrail", "route53_resolver", "eks_audit", "aws_event", "otlp"})
"""Formats with JSON objects as events."""

NO_COLUMNS: Mapping[FieldPath, Column] = MappingProxyType({})

SELDOM = 100
"""If a format of lines recognised less than one in so many events of a bundle, that may be an accident."""


def choose_format(samples: Iterable[SchemaSample]) -> str:
    """The main format of a table's events: the one that recognised most.

    Plain text only if nothing else was seen, since every format reads unrecognised events as text. Lambda's whenever it
    was seen, since it reads JSON objects too.
    """
    votes: Counter[str] = Counter()
    for sample in samples:
        votes.update(sample.formats)
    if votes[LAMBDA]:
        return LAMBDA
    return max(sorted(votes.keys() - {FLOOR, CONTAINER}), key=lambda name: votes[name], default=FLOOR)


def choose_formats(samples: Sequence[SchemaSample], columns: Collection[FieldPath] = ()) -> tuple[str, ...]:
    """All formats of a table's events: the one of `choose_format`, then the others by name.

    The others are each format of JSON objects that showed a field, and those of headers and of containers, however few
    events they had, since none is an accident; and each other format of lines that is not `SELDOM` in some bundle, so
    that small log groups count as much as large ones in the same table. A seldom one counts too if the table has all of
    its columns: so the hours of a day, and then the day, are read alike.

    Args:
        samples: of the batch.
        columns: the fields that the table has columns for already.
    """
    first = choose_format(samples)
    others = {name for sample in samples for name in _others(sample, frozenset(columns))}
    return (first, *sorted(others - {first, FLOOR}))


def _others(sample: SchemaSample, columns: Set[FieldPath]) -> Iterable[str]:
    known = sum(count for name, count in sample.formats.items() if name not in (FLOOR, CONTAINER))
    for name, count in sample.formats.items():
        fields = sample.fields.get(name, {})
        needed = {path for path, seen in fields.items() if not seen.repeats and seen.events is None}
        is_known = bool(needed) and needed <= columns
        if fields if name in OBJECTS else name in _SURE or count * SELDOM >= known or is_known:
            yield name


def fields_of(
    samples: Sequence[SchemaSample], formats: Sequence[str], columns: Mapping[FieldPath, Column] = NO_COLUMNS
) -> dict[FieldPath, InferredType]:
    """The fields of all of these formats, the first format's first; of the pairs in messages those that are columns.

    A field in several formats gets the join of its types.

    Args:
        samples: of the batch.
        formats: those of the table.
        columns: those that the table has already.
    """
    seen = {name: join_types(sample.fields.get(name, {}) for sample in samples) for name in formats}
    events = {name: sum(sample.formats.get(name, 0) for sample in samples) for name in formats}
    return pair_columns(seen, events, columns)
