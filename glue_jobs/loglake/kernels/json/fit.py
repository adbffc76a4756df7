"""Fitting JSON events to a table's schema, as fast as Arrow reads JSON, as exact as `fit_rows`.

Schema in: texts, and a table's columns. Out: one array per column, and the JSON text of what has no column or does
not fit its own. Objects that are alike are fitted without parsing, see `fit_alike`. Arrow reads all others with the
table's types; events about which it may be wrong, or which have fields that the table has not, are fitted again one by
one; a batch that it refuses is halved until little is left. Order is kept. Peak memory: about six times the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import Column, ColumnType, FieldPath, TableSchema
from loglake.kernels.arrow import (
    NO_STRING,
    Array,
    Mask,
    Strings,
    matches,
    no_mask,
    nulls,
    pc,
    texts_of,
    to_mask,
)
from loglake.kernels.json.exact_doubles import inexact_doubles, may_be_inexact
from loglake.kernels.json.fit_alike import AlikeFitter
from loglake.kernels.json.fit_rows import FittedRow, RowFitter
from loglake.kernels.json.fitted import Fitted, joined, replaced
from loglake.kernels.json.read import array_texts, picked_texts
from loglake.kernels.json.scalars import ARROW_TYPES
from loglake.kernels.json.text_columns import convert_texts
from loglake.kernels.json.typed import TypedReader

SMALL = 256
"""Events that are fitted one by one rather than halved once more."""


class Fitter:
    """Fits batches to one schema.

    Args:
        schema: the columns.
        picks: which texts to pick.
        leave: picks with strings that are not rescued if they have no column: the caller may have another place for
            them, and calls `rescue_left` for the others.
    """

    def __init__(
        self, schema: TableSchema, picks: Sequence[FieldPath] = (), leave: Set[FieldPath] = frozenset()
    ) -> None:
        self._schema = schema
        self._picks = tuple(picks)
        self._paths = {column.path for column in schema.columns}
        self._leave = leave - self._paths
        self._alike = AlikeFitter(schema, self._picks, self._leave)
        self._rows = RowFitter(schema, self._picks, self._leave)
        self._reader = TypedReader(schema.columns)
        self._doubles = [column.path for column in schema.columns if column.type is ColumnType.DOUBLE]

    def fit(self, raw: Strings) -> Fitted:
        """Fits texts that start with ``{`` and end with ``}``, white space aside; none is null."""
        alike = self._alike.fit(raw)
        if alike is None:
            return self._fit(raw)
        fitted, rest = alike
        return replaced(fitted, rest, self._fit(raw.filter(pa.array(rest)))) if rest.any() else fitted

    def _fit(self, raw: Strings) -> Fitted:
        if not len(raw):
            return self._one_by_one(raw)
        leaves = self._reader.read(raw)
        if leaves is not None:
            return self._whole(raw, leaves)
        if len(raw) <= SMALL:
            return self._one_by_one(raw)
        half = len(raw) // 2
        return joined(self._fit(raw.slice(0, half)), self._fit(raw.slice(half)))

    def rescue_left(self, raw: Strings, fitted: Fitted, lost: Mapping[FieldPath, Mask]) -> Fitted:
        """Rescues strings that were left.

        Args:
            raw: what was fitted.
            fitted: what it gave.
            lost: by the path of a field, the events with a string that has no other place.
        """
        where = no_mask(len(raw))
        for mask in lost.values():
            where |= mask
        if not where.any():
            return fitted
        paths = [[path for path, mask in lost.items() if mask[row]] for row in np.flatnonzero(where)]
        texts = zip(texts_of(raw.filter(pa.array(where))), paths)
        rescued = pa.array([self._rows.fit(text, also).rescued for text, also in texts], pa.string())
        return replace(
            fitted,
            rescued=pc.replace_with_mask(fitted.rescued, pa.array(where), rescued),
            rescued_values=fitted.rescued_values + sum(map(len, paths)),
        )

    def _one_by_one(self, raw: Strings) -> Fitted:
        rows = [self._rows.fit(text) for text in texts_of(raw)]
        return Fitted(
            columns=[_values(rows, index, column.type) for index, column in enumerate(self._schema.columns)],
            rescued=pa.array([row.rescued for row in rows], pa.string()),
            rescued_values=sum(row.rescued_values for row in rows),
            picked=[pa.array([row.picked[index] for row in rows], pa.string()) for index in range(len(self._picks))],
            left=[pa.array([row.left.get(path) for row in rows], pa.string()) for path in self._picks],
            valid=pa.array([row.valid for row in rows], pa.bool_()),
        )

    def _whole(self, raw: Strings, leaves: Mapping[FieldPath, Array]) -> Fitted:
        doubles = [leaves[path] for path in self._doubles if _is_double(leaves.get(path))]
        doubtful = may_be_inexact(raw, doubles) if doubles else no_mask(len(raw))
        doubt = no_mask(len(raw))
        columns = []
        for column in self._schema.columns:
            values, unsure = _column(raw, doubtful, column, leaves.get(column.path))
            columns.append(values)
            doubt |= unsure
        left = {path for path in leaves.keys() & self._leave if pa.types.is_string(leaves[path].type)}
        for path in leaves.keys() - self._paths - left:
            doubt |= _holds_values(leaves[path])
        if any(path[:length] in self._paths for path in leaves for length in range(1, len(path))):
            # At a column's path Arrow found members: an empty object there looks as if nothing were there.
            doubt |= to_mask(matches(raw, r"\{\s*\}"))
        empty = nulls(len(raw), pa.string())
        fitted = Fitted(
            columns=columns,
            rescued=empty,
            rescued_values=0,
            picked=[picked_texts(leaves.get(path), len(raw)) for path in self._picks],
            left=[leaves[path] if path in left else empty for path in self._picks],
            valid=pa.repeat(True, len(raw)),
        )
        return replaced(fitted, doubt, self._one_by_one(raw.filter(pa.array(doubt)))) if doubt.any() else fitted


def _column(raw: Strings, doubtful: Mask, column: Column, leaf: Array | None) -> tuple[Array, Mask]:
    """A column's values, and the events with an unreliable value."""
    kind = ARROW_TYPES[column.type]
    if leaf is None or pa.types.is_null(leaf.type):
        return nulls(len(raw), kind), no_mask(len(raw))
    if column.json:
        return _json_column(raw, column, leaf)
    if column.type is ColumnType.TIMESTAMP:
        return convert_texts(leaf, column.type)
    if column.type is ColumnType.DOUBLE:
        return leaf, inexact_doubles(raw, doubtful, column.path[-1], leaf)
    if column.type is ColumnType.STRING and not pa.types.is_string(leaf.type):
        return _as_texts(raw, leaf)
    return leaf, no_mask(len(raw))


def _as_texts(raw: Strings, leaf: Array) -> tuple[Strings, Mask]:
    """The JSON text of whole numbers and booleans; it is another than Arrow's for ``-0`` alone."""
    if pa.types.is_boolean(leaf.type):
        return leaf.cast(pa.string()), no_mask(len(raw))
    if not pa.types.is_integer(leaf.type):
        return nulls(len(raw), pa.string()), to_mask(leaf.is_valid())
    zeros = to_mask(pc.equal(leaf, 0))
    if zeros.any():
        zeros[zeros] = to_mask(pc.match_substring(raw.filter(pa.array(zeros)), "-0"))
    return leaf.cast(pa.string()), zeros


def _json_column(raw: Strings, column: Column, leaf: Array) -> tuple[Array, Mask]:
    there = to_mask(leaf.is_valid())
    if not pa.types.is_list(leaf.type):
        return nulls(len(raw), pa.string()), there
    texts = pc.if_else(pa.array(there), array_texts(raw, column.path[-1]), NO_STRING)
    return texts, there & to_mask(texts.is_null())


def _is_double(leaf: Array | None) -> bool:
    return leaf is not None and pa.types.is_floating(leaf.type)


def _holds_values(leaf: Array) -> Mask:
    """The events in which a field without a column holds anything: null and empty objects do not count."""
    empty = pa.types.is_null(leaf.type) or (pa.types.is_struct(leaf.type) and not leaf.type.num_fields)
    return no_mask(len(leaf)) if empty else to_mask(leaf.is_valid())


def _values(rows: Sequence[FittedRow], index: int, kind: ColumnType) -> Array:
    values = [row.values[index] for row in rows]
    if kind is ColumnType.TIMESTAMP:
        return pa.array(values, pa.int64()).cast(ARROW_TYPES[kind])
    return pa.array(values, ARROW_TYPES[kind])
