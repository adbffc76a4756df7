"""Pairs of key and value in messages as a table's columns: those that have none are together in one of JSON text."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import MAX_PATH_BYTES, PAIRS_PATH, ColumnType, FieldPath, InferredType
from loglake.core.schema.trace_names import HEADER_SPAN_ID, HEADER_TRACE_ID
from loglake.kernels.arrow import NO_STRING, Strings, choose, coalesce, texts_of, to_mask
from loglake.kernels.formats.objects.trace_headers import pair_type
from loglake.kernels.formats.pairs.logfmt import has_any, unrepeated
from loglake.kernels.formats.pairs.reading import Texts

MOST_KEYS = 1_000
"""Keys of a batch whose events are counted: the most frequent ones. One that is left out is too rare for a column,
unless events have ten other pairs each."""

MARK = "="
"""Before the name of a group of a `Shape` that is the value of a pair."""

_DATA = re.compile(r"-\d|\d{3}|[0-9a-f]{8}|\.\d+$")
"""What a key has that is data: a UUID, a name with its number, or one that comes again in an event."""

_PARTS_OF_VALUES = (*HEADER_TRACE_ID, *HEADER_SPAN_ID)


class Pairs(NamedTuple):
    """What the pairs of events say.

    Attributes:
        values: by key.
        message: of the events.
        level: of the events.
    """

    values: Texts
    message: Strings
    level: Strings


def pairs_among(groups: Mapping[str, Strings]) -> Texts:
    """The values of the groups that are pairs, by key."""
    return {name.removeprefix(MARK): values for name, values in groups.items() if name.startswith(MARK)}


def pair_types(pairs: Pairs, taken: Collection[str]) -> dict[FieldPath, InferredType]:
    """The types of pairs with the number of events that have each, and `PAIRS_PATH` for those that are too rare.

    Args:
        pairs: of the events.
        taken: names of other fields, which are no pair's columns.
    """
    counts = {name: len(values) - values.null_count for name, values in pairs.values.items() if has_any(values)}
    if not counts:
        return {}
    may_be = (name for name in counts.keys() - taken if not _DATA.search(name))
    often = set(sorted(may_be, key=lambda name: (-counts[name], name))[:MOST_KEYS])
    alone = unrepeated(*pairs)
    types: dict[FieldPath, InferredType] = {
        (name,): replace(pair_type(name, pairs.values[name]), repeats=not has_any(alone[name]), events=count)
        for name, count in counts.items()
        if name in often
    }
    return {**types, PAIRS_PATH: InferredType(ColumnType.STRING, json=True)}


def with_pairs(
    fields: Mapping[FieldPath, Strings], pairs: Pairs, known: Collection[FieldPath], taken: Collection[str]
) -> dict[FieldPath, Strings]:
    """The fields, and pairs in the columns of their keys. Those without one are in `PAIRS_PATH`, if the table has it.

    So is a pair whose key is another field of the event. One that only repeats message or level is nowhere else.

    Args:
        fields: the values by path.
        pairs: of the events.
        known: the paths of the table's columns.
        taken: names of other fields, which are no pair's columns.
    """
    found, left = dict(fields), Texts()
    for name, values in pairs.values.items():
        path = (name,)
        if name in taken or path not in known:
            left[name] = values
        elif path in found:
            left[name] = choose(found[path].is_valid(), values, NO_STRING)
            found[path] = coalesce(found[path], values)
        else:
            found[path] = values
    if left and PAIRS_PATH in known:
        found[PAIRS_PATH] = _as_json(unrepeated(left, pairs.message, pairs.level), len(pairs.message))
    return found


def _as_json(pairs: Texts, length: int) -> Strings:
    """A JSON object of texts for each event; null if it has no pair. Keys that are far too long are left out."""
    members = defaultdict[int, list[str]](list)
    for name, values in sorted(pairs.items()):  # the order in which they were read depends on an event's neighbours
        if name in _PARTS_OF_VALUES or len(name.encode()) > MAX_PATH_BYTES:
            continue
        key, texts = json.dumps(name), texts_of(values.drop_null())
        for row, text in zip(np.flatnonzero(to_mask(values.is_valid())), texts):
            members[int(row)].append(f"{key}:{json.dumps(text, ensure_ascii=False)}")
    objects = [f"{{{','.join(members[row])}}}" if row in members else None for row in range(length)]
    return pa.array(objects, pa.string())
