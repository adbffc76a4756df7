"""Rows of events without a lake: what a table would have of them, made by the code that convert-logs runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

import pyarrow as pa

from loglake.core.cloud_types import ObjectInfo
from loglake.core.schema.datasets import Dataset, Datasets
from loglake.core.schema.schema import ColumnType
from loglake.core.units import EpochMs, LogGroupName, format_instant, parse_instant
from loglake.errors import ConfigError
from loglake.kernels.decode import decoded_rows
from loglake.kernels.parquet.rows import file_schema
from loglake.kernels.transform import Transform, Transformation
from loglake.pipelines.folder_convert.source_listing import Source
from loglake.pipelines.log_reading import LogsRequest, plan_logs
from loglake_cli.deploy.artifacts import read_datasets
from loglake_cli.deploy.redact_key import keyed_here

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


Message = Union[str, Mapping[str, Any], tuple[Union[str, datetime], Union[str, Mapping[str, Any]]]]
"""A text, or what becomes a JSON object; alone, or after its time: a datetime, or such as 2024-01-01T10:00:00Z."""

START = "2024-01-01T00:00:00Z"
"""When the first message is, if it does not say its time; each next one is a second later."""


def timed(messages: Iterable[Message], start: str = START) -> list[tuple[int, str]]:
    """Messages as (milliseconds since the epoch, text), in their order.

    Raises:
        ConfigError: a text is not a time.
    """
    first = parse_instant(start)
    return [_timed(message, first + 1000 * number) for number, message in enumerate(messages)]


def _timed(message: Message, otherwise_ms: int) -> tuple[int, str]:
    if not isinstance(message, tuple):
        return otherwise_ms, _text(message)
    moment, text = message
    if isinstance(moment, str):
        return parse_instant(moment), _text(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp() * 1000), _text(text)


def _text(message: str | Mapping[str, Any]) -> str:
    return message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)


_EXPORTED = "00000000-0000-4000-8000-000000000000/test/000000.gz"
_FILE = "test.log"


@dataclass(frozen=True)
class Events:
    """Rows, as a table would have them.

    Attributes:
        table: the rows, with all columns.
        dropped: how many the transformation left out.
    """

    table: pa.Table
    dropped: int

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The rows, each by column."""
        return self.table.to_pylist()

    def column(self, name: str) -> list[Any]:
        """The values of a column."""
        return self.table.column(name).to_pylist()

    @property
    def batch(self) -> pa.RecordBatch:
        """The rows as a transformation gets them."""
        columns: list[Any] = [column.combine_chunks() for column in self.table.columns]
        return pa.RecordBatch.from_arrays(columns, schema=self.table.schema)

    def frame(self, spark: SparkSession) -> DataFrame:
        """The rows as a DataFrame."""
        from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415  (takes a moment)

        return spark.createDataFrame([tuple(row.values()) for row in self.rows], from_arrow_schema(self.table.schema))


class EventsFactory:
    """Makes rows of messages, as convert-logs does; called like a function.

    Args:
        datasets: the project's datasets file; None if it has none.
    """

    def __init__(self, datasets: Path | None) -> None:
        self._datasets = datasets

    def __call__(
        self,
        messages: str | Iterable[Message],
        *,
        log_group: str = "/test",
        format: str | None = None,  # noqa: A002  (as the dataset's key)
        types: Mapping[str, str] | None = None,
        transform: Transform | None = None,
        start: str = START,
    ) -> Events:
        """Rows of messages.

        If the project has a datasets file, the log group's dataset says how they are read and what they go through.
        What is given here goes before it.

        Args:
            messages: the content of a log file, as one text; or messages one by one, such as of a generator: a text, or
                a dict that becomes a JSON object, alone or as (time, message).
            log_group: of all of them.
            format: ``auto`` or a name of docs/start/formats.md.
            types: column types by field.
            transform: a function, or ``package.module:function``; empty for none.
            start: when the first message is that does not say its time; each next one is a second later.

        Raises:
            ConfigError: there are no messages, or something that was given is wrong.
            TransformError: the transformation failed.
        """
        datasets = read_datasets(self._datasets) if self._datasets else Datasets(())
        dataset = keyed_here(datasets.find(log_group) or Dataset((log_group,)), datasets, trying=True)
        own_format = format in {None, dataset.format}
        named = {tuple(name.split(".")): ColumnType(kind) for name, kind in (types or {}).items()}
        request = LogsRequest(
            LogGroupName(log_group),
            format or dataset.format,
            dataset.types if types is None else named,
            dataset.pattern if own_format else "",
            dataset.fields if own_format else (),
            redact=dataset.redact,
        )
        body, key = _body(messages, start)
        store = _OneObject(key, body, parse_instant(start))
        (bundle,), plan = plan_logs(Source(store, "memory:"), request, 1)
        decoded = list(decoded_rows(bundle, plan, store, lambda item, _: item.batch))
        schema = file_schema(plan.schema)
        folder = str(self._datasets.parent) if self._datasets else ""
        transformation = Transformation.of(dataset.transform if transform is None else transform, folder)
        if transformation is None:
            return Events(pa.Table.from_batches(decoded, schema), 0)
        table = pa.concat_tables([schema.empty_table(), *[transformation(batch).rows for batch in decoded]])
        return Events(table, sum(batch.num_rows for batch in decoded) - table.num_rows)


def _body(messages: str | Iterable[Message], start: str) -> tuple[bytes, str]:
    """The bytes of a log file, or of an export, and its key."""
    if isinstance(messages, str):
        return messages.encode(), _FILE
    lines = [f"{format_instant(EpochMs(ms))} {text}\n" for ms, text in timed(messages, start)]
    if not lines:
        raise ConfigError("There are no messages: give one at least.")
    return "".join(lines).encode(), _EXPORTED


class _OneObject:
    """A source with one object in memory."""

    def __init__(self, key: str, body: bytes, changed_ms: int) -> None:
        self._info = ObjectInfo(key, len(body), changed_ms=changed_ms)
        self._body = body

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """The object."""
        yield from [self._info] if self._info.key.startswith(prefix) else []

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """Its content."""
        assert key == self._info.key
        yield from (self._body[start : start + chunk_bytes] for start in range(0, len(self._body), chunk_bytes))
