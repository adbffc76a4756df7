"""JSON objects that are the messages of other events: ``[INFO] {"order": 17}`` has the fields of the object too."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Callable

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema, join_types, whole_paths
from loglake.kernels.arrow import (
    NO_STRING,
    Array,
    Mask,
    Strings,
    choose,
    coalesce,
    matches,
    no_mask,
    nulls,
    passing,
    pc,
    to_mask,
)
from loglake.kernels.formats.base import Parsed
from loglake.kernels.formats.objects.among_text import objects_among
from loglake.kernels.formats.objects.paths import ObjectFitter, infer_objects
from loglake.kernels.json.fit_rows import rescue, rescued_name
from loglake.kernels.json.fitted import Fitted
from loglake.kernels.json.walk import members, walk

OBJECT_START = r'\{\s*["}]'
"""How an object starts. What JavaScript and Python print of theirs, ``{ id: 1 }`` and ``{'id': 1}``, is no JSON."""


_SURE_TIME = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)$"
"""A time with a date and a zone: what an object calls its time may be anything."""


def may_be_objects(texts: Strings) -> Mask:
    """Which texts start and end as JSON objects do, white space aside; null does not."""
    mask = to_mask(matches(texts, rf"^\s*{OBJECT_START}"))
    return passing(mask, texts, lambda own: pc.ends_with(pc.ascii_rtrim(own, " \t\r\n"), "}"))


def with_objects(
    prefix: Mapping[FieldPath, InferredType],
    messages: Strings,
    level: Strings | None = None,
    said: Strings | None = None,
    *,
    is_logged: bool = False,
) -> dict[FieldPath, InferredType]:
    """The fields of a prefix, then the fields of the objects among the messages. If both have a field, the prefix wins.

    Args:
        prefix: the fields of the prefix.
        messages: the texts after the prefix.
        level: the level that the prefix names, normalised.
        said: the message of the prefix.
        is_logged: loggers wrote the messages, so an object that ends one has columns, however rare it is. If only
            some batches made them, the same event would be read in two ways.
    """
    whole = may_be_objects(messages)
    where = pa.array(whole)
    own_level, said = (None if each is None else each.filter(where) for each in (level, said))
    objects = infer_objects(messages.filter(where), own_level, said)[0]
    if among := objects_among(messages, ~whole):
        own_level = None if level is None else level.filter(pa.array(among.where))
        found = infer_objects(among.objects, own_level, among.around)[0]
        last = infer_objects(among.objects.filter(among.are_last))[0] if is_logged else {}
        events = len(among.objects)  # nobody declared the other fields: see `core.schema.pair_columns`
        counted = {path: replace(each, events=None if path in last else events) for path, each in found.items()}
        objects = join_types([objects, counted])
    return {**prefix, **{path: seen for path, seen in objects.items() if path not in prefix}}


class Objects:
    """Adds the fields of embedded objects to events with an already parsed prefix.

    Args:
        schema: the table's columns.
        is_carried: the prefix is of what carries the events: the time that an object surely says comes before its.
    """

    def __init__(self, schema: TableSchema, *, is_carried: bool = False) -> None:
        self._schema, self._is_carried = schema, is_carried

    @cached_property  # a parser has one for each layout, and most of them never meet an object
    def _fitter(self) -> ObjectFitter:
        return ObjectFitter(self._schema)

    def add(
        self, parsed: Parsed, messages: Strings, otherwise: Strings | None = None, said: Strings | None = None
    ) -> Parsed:
        """Adds the fields of the messages that are objects; the other events stay as they are.

        If prefix and object have two values for a column, the prefix's value stays and the object's is rescued. The
        object's message replaces the event's, if it has one and the prefix has none. So does its level. The level of
        an object with both comes before ``INFO``, because it is the record of an event.

        An object among other text counts if a column holds some part of it. What stands around it is the message then.

        Args:
            parsed: the events, with the fields of their prefixes.
            messages: the texts after the prefixes, null if there is none.
            otherwise: the message of an event that looks like an object but is none; default: the parsed message.
            said: the messages of the prefixes, null if there is none.
        """
        mask = may_be_objects(messages)
        if among := objects_among(messages, ~mask):
            where = pa.array(among.where)
            some = _has_any(self._fitter.fit(among.objects, parsed.level.filter(where), among.around).fitted)
            among.where[among.where] = some
            if some.any():
                texts, around = (each.filter(pa.array(some)) for each in (among.objects, among.around))
                parsed = self._added(parsed, among.where, texts, parsed.message.filter(pa.array(among.where)), around)
        if not mask.any():
            return parsed
        where = pa.array(mask)
        plain = (parsed.message if otherwise is None else otherwise).filter(where)
        return self._added(parsed, mask, messages.filter(where), plain, None if said is None else said.filter(where))

    def _added(self, parsed: Parsed, mask: Mask, texts: Strings, plain: Strings, said: Strings | None) -> Parsed:
        """As `add`, for some events, with their objects' texts, their messages if these are none, and what is said."""
        where = pa.array(mask)
        before = _filtered(parsed, where)
        fitted, message, level, time = self._fitter.fit(texts, before.level, said)
        message = message if said is None else choose(fitted.valid, coalesce(said, message), message)
        plain = choose(fitted.valid, before.message, plain)
        columns, both = _merge_columns(before.columns, fitted.columns)

        def place(texts: Strings) -> Strings:
            return _replaced(nulls(len(mask), pa.string()), where, texts)

        rescued, moved = _merge_rescued(
            before.rescued, fitted.rescued, both, lambda row, lost: self._texts_at(texts[row].as_py(), lost)
        )
        return Parsed(
            columns=[_replaced(old, where, new) for old, new in zip(parsed.columns, columns)],
            message=_replaced(parsed.message, where, coalesce(message, plain)),
            level=_replaced(parsed.level, where, level),
            rescued=_replaced(parsed.rescued, where, rescued),
            rescued_values=parsed.rescued_values + fitted.rescued_values + moved,
            time=self._time(parsed.time, None if time is None else place(time)),
        )

    def _time(self, prefix: Strings | None, own: Strings | None) -> Strings | None:
        if self._is_carried and own is not None:
            return _times(_times(choose(matches(own, _SURE_TIME), own, NO_STRING), prefix), own)
        return _times(prefix, own)

    def _texts_at(self, text: str, lost: Sequence[int]) -> dict[FieldPath, str]:
        """What an object has for columns, by their places."""
        paths = {self._schema.columns[index].path for index in lost}
        return {leaf.path: leaf.text for leaf in walk(text, whole_paths(self._schema.columns)) if leaf.path in paths}


def with_outer(outer: Parsed, inner: Parsed, schema: TableSchema) -> Parsed:
    """The columns of events and of their wrapper. If two values differ, the wrapper's stays, the event's is rescued.

    Args:
        outer: the wrapper; its message and level are the result's.
        inner: the events.
        schema: the table's columns.
    """
    columns, both = _merge_columns(outer.columns, inner.columns)

    def lost_values(row: int, lost: Sequence[int]) -> dict[FieldPath, str]:
        return {schema.columns[index].path: _as_json(inner.columns[index][row].as_py()) for index in lost}

    rescued, moved = _merge_rescued(outer.rescued, inner.rescued, both, lost_values)
    count = outer.rescued_values + inner.rescued_values + moved
    return Parsed(columns, outer.message, outer.level, rescued, count, _times(inner.time, outer.time))


def _times(one: Strings | None, other: Strings | None) -> Strings | None:
    """The first ones of events that have two."""
    return coalesce(one, other) if one is not None and other is not None else other if one is None else one


def _has_any(fitted: Fitted) -> Mask:
    """Which events have a value in some column."""
    some = no_mask(len(fitted.valid))
    for each in fitted.columns:
        some |= to_mask(each.is_valid())
    return some


def _as_json(value: Any) -> str:
    return json.dumps(value.isoformat() if hasattr(value, "isoformat") else value, ensure_ascii=False)


def _filtered(parsed: Parsed, where: Array) -> Parsed:
    return Parsed(
        columns=[column.filter(where) for column in parsed.columns],
        message=parsed.message.filter(where),
        level=parsed.level.filter(where),
        rescued=parsed.rescued.filter(where),
    )


def _merge_columns(before: list[Array], fitted: list[Array]) -> tuple[list[Array], dict[int, Mask]]:
    """The columns, the prefix's values first; and by column index, which events have two values that differ."""
    columns, both = [], {}
    for index, (own, value) in enumerate(zip(before, fitted)):
        if own.null_count == len(own):
            columns.append(value)
            continue
        columns.append(coalesce(own, value))
        mask = to_mask(pc.and_(own.is_valid(), value.is_valid()))
        if mask.any():
            mask &= ~to_mask(pc.equal(own, value))  # null where one of them is
        if mask.any():
            both[index] = mask
    return columns, both


def _merge_rescued(
    first: Strings,
    second: Strings,
    both: Mapping[int, Mask],
    lost_values: Callable[[int, Sequence[int]], Mapping[FieldPath, str]],
) -> tuple[Strings, int]:
    """What is rescued of two parsers, and how many values of the second one lost to the first one's.

    Args:
        first: what is rescued already.
        second: what is rescued, too.
        both: by column index, the events that have two values.
        lost_values: the second one's JSON texts for an event's columns by index.
    """
    rows = to_mask(pc.and_(first.is_valid(), second.is_valid()))
    for mask in both.values():
        rows |= mask
    merged = coalesce(first, second)
    if not rows.any():
        return merged, 0
    moved, objects = 0, list[str | None]()
    for row in map(int, np.flatnonzero(rows)):
        values = lost_values(row, [index for index, mask in both.items() if mask[row]])
        objects.append(_merged(first[row].as_py(), second[row].as_py(), values))
        moved += len(values)
    return pc.replace_with_mask(merged, pa.array(rows), pa.array(objects, pa.string())), moved


def _replaced(old: Array, where: Array, new: Array) -> Array:
    return new if len(new) == len(old) else pc.replace_with_mask(old, where, new)


def _merged(prefix: str | None, rescued: str | None, values: Mapping[FieldPath, str]) -> str | None:
    """One JSON object by dotted path: what did not fit of the prefix and of the object, and the values that lost."""
    texts: dict[str, list[str]] = defaultdict(list)
    for each in (prefix, rescued):
        for name, text in members(each or "{}").items():
            texts[name].append(text)
    for path, text in values.items():
        texts[rescued_name(path)].append(text)
    return rescue(texts)
