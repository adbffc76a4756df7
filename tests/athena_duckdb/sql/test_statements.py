"""Statements in Athena's SQL over a kept run: names, joins, views, errors, and the bytes read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from athena_duckdb.catalog_file import CATALOG
from athena_duckdb.errors import ConfigError
from athena_duckdb.query.lake_tables import LakeTables
from athena_duckdb.sql.values import shown

pytestmark = pytest.mark.local

SERDE = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}
TYPES = {
    "event_time": "timestamp",
    "level": "string",
    "status": "bigint",
    "took_ms": "double",
    "message": "string",
    "tags": "array<string>",
}
DAYS = ("2026-11-20", "2026-11-21", "2026-11-22")
BEGIN_MS = 1_795_132_800_000  # 2026-11-20T00:00Z
ROWS = 30_000


def write(folder: Path, day: int) -> None:
    """A file of one day: an event every 2.88 seconds, in row groups of 2,000. DuckDB reads smaller files whole."""
    first = BEGIN_MS + day * 86_400_000
    columns = {
        "event_time": pa.array([first + at * 2_880 for at in range(ROWS)], pa.timestamp("ms", "UTC")),
        "level": ["ERROR" if at % 100 == 0 else "INFO" for at in range(ROWS)],
        "status": [500 if at % 100 == 0 else 200 for at in range(ROWS)],
        "took_ms": [at / 2 for at in range(ROWS)],
        "message": [json.dumps({"user": f"u{at % 7}", "id": sha256(b"%d" % at).hexdigest()}) for at in range(ROWS)],
        "tags": [["web", "eu"]] * ROWS,
    }
    folder.mkdir(parents=True)
    pq.write_table(pa.table(columns), folder / "a.parquet", row_group_size=2_000)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("kept")
    columns = [{"Name": name, "Type": kind} for name, kind in TYPES.items()]
    location = "s3://lake/tables/app/"
    partitions = []
    for at, day in enumerate(DAYS):
        write(directory / "lake" / "tables" / "app" / f"dt={day}", at)
        storage = {"Location": f"{location}dt={day}/", "Columns": columns}
        partitions.append({"DatabaseName": "logs", "TableName": "app", "Values": [day], "StorageDescriptor": storage})
    table = {
        "DatabaseName": "logs",
        "Name": "app",
        "StorageDescriptor": {"Location": location, "Columns": columns, "SerdeInfo": SERDE},
        "PartitionKeys": [{"Name": "dt", "Type": "string"}],
        "Parameters": {"classification": "parquet"},
    }
    catalog = {"databases": [{"Name": "logs"}], "tables": [table], "partitions": partitions}
    (directory / CATALOG).write_text(json.dumps(catalog))
    return directory


@pytest.fixture
def tables(kept: Path) -> Iterator[LakeTables]:
    with LakeTables(kept) as opened:
        yield opened


def ask(tables: LakeTables, sql: str) -> list[tuple[Any, ...]]:
    return [row for batch in tables.select_as_athena(sql).batches for row in batch]


def text(tables: LakeTables, sql: str) -> list[tuple[str | None, ...]]:
    return [tuple(map(shown, row)) for row in ask(tables, sql)]


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT level, count(*), 1 + 1 AS Two, LEVEL FROM app GROUP BY level", ("level", "_col1", "Two", "LEVEL")),
        ("SELECT *, 1 FROM (SELECT dt, count(*) FROM app GROUP BY 1)", ("dt", "_col1", "_col2")),
        ("WITH a AS (SELECT max(status) FROM app) SELECT * FROM a", ("_col0",)),
        ("SELECT count(*) FROM app UNION ALL SELECT 1", ("_col0",)),
    ],
)
def test_columns_without_a_name_are_named_by_their_place(
    tables: LakeTables, sql: str, columns: tuple[str, ...]
) -> None:
    assert tables.select_as_athena(sql).columns == columns


def test_types_are_named_as_athena_names_them(tables: LakeTables) -> None:
    found = tables.select_as_athena(
        "SELECT event_time, level, status, took_ms, tags, now(), sum(status) OVER () FROM app"
    )
    zoned = "timestamp(3) with time zone"
    assert found.types == ("timestamp(3)", "varchar", "bigint", "double", "array(varchar)", zoned, "bigint")


def test_what_is_null_comes_last_both_ways(tables: LakeTables) -> None:
    for order in ("ASC", "DESC"):
        rows = ask(tables, f"SELECT x FROM (VALUES 1, NULL, 2) t(x) ORDER BY x {order}")
        assert rows[-1] == (None,)
    assert ask(tables, "SELECT x FROM (VALUES 1, NULL) t(x) ORDER BY x DESC NULLS FIRST")[0] == (None,)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        (
            "SELECT Level, COUNT(*) FROM LOGS.App WHERE DT = '2026-11-20' GROUP BY 1 ORDER BY 2",
            [("ERROR", 300), ("INFO", 29_700)],
        ),
        ("SELECT sum(status) / count(*) FROM app", [(203,)]),
        ("SELECT count(*) * 100.0 / (SELECT count(*) FROM app) FROM app WHERE level = 'ERROR'", [(1.0,)]),
        ("SELECT max(dt) FROM awsdatacatalog.logs.app", [("2026-11-22",)]),
        (
            "SELECT a.dt, b.n FROM app a JOIN (SELECT dt, count(*) n FROM app GROUP BY 1) b ON a.dt = b.dt LIMIT 1",
            None,
        ),
        (
            "SELECT t.tag, count(*) FROM app CROSS JOIN UNNEST(tags) AS t(tag) WHERE dt = '2026-11-20' GROUP BY 1 "
            "ORDER BY 1",
            [("eu", 30_000), ("web", 30_000)],
        ),
        (
            "SELECT tag, n FROM (SELECT tags FROM app LIMIT 1) CROSS JOIN UNNEST(tags) WITH ORDINALITY AS t(tag, n) "
            "ORDER BY n",
            [("web", 1), ("eu", 2)],
        ),
        ("SELECT k, v FROM (VALUES map(ARRAY['a'], ARRAY[1])) t(m) CROSS JOIN UNNEST(m) AS u(k, v)", [("a", 1)]),
        ("SELECT x, y FROM UNNEST(ARRAY[1, 2], ARRAY['a']) AS t(x, y)", [(1, "a"), (2, None)]),
        ("SELECT x FROM (VALUES 1) t(x) LEFT JOIN UNNEST(ARRAY[]) AS u(y) ON true", [(1,)]),
        (
            "SELECT p.b FROM (VALUES ARRAY[CAST(ROW(1, 'x') AS ROW(a bigint, b varchar))]) t(r) "
            "CROSS JOIN UNNEST(r) AS p(a, b)",
            [("x",)],
        ),
        (
            "SELECT json_extract_scalar(message, '$.user') AS u, count(*) FROM app "
            "WHERE dt = DATE_FORMAT(DATE '2026-11-20', "
            "'%Y-%m-%d') GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1",
            [("u0", 4_286)],
        ),
        (
            "SELECT hour(max(event_time)), date_trunc('day', max(event_time)) = timestamp '2026-11-22 00:00:00' "
            "FROM app",
            [(23, True)],
        ),
        (
            "SELECT date_diff('hour', min(event_time), max(event_time)), "
            "max(event_time) - min(event_time) > interval '2' day "
            "FROM app",
            [(71, True)],
        ),
        (
            "SELECT CAST(avg(status) AS bigint), round(max(took_ms) / 7, 2), floor(max(took_ms)) FROM app",
            [(203, 2142.79, 14999.0)],
        ),
        (
            "SELECT status / 100, array_agg(DISTINCT level)[1] FROM app GROUP BY 1 ORDER BY 1",
            [(2, "INFO"), (5, "ERROR")],
        ),
        (
            "SELECT level, rank() OVER (ORDER BY count(*) DESC) FROM app GROUP BY level ORDER BY 2",
            [("INFO", 1), ("ERROR", 2)],
        ),
        (
            "SELECT lag(x) IGNORE NULLS OVER (ORDER BY n) FROM (VALUES (1, 1), (2, NULL), (3, 3)) t(n, x) ORDER BY n",
            [(None,), (1,), (1,)],
        ),
        (
            "SELECT count(*) FROM app WHERE level IN ('ERROR', 'FATAL') AND message LIKE '%u1%' "
            "AND NOT status BETWEEN 200 AND 299",
            [(129,)],
        ),
        ("VALUES (1, 'a')", [(1, "a")]),
        ("SELECT lower(level) AS level, count(*) FROM app WHERE level = 'ERROR' GROUP BY level", [("error", 900)]),
        ("SELECT x FROM (VALUES 1, 2, 3) t(x) ORDER BY x OFFSET 1 LIMIT 1", [(2,)]),
        ("SELECT x FROM (VALUES 1, 2) t(x) ORDER BY x FETCH FIRST 1 ROW ONLY", [(1,)]),
        (
            "SELECT grouping(level), count(*) FROM app GROUP BY ROLLUP (level) ORDER BY 1, 2",
            [(0, 900), (0, 89_100), (1, 90_000)],
        ),
    ],
)
def test_a_statement_gives_what_athena_gives(tables: LakeTables, sql: str, rows: list[tuple[Any, ...]] | None) -> None:
    found = ask(tables, sql)
    assert found if rows is None else found == rows


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        (
            "WITH a AS (SELECT x FROM (VALUES 1, 2) t(x)), b AS (SELECT x FROM a) "
            "SELECT max(x) / 2, cardinality(array_agg(x)) FROM b",
            [(1, 2)],
        ),
        (
            "WITH a AS (SELECT ARRAY[3, 4] AS l) SELECT u, n FROM (WITH b AS (SELECT l FROM a) "
            "SELECT u, n FROM b CROSS JOIN UNNEST(l) WITH ORDINALITY AS t(u, n)) ORDER BY n",
            [(3, 1), (4, 2)],
        ),
        (
            "WITH a AS (SELECT cardinality(array_agg(x)) AS x FROM (VALUES 1, 2) t(x)), b AS (SELECT x FROM a) "
            "SELECT cardinality(array_agg(x)) FROM b",
            [(1,)],
        ),
    ],
)
def test_a_common_table_expression_can_read_an_earlier_one(
    tables: LakeTables, sql: str, rows: list[tuple[Any, ...]]
) -> None:
    assert ask(tables, sql) == rows


def test_a_time_with_a_zone_keeps_it_through_subqueries(tables: LakeTables) -> None:
    sql = """
        WITH l AS (SELECT event_time AT TIME ZONE 'Europe/Berlin' AS local FROM app WHERE dt = '2026-11-20')
        SELECT date_trunc('hour', local) AS h, hour(min(local)), date_format(max(local), '%Y-%m-%d %H'), count(*)
        FROM l GROUP BY 1 ORDER BY 1 LIMIT 1
    """
    assert text(tables, sql) == [("2026-11-20 01:00:00.000 Europe/Berlin", "1", "2026-11-20 01", "1250")]


def test_hidden_columns_are_there_if_they_are_named(tables: LakeTables) -> None:
    paths = ask(tables, 'SELECT DISTINCT "$path" FROM app ORDER BY 1')
    assert paths[0] == ("s3://lake/tables/app/dt=2026-11-20/a.parquet",)
    assert len(paths) == len(DAYS)
    found = tables.select_as_athena('SELECT *, "$file_size" FROM app LIMIT 1')
    assert found.columns == (*TYPES, "dt", "$file_size")


def test_only_partitions_that_can_matter_are_opened(kept: Path) -> None:
    read = {}
    for name, where in (
        ("all", ""),
        ("one", "WHERE dt = '2026-11-22'"),
        ("computed", "WHERE dt >= CAST(DATE '2026-11-23' - INTERVAL '1' DAY AS varchar) AND level = 'INFO'"),
        ("none", "WHERE dt > '2027'"),
        ("either", "WHERE dt = '2026-11-22' OR level = 'INFO'"),
    ):
        with LakeTables(kept) as tables:
            ask(tables, f"SELECT max(took_ms), max(level) FROM app {where}")
            read[name] = tables.bytes_read
    assert read["none"] == 0
    assert 0 < read["one"] < read["all"] / 2
    assert read["computed"] < read["all"] / 2
    assert read["either"] >= read["all"] * 0.9


def test_a_pruned_table_that_is_read_twice_has_all_that_both_need(tables: LakeTables) -> None:
    sql = """
        SELECT (SELECT count(*) FROM app WHERE dt = '2026-11-20'), (SELECT count(*) FROM app WHERE dt = '2026-11-21'),
               (SELECT count(*) FROM app a LEFT JOIN (VALUES 1) t(x) ON a.dt = 'x' WHERE a.dt <> '2026-11-20')
    """
    assert ask(tables, sql) == [(30_000, 30_000, 60_000)]


@pytest.mark.parametrize(
    "where",
    ["event_time >= timestamp '2026-11-22 23:00:00'", "event_time > from_iso8601_timestamp('2026-11-22T23:00:00Z')"],
)
def test_only_row_groups_that_can_matter_are_read(kept: Path, where: str) -> None:
    with LakeTables(kept) as tables:
        ask(tables, "SELECT max(message) FROM app")
        whole = tables.bytes_read
    with LakeTables(kept) as tables:
        assert ask(tables, f"SELECT max(message) > '', count(*) > 1200 FROM app WHERE {where}") == [(True, True)]
        assert tables.bytes_read < whole / 2


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT nope FROM app", "COLUMN_NOT_FOUND: Column 'nope' cannot be resolved"),
        ("SELECT * FROM nope", "TABLE_NOT_FOUND: Table 'nope' does not exist. The catalog has logs.app."),
        ("SELECT strftime(event_time, '%Y') FROM app", "FUNCTION_NOT_FOUND: Athena has no function strftime."),
        ("SELECT xxhash64(to_utf8('a'))", "Athena's function xxhash64 can't be given here"),
        ("SELECT lower(1)", r"TYPE_MISMATCH: lower can't take values of the types \(integer\)"),
        ("SELECT level FROM app WHERE event_time > '2026-11-20'", "TYPE_MISMATCH"),
        ("SELECT level FROM app WHERE level = 5", "the type varchar can't be compared with a number"),
        ("SELECT level + 1 FROM app", r"TYPE_MISMATCH: The operator \+"),
        ("SELECT lower(level, 1) FROM app", "lower takes 1 argument, and not 2"),
        ("SELECT level::varchar FROM app", "Athena has no ::"),
        ("SELECT level FROM app WHERE level ILIKE 'a'", "Athena has no ILIKE: compare lower"),
        ("SELECT * EXCLUDE (level) FROM app", "neither EXCEPT nor REPLACE"),
        ("SELECT level, count(*) FROM app GROUP BY ALL", "no GROUP BY ALL"),
        ("SELECT FROM app WHERE", "SYNTAX_ERROR: line 1"),
        ("SELECT FROM WHERE", "SYNTAX_ERROR: line 1:17: Expected table name, at 'WHERE'"),
        ("SELEC 1", r"SYNTAX_ERROR: no statement begins with 'SELEC': did you mean SELECT\?"),
        ("-- why\nlevel FROM app", "SYNTAX_ERROR: no statement begins with 'level': give a SELECT"),
        ("SELECT * FROM app FOR TIMESTAMP AS OF current_timestamp", "for Iceberg tables alone"),
        ("SELECT * FROM app FOR VERSION AS OF 1", "for Iceberg tables alone"),
        ("SELECT <b>", "SYNTAX_ERROR: line 1:10: something is missing, at '>'"),
        ("SELECT", "SYNTAX_ERROR: SELECT clause without selection list"),
        ("SELECT 1; SELECT 2", "Give one statement"),
        ("", "Give one statement"),
        ("SELECT 'a", "SYNTAX_ERROR"),
        ("INSERT INTO app SELECT * FROM app", "only read"),
        ("DROP TABLE app", "only read"),
        ("CREATE TABLE x AS SELECT 1", "CTAS"),
        ("UNLOAD (SELECT 1) TO 's3://x/'", "."),
        ("SELECT * FROM read_csv('/etc/passwd')", "."),
        ("SELECT date_add('fortnight', 1, event_time) FROM app", "does not know the unit 'fortnight'"),
        ("SELECT date_format(event_time, level) FROM app", "format of date_format can only be given here as a text"),
        ("SELECT hour(event_time AT TIME ZONE 'Mars/Olympus') FROM app", "Mars/Olympus"),
        ("SELECT event_time AT TIME ZONE 'Mars/Olympus' FROM app", "'Mars/Olympus' is not a valid time zone"),
        ("SELECT regexp_like(level, '(?=a)') FROM app", "without look-around"),
        ("SELECT CAST('1.2.3.4' AS ipaddress)", "The type ipaddress can't be given here"),
        ("SELECT level, count(*) FROM app", "EXPRESSION_NOT_AGGREGATE: 'level' must be"),
        ("SELECT level AS l, count(*) FROM app GROUP BY l", "Column 'l' cannot be resolved: a name that SELECT gives"),
        ("SELECT lower(level) AS l FROM app WHERE l = 'error'", "Repeat the expression"),
        ("SHOW FUNCTIONS", "SHOW statements that are answered here"),
        ("SHOW PARTITIONS nope", "TABLE_NOT_FOUND"),
        ("SELECT ?", "write the values into the statement"),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000, "nested too deeply"),
    ],
)  # fmt: skip
def test_what_athena_refuses_or_is_not_given_is_said_in_its_words(tables: LakeTables, sql: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        ask(tables, sql)
    words = str(refused.value)
    assert "trino_" not in words
    assert "Did you mean" not in words
    assert "Candidate" not in words


@pytest.mark.parametrize(
    ("sql", "columns", "some"),
    [
        ("SHOW TABLES", ("tab_name",), ("app",)),
        ("show tables in logs 'a*'", ("tab_name",), ("app",)),
        ("SHOW DATABASES", ("database_name",), ("logs",)),
        ("SHOW SCHEMAS;", ("database_name",), ("logs",)),
        ("SHOW COLUMNS IN app", ("field",), ("took_ms",)),
        ("SHOW COLUMNS FROM logs.app", ("field",), ("dt",)),
        ("SHOW PARTITIONS app", ("partition",), ("dt=2026-11-21",)),
        ("DESCRIBE logs.app", ("col_name", "data_type", "comment"), ("tags", "array<string>", "")),
        ("desc `app`", ("col_name", "data_type", "comment"), ("dt", "string", "")),
        ("SHOW CREATE TABLE app", ("createtab_stmt",), ("  's3://lake/tables/app/'",)),
        ("SHOW TBLPROPERTIES app", ("prpt_name", "prpt_value"), ("classification", "parquet")),
        ("SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'logs'",
         ("table_name", "column_name", "data_type"), ("app", "tags", "array(varchar)")),
        ("SELECT table_name FROM information_schema.tables", ("table_name",), ("app",)),
    ],
)  # fmt: skip
def test_the_catalog_is_shown(tables: LakeTables, sql: str, columns: tuple[str, ...], some: tuple[str, ...]) -> None:
    found = tables.select_as_athena(sql)
    assert found.columns == columns
    assert some in [row for batch in found.batches for row in batch]


def test_a_pattern_that_matches_nothing_shows_nothing(tables: LakeTables) -> None:
    assert ask(tables, "SHOW TABLES 'b*|c'") == []
    assert ask(tables, "SHOW VIEWS") == []


def test_a_plan_is_explained(tables: LakeTables) -> None:
    ((plan,),) = ask(tables, "EXPLAIN SELECT count(*) FROM app WHERE dt = '2026-11-20'")
    assert "READ_PARQUET" in plan


def test_statements_can_follow_each_other(tables: LakeTables) -> None:
    assert ask(tables, "SELECT count(*) FROM app WHERE dt = '2026-11-20'") == [(ROWS,)]
    assert ask(tables, "SELECT count(*) FROM app") == [(3 * ROWS,)]
    assert next(tables.select("SELECT count(*) FROM app").batches) == [(3 * ROWS,)]
