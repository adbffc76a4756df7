"""Fitting objects that differ in their values alone, as most of a program's events do: no parsing, and as exact.

Schema in: texts, and a table's columns. Out: a fitted batch, and the events to fit in another way: those without one of
the skeletons that a sample shows, and those with a value that is not surely its column's. Order is kept. Peak memory:
about three times the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import chain

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
    pc,
    to_mask,
)
from loglake.kernels.json.fitted import Fitted
from loglake.kernels.json.read import picked_texts
from loglake.kernels.json.scalars import ARROW_TYPES, MAX_EXACT_INTEGER, convert_texts
from loglake.kernels.json.skeletons import Field, Objects, Skeleton, Values, skeleton_of

FEW = 64
"""So few events are faster the other way."""

LEAST_SHARE = 0.75
"""Of the sample that has the skeletons: with less, reading all in the other way is faster."""

_ROWS = 4096
"""So many objects are compared at a time that their bytes stay in the processor's cache."""

SAMPLED = 8
"""One of so many events shows what all are like."""

_MOST_SAMPLED = 256
_SELDOM = 1 / 64
_MOST_FAILURES = 3

_SCALAR = r"^(?:true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$"


class AlikeFitter:
    """Fits batches to one schema. The arguments are those of `loglake.kernels.json.fit.Fitter`."""

    def __init__(self, schema: TableSchema, picks: Sequence[FieldPath], leave: Set[FieldPath]) -> None:
        self._columns = schema.columns
        self._by_path = schema.by_path()
        self._picks = tuple(picks)
        self._leave = leave
        self._whole = whole_paths(schema.columns)
        self._known: Sequence[Skeleton] = ()
        """Of the batch before, if nearly all of its objects were fitted by them."""

    def fit(self, raw: Strings) -> tuple[Fitted, Mask] | None:
        """The batch, fitted, and the events to fit in another way; None if too few objects are alike."""
        if len(raw) < FEW:
            return None
        skeletons = self._known or self._skeletons(raw)
        if not skeletons:
            return None
        fitted, rest = self._fit(raw, skeletons)
        self._known = skeletons if rest.mean() <= _SELDOM else ()
        return fitted, rest

    def _skeletons(self, raw: Strings) -> Sequence[Skeleton]:
        """The skeletons that a sample shows; none if they fit too little of it."""
        rows = np.linspace(0, len(raw) - 1, max(1, min(_MOST_SAMPLED, len(raw) // SAMPLED)))
        sample = raw.take(np.unique(rows.astype(np.int64)))
        skeletons = self._learn(sample)
        return skeletons if skeletons and self._fit(sample, skeletons)[1].mean() <= 1 - LEAST_SHARE else ()

    def _learn(self, sample: Strings) -> list[Skeleton]:
        """The skeletons of most events; none if most have none, or one with values that have no place."""
        objects, found = Objects(sample), list[Skeleton]()
        left = np.flatnonzero(objects.quotes >= 0)
        covered, failures = 0, 0
        while len(left) and covered + len(left) >= LEAST_SHARE * len(sample) and failures < _MOST_FAILURES:
            quotes = objects.quotes[left]
            alike = left[quotes == np.bincount(quotes).argmax()]
            rows, skeleton = alike[:1], skeleton_of(sample[int(alike[0])].as_py())
            if skeleton and self._has_places(skeleton):
                rows = objects.find(skeleton, alike, {})
                if len(rows) >= _SELDOM * len(sample):
                    found.append(skeleton)
                    covered += len(rows)
            failures += not (found and found[-1] is skeleton)
            left = np.setdiff1d(left, rows, assume_unique=True)
        return found if covered >= LEAST_SHARE * len(sample) else []

    def _fit(self, raw: Strings, skeletons: Sequence[Skeleton]) -> tuple[Fitted, Mask]:
        parts = [raw.slice(first, _ROWS) for first in range(0, len(raw), _ROWS)]
        found, left = zip(*(self._values(part, skeletons) for part in parts))
        lengths = [len(part) for part in parts]
        fields = {
            field: pa.concat_arrays(
                [part[field] if field in part else nulls(size, pa.string()) for part, size in zip(found, lengths)]
            )
            for field in dict.fromkeys(chain.from_iterable(found))
        }
        rest: Mask = np.concatenate(left)
        return self._fitted(fields, rest), rest

    def _values(self, raw: Strings, skeletons: Sequence[Skeleton]) -> tuple[dict[Field, Strings], Mask]:
        """The texts of all values that are needed, and which events have none of the skeletons."""
        objects, rest = Objects(raw), ~no_mask(len(raw))
        fields: dict[Field, Values] = {}
        for skeleton in skeletons:
            rows = objects.find(skeleton, np.flatnonzero((objects.quotes == skeleton.quotes) & rest), fields)
            rest[rows] = False
        return {field: values.texts() for field, values in fields.items() if self._needs(*field)}, rest

    def _needs(self, path: FieldPath, is_string: bool) -> bool:
        """Whether a column or a pick has such values, or each of them is to be checked, as a scalar is."""
        return not is_string or path in self._by_path or path in self._picks

    def _has_places(self, skeleton: Skeleton) -> bool:
        """Whether each value may have a column, or may be null, and none is part of an object that is held whole."""
        paths = chain((path for path, _ in skeleton.values), skeleton.empty)
        if self._whole and any(path[:length] in self._whole for path in paths for length in range(1, len(path))):
            return False
        return not skeleton.empty & self._by_path.keys() and all(
            not is_string or path in self._leave or _may_hold_strings(self._by_path.get(path))
            for path, is_string in skeleton.values
        )

    def _fitted(self, fields: Mapping[Field, Strings], rest: Mask) -> Fitted:
        """Adds to the rest the events with values that are not surely fitted."""
        empty = nulls(len(rest), pa.string())
        strings = {path: texts for (path, is_string), texts in fields.items() if is_string}
        scalars = {path: _no_null(texts) for (path, is_string), texts in fields.items() if not is_string}
        columns = []
        for column in self._columns:
            values, unsure = _column(column, strings.get(column.path), scalars.get(column.path), len(rest))
            columns.append(values)
            rest |= unsure
        for path, texts in scalars.items():
            if path not in self._by_path:
                rest |= to_mask(texts.is_valid())
        picked, places = [], {column.path: place for place, column in enumerate(self._columns)}
        for path in self._picks:
            numbers = empty
            if path in scalars:
                numbers, unsure = _picked(scalars[path], columns[places[path]] if path in places else None)
                rest |= unsure
            picked.append(_both(strings.get(path), numbers))
        left = [strings.get(path, empty) if path in self._leave else empty for path in self._picks]
        return Fitted(columns, empty, 0, picked, left, pa.repeat(True, len(rest)))


def _may_hold_strings(column: Column | None) -> bool:
    return column is not None and column.type in (ColumnType.STRING, ColumnType.TIMESTAMP)


def _no_null(scalars: Strings) -> Strings:
    """JSON's null as no value."""
    is_null = pc.equal(scalars, "null")
    return choose(is_null, NO_STRING, scalars) if pc.any(is_null).as_py() else scalars


def _picked(scalars: Strings, values: Array | None) -> tuple[Strings, Mask]:
    """What `fit_rows.pick` makes of scalars, given their column's values, if there are any; and where it is unsure."""
    if values is None or not (pa.types.is_floating(values.type) or pa.types.is_boolean(values.type)):
        numbers, unsure = convert_texts(scalars, ColumnType.BIGINT)
        return numbers.cast(pa.string()), unsure
    if pa.types.is_boolean(values.type):
        return picked_texts(values, len(values)), no_mask(len(values))
    # This number is picked if it is written as an integer, and not if it is written as a fraction.
    return picked_texts(values, len(values)), to_mask(pc.equal(pc.abs(values), float(MAX_EXACT_INTEGER)))


def _both(strings: Strings | None, others: Strings) -> Strings:
    if strings is None:
        return others
    return strings if others.null_count == len(others) else pc.coalesce(strings, others)


def _column(column: Column, strings: Strings | None, scalars: Strings | None, length: int) -> tuple[Array, Mask]:
    """A column's values, and the events that may have another one. A misfit may be a scalar that is no JSON."""
    if column.type is ColumnType.STRING and scalars is not None:
        return _both(strings, scalars), to_mask(pc.invert(matches(scalars, _SCALAR)))
    is_text = column.type in (ColumnType.STRING, ColumnType.TIMESTAMP)
    fit, misfit = (strings, scalars) if is_text else (scalars, strings)
    if fit is None:
        values, unsure = nulls(length, ARROW_TYPES[column.type]), no_mask(length)
    else:
        values, unsure = convert_texts(fit, column.type)
    return values, unsure if misfit is None else unsure | to_mask(misfit.is_valid())
