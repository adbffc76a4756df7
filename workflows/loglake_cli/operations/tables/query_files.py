"""The whole answer of a query as an Arrow table, and as Parquet."""

from __future__ import annotations

from datetime import timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from athena_duckdb.query.athena import Dialect, QueryResult
from athena_duckdb.split_list import split_list
from athena_duckdb.sql.data_types import athena_type
from athena_duckdb.sql.values import shown
from loglake.errors import ConfigError
from loglake.kernels.arrow import pc

_PLAIN: dict[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double": pa.float64(),
    "varbinary": pa.binary(),
    "date": pa.date32(),
    "timestamp(3)": pa.timestamp("ms"),
    "timestamp(3) with time zone": pa.timestamp("ms", "UTC"),
    "time(3)": pa.time64("us"),
    "unknown": pa.null(),
}


def write_parquet(result: QueryResult, to: Path) -> None:
    """Writes a Parquet file with the types of the answer.

    Raises:
        ConfigError: two columns have one name, or a value does not fit its type.
    """
    pq.write_table(arrow_table(result), to, compression="zstd")


def with_whole_texts(rows: pa.Table) -> pa.Table:
    """Rows of a table with the text of every event in ``raw``, also if its dataset has ``raw: omit``."""
    if not {"raw", "message"} <= {*rows.column_names}:
        return rows
    place = rows.schema.get_field_index("raw")
    return rows.set_column(place, "raw", pc.coalesce(rows.column("raw"), rows.column("message")))


def arrow_table(result: QueryResult) -> pa.Table:
    """The answer with its types.

    Raises:
        ConfigError: two columns have one name, or a value does not fit its type.
    """
    twice = sorted({name for name in result.columns if result.columns.count(name) > 1})
    if twice:
        raise ConfigError(f"several columns are named {' or '.join(twice)}: give each column another name with AS.")
    kinds = result.types if result.dialect == Dialect.ATHENA else tuple(map(athena_type, result.types))
    arrays = []
    for at, (name, kind) in enumerate(zip(result.columns, kinds, strict=True)):
        arrow = _arrow(kind)
        values = [_value(row[at], arrow) for row in result.rows]
        try:
            arrays.append(pa.array(values, arrow))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
            raise ConfigError(f"the column {name} can't be written as {kind} ({error}): cast it to varchar.") from error
    return pa.Table.from_arrays(arrays, list(result.columns))


def _arrow(kind: str) -> pa.DataType:
    if kind in _PLAIN:
        return _PLAIN[kind]
    name, _, inner = kind.partition("(")
    parts = split_list(inner[:-1])
    if name == "array":
        return pa.list_(_arrow(parts[0]))
    if name == "map":
        return pa.map_(*map(_arrow, parts))
    if name == "decimal":
        return pa.decimal128(*map(int, parts))
    if name == "row" and all(" " in part for part in parts):
        return pa.struct([(part.partition(" ")[0], _arrow(part.partition(" ")[2])) for part in parts])
    return pa.string()


def _value(value: Any, kind: pa.DataType) -> Any:
    if isinstance(value, dict) and pa.types.is_map(kind):
        return list(value.items())
    if value is not None and pa.types.is_string(kind) and not isinstance(value, str):
        return shown(value)
    if getattr(value, "tzinfo", None) is not None and pa.types.is_timestamp(kind):
        return value.astimezone(timezone.utc)
    return value
