"""Allows only SQL that reads: one statement, including everything nested in it.

DuckDB accepts COPY, INSERT, UPDATE and DELETE as common table expressions of a SELECT. It also has table functions that
run SQL from a text or change its settings. So the allowed parts of a statement are listed, and all others are refused,
including anything that a later DuckDB adds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb

from athena_duckdb.errors import ConfigError

_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_SOURCES = frozenset(
    {"EMPTY", "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "PIVOT", "SHOW_REF"}
)
_MODIFIERS = frozenset({"ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER"})
_ORDERS = frozenset({"ORDER_DEFAULT", "ASCENDING", "DESCENDING"})
_KINDS = _NODES | _SOURCES | _MODIFIERS | _ORDERS
"""The allowed types of parts that are not expressions, as `json_serialize_sql` names them."""

TABLE_FUNCTIONS = frozenset(
    {
        *("range", "generate_series", "unnest", "repeat", "repeat_row"),
        *("json_each", "json_tree", "histogram", "histogram_values", "summary"),
        *("duckdb_columns", "duckdb_functions", "duckdb_keywords", "duckdb_schemas", "duckdb_settings"),
        *("duckdb_tables", "duckdb_types", "duckdb_views", "pragma_table_info", "pragma_version"),
        *("pg_timezone_names", "icu_calendar_names"),
    }
)
"""Table functions that compute rows from their arguments or describe the tables. None reads a file or runs SQL."""

_NOT_READ_ONLY = "The lake is only read: give one SELECT statement"


def tables_read(connection: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    """The tables that a statement names, in lower case and without their databases.

    Args:
        connection: only parses the statement, never runs it.
        sql: one statement: SELECT, WITH, VALUES, FROM, DESCRIBE, SHOW or SUMMARIZE.

    Raises:
        ConfigError: it isn't one statement, does more than read, or isn't valid text.
        duckdb.Error: it isn't SQL.
    """
    check_text(sql)
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ConfigError(f"{_NOT_READ_ONLY}.")
    named = set()
    for part in _parts(_parsed(connection, sql)):
        if part["type"] not in _KINDS:
            raise ConfigError(f"{_NOT_READ_ONLY}, without {_words(part['type'])} in it.")
        if part["type"] == "TABLE_FUNCTION":
            _check_function(part["function"])
        if part["type"] == "BASE_TABLE":
            named.add(part["table_name"].lower())
    return named


def check_text(sql: str) -> None:
    """Refuses text that can't be UTF-8, and a NUL, at which DuckDB would stop reading."""
    for at, letter in enumerate(sql):
        if letter == "\0" or "\ud800" <= letter <= "\udfff":
            what = "a NUL character" if letter == "\0" else "something that is not UTF-8 text"
            raise ConfigError(
                f"The statement has {what} at position {at + 1}: take it out, or write it as chr(…) or '…'::BLOB."
            )


def _check_function(function: dict[str, Any]) -> None:
    name = str(function.get("function_name", "")).lower()
    if name not in TABLE_FUNCTIONS:
        raise ConfigError(
            f"{name}() can't be used here: a query reads the tables of the catalog, and of DuckDB's table functions "
            "those that compute rows, such as range, unnest and json_each."
        )


def _parsed(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    answer = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    try:
        parsed = json.loads(answer[0]) if answer else {"error": True, "error_message": "no answer"}
    except RecursionError as error:
        raise ConfigError("The statement is nested too deeply: write it with fewer levels.") from error
    if parsed["error"]:
        raise ConfigError(f"{_NOT_READ_ONLY}. DuckDB says of this one: {parsed['error_message']}")
    return parsed["statements"]


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    """All parts of a parsed statement that have a type and are not expressions."""
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            if isinstance(part.get("type"), str) and "class" not in part:
                yield part
            waiting.extend(value for name, value in part.items() if name != "type_info")


def _words(kind: str) -> str:
    """The SQL name of a part: ``COPY_QUERY_NODE`` is COPY."""
    return kind.removesuffix("_NODE").removesuffix("_QUERY").replace("_", " ")
