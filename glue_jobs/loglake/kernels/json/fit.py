"""Fitting JSON events to a table's schema, as fast as Arrow reads JSON, as exact as `fit_rows`.

Schema in: texts, and a table's columns. Out: one array per column, and the JSON text of what has no column or does
not fit its own. Objects that are alike are fitted without parsing, see `fit_alike`. Arrow reads all others with the
table's types; events about which it may be wrong, or which have fields that the table has not, are fitted again one by
one; a batch that it refuses, or that has too many keys for it, is halved until little is left. Objects that are held
whole are cut out first. Order is kept. Peak memory: about six times the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import Column, ColumnType, FieldPath, TableSchema, whole_paths
from loglake.kernels.arrow import (
    NO_STRING,
    Array,
    Mask,
    Strings,
    choose,
    matches,
    no_mask,
    nulls,
    passing,
    pc,
    texts_of,
    to_mask,
)
from loglake.kernels.crowded import Crowd, Keys, crowd_of
from loglake.kernels.json.exact_doubles import inexact_doubles, may_be_inexact
from loglake.kernels.json.fit_alike import AlikeFitter
from loglake.kernels.json.fit_rows import RowFitter
from loglake.kernels.json.fitted import Fitted, in_order, joined, replaced
from loglake.kernels.json.read import array_texts, picked_texts, single_keys
from loglake.kernels.json.scalars import ARROW_TYPES, convert_texts
from loglake.kernels.json.typed import TypedReader
from loglake.kernels.json.whole_objects import PLACE, cut_out

SMALL = 256
"""Events that are fitted one by one rather than halved once more."""


_ROWS = 1024
"""Events that are fitted one by one before they become columns: as Python's objects they take far more memory."""


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
        self._whole = whole_paths(schema.columns)
        self._without: tuple[FieldPath, Fitter] | None = None
        self._paths = {column.path for column in schema.columns}
        self._leave = leave - self._paths
        self._alike = AlikeFitter(schema, self._picks, self._leave)
        self._rows = RowFitter(schema, self._picks, self._leave)
        self._reader = TypedReader(schema.columns)
        self._doubles = [column.path for column in schema.columns if column.type is ColumnType.DOUBLE]

    def fit(self, raw: Strings) -> Fitted:
        """Fits texts that start with ``{`` and end with ``}``, white space aside; none is null."""
        if self._without:
            return self._fit_without(raw, *self._without)
        alike = self._alike.fit(raw)
        if alike is None:
            return self._fit(raw)
        fitted, rest = alike
        return replaced(fitted, rest, self._fit(raw.filter(pa.array(rest)))) if rest.any() else fitted

    def _fit(self, raw: Strings) -> Fitted:
        if not len(raw):
            return self._one_by_one(raw)
        crowd = crowd_of(raw, Keys.QUOTED)
        leaves = None if crowd else self._reader.read(raw)
        if self._whole and (crowd or leaves) and (path := self._object_path(raw[:SMALL], leaves)):
            schema = self._schema
            columns = tuple(replace(each, json=each.json and each.path != path) for each in schema.columns)
            self._without = path, Fitter(replace(schema, columns=columns), self._picks, self._leave)
            return self._fit_without(raw, *self._without)
        if leaves is not None:
            return self._fit_leaves(raw, leaves)
        if len(raw) <= SMALL or crowd is Crowd.OF_EACH:
            return self._one_by_one(raw)
        half = len(raw) // 2
        return joined(self._fit(raw.slice(0, half)), self._fit(raw.slice(half)))

    def _object_path(self, head: Strings, leaves: Mapping[FieldPath, Array] | None) -> FieldPath | None:
        """A path at which events have an object that is held whole, if any: by their leaves, or by the first events."""
        if leaves is None:
            return next((path for text in texts_of(head) for path in self._rows.whole_objects(text)), None)
        found = (path[:length] for path in leaves for length in range(1, len(path)))
        return next((path for path in found if path in self._whole), None)

    def _fit_without(self, raw: Strings, path: FieldPath, fitter: Fitter) -> Fitted:
        """Fits events without the object at a path, by a fitter that has a string there; then the column gets it."""
        cut = cut_out(raw, path)
        rows, objects, rest = cut.rows, cut.objects, cut.unsure
        index = next(index for index, column in enumerate(self._schema.columns) if column.path == path)
        fitted = fitter.fit(cut.texts.filter(pa.array(~rest)))
        there = to_mask(pc.equal(fitted.columns[index], PLACE))[rows[~rest]]
        if not there.all():  # what was cut was at another path
            rest[rows] = ~there
            rows, objects = rows & ~rest, objects.filter(pa.array(there))
            fitted = fitter.fit(cut.texts.filter(pa.array(~rest)))
        where = pa.array(rows[~rest])
        fitted.columns[index] = pc.replace_with_mask(fitted.columns[index], where, objects)
        for place, pick in enumerate(self._picks):
            if pick == path:
                fitted.picked[place] = choose(where, NO_STRING, fitted.picked[place])
        if not rest.any():
            return fitted
        return in_order(fitted, self._one_by_one(raw.filter(pa.array(rest))), rest)

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
        starts = range(0, max(len(raw), 1), _ROWS)
        return joined(*(self._fit_rows(texts_of(raw.slice(start, _ROWS))) for start in starts))

    def _fit_rows(self, texts: Sequence[str]) -> Fitted:
        rows = [self._rows.fit(text) for text in texts]
        values = zip(*(row.values for row in rows)) if rows else [()] * len(self._schema.columns)
        return Fitted(
            columns=[_values(each, column.type) for each, column in zip(values, self._schema.columns)],
            rescued=pa.array([row.rescued for row in rows], pa.string()),
            rescued_values=sum(row.rescued_values for row in rows),
            picked=[pa.array([row.picked[index] for row in rows], pa.string()) for index in range(len(self._picks))],
            left=[pa.array([row.left.get(path) for row in rows], pa.string()) for path in self._picks],
            valid=pa.array([row.valid for row in rows], pa.bool_()),
        )

    def _fit_leaves(self, raw: Strings, leaves: Mapping[FieldPath, Array]) -> Fitted:
        doubles = [leaves[path] for path in self._doubles if _is_double(leaves.get(path))]
        doubtful = may_be_inexact(raw, doubles) if doubles else no_mask(len(raw))
        doubt = no_mask(len(raw))
        single = single_keys(leaves)
        columns = []
        for column in self._schema.columns:
            values, unsure = _column(raw, doubtful, column, leaves.get(column.path), single)
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


def _column(raw: Strings, doubtful: Mask, column: Column, leaf: Array | None, single: Set[str]) -> tuple[Array, Mask]:
    """A column's values, and the events with an unreliable value."""
    kind = ARROW_TYPES[column.type]
    if leaf is None or pa.types.is_null(leaf.type):
        return nulls(len(raw), kind), no_mask(len(raw))
    if column.json:
        return _json_column(raw, leaf, column.path[-1], single=column.path[-1] in single)
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
    zeros = passing(to_mask(pc.equal(leaf, 0)), raw, lambda own: pc.match_substring(own, "-0"))
    return leaf.cast(pa.string()), zeros


def _json_column(raw: Strings, leaf: Array, key: str, *, single: bool) -> tuple[Array, Mask]:
    there = to_mask(leaf.is_valid())
    if not pa.types.is_list(leaf.type):
        return nulls(len(raw), pa.string()), there
    texts = array_texts(raw if there.all() else raw.filter(pa.array(there)), key, single=single)
    if not there.all():
        texts = pc.replace_with_mask(nulls(len(raw), pa.string()), pa.array(there), texts)
    return texts, there & to_mask(texts.is_null())


def _is_double(leaf: Array | None) -> bool:
    return leaf is not None and pa.types.is_floating(leaf.type)


def _holds_values(leaf: Array) -> Mask:
    """The events in which a field without a column holds anything: null and empty objects do not count."""
    empty = pa.types.is_null(leaf.type) or (pa.types.is_struct(leaf.type) and not leaf.type.num_fields)
    return no_mask(len(leaf)) if empty else to_mask(leaf.is_valid())


def _values(values: Sequence[object], kind: ColumnType) -> Array:
    if kind is ColumnType.TIMESTAMP:
        return pa.array(values, pa.int64()).cast(ARROW_TYPES[kind])
    return pa.array(values, ARROW_TYPES[kind])
