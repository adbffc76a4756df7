"""What a search asks: which columns have ids, in which order the days are searched."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from loglake.core.units import parse_instant
from loglake_cli.operations.finding.statements import (
    counts_sql,
    ids_sql,
    rows_sql,
    searched_tables,
    steps,
    texts_sql,
)

pytestmark = pytest.mark.unit

SERDE = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}


def catalog(*days: str, **columns: str) -> dict[str, list[Any]]:
    types = [{"Name": name, "Type": kind} for name, kind in {"event_time": "timestamp", **columns}.items()]
    storage = {"Columns": types, "Location": "s3://lake/app/", "SerdeInfo": SERDE}
    own = {"DatabaseName": "loglake", "TableName": "app"}
    table: dict[str, Any] = {"DatabaseName": "loglake", "Name": "app", "StorageDescriptor": storage}
    table["PartitionKeys"] = [{"Name": "dt", "Type": "string"}]
    return {"databases": [], "tables": [table], "partitions": [{**own, "Values": [day]} for day in days]}


@pytest.mark.parametrize(
    "name", ["request_id", "requestid", "trace_id", "user", "client_ip", "remote_addr", "session", "user_email", "host"]
)
def test_columns_of_ids_and_addresses_are_known_by_their_names(name: str) -> None:
    (table,) = searched_tables(catalog(**{name: "string", "message": "string"}), "it's")
    assert dict(table.ids) == {name: f"\"{name}\" = 'it''s'"}


@pytest.mark.parametrize("name", ["message", "level", "grid_size", "void", "_rescued", "duration", "paid"])
def test_other_columns_are_not_searched_by_filter(name: str) -> None:
    (table,) = searched_tables(catalog(**{name: "string"}), "x")
    assert not table.ids


def test_whole_numbers_are_compared_with_a_text_that_is_one() -> None:
    columns = {"user_id": "bigint", "order_id": "string", "price_id": "double"}
    (table,) = searched_tables(catalog(**columns), "42")
    assert dict(table.ids) == {"user_id": '"user_id" = 42', "order_id": "\"order_id\" = '42'"}
    (table,) = searched_tables(catalog(**columns), "99999999999999999999")
    assert [*table.ids] == ["order_id"]


def test_each_column_is_asked_alone_so_that_filters_of_files_count() -> None:
    tables = searched_tables(catalog("2026-11-21", request_id="string", user_id="string", raw="string"), "x")
    sql = ids_sql(tables, (parse_instant("2026-11-21"), None), 5)
    assert sql.count("SELECT '") == 2
    assert " OR " not in sql
    assert "WHERE \"user_id\" = 'x' AND event_time >= TIMESTAMP '2026-11-21 00:00:00.000' AND dt >= '2026-11-21'" in sql
    assert ids_sql(searched_tables(catalog(raw="string"), "x"), (None, None), 5) == ""


def test_the_text_is_searched_in_raw_or_in_what_stands_for_it() -> None:
    both = searched_tables(catalog(raw="string", message="string"), "x")
    assert 'strpos(coalesce("raw", "message"), \'x\') > 0' in texts_sql(both, "x", (None, None), 5)
    one = searched_tables(catalog(message="string"), "x")
    assert "strpos(\"message\", 'x') > 0" in texts_sql(one, "x", (None, None), 5)


def test_the_newest_days_come_first_and_the_parts_are_the_whole_range() -> None:
    days = [f"2026-11-{day:02d}" for day in range(1, 29)]
    tables = searched_tables(catalog(*days), "x")
    cuts = [parse_instant("2026-11-27"), parse_instant("2026-11-15")]
    assert steps(tables, (None, None)) == [(cuts[0], None), (cuts[1], cuts[0]), (None, cuts[1])]
    begin, end = parse_instant("2026-11-02"), parse_instant("2026-11-03T12:00")
    assert steps(tables, (begin, end)) == [(begin, end)]
    assert steps(searched_tables(catalog(), "x"), (None, None)) == [(None, None)]
    assert steps(searched_tables(catalog("__HIVE_DEFAULT_PARTITION__"), "x"), (None, None)) == [(None, None)]


def test_an_empty_text_is_in_every_row() -> None:
    tables = searched_tables(catalog(request_id="string"), "")
    assert ids_sql(tables, (None, None), 5) == ""
    assert "WHERE TRUE" in texts_sql(tables, "", (None, None), 5)


def test_only_tables_with_a_level_are_searched_for_levels() -> None:
    assert searched_tables(catalog(raw="string"), "x", ("ERROR",)) == []
    (table,) = searched_tables(catalog(raw="string", level="string"), "x", ("FATAL", "ERROR"))
    for sql in (
        texts_sql([table], "x", (None, None), 5),
        rows_sql(table, "x", [""], [datetime(2026, 11, 21)], 5),
        counts_sql([table], "x", (None, None), "hour", in_ids=False),
    ):
        assert "level IN ('FATAL', 'ERROR')" in sql


def test_rows_are_counted_where_they_were_found() -> None:
    tables = searched_tables(catalog(request_id="string", user_id="string", raw="string", level="string"), "x")
    in_ids = counts_sql(tables, "x", (None, parse_instant("2026-11-21")), "minute", in_ids=True)
    assert "WHERE (\"request_id\" = 'x' OR \"user_id\" = 'x') AND event_time <" in in_ids
    assert "date_trunc('minute', event_time) AS t, upper(level) AS l" in in_ids
    in_texts = counts_sql(tables, "x", (None, None), "hour", in_ids=False)
    assert "WHERE (strpos(\"raw\", 'x') > 0)" in in_texts
