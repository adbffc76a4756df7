"""The columns and rows that a log format makes of events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from loglake.core.schema.schema import TableSchema, grow
from loglake.kernels.formats.base import Format, Parsed

Row = dict[str, Any]


def schema_of(chosen: Format, texts: Sequence[str]) -> TableSchema:
    """The columns that a format finds in its own events."""
    raw = pa.array(texts, pa.string())
    return grow(TableSchema("t"), chosen.infer_types(raw.filter(chosen.matches(raw))))


def table_of(parsed: Parsed, schema: TableSchema) -> list[Row]:
    """One row per event: the columns, ``message``, ``level`` and ``_rescued``."""
    names = [*(column.name for column in schema.columns), "message", "level", "_rescued"]
    return pa.table([*parsed.columns, parsed.message, parsed.level, parsed.rescued], names=names).to_pylist()


def rows_of(parsed: Parsed, schema: TableSchema) -> list[Row]:
    """The same without NULL values."""
    return [{key: value for key, value in row.items() if value is not None} for row in table_of(parsed, schema)]


def parsed_rows(chosen: Format, texts: Sequence[str], schema: TableSchema | None = None) -> list[Row]:
    """The rows of events without NULL values; the columns are given, or the format finds them in the events."""
    schema = schema or schema_of(chosen, texts)
    return rows_of(chosen.parser(schema)(pa.array(texts, pa.string())), schema)
