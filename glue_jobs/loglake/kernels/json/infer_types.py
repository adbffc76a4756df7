"""Infers the types of the fields of JSON events: Arrow for a batch, `fit_rows` if Arrow may be wrong.

The first events of a large batch show types. Of the others only those are read that may show more: see `fit_alike`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from loglake.core.schema.schema import Column, ColumnType, FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import Strings, no_mask, nulls, pc, texts_of, to_mask
from loglake.kernels.json.exact_doubles import inexact_doubles, may_be_inexact
from loglake.kernels.json.fit_alike import AlikeFitter
from loglake.kernels.json.fit_rows import infer_and_pick_rows
from loglake.kernels.json.fitted import put_at
from loglake.kernels.json.read import no_numbers, picked_texts, read_objects

SMALL = 256

HEAD = 1024
"""Events whose types the others of a large batch are compared with."""

Types = dict[FieldPath, InferredType]


def infer_json_types(raw: Strings) -> Types:
    """Types by field path, in the order of first sight.

    A field's type is the smallest one that holds each of its values exactly: int and double join to double, other mixed
    types to string. Null shows nothing. Objects are flattened; if an object and a scalar share a path, the result has
    both paths. Dates are strings: only a hint makes a timestamp.

    Args:
        raw: texts that start with ``{`` and end with ``}``, white space aside; if one is no JSON object, it is skipped.
    """
    return infer_and_pick(raw, ())[0]


def infer_and_pick(raw: Strings, picks: Sequence[FieldPath]) -> tuple[Types, list[Strings]]:
    """As `infer_json_types`, with the texts at some paths, each as long as `raw`: see `fit_rows.pick`.

    A field at one of these paths `repeats` if all its values are strings: whoever knows what the texts become looks
    whether they do.
    """
    if len(raw) <= HEAD:
        return _infer(raw, picks)
    types, texts = _infer(raw[:HEAD], picks)
    more, other_texts = _infer_more(raw[HEAD:], picks, types)
    return join_types([types, more]), [pa.concat_arrays(pair) for pair in zip(texts, other_texts)]


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
    leaves = read_objects(raw, None)
    if leaves is None:
        if len(raw) <= SMALL:
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
