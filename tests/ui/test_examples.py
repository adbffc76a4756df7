"""The tables answer all statements that the page suggests, in Athena's SQL."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from athena_duckdb.catalog_file import CATALOG
from athena_duckdb.query.lake_tables import LakeTables
from loglake_cli.local.report import TableReport
from loglake_cli.ui.examples import examples, identifier

pytestmark = pytest.mark.unit

SERDE = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}
ENVELOPE = {"event_time": "timestamp", "level": "string", "message": "string", "raw": "string"}


@pytest.mark.parametrize(
    ("columns", "titles"),
    [
        (
            {**ENVELOPE, "status": "bigint", "request_duration_ms": "double", "_line": "bigint", "dt": "string"},
            [
                "Newest rows",
                "Count the rows",
                "Warnings and errors",
                "Most frequent messages",
                "request_duration_ms by day",
            ],
        ),
        ({"event_time": "timestamp", "n": "bigint", "dt": "string"}, ["Newest rows", "Count the rows", "n by day"]),
        ({"end": "bigint", "dt": "string"}, ["Count the rows", '"end" by day']),
        ({"a": "string", "_line": "bigint"}, ["Count the rows"]),
    ],
)
def test_each_example_is_a_statement_that_the_table_can_answer(
    tmp_path: Path, columns: dict[str, str], titles: list[str]
) -> None:
    storage = {"Columns": [{"Name": name, "Type": kind} for name, kind in columns.items()], "SerdeInfo": SERDE}
    entry = {"DatabaseName": "my lake", "Name": "order", "StorageDescriptor": {**storage, "Location": "s3://lake/x/"}}
    (tmp_path / CATALOG).write_text(json.dumps({"databases": [], "tables": [entry], "partitions": []}))
    found = examples(TableReport("my lake", "order", 1, columns, 1))
    assert [each.title for each in found] == titles
    with LakeTables(tmp_path) as tables:
        for each in found:
            assert tables.select_as_athena(each.sql).columns


def test_names_are_quoted_if_they_need_it(tmp_path: Path) -> None:
    names = ["user_id", "7up", 'a"b', "A", "end", "date", "timestamp", "first"]
    quoted = ["user_id", '"7up"', '"a""b"', '"A"', '"end"', "date", "timestamp", '"first"']
    assert [identifier(name) for name in names] == quoted
    (tmp_path / CATALOG).write_text(json.dumps({"databases": [], "tables": [], "partitions": []}))
    with LakeTables(tmp_path) as tables:
        for name in (*names, "all", "offset", "limit", "desc", "window", "both", "end"):
            sql = f"SELECT {identifier(name)} FROM (VALUES 1) t({identifier(name)})"
            assert tables.select_as_athena(sql).columns == (name,)
