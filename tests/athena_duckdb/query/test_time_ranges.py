"""The time range of the rows that a statement can return."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from athena_duckdb.query.athena_select import what_is_read

pytestmark = pytest.mark.unit

SERDE = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}


def _table(name: str) -> dict[str, Any]:
    columns = [{"Name": "event_time", "Type": "timestamp"}, {"Name": "level", "Type": "string"}]
    storage = {"Columns": columns, "Location": f"s3://lake/tables/{name}/", "SerdeInfo": SERDE}
    keys = [{"Name": "dt", "Type": "string"}]
    return {"DatabaseName": "loglake", "Name": name, "StorageDescriptor": storage, "PartitionKeys": keys}


CATALOG = {"databases": [{"Name": "loglake"}], "tables": [_table("app"), _table("web")], "partitions": []}


def times(sql: str) -> dict[str, tuple[str | None, str | None]]:
    def shown(ms: int | None) -> str | None:
        return None if ms is None else f"{datetime.fromtimestamp(ms / 1000, UTC):%d %H:%M:%S.%f}"[:15].strip()

    return {table: (shown(begin), shown(end)) for table, (begin, end) in what_is_read(CATALOG, sql, None).times.items()}


@pytest.mark.parametrize(
    ("where", "begin", "end"),
    [
        ("dt = '2026-11-21'", "21 00:00:00.000", "22 00:00:00.000"),
        ("dt >= '2026-11-20' AND dt < '2026-11-22'", "20 00:00:00.000", "22 00:00:00.000"),
        ("dt > '2026-11-20' AND dt <= '2026-11-22'", "20 00:00:00.000", "23 00:00:00.000"),
        ("dt BETWEEN '2026-11-20' AND '2026-11-21'", "20 00:00:00.000", "22 00:00:00.000"),
        ("dt IN ('2026-11-25', '2026-11-21')", "21 00:00:00.000", "26 00:00:00.000"),
        ("'2026-11-20' <= dt AND level = 'ERROR'", "20 00:00:00.000", None),
        ("event_time < TIMESTAMP '2026-11-21 10:00:00'", None, "21 10:00:00.000"),
        ("event_time >= from_iso8601_timestamp('2026-11-21T10:00:00+02:00')", "21 08:00:00.000", None),
        (
            "dt = '2026-11-21' AND (event_time >= TIMESTAMP '2026-11-21 10:00:00' AND level = 'INFO')",
            "21 10:00:00.000",
            "22 00:00:00.000",
        ),
        ("event_time >= TIMESTAMP '2026-11-21 10:00:00' - INTERVAL '1' HOUR", "21 09:00:00.000", None),
    ],
)
def test_conditions_that_and_joins_make_the_range_narrower(where: str, begin: str | None, end: str | None) -> None:
    assert times(f"SELECT level FROM app WHERE {where}") == {"app": (begin, end)}


@pytest.mark.parametrize(
    "where",
    [
        "level = 'ERROR'",
        "dt = '2026-11-21' OR level = 'ERROR'",
        "NOT dt = '2026-11-21'",
        "dt LIKE '2026-11%'",
        "dt >= '2026-11'",
        "date_trunc('hour', event_time) = TIMESTAMP '2026-11-21 10:00:00'",
        "dt = level",
    ],
)
def test_what_can_not_be_told_is_all_of_time(where: str) -> None:
    assert times(f"SELECT level FROM app WHERE {where}") == {"app": (None, None)}


def test_each_table_has_its_range_and_several_places_of_one_join_theirs() -> None:
    sql = (
        "SELECT level FROM app WHERE dt = '2026-11-21' UNION ALL SELECT level FROM web "
        "UNION ALL SELECT level FROM app WHERE dt = '2026-11-25'"
    )
    assert times(sql) == {"app": ("21 00:00:00.000", "26 00:00:00.000"), "web": (None, None)}
    assert times("SHOW TABLES") == {}
    assert times("SELECT 1") == {}
