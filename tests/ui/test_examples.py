"""DuckDB accepts all statements that the page suggests."""

from __future__ import annotations

import duckdb
import pytest

from loglake_cli.local.report import TableReport
from loglake_cli.ui.examples import examples, identifier

pytestmark = pytest.mark.unit

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
def test_each_example_is_a_statement_that_the_table_can_answer(columns: dict[str, str], titles: list[str]) -> None:
    table = TableReport("my lake", "order", 1, columns, 1)
    kinds = {"string": "VARCHAR"}
    with duckdb.connect() as database:
        database.execute('CREATE SCHEMA "my lake"')
        created = ", ".join(f'"{name}" {kinds.get(kind, kind)}' for name, kind in columns.items())
        database.execute(f'CREATE TABLE "my lake"."order" ({created})')
        found = examples(table)
        assert [each.title for each in found] == titles
        for each in found:
            database.execute(each.sql)


def test_every_reserved_word_is_quoted() -> None:
    with duckdb.connect() as database:
        sql = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
        reserved = [name for (name,) in database.execute(sql).fetchall()]
    assert {identifier(name) for name in reserved} == {f'"{name}"' for name in reserved}
    assert [identifier(name) for name in ("user_id", "7up", 'a"b', "A")] == ["user_id", '"7up"', '"a""b"', '"A"']
