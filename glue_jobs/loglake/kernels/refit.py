"""Finds the types that rescued values fit: by decoding their events once more, under other schemas."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pyarrow as pa

from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.format_choice import FLOOR
from loglake.core.schema.schema import Column, ColumnType, FieldPath, TableSchema, crowds, join
from loglake.core.units import EPOCH, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.kernels.arrow import Int64s, Mask, to_mask
from loglake.kernels.decode import Decoder
from loglake.kernels.formats.text_fields import least_type
from loglake.kernels.json.fit_rows import RAW_BASE64, rescued_name
from loglake.kernels.json.walk import members
from loglake.kernels.readers.events import events_batch
from loglake.kernels.readers.raw_objects import numbered
from loglake.kernels.sample import count_formats

ENOUGH = 0.999
"""The share of a field's events whose values have to fit a type."""

FIELDS = 100
"""Fields that are looked at: those with the most events."""

_TYPES = (ColumnType.BOOLEAN, ColumnType.BIGINT, ColumnType.DOUBLE, ColumnType.TIMESTAMP, ColumnType.STRING)
_MOST_DOTS = 3
"""A name with more dots is read as nested keys alone: there are twice as many readings with each dot."""


@dataclass(frozen=True)
class Rescued:
    """An event with rescued values, which stands for all with the same ones.

    Attributes:
        raw: its text.
        values: its ``_rescued``.
        events: how many there are.
    """

    raw: str
    values: str
    events: int


@dataclass(frozen=True)
class Refit:
    """What would become of a field's rescued values.

    Attributes:
        name: of the field, as in ``_rescued``.
        path: of the field.
        column: that it has; None if it has none.
        events: how many have a rescued value of it.
        type: the narrowest one that holds the values of `ENOUGH` of them, and what the column holds; None if none does.
        left: events whose value does not fit it.
        example: a value, as JSON text.
    """

    name: str
    path: FieldPath
    column: Column | None
    events: int
    type: ColumnType | None
    left: int
    example: str


def refit(found: Sequence[Rescued], schema: TableSchema) -> list[Refit]:
    """A type for each rescued field, the most events first.

    Events are read by the formats that recognise them. If a format of the table needs settings of its dataset, such as
    a pattern, its fields are not seen again here; their type is the narrowest one that holds their texts. Events whose
    ``_rescued`` is no JSON object, see `fields_of`, are left out, and so are the keys of `crowded_objects`.

    Memory: that of the events, several times.
    """
    events: Counter[str] = Counter()
    rows: dict[str, list[int]] = defaultdict(list)
    values: dict[str, list[str]] = defaultdict(list)
    found = [each for each in found if fields_of(each.values) is not None]
    crowded = tuple(f"{name}." for name in crowded_objects(found))
    for row, each in enumerate(found):
        for name, value in (fields_of(each.values) or {}).items():
            if name != RAW_BASE64 and not name.startswith(crowded):
                events[name] += each.events
                rows[name].append(row)
                values[name].append(value)
    names = [name for name, _ in events.most_common(FIELDS)]
    known = {rescued_name(column.path): column for column in schema.columns}
    weights = np.array([each.events for each in found], np.int64)
    decode = _Decoding(found, schema)
    fits: dict[ColumnType, dict[str, tuple[FieldPath, Mask]]] = {
        kind: decode.fits(kind, names, known) for kind in _TYPES
    }
    refits = []
    for name in names:
        mine = np.zeros(len(found), np.bool_)
        mine[rows[name]] = True
        base = Refit(name, tuple(name.split(".")), known.get(name), events[name], None, events[name], values[name][0])
        if base.column:
            base = replace(base, path=base.column.path)
        refits.append(_least(base, mine, weights, fits, values[name]))
    return refits


def fields_of(values: str) -> Mapping[str, str] | None:
    """The JSON texts of an event's rescued values by field; None if they can't be read.

    A dataset's transformation may have masked them, and Python can't read what is nested too deep.
    """
    try:
        return members(values) if values.startswith("{") else None
    except (ValueError, StopIteration, RecursionError):
        return None


def crowded_objects(found: Sequence[Rescued]) -> dict[str, int]:
    """The objects that have too many rescued keys for a column of each, and how many these are."""
    paths = {tuple(name.split(".")) for each in found for name in fields_of(each.values) or ()}
    crowded = crowds(paths)
    outer = sorted(each for each in crowded if not any(each[:length] in crowded for length in range(1, len(each))))
    return {
        ".".join(each): len({path[: len(each) + 1] for path in paths if path[: len(each)] == each}) for each in outer
    }


def _least(
    base: Refit,
    mine: Mask,
    weights: Int64s,
    fits: Mapping[ColumnType, Mapping[str, tuple[FieldPath, Mask]]],
    values: Sequence[str],
) -> Refit:
    """The narrowest type that holds enough of a field's values."""
    seen = False
    for kind in _TYPES:
        if base.name not in fits[kind]:
            continue
        path, holds = fits[kind][base.name]
        seen = seen or bool(holds.any())
        left = int(weights[mine & ~holds].sum())
        if left <= (1 - ENOUGH) * base.events:
            return replace(base, path=path, type=kind, left=left)
    if seen or base.column:
        return base
    texts = pa.array([json.loads(value) if value.startswith('"') else value for value in values], pa.string())
    return replace(base, path=(base.name,), type=least_type(texts), left=0)


class _Decoding:
    """Decodes the same events under different schemas."""

    def __init__(self, found: Sequence[Rescued], schema: TableSchema) -> None:
        texts = pa.array([each.raw for each in found], pa.string())
        nothing = np.zeros(len(found), np.int64)
        self._events = numbered(events_batch(nothing, texts, nothing), np.zeros(len(found), np.int32))
        self._schema = schema
        self._formats = tuple(name for name in count_formats(texts) if name != FLOOR) or (FLOOR,)

    def fits(
        self, kind: ColumnType, names: Sequence[str], known: Mapping[str, Column]
    ) -> dict[str, tuple[FieldPath, Mask]]:
        """By field, its path, and the events that have a value of it in a column of a type, and none rescued."""
        columns = [self._retyped(column, kind, names) for column in self._schema.columns]
        new: dict[str, list[Column]] = {}
        for name in names:
            if name not in known:
                new[name] = [Column(f"_{len(columns) + at}", path, kind) for at, path in enumerate(_readings(name))]
                columns += new[name]
        schema = replace(self._schema, columns=tuple(columns))
        bundle = Bundle(schema.table, LogGroupName(""), Window(EPOCH, EpochMs(1)), 0, 0, "", ())
        decoded = Decoder(bundle, TablePlan(self._formats[0], schema, self._formats[1:])).decode(self._events, ())
        still = [set(fields_of(text) or ()) if text else set() for text in decoded.rescued.to_pylist()]
        found: dict[str, tuple[FieldPath, Mask]] = {}
        for name in names:
            clean = np.array([name not in each for each in still], np.bool_)
            for column in [known[name]] if name in known else new[name]:
                holds = to_mask(decoded.rows.column(column.name).is_valid()) & clean
                if name in known and self._retyped(column, kind, names).type is not kind:
                    continue  # the column holds values that this type does not
                if name not in found or holds.sum() > found[name][1].sum():
                    found[name] = (column.path, holds)
        return found

    @staticmethod
    def _retyped(column: Column, kind: ColumnType, names: Sequence[str]) -> Column:
        """A column with another type, if values of it are rescued and the type holds what the column holds."""
        wider = rescued_name(column.path) in names and not column.json and join(column.type, kind) is kind
        return replace(column, type=kind) if wider else column


def _readings(name: str) -> Iterator[FieldPath]:
    """The paths that a name with dots may mean, nested keys first."""
    parts = name.split(".")
    if len(parts) > _MOST_DOTS + 1:
        yield tuple(parts)
        return
    for joins in product(("\0", "."), repeat=len(parts) - 1):
        text = parts[0] + "".join(between + part for between, part in zip(joins, parts[1:]))
        yield tuple(text.split("\0"))
