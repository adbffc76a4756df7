"""Which SQL statements may run."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from athena_duckdb.errors import ConfigError
from athena_duckdb.query.select_only import TABLE_FUNCTIONS, tables_read

pytestmark = pytest.mark.local


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as made:
        yield made


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT 1", set()),
        ("SELECT DISTINCT ON (a) a, b FROM logs.App ORDER BY a DESC NULLS LAST LIMIT 10 OFFSET 2", {"app"}),
        ("SELECT * FROM a JOIN b USING (x) LEFT JOIN c ON a.i = c.i POSITIONAL JOIN d", {"a", "b", "c", "d"}),
        ("SELECT * FROM a ASOF JOIN b ON a.t >= b.t ANTI JOIN c USING (i)", {"a", "b", "c"}),
        ("WITH x AS MATERIALIZED (SELECT * FROM app), y(a) AS (VALUES (1)) FROM x, y", {"app", "x", "y"}),
        ("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) FROM t", {"t"}),
        ("SELECT 1 UNION BY NAME SELECT 2 EXCEPT SELECT 3 INTERSECT SELECT 4", set()),
        ("SELECT sum(a) OVER w, count(*) FILTER (a > 1) FROM app WINDOW w AS (ORDER BY b)", {"app"}),
        ("SELECT a FROM app QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1", {"app"}),
        ("SELECT a, count(*) FROM app GROUP BY GROUPING SETS ((a), ()) HAVING count(*) > 1", {"app"}),
        (
            "SELECT CASE WHEN a IN (SELECT b FROM other) THEN 1 END, EXISTS (FROM third) FROM app",
            {"app", "other", "third"},
        ),
        ("SELECT CAST(a AS DECIMAL(5, 2)), a::STRUCT(b INT)[], {'type': 'COPY_QUERY_NODE'} FROM app", {"app"}),
        ("SELECT list_transform([1], lambda x: x + 1), [x for x in [1] if x > 0], COLUMNS('a.*') FROM app", {"app"}),
        ("SELECT * FROM (PIVOT app ON level IN ('INFO', 'WARN') USING count(*))", {"app"}),
        ("UNPIVOT app ON a, b INTO NAME k VALUE v", {"app"}),
        ("FROM app TABLESAMPLE 10%", {"app"}),
        ("SELECT * FROM app LIMIT 10%", {"app"}),
        ("SELECT j.key FROM app, json_each(app.raw) j, unnest([1, 2]) u, range(3) r, generate_series(1, 2)", {"app"}),
        ("TABLE app", {"app"}),
        ("VALUES (1), (2)", set()),
        ("DESCRIBE app", {"app"}),
        ("SUMMARIZE app", {"app"}),
        ("SHOW TABLES", set()),
        ("SELECT * FROM information_schema.tables", {"tables"}),
        ("SELECT 'COPY (SELECT 1) TO ''x''' -- INSERT INTO app", set()),
    ],
)
def test_what_reads(connection: duckdb.DuckDBPyConnection, sql: str, tables: set[str]) -> None:
    assert tables_read(connection, sql) == tables


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("WITH x AS (COPY (SELECT 1) TO 'a') SELECT * FROM x", "give one SELECT statement, without COPY in it"),
        ("SELECT (WITH x AS (DELETE FROM app RETURNING *) SELECT count(*) FROM x)", "without DELETE in it"),
        ("WITH x AS (INSERT INTO app VALUES (1) RETURNING *) FROM x", "without INSERT in it"),
        ("WITH x AS (UPDATE app SET a = 1 RETURNING *) FROM x", "without UPDATE in it"),
        ("FROM query('SELECT 1')", r"query\(\) can't be used here"),
        ("SELECT * FROM app, system.main.Read_Text('/etc/passwd')", r"read_text\(\) can't be used here"),
        ("SELECT 1; SELECT 2", "give one SELECT statement"),
        ("CALL pragma_version()", "give one SELECT statement"),
        ("", "give one SELECT statement"),
    ],
)
def test_what_does_anything_else(connection: duckdb.DuckDBPyConnection, sql: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        tables_read(connection, sql)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT '\udcff'", "something that is not UTF-8 text at position 9"),
        ("\ud800", "something that is not UTF-8 text at position 1"),
        ("SELECT 1\0; DROP VIEW app", "a NUL character at position 9"),
    ],
)
def test_what_is_no_text(connection: duckdb.DuckDBPyConnection, sql: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        tables_read(connection, sql)


def test_what_is_nested_too_deeply(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises((ConfigError, duckdb.Error)):
        tables_read(connection, "SELECT " + "1+" * 100_000 + "1")


def test_every_table_function_that_is_let_through_is_there(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute("SELECT function_name FROM duckdb_functions() WHERE function_type LIKE 'table%'")
    assert {name for (name,) in rows.fetchall()} >= TABLE_FUNCTIONS
