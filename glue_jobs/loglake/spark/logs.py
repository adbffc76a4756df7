"""Logs as a DataFrame, without a table: exports, landed objects and log files, in a folder or in S3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import pyspark

from loglake.errors import ConfigError
from loglake.spark.logs_reader import LogsReader, open_logs

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from loglake.kernels.transform import Transform

_PUSHDOWN = "spark.sql.python.filterPushdown.enabled"


def read_logs(
    spark: SparkSession,
    path: str,
    log_group: str | None = None,
    format: str = "auto",  # noqa: A002  (as the dataset's key)
    *,
    types: Mapping[str, str] | None = None,
    pattern: str = "",
    fields: Sequence[str] = (),
    timezone: str = "",
    transform: Transform = "",
) -> DataFrame:
    """Decoded events, one row each, with the columns that a table of them would have.

    Some objects are looked at when this is called. Tasks read all of them when the DataFrame is used. What can't be
    decoded is passed over, and an event that was delivered twice is there twice: only converting takes care of both.

    Args:
        spark: the session; of any Spark that loglake runs on.
        path: a folder, or ``s3://bucket/prefix``, with exports, landed objects or log files.
        log_group: of events that say none; the last part of the path if None.
        format: as in a datasets file: ``auto`` or a name of docs/start/formats.md.
        types: column types by field, such as ``{"user.id": "bigint"}``; a column that they name is there in any case.
        pattern: what defines a format of your own: the pattern of ``regex`` or ``grok``, a layout, or the text of a
            file of lnav.
        fields: of a line, in order, for a format that takes them.
        timezone: of stamps in plain log files that say none; UTC if empty.
        transform: a transformation as a dataset has one: the function, or ``package.module:function``.

    Raises:
        ConfigError: there are no objects, or an argument is wrong.
        NotFoundError, AccessDeniedError: the bucket is not there, or can't be read.
        UnreadableError: a file can't be read.
    """
    reader = open_logs(
        path,
        spark.sparkContext.defaultParallelism,
        log_group=log_group,
        format=format,
        types=types,
        pattern=pattern,
        fields=fields,
        timezone=timezone,
        transform=transform,
    )
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415  (takes a moment)

    numbers = spark.sparkContext.parallelize([(number,) for number in range(reader.bundles)], reader.bundles)
    return spark.createDataFrame(numbers, "number int").mapInArrow(
        partial(_read, reader), from_arrow_schema(reader.schema)
    )


def register(spark: SparkSession) -> None:
    """Lets a session of Spark 4 read by ``spark.read.format("cloudwatch_logs")`` and ``USING cloudwatch_logs``.

    Raises:
        ConfigError: this Spark is older.
    """
    if pyspark.__version__.startswith("3."):
        raise ConfigError(f"Spark {pyspark.__version__} has no data sources in Python: use loglake.spark.read_logs.")
    from loglake.spark.logs_source import CloudWatchLogs  # noqa: PLC0415  (Spark 4 alone has what it is made of)

    spark.conf.set(_PUSHDOWN, "true")
    spark.dataSource.register(CloudWatchLogs)


def _read(reader: LogsReader, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """What runs in a task."""
    for batch in batches:
        for number in batch.column(0).to_pylist():
            yield from reader.read(int(str(number)), lambda item, _: item.batch)
