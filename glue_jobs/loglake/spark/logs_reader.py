"""Raw objects in a folder or in S3, opened to be read in tasks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable

import pyarrow as pa

from loglake.aws import session
from loglake.aws.objects import open_store
from loglake.core.local_files import LocalFolder
from loglake.core.ports.objects import SourceStore
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.dataset_checks import member_of
from loglake.core.schema.schema import ColumnType
from loglake.core.units import LogGroupName, split_s3_uri
from loglake.errors import ConfigError
from loglake.kernels.parquet.rows import file_schema
from loglake.kernels.readers.raw_objects import OriginEvents, Origins
from loglake.pipelines.folder_convert.source_listing import Source
from loglake.pipelines.log_reading import LogsRequest, plan_logs

if TYPE_CHECKING:
    from loglake.kernels.transform import Transform

Wanted = Callable[["OriginEvents", "Origins"], pa.RecordBatch]
"""Which of some events are asked for."""

_TIME = pa.timestamp("us", tz="UTC")
"""What Spark takes: it has no milliseconds."""


class LogsReader:
    """Reads the bundles of a plan; pickle can send it.

    Attributes:
        schema: of the rows; Arrow's.
        bundles: how many there are.
    """

    def __init__(self, root: str, bundles: Sequence[Bundle], plan: TablePlan, transform: Transform) -> None:
        self._root = root
        self._bundles = bundles
        self._plan = plan
        self._transform = transform
        self._region = session.region() if root.startswith("s3://") else None
        fields: list[Any] = [
            pa.field(each.name, _TIME if pa.types.is_timestamp(each.type) else each.type)
            for each in file_schema(plan.schema)
        ]
        self.schema = pa.schema(fields)
        self.bundles = len(bundles)

    def read(self, number: int, wanted: Wanted) -> Iterator[pa.RecordBatch]:
        """The rows of a bundle.

        Raises:
            UnreadableObjectsError: raw objects are gone, or can't be read.
            TransformError: the transformation failed.
        """
        from loglake.kernels.decode import decoded_rows  # noqa: PLC0415  (in the worker only)
        from loglake.kernels.transform import Transformation  # noqa: PLC0415

        store, transform = _open(self._root, self._region), Transformation.of(self._transform)
        for rows in decoded_rows(self._bundles[number], self._plan, store, wanted, transform):
            yield rows.cast(self.schema)


def open_logs(
    path: str,
    tasks: int,
    *,
    log_group: str | None = None,
    format: str = "auto",  # noqa: A002  (as the dataset's key)
    types: Mapping[str, str] | None = None,
    pattern: str = "",
    fields: Sequence[str] = (),
    timezone: str = "",
    transform: Transform = "",
) -> LogsReader:
    """Looks at what there is, so that tasks can read it; see `loglake.spark.logs.read_logs`.

    Raises:
        ConfigError: there are no objects, or an argument is wrong.
        NotFoundError, AccessDeniedError: the bucket is not there, or can't be read.
        UnreadableError: a file can't be read.
    """
    root, prefix = _place(path)
    request = LogsRequest(
        LogGroupName(log_group or f"{root}/{prefix}".rstrip("/").rpartition("/")[2]),
        format,
        {tuple(name.split(".")): member_of(ColumnType, f"types: {name}", kind) for name, kind in (types or {}).items()},
        pattern,
        tuple(fields),
        timezone,
    )
    return LogsReader(root, *plan_logs(Source(_open(root), root, prefix), request, tasks), transform)


def _place(path: str) -> tuple[str, str]:
    """The bucket or the folder of a path, and what keys begin with there."""
    if path.startswith("s3://"):
        bucket, key = split_s3_uri(path.rstrip("/"))
        return f"s3://{bucket}", f"{key}/" if key else ""
    if not os.path.isdir(path):
        raise ConfigError(f"There is no folder {path}: name one with exports or log files, or s3://bucket/prefix.")
    return os.path.realpath(path), ""


def _open(root: str, region: str | None = None) -> SourceStore:
    return open_store(split_s3_uri(root)[0], region) if root.startswith("s3://") else LocalFolder(root)
