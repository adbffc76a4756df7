"""A kept run with one table per AWS log format, converted from lines in AWS's format."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq

from athena_duckdb.catalog_file import CATALOG
from loglake_cli.operations import convert_folder
from support.deployments.operated import loglake
from support.fakes.stages import KernelStage

if TYPE_CHECKING:
    from loglake.kernels.stage.messages import OpenStore

DAY = "9999-12-31"
"""The partition of each table: saved queries ask for days since some day before today."""

_SERDE = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}
_HIVE = {"string": "string", "int64": "bigint", "double": "double", "bool": "boolean"}


def kept_formats(directory: Path, lines: dict[str, str], day: str | None = DAY, *, omit: bool = False) -> Path:
    """Converts the lines of each table, in the order given, and writes a kept run of these tables.

    All rows are in the partition of `day`; None is the events' own days. With `omit`, the text of each event is in
    ``message`` alone, as if a transformation put it there, and the dataset had ``raw: omit``.
    """
    kept, made, partitions = directory / "kept", [], []
    kept.mkdir(parents=True)
    for table, text in lines.items():
        folder = directory / "logs" / table
        folder.mkdir(parents=True)
        (folder / "a.log").write_text(text, encoding="utf-8")
        with patch.object(convert_folder, "pool_stage", _stage):
            done = loglake("convert", str(folder), str(directory / "lake"), "--log-group", table, "--quiet")
        assert not done.exception or isinstance(done.exception, SystemExit), done.exception
        assert done.exit_code in {0, 1}, done.output  # 1: some lines are in quarantine
        days = set()
        for number, file in enumerate(sorted((directory / "lake" / table).glob("dt=*/*.parquet"))):
            days.add(day or file.parent.name.removeprefix("dt="))
            place = kept / "lake" / "tables" / table / (f"dt={day}" if day else file.parent.name)
            place.mkdir(parents=True, exist_ok=True)
            if omit:
                _omit_raw(file, place / f"{number}.parquet")
            else:
                shutil.copy(file, place / f"{number}.parquet")
            columns = [{"Name": each.name, "Type": _hive(each.type)} for each in pq.read_schema(file)]
        at = f"s3://lake/tables/{table}/"
        storage = {"Location": at, "Columns": columns, "SerdeInfo": _SERDE}
        keys = [{"Name": "dt", "Type": "string"}]
        made.append({"DatabaseName": "loglake", "Name": table, "StorageDescriptor": storage, "PartitionKeys": keys})
        for each in sorted(days):
            own = {"Values": [each], "StorageDescriptor": {**storage, "Location": f"{at}dt={each}/"}}
            partitions.append({"DatabaseName": "loglake", "TableName": table, **own})
    catalog = {"databases": [{"Name": "loglake"}], "tables": made, "partitions": partitions}
    (kept / CATALOG).write_text(json.dumps(catalog))
    return kept


def _omit_raw(file: Path, to: Path) -> None:
    rows = pq.read_table(file, partitioning=None)
    texts: list[tuple[str, Any]] = [("message", rows.column("raw")), ("raw", pa.nulls(len(rows), pa.string()))]
    for name, column in texts:
        rows = rows.set_column(rows.schema.get_field_index(name), name, column)
    pq.write_table(rows, to)


class _Stage(KernelStage):
    """The kernels in this process: a worker would first import them, for a few lines."""

    def start(self, _tasks: int) -> None:
        """Starts nothing."""


@contextmanager
def _stage(
    open_store: OpenStore,
    raw: str,
    lake: str,
    _workers: int | None,
    *,
    pandas: bool,
    on_read: object,
    redact_key: bytes,
) -> Iterator[_Stage]:
    assert on_read
    assert not pandas
    assert not redact_key
    yield _Stage(open_store(raw), open_store(lake))


def _hive(kind: pa.DataType) -> str:
    return "timestamp" if pa.types.is_timestamp(kind) else _HIVE[str(kind)]
