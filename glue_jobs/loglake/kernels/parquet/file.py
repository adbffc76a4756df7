"""How a table's Parquet files are written: compression, dictionaries, statistics and Bloom filters.

A dictionary pays if values repeat. If they don't, the writer builds it, drops it at 1 MB and starts again without it.
That takes twice as long and makes a larger file. So the first row group decides, column by column.

A Bloom filter says of a row group that it does not have a value. A column of texts has one if its name or its values
look like ids or addresses, or if a dataset names it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.core.schema.id_names import names_id
from loglake.kernels.arrow import matches, pc

_UNIQUE_TEXTS = frozenset({"message", "raw", "_rescued"})
"""Columns without dictionaries and statistics, which would only cost time: long texts that hardly repeat."""

_UNIQUE = frozenset({"event_time", "_line", "_event_id"})
"""Columns that hardly repeat, but have statistics that readers skip by: the ids of events begin with their time."""

_VALUES_AT_ONCE = 4096
"""Four times as many as usual: the writer has something to do for each such part of a column, even of nulls."""

_FIRST_ROWS, _SAMPLE_ROWS = 1024, 8192
_FEW = 256
"""Values that show nothing: a rare field has a dictionary."""

HAS_FILTERS = int(pa.__version__.partition(".")[0]) >= 25
"""Whether pyarrow writes filters as small as their values allow. An older one writes files without filters."""

_FALSE_POSITIVES = 0.04
"""At most. The writer takes the smallest power of two as a filter's size, so they are 1 % on average."""

_LONG_TEXTS = frozenset({"message", "raw", "_rescued", "_source"})
"""Nobody searches them as a whole."""

_LOOKS_LIKE_ID = r"^(?:[0-9A-Fa-f-]{16,64}|\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})$"
"""UUIDs, hexadecimal ids, and IP addresses."""

_LOOKED_AT = 64


def open_file(path: str, rows: pa.Table, find_by: Collection[str] = (), most_rows: int = 0) -> pq.ParquetWriter:
    """Opens a file for row groups.

    Args:
        path: the file's path; an existing file is replaced.
        rows: the first row group, or a table without rows. It gives the names and types of the columns, and which of
            them have dictionaries and filters. A dictionary column here is written as its values.
        find_by: more columns with Bloom filters.
        most_rows: of a row group, if a later one may have more.
    """
    kept = [name for name in rows.schema.names if name not in _UNIQUE_TEXTS]
    sorted_by = [pq.SortingColumn(rows.schema.get_field_index(name)) for name in ("log_group", "event_time")]
    options: dict[str, Any] = {
        "compression": "zstd",
        "use_dictionary": [name for name in kept if name not in _UNIQUE and _repeats(rows.column(name))],
        "write_statistics": kept,
        "write_page_index": True,
        "write_batch_size": _VALUES_AT_ONCE,
        "sorting_columns": sorted_by,
        "store_schema": False,  # readers of Arrow would get dictionaries
    }
    if HAS_FILTERS:
        options["bloom_filter_options"] = dict(_filters(rows, find_by, most_rows))
    return pq.ParquetWriter(path, rows.schema, **options)


def _filters(rows: pa.Table, find_by: Collection[str], most_rows: int) -> Iterator[tuple[str, dict[str, float]]]:
    """The options of each column with a Bloom filter."""
    for name, column in zip(rows.schema.names, rows.columns):
        if not pa.types.is_string(column.type) or name in _LONG_TEXTS or column.null_count == len(column):
            continue
        if name in find_by or names_id(name) or _look_like_ids(column):
            yield name, {"ndv": max(most_rows, len(column)), "fpp": _FALSE_POSITIVES}


def _look_like_ids(column: pa.ChunkedArray[Any]) -> bool:
    values: Any = column.slice(0, _FIRST_ROWS).drop_null().slice(0, _LOOKED_AT)
    return len(values) > 0 and bool(pc.all(matches(values, _LOOKS_LIKE_ID)).as_py())


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
