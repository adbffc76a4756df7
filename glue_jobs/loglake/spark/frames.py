"""DataFrames for notebooks: a table of the lake, and exported objects read by the kernels."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql.types import StringType, StructField, StructType

from loglake.core.local_files import LocalFiles
from loglake.core.schema.conversion import RawObject
from loglake.core.schema.schema import PARTITION_KEYS, TableSchema
from loglake.errors import NotFoundError
from loglake.kernels.formats.registry import format_of
from loglake.kernels.readers.raw_objects import Origins, UndecodedStretch, is_data, read_objects

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

EVENT_COLUMNS = (
    "event_time timestamp, log_stream string, message string, level string, raw string, _source string, _line bigint"
)


def table_frame(spark: SparkSession, folder: str) -> DataFrame:
    """A table's folder as a DataFrame, with the columns of all of its files.

    `dt` and `hour` are strings, as in the catalog; by default Spark would make a date and a number of them.

    Args:
        spark: the session.
        folder: such as ``/data/lake/tables/app``, or any URI that this Spark can read.
    """
    inferred = spark.read.option("mergeSchema", "true").parquet(folder).schema
    fields = [
        StructField(field.name, StringType()) if field.name in PARTITION_KEYS else field for field in inferred.fields
    ]
    return spark.read.schema(StructType(fields)).parquet(folder)


def events_frame(spark: SparkSession, *folders: str) -> DataFrame:
    """Exported objects (``.gz``) in local folders, and below them, as one row per event, in the order of the files.

    One task per file. `log_stream` is the exported form of the stream's name, the folder that the file is in. Input
    that is no event (`loglake.kernels.readers.export_text.Fragment`) is left out; only converting to a table keeps it.

    Raises:
        NotFoundError: the folders hold no exported object.
    """
    paths = sorted(path for folder in folders for path in _exported(folder))
    if not paths:
        raise NotFoundError(f"there are no .gz files in {', '.join(folders)}: name folders that an export wrote to")
    rows = spark.sparkContext.parallelize([(path,) for path in paths], len(paths))
    return spark.createDataFrame(rows, "path string").mapInArrow(_read_files, EVENT_COLUMNS)


def _exported(folder: str) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        yield from (os.path.join(parent, name) for name in names if name.endswith(".gz"))


def _read_files(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for path in batch.column(0).to_pylist():
            yield from _read_file(str(path))


def _read_file(path: str) -> Iterator[pa.RecordBatch]:
    raw = RawObject(path, os.path.getsize(path), os.path.basename(os.path.dirname(path)))
    parse = format_of("lambda").parser(TableSchema("events"))  # knows the levels of JSON and of Lambda's lines
    if not is_data(raw):
        return
    origins = Origins()
    for item in read_objects([raw], "", LocalFiles(), origins):
        if isinstance(item, UndecodedStretch):
            continue
        events = item.batch
        parsed = parse(events.column("raw"))
        streams = pa.array([origin.log_stream for origin in origins.known], pa.string())
        arrays: list[Any] = [
            events.column("event_time").cast(pa.timestamp("ms", tz="UTC")).cast(pa.timestamp("us", tz="UTC")),
            streams.take(events.column("origin")),
            parsed.message,
            parsed.level,
            events.column("raw"),
            pa.repeat(path, events.num_rows),
            events.column("line"),
        ]
        yield pa.record_batch(arrays, names=[field.split()[0] for field in EVENT_COLUMNS.split(", ")])
