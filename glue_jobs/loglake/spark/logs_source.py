"""The data source ``cloudwatch_logs`` of Spark 4: what `loglake.spark.logs.read_logs` reads, also from SQL.

Filters on ``event_time`` and ``log_group`` are applied to events before they are decoded, which is most of the work.
Spark applies them again, so a filter that can't be used here costs time alone.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Callable

import numpy as np
import pyarrow as pa
from pyspark.sql.datasource import (
    DataSource,
    DataSourceReader,
    EqualTo,
    Filter,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    InputPartition,
    LessThan,
    LessThanOrEqual,
    StringStartsWith,
)
from pyspark.sql.pandas.types import from_arrow_schema

from loglake.errors import ConfigError
from loglake.kernels.arrow import Mask
from loglake.kernels.readers.raw_objects import OriginEvents, Origins
from loglake.spark.logs_reader import LogsReader, open_logs

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

_OPTIONS = ("path", "log_group", "format", "types", "pattern", "fields", "timezone", "transform", "tasks")
_COMPARES: Mapping[type[Filter], Callable[[Any, Any], Any]] = {
    EqualTo: operator.eq,
    GreaterThan: operator.gt,
    GreaterThanOrEqual: operator.ge,
    LessThan: operator.lt,
    LessThanOrEqual: operator.le,
}
_TASKS = 8
"""Spark does not say here how many tasks may run at the same time."""


class CloudWatchLogs(DataSource):
    """Options are the arguments of `read_logs`: ``types`` as a JSON object, ``fields`` with commas, and ``tasks``."""

    _reader: LogsReader | None = None

    @classmethod
    def name(cls) -> str:
        """Of ``spark.read.format``."""
        return "cloudwatch_logs"

    def schema(self) -> StructType:
        """The columns of the logs, by a look at some of them."""
        schema: StructType = from_arrow_schema(self._opened().schema)
        return schema

    def reader(self, schema: StructType) -> CloudWatchLogsReader:
        """Reads the columns of `schema`, which Spark has from here."""
        opened = self._opened()
        if [each.name for each in schema.fields] != opened.schema.names:
            raise ConfigError("The columns of cloudwatch_logs are those of the logs: leave the schema out.")
        return CloudWatchLogsReader(opened)

    def _opened(self) -> LogsReader:
        """Kept, since Spark sends this object from one process to the next."""
        if self._reader is None:
            options = {name.lower(): value for name, value in self.options.items()}
            unknown = sorted(set(options) - set(_OPTIONS))
            if unknown or not options.get("path"):
                problem = f"has no option {unknown[0]}" if unknown else "needs the option path"
                raise ConfigError(f"cloudwatch_logs {problem}: it takes {', '.join(_OPTIONS)}.")
            path, tasks = options.pop("path"), int(options.pop("tasks", _TASKS))
            types = json.loads(options.pop("types", "{}"))
            fields = [name.strip() for name in options.pop("fields", "").split(",") if name.strip()]
            self._reader = open_logs(path, tasks, types=types, fields=fields, **options)
        return self._reader


class CloudWatchLogsReader(DataSourceReader):
    """Reads one bundle of objects in each task."""

    def __init__(self, reader: LogsReader) -> None:
        self._reader = reader
        self._filters: list[Filter] = []

    def pushFilters(self, filters: list[Filter]) -> Iterable[Filter]:  # noqa: N802  (Spark's name)
        """Keeps those that it can use."""
        self._filters = [each for each in filters if _usable(each)]
        return filters

    def partitions(self) -> Sequence[InputPartition]:
        """The numbers of the bundles."""
        return [InputPartition(number) for number in range(self._reader.bundles)]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """The rows of a bundle."""
        return self._reader.read(partition.value, self._wanted)

    def _wanted(self, item: OriginEvents, origins: Origins) -> pa.RecordBatch:
        kept = np.ones(item.batch.num_rows, np.bool_)
        for each in self._filters:
            kept &= _kept(each, item.batch, origins)
        return item.batch if kept.all() else item.batch.filter(pa.array(kept))


def _usable(each: Any) -> bool:
    attribute, value = getattr(each, "attribute", ()), getattr(each, "value", None)
    if attribute == ("log_group",):
        return isinstance(each, (EqualTo, In, StringStartsWith))
    return attribute == ("event_time",) and isinstance(each, tuple(_COMPARES)) and isinstance(value, datetime)


def _kept(each: Any, events: pa.RecordBatch, origins: Origins) -> Mask:
    if each.attribute == ("log_group",):
        wanted = np.array([_is_wanted(each, origin.log_group) for origin in origins.known], np.bool_)
        chosen: Mask = wanted[events.column("origin").to_numpy()]
        return chosen
    times, limit = events.column("event_time").to_numpy() * 1000, _microseconds(each.value)
    compare = next(compare for kind, compare in _COMPARES.items() if isinstance(each, kind))
    kept: Mask = compare(times, limit)
    return kept


def _is_wanted(each: Any, log_group: str) -> bool:
    if isinstance(each, In):
        return log_group in each.value
    return log_group.startswith(each.value) if isinstance(each, StringStartsWith) else log_group == each.value


def _microseconds(moment: datetime) -> int:
    """Exact, unlike `datetime.timestamp`."""
    since = moment.astimezone(timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
