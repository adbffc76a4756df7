"""SQL that writes or changes settings: statements, and the places in a query where they can hide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb

STATEMENTS = (
    "COPY (SELECT 1) TO '{target}'",
    "COPY (SELECT 1) TO '{target}' (FORMAT csv)",
    "COPY (SELECT 1 AS a) TO '{target}' (FORMAT parquet)",
    "COPY (SELECT 1 AS a) TO '{target}' (FORMAT json)",
    "COPY (SELECT 1 AS a) TO '{target}' (FORMAT parquet, USE_TMP_FILE true)",
    "COPY (SELECT 1 AS a, 2 AS b) TO '{outside}/parted' (FORMAT parquet, PARTITION_BY (a), OVERWRITE_OR_IGNORE)",
    "COPY app TO '{target}'",
    "COPY app TO '{lake_file}' (FORMAT csv)",
    "COPY (SELECT 1) TO 's3://lake/tables/app/a.parquet'",
    "COPY (SELECT 1) TO 's3://lake/tables/app/new.parquet' (FORMAT parquet)",
    "COPY app FROM '{lake_file}'",
    "COPY FROM DATABASE memory TO other",
    "EXPORT DATABASE '{outside}/exported'",
    "IMPORT DATABASE '{outside}/exported'",
    "INSERT INTO app VALUES (1, 'x')",
    "INSERT INTO app VALUES (1, 'x') RETURNING *",
    "INSERT INTO loglake_files.t0 SELECT 1",
    "UPDATE app SET n = 2",
    "UPDATE app SET n = 2 RETURNING *",
    "DELETE FROM app",
    "DELETE FROM app RETURNING *",
    "TRUNCATE app",
    "MERGE INTO app USING app b ON app.n = b.n WHEN MATCHED THEN DELETE",
    "CREATE TABLE mine AS SELECT 1",
    "CREATE OR REPLACE TEMP TABLE mine (a INTEGER)",
    "CREATE VIEW app AS SELECT 1",
    "CREATE OR REPLACE VIEW app AS SELECT 2",
    "CREATE MACRO mine(a) AS a",
    "CREATE SEQUENCE mine",
    "CREATE TYPE mine AS ENUM ('a')",
    "CREATE SECRET mine (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "CREATE PERSISTENT SECRET mine (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "DROP VIEW app",
    "DROP SCHEMA logs CASCADE",
    "ALTER VIEW app RENAME TO gone",
    "ATTACH '{outside}/mine.db' AS mine",
    "ATTACH '{lake_file}' AS mine",
    "ATTACH ':memory:' AS mine",
    "DETACH memory",
    "USE logs",
    "INSTALL httpfs",
    "FORCE INSTALL httpfs FROM community",
    "LOAD httpfs",
    "LOAD '{outside}/mine.duckdb_extension'",
    "SET enable_external_access = true",
    "SET GLOBAL allowed_directories = ['/']",
    "SET disabled_filesystems = ''",
    "SET lock_configuration = false",
    "SET temp_directory = '{outside}/spill'",
    "SET log_query_path = '{target}'",
    "RESET memory_limit",
    "PRAGMA enable_profiling",
    "PRAGMA profiling_output = '{target}'",
    "PRAGMA database_size",
    "CALL enable_logging(storage := 'file', storage_path := '{outside}/logs')",
    "CALL pragma_version()",
    "CHECKPOINT",
    "VACUUM",
    "ANALYZE",
    "BEGIN TRANSACTION",
    "COMMIT",
    "PREPARE mine AS SELECT 1",
    "EXECUTE mine",
    "DEALLOCATE mine",
    "SET VARIABLE mine = 1",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{target}'",
    "LOCK TABLE app",
    "COMMENT ON VIEW app IS 'x'",
)
"""Each is a statement of its own; the names in braces are of `paths`."""

FUNCTIONS = (
    "query($$COPY (SELECT 1) TO '{target}'$$)",
    "query($$WITH x AS (COPY (SELECT 1) TO '{target}') SELECT * FROM x$$)",
    "system.main.query($$WITH x AS (COPY (SELECT 1) TO '{target}') SELECT * FROM x$$)",
    "QUERY($$SELECT 1$$)",
    "query_table('app')",
    "enable_logging(storage := 'file', storage_path := '{outside}/logs')",
    "enable_profiling(save_location := '{target}')",
    "checkpoint()",
    "force_checkpoint()",
    "read_csv('{outside}/secret.csv')",
    "read_text('{outside}/secret.csv')",
    "read_blob('{outside}/*')",
    "read_parquet('{lake_file}')",
    "read_duckdb('{outside}/mine.db')",
    "glob('{outside}/*')",
    "sniff_csv('{outside}/secret.csv')",
    "duckdb_secrets()",
    "python_map_function(1)",
    "arrow_scan(1, 2, 3)",
    "add_grammar_extension('x')",
    "register_external_resource('x')",
    "which_secret('{target}', 's3')",
)
"""Table functions that write, read other files, run SQL out of a text, or change what DuckDB does."""

PLACES = (
    "{0}",
    "{0};",
    "/* SELECT */ {0}",
    "SELECT 1; {0}",
    "{0}; SELECT 1",
    "EXPLAIN {0}",
    "WITH x AS ({0}) SELECT * FROM x",
    "WITH x AS MATERIALIZED ({0}) FROM x",
    "WITH y AS (WITH x AS ({0}) SELECT * FROM x) SELECT * FROM y",
    "SELECT * FROM (WITH x AS ({0}) SELECT * FROM x)",
    "SELECT (WITH x AS ({0}) SELECT count(*) FROM x)",
    "SELECT 1 WHERE EXISTS (WITH x AS ({0}) FROM x)",
    "SELECT 1 UNION ALL (WITH x AS ({0}) SELECT 1 FROM x)",
    "WITH RECURSIVE t AS (SELECT 1 UNION ALL (WITH x AS ({0}) SELECT 1 FROM x)) SELECT * FROM t",
    "SELECT * FROM app, LATERAL (WITH x AS ({0}) SELECT app.n FROM x)",
    "DESCRIBE WITH x AS ({0}) SELECT * FROM x",
    "SUMMARIZE WITH x AS ({0}) SELECT * FROM x",
    "SELECT * FROM ({0})",
)
"""Where a statement can stand."""

FUNCTION_PLACES = (
    "SELECT * FROM {0}",
    "FROM {0} x SELECT 1",
    "WITH x AS (SELECT * FROM {0}) SELECT * FROM x",
    "SELECT (SELECT count(*) FROM {0})",
    "SELECT * FROM app, LATERAL (SELECT * FROM {0})",
    "SELECT 1 UNION ALL SELECT 1 FROM {0}",
    "DESCRIBE SELECT * FROM {0}",
    "SUMMARIZE FROM {0}",
)


def paths(kept: Path, outside: Path) -> dict[str, str]:
    """The values for the braces in statements and functions."""
    return {
        "target": str(outside / "written"),
        "outside": str(outside),
        "lake_file": str(kept / "lake" / "tables" / "app" / "a.parquet"),
    }


def harmful(kept: Path, outside: Path) -> Iterator[str]:
    """Every statement in every place, every function in every place, and parsed ones that are run as JSON."""
    named = paths(kept, outside)
    for statement in STATEMENTS:
        yield from (place.format(statement.format(**named)) for place in PLACES)
    for function in (*(each.format(**named) for each in FUNCTIONS), _serialized(named["target"])):
        yield from (place.format(function) for place in FUNCTION_PLACES)


def _serialized(target: str) -> str:
    copied = f"WITH x AS (COPY (SELECT 1) TO '{target}') SELECT * FROM x"
    answer = duckdb.execute("SELECT json_serialize_sql(?)", [copied]).fetchone()
    text = json.dumps(json.loads(answer[0])) if answer else ""
    return f"json_execute_serialized_sql('{text.replace(chr(39), chr(39) * 2)}'::JSON)"
