"""Statements like those that AWS publishes for VPC flow logs, load balancers and CloudTrail run unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from loglake_cli.local.lake.keep import CATALOG, MARKER
from loglake_cli.local.lake.query.lake_tables import LakeTables

pytestmark = pytest.mark.local

SERDE = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}
PUBLISHED = yaml.safe_load(Path(__file__).with_name("published_statements.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LakeTables]:
    """Tables without rows: what counts is that every part of a statement is known, and fits its types."""
    directory: Path = tmp_path_factory.mktemp("published")
    made = []
    for name, columns in PUBLISHED["tables"].items():
        types = [{"Name": column, "Type": kind.replace(" ", "")} for column, kind in columns.items()]
        storage = {"Location": f"s3://lake/tables/{name}/", "Columns": types, "SerdeInfo": SERDE}
        made.append({"DatabaseName": "logs", "Name": name, "StorageDescriptor": storage})
    (directory / MARKER).touch()
    (directory / CATALOG).write_text(json.dumps({"databases": [{"Name": "logs"}], "tables": made, "partitions": []}))
    with LakeTables(directory) as opened:
        yield opened


@pytest.mark.parametrize("sql", PUBLISHED["statements"])
def test_a_published_statement_runs_unchanged(tables: LakeTables, sql: str) -> None:
    found = tables.select_as_athena(sql)
    assert found.columns
    assert [row for batch in found.batches for row in batch if any(value is not None for value in row)] == []


def test_there_are_enough_of_them() -> None:
    assert len(PUBLISHED["statements"]) >= 25
