"""How a table's Parquet files are written: compression, dictionaries and statistics.

A dictionary pays if values repeat. If they don't, the writer builds it, drops it at 1 MB and starts again without it.
That takes twice as long and makes a larger file. So the first row group decides, column by column.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.kernels.arrow import pc

_UNIQUE_TEXTS = frozenset({"message", "raw", "_rescued", "_event_id"})
"""Columns without dictionaries and statistics, which would only cost time: long texts that hardly repeat."""

_UNIQUE_NUMBERS = frozenset({"event_time", "_line"})
"""Columns that hardly repeat, but have statistics that readers skip by."""

_VALUES_AT_ONCE = 4096
"""Four times as many as usual: the writer has something to do for each such part of a column, even of nulls."""

_FIRST_ROWS, _SAMPLE_ROWS = 1024, 8192
_FEW = 256
"""Values that show nothing: a rare field has a dictionary."""


def open_file(path: str, rows: pa.Table) -> pq.ParquetWriter:
    """Opens a file for row groups.

    Args:
        path: the file's path; an existing file is replaced.
        rows: the first row group, or a table without rows. It gives the names and types of the columns, and which of
            them have dictionaries. A dictionary column here is written as its values.
    """
    kept = [name for name in rows.schema.names if name not in _UNIQUE_TEXTS]
    sorted_by = [pq.SortingColumn(rows.schema.get_field_index(name)) for name in ("log_group", "event_time")]
    options: dict[str, Any] = {
        "compression": "zstd",
        "use_dictionary": [name for name in kept if name not in _UNIQUE_NUMBERS and _repeats(rows.column(name))],
        "write_statistics": kept,
        "write_page_index": True,
        "write_batch_size": _VALUES_AT_ONCE,
        "sorting_columns": sorted_by,
        "store_schema": False,  # readers of Arrow would get dictionaries
    }
    return pq.ParquetWriter(path, rows.schema, **options)


def _repeats(column: pa.ChunkedArray[Any]) -> bool:
    """Whether at most half of the values at the start are distinct. Fewer rows show it if all are, or hardly any."""
    if pa.types.is_dictionary(column.type):
        return True
    for rows in (_FIRST_ROWS, _SAMPLE_ROWS):
        sample: Any = column.slice(0, rows)
        values = len(sample) - sample.null_count
        if values >= _FEW:
            distinct = pc.count_distinct(sample).as_py()
            if distinct == values or 4 * distinct <= values or rows == _SAMPLE_ROWS:
                return bool(2 * distinct <= values)
    return True
