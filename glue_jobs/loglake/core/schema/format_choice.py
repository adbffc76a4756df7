"""In which log formats a table's events are read, decided by what samples of them showed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence, Set

from loglake.core.schema.conversion import SchemaSample
from loglake.core.schema.schema import FieldPath, InferredType, join_types

AUTO = "auto"
FLOOR = "text"
LAMBDA = "lambda"

OBJECTS = frozenset({"json", "emf", "waf", "cloudtrail", "route53_resolver", "eks_audit"})
"""The formats whose events are JSON objects."""

SELDOM = 100
"""A format of lines that recognised less than one in so many events of a bundle may be there by accident."""


def choose_format(samples: Iterable[SchemaSample]) -> str:
    """The first format to read a table's events in: of those that recognised any, the one that recognised most.

    Plain text only where nothing else was seen, since every format reads what it does not recognise as text. Lambda's
    wherever it was seen, since it reads JSON objects too.
    """
    votes: Counter[str] = Counter()
    for sample in samples:
        votes.update(sample.formats)
    if votes[LAMBDA]:
        return LAMBDA
    return max(sorted(votes.keys() - {FLOOR}), key=lambda name: votes[name], default=FLOOR)


def choose_formats(samples: Sequence[SchemaSample], columns: Collection[FieldPath] = ()) -> tuple[str, ...]:
    """All formats to read a table's events in: the one of `choose_format`, then what else there is, by name.

    That is each format of JSON objects that showed a field, however few there were: what is one is so by no accident,
    as what stands behind a known prefix. And each format of lines that is not `SELDOM` in some bundle: small log groups
    count as much as the large ones that share their table. One that is seldom is read too where the table has all of
    its columns: so the hours of a day, and then the day, are read alike.

    Args:
        samples: of the batch.
        columns: the fields that the table has columns for before it.
    """
    first = choose_format(samples)
    others = {name for sample in samples for name in _others(sample, frozenset(columns))}
    return (first, *sorted(others - {first, FLOOR}))


def _others(sample: SchemaSample, columns: Set[FieldPath]) -> Iterable[str]:
    known = sum(count for name, count in sample.formats.items() if name != FLOOR)
    for name, count in sample.formats.items():
        fields = sample.fields.get(name, {})
        needed = {path for path, seen in fields.items() if not seen.repeats}
        is_known = bool(needed) and needed <= columns
        if fields if name in OBJECTS else count * SELDOM >= known or is_known:
            yield name


def fields_of(samples: Sequence[SchemaSample], formats: Sequence[str]) -> dict[FieldPath, InferredType]:
    """The fields of all of these formats, those of the first format first. A field of several has the join of types."""
    return join_types(sample.fields.get(name, {}) for name in formats for sample in samples)
