"""Converts Parquet types to Glue's (Hive's), and merges many schemas into one.

Source of the mapping: Glue developer guide, crawlers on Parquet; Athena user guide, data types.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable

import pyarrow as pa
from pyarrow import types

Columns = dict[str, pa.DataType]
"""Arrow types by lower-case column name, in order."""

SIMILAR = 0.7
"""Folders form one table if at least this share of their columns agrees (Glue developer guide, crawlers)."""

_PLAIN: dict[pa.DataType, str] = {
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.uint8(): "smallint",
    pa.int32(): "int",
    pa.uint16(): "int",
    pa.int64(): "bigint",
    pa.uint32(): "bigint",
    pa.uint64(): "bigint",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.string(): "string",
    pa.large_string(): "string",
    pa.string_view(): "string",
    pa.date32(): "date",
    pa.date64(): "date",
    pa.null(): "int",
}


def glue_type(arrow: pa.DataType) -> str:
    """The Glue type of a Parquet column, such as ``array<struct<a:int>>``.

    A type that Hive lacks becomes the type of its bytes: a time of day is int or bigint, a UUID or half float is
    binary. A column that is always null is int, as Parquet stores it.
    """
    if arrow in _PLAIN:
        return _PLAIN[arrow]
    for is_kind, name in _BUILT:
        if is_kind(arrow):
            return name(arrow)
    return "binary"


def _struct(arrow: Any) -> str:
    fields = (arrow.field(number) for number in range(arrow.num_fields))
    return "struct<" + ",".join(f"{field.name.lower()}:{glue_type(field.type)}" for field in fields) + ">"


def _array(arrow: Any) -> str:
    return f"array<{glue_type(arrow.value_type)}>"


_BUILT: list[tuple[Callable[[pa.DataType], bool], Callable[[Any], str]]] = [
    (types.is_timestamp, lambda arrow: "timestamp"),
    (types.is_decimal, lambda arrow: f"decimal({arrow.precision},{arrow.scale})"),
    (types.is_dictionary, lambda arrow: glue_type(arrow.value_type)),
    (types.is_map, lambda arrow: f"map<{glue_type(arrow.key_type)},{glue_type(arrow.item_type)}>"),
    (types.is_list, _array),
    (types.is_large_list, _array),
    (types.is_fixed_size_list, _array),
    (types.is_struct, _struct),
    (types.is_time32, lambda arrow: "int"),
    (types.is_time64, lambda arrow: "bigint"),
    (types.is_duration, lambda arrow: "bigint"),
]


def columns_of(schema: pa.Schema) -> Columns:
    """The columns of one file. If names differ only in case, the first one counts: Hive can't tell them apart."""
    columns: Columns = {}
    for field in schema:
        columns.setdefault(field.name.lower(), field.type)
    return columns


def merge_columns(parts: Iterable[Columns]) -> tuple[Columns, list[str]]:
    """One schema for all parts, columns in the order of their first appearance.

    Numbers widen, structs gain members. A column with incompatible types becomes a string.

    Returns:
        The columns, and the names of the ones that became strings.
    """
    merged: Columns = {}
    clashes: dict[str, None] = {}
    for part in parts:
        for name, arrow in part.items():
            if name not in merged:
                merged[name] = arrow
                continue
            joined = _join(merged[name], arrow)
            if joined is None:
                clashes[name] = None
            merged[name] = pa.string() if name in clashes else joined
    return merged, list(clashes)


def _join(left: pa.DataType, right: pa.DataType) -> Any:
    if left == right or (not types.is_null(left) and glue_type(left) == glue_type(right)):
        return left
    try:
        schemas = [pa.schema([pa.field("c", left)]), pa.schema([pa.field("c", right)])]
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


def similarity(left: Columns, right: Columns) -> float:
    """The columns that have the same name and Glue type in both."""
    same = sum(name in right and glue_type(arrow) == glue_type(right[name]) for name, arrow in left.items())
    return same / max(len(left.keys() | right.keys()), 1)


def glue_columns(columns: Columns) -> list[dict[str, str]]:
    """Columns in the Glue API's form."""
    return [{"Name": name, "Type": glue_type(arrow)} for name, arrow in columns.items()]
