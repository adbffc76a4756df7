"""Which pairs of key and value in messages become columns.

Nobody declared them: prose, code and dumps have pairs, too. So a key needs as many events as a program writes. All
parts of a sample are counted together, so it does not matter how the sample was cut. What is too rare stays in the
message, and in one column of JSON text: `schema.PAIRS_PATH`.
"""

from __future__ import annotations

from collections.abc import Mapping

from loglake.core.schema.schema import Column, FieldPath, InferredType, column_name, join_types

FEWEST, SHARE = 20, 0.01
"""Events that have a pair which is a column, and their share of the events of the same format."""

FEW = 100
"""Of fewer events, each having the pair is enough."""

MOST = 64
"""Pairs that one sample can make columns of."""


def pair_columns(
    seen: Mapping[str, Mapping[FieldPath, InferredType]], events: Mapping[str, int], columns: Mapping[FieldPath, Column]
) -> dict[FieldPath, InferredType]:
    """The fields of a table's formats, each format's after those of the one before it, without pairs that are rare.

    A pair never gets a number behind its name: if another field or a more frequent pair has the name, it is no column.

    Args:
        seen: the fields of each format.
        events: how many events of it the sample has.
        columns: those that the table has already: a pair that is a column stays one.
    """
    fields = join_types(seen.values())
    pairs = {path: each.events for path, each in fields.items() if each.events is not None}
    often = {
        path
        for name, own in seen.items()
        for path in own.keys() & pairs.keys()
        if _is_often(own[path].events or 0, events[name])
    }
    names = {column.name for column in columns.values()}
    names |= {column_name(path) for path in fields.keys() - pairs.keys() - columns.keys()}
    kept = set(columns)
    for path in sorted(often - columns.keys(), key=lambda path: (-pairs[path], path != (column_name(path),), path))[
        :MOST
    ]:
        if column_name(path) not in names:
            names.add(column_name(path))
            kept.add(path)
    return {path: each for path, each in fields.items() if path not in pairs or path in kept}


def _is_often(count: int, events: int) -> bool:
    return count >= max(FEWEST, SHARE * events) or count == events < FEW
