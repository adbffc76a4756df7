"""Infers the types of the fields of JSON events: Arrow for a batch, `fit_rows` if Arrow may be wrong.

The first events of a large batch show types. Of the others only those are read that may show more: see `fit_alike`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import (
    MAX_COLUMNS,
    MAX_KEYS,
    Column,
    ColumnType,
    FieldPath,
    InferredType,
    TableSchema,
    crowds,
    join_types,
)
from loglake.kernels.arrow import NO_STRING, Strings, choose, no_mask, nulls, pc, texts_of, to_mask
from loglake.kernels.crowded import Crowd, Keys, crowd_of
from loglake.kernels.json.exact_doubles import inexact_doubles, may_be_inexact
from loglake.kernels.json.fit_alike import AlikeFitter
from loglake.kernels.json.fit_rows import infer_and_pick_rows
from loglake.kernels.json.fitted import put_at
from loglake.kernels.json.read import no_numbers, picked_texts, read_objects
from loglake.kernels.json.whole_objects import PLACE, cut_out

SMALL = 256

HEAD = 1024
"""Events whose types the others of a large batch are compared with."""

MOST_FIELDS = 20 * MAX_COLUMNS
"""Fields whose types are returned: the first ones."""

Types = dict[FieldPath, InferredType]


def infer_json_types(raw: Strings) -> Types:
    """Types by field path, in the order of first sight.

    A field's type is the smallest one that holds each of its values exactly: int and double join to double, other mixed
    types to string. Null shows nothing. Objects are flattened; if an object and a scalar share a path, the result has
    both paths. Dates are strings: only a hint makes a timestamp.

    Args:
        raw: texts that start with ``{`` and end with ``}``, white space aside; if one is no JSON object, it is skipped.

    Of an object with more than `MAX_KEYS`, no more are returned than may have columns, or show that there are more.
    """
    return infer_and_pick(raw, ())[0]


def infer_and_pick(raw: Strings, picks: Sequence[FieldPath]) -> tuple[Types, list[Strings]]:
    """As `infer_json_types`, with the texts at some paths, each as long as `raw`: see `fit_rows.pick`.

    A field at one of these paths `repeats` if all its values are strings: whoever knows what the texts become looks
    whether they do.
    """
    at_once = crowd_of(raw, Keys.QUOTED)
    types, texts = _infer(raw if at_once else raw[:HEAD], picks)
    if len(raw) > HEAD and not at_once:
        more, other_texts = _infer_more(raw[HEAD:], picks, types)
        types, texts = join_types([types, more]), [pa.concat_arrays(pair) for pair in zip(texts, other_texts)]
    return _bounded(types), texts


def _infer_more(raw: Strings, picks: Sequence[FieldPath], known: Types) -> tuple[Types, list[Strings]]:
    """As `infer_and_pick`, but types that are known may be missing."""
    strings = {path for path, seen in known.items() if seen.type is ColumnType.STRING}
    others = [(path, seen.type) for path, seen in known.items() if path not in strings]
    # Only scalars have columns: a string at a known path shows nothing, and whatever else is there may show more.
    schema = TableSchema("", columns=tuple(Column(str(at), *each) for at, each in enumerate(others)))
    alike = AlikeFitter(schema, picks, strings).fit(raw)
    if alike is None:
        return _infer(raw, picks)
    fitted, rest = alike
    where = pa.array(rest)
    types, texts = _infer(raw.filter(where), picks)
    return types, [put_at(where, fast, slow) for fast, slow in zip(fitted.picked, texts)]


def _infer(raw: Strings, picks: Sequence[FieldPath]) -> tuple[Types, list[Strings]]:
    if not len(raw):
        return {}, [nulls(0, pa.string()) for _ in picks]
    crowd = crowd_of(raw, Keys.QUOTED)
    if crowd and len(raw) > SMALL:
        head, _ = _infer_one_by_one(raw[:HEAD], picks)
        if paths := crowds(head):
            return _infer_without(raw, picks, min(paths, key=len), head)
    leaves = None if crowd else read_objects(raw, None)
    if leaves is None:
        if len(raw) <= SMALL or crowd is Crowd.OF_EACH:
            return _infer_one_by_one(raw, picks)
        half = len(raw) // 2
        (left, texts), (right, more) = _infer(raw[:half], picks), _infer(raw[half:], picks)
        return join_types([left, right]), [pa.concat_arrays(pair) for pair in zip(texts, more)]
    doubles = {path: leaf for path, leaf in leaves.items() if pa.types.is_floating(leaf.type)}
    doubtful, doubt = may_be_inexact(raw, doubles.values()) if doubles else no_mask(len(raw)), no_mask(len(raw))
    for path, leaf in doubles.items():
        doubt |= inexact_doubles(raw, doubtful, path[-1], leaf)
    if any(pa.types.is_nested(leaf.type) for leaf in leaves.values()):
        doubt |= no_numbers(raw)
    for leaf in [leaves[path] for path in picks if path in leaves and pa.types.is_temporal(leaves[path].type)]:
        doubt |= to_mask(leaf.is_valid())  # a text that looks like a time is picked as it is written
    texts = [picked_texts(leaves.get(path), len(raw)) for path in picks]
    if doubt.any():
        where = pa.array(doubt)
        sure, _ = _infer(raw.filter(pa.array(~doubt)), picks)
        unsure, exact = _infer_one_by_one(raw.filter(where), picks)
        merged = [pc.replace_with_mask(fast, where, slow) for fast, slow in zip(texts, exact)]
        return join_types([sure, unsure]), merged
    return {path: seen for path, leaf in leaves.items() if (seen := _inferred(leaf.type, path in picks))}, texts


def _infer_without(
    raw: Strings, picks: Sequence[FieldPath], path: FieldPath, head: Types
) -> tuple[Types, list[Strings]]:
    """As `_infer`, but of the keys of the object at a path, only those of the first events are returned."""
    cut = cut_out(raw, path)
    rest = cut.unsure
    types, (*texts, own) = _infer(cut.texts.filter(pa.array(~rest)), (*picks, path))
    there = to_mask(pc.equal(own, PLACE))[cut.rows[~rest]]
    if not there.all():  # what was cut was at another path
        rest[cut.rows] = ~there
        types, (*texts, own) = _infer(cut.texts.filter(pa.array(~rest)), (*picks, path))
    types.pop(path, None)
    for place, pick in enumerate(picks):
        if pick == path:
            texts[place] = choose(pa.array((cut.rows & ~rest)[~rest]), NO_STRING, texts[place])
    unsure, others = _infer_one_by_one(raw.filter(pa.array(rest)), picks)
    order = np.argsort(np.concatenate([np.flatnonzero(~rest), np.flatnonzero(rest)]))
    both = [pa.concat_arrays(pair).take(order) for pair in zip(texts, others)]
    return join_types([head, types, unsure]), both


def _bounded(types: Types) -> Types:
    """The types without more keys of an object than show that it has too many for columns, or may have columns."""
    bounded = dict(types)
    for parent in sorted(crowds(types), key=len):
        kept: dict[bool, set[str]] = {False: set(), True: set()}
        inside = [path for path in bounded if len(path) > len(parent) and path[: len(parent)] == parent]
        for place, path in enumerate(inside):
            names, name = kept[len(path) == len(parent) + 1], path[len(parent)]
            if place >= MAX_COLUMNS and (name in names or len(names) > MAX_KEYS):
                del bounded[path]
            names.add(name)
    return dict(islice(bounded.items(), MOST_FIELDS))


def _infer_one_by_one(raw: Strings, picks: Sequence[FieldPath]) -> tuple[Types, list[Strings]]:
    types, rows = infer_and_pick_rows(texts_of(raw), picks)
    return types, [pa.array([row[index] for row in rows], pa.string()) for index in range(len(picks))]


def _inferred(kind: pa.DataType, is_pick: bool) -> InferredType | None:
    if pa.types.is_null(kind) or (pa.types.is_struct(kind) and not kind.num_fields):
        return None
    if pa.types.is_boolean(kind):
        return InferredType(ColumnType.BOOLEAN)
    if pa.types.is_integer(kind):
        return InferredType(ColumnType.BIGINT)
    if pa.types.is_floating(kind):
        return InferredType(ColumnType.DOUBLE)
    # Strings that look like dates are inferred as timestamps; lists and deep structs stay JSON text.
    is_json = pa.types.is_list(kind) or pa.types.is_struct(kind)
    return InferredType(ColumnType.STRING, json=is_json, repeats=is_pick and not is_json)
