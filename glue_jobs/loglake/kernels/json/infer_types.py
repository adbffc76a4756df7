"""What types the fields of JSON events have: Arrow infers them for a batch, `fit_rows` where Arrow may be wrong."""

from __future__ import annotations

import pyarrow as pa

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, join_types
from loglake.kernels.arrow import Strings, no_mask, texts_of
from loglake.kernels.json.exact_doubles import inexact_doubles, may_be_inexact
from loglake.kernels.json.fit_rows import infer_row_types
from loglake.kernels.json.read import no_numbers, read_objects

SMALL = 256


def infer_json_types(raw: Strings) -> dict[FieldPath, InferredType]:
    """Types by field path, in the order of first sight.

    A field's type is the least that holds each of its values exactly: int and double join to double, anything else that
    differs to string. Null shows nothing. Objects are flattened; where an object and a scalar are at one path, both
    paths are there. Dates are strings: only a hint makes a timestamp.

    Args:
        raw: texts that start with ``{`` and end with ``}``, white space aside; what is no JSON object is passed over.
    """
    if not len(raw):
        return {}
    leaves = read_objects(raw, None)
    if leaves is None:
        if len(raw) <= SMALL:
            return infer_row_types(texts_of(raw))
        half = len(raw) // 2
        return join_types([infer_json_types(raw.slice(0, half)), infer_json_types(raw.slice(half))])
    doubles = {path: leaf for path, leaf in leaves.items() if pa.types.is_floating(leaf.type)}
    doubtful, doubt = may_be_inexact(raw, doubles.values()) if doubles else no_mask(len(raw)), no_mask(len(raw))
    for path, leaf in doubles.items():
        doubt |= inexact_doubles(raw, doubtful, path[-1], leaf)
    if any(pa.types.is_nested(leaf.type) for leaf in leaves.values()):
        doubt |= no_numbers(raw)
    if doubt.any():
        sure, unsure = raw.filter(pa.array(~doubt)), raw.filter(pa.array(doubt))
        return join_types([infer_json_types(sure), infer_row_types(texts_of(unsure))])
    return {path: seen for path, leaf in leaves.items() if (seen := _inferred(leaf.type))}


def _inferred(kind: pa.DataType) -> InferredType | None:
    if pa.types.is_null(kind) or (pa.types.is_struct(kind) and not kind.num_fields):
        return None
    if pa.types.is_boolean(kind):
        return InferredType(ColumnType.BOOLEAN)
    if pa.types.is_integer(kind):
        return InferredType(ColumnType.BIGINT)
    if pa.types.is_floating(kind):
        return InferredType(ColumnType.DOUBLE)
    # Strings that look like dates are inferred as timestamps; lists and deep structs stay JSON text.
    return InferredType(ColumnType.STRING, json=pa.types.is_list(kind) or pa.types.is_struct(kind))
