"""Answers a query over a lake on this machine. Athena answers those over a deployment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from athena_duckdb.query import athena
from athena_duckdb.query.athena import Dialect, QueryResult
from athena_duckdb.query.query_bounds import NO_BOUNDS, Bounds
from loglake_cli.aws_views import query as kept
from loglake_cli.operations.lakes.lake import Kind, Lake
from loglake_cli.operations.lakes.near_names import near_names

_query_converted = partial(athena.query, child="loglake_cli.operations.lakes.query_child")

PAGE_BOUNDS = Bounds(rows=500, seconds=10, memory_mb=1024, answer_mb=16)
"""The limits of queries from the page of `loglake local up`, and from assistants."""

_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns"


def query_here(
    lake: Lake,
    sql: str,
    bounds: Bounds = NO_BOUNDS,
    on_part: Callable[[int, int], None] = lambda done, of: None,
    *,
    dialect: Dialect = Dialect.ATHENA,
) -> QueryResult:
    """As `athena.query`, for a local run or what `loglake convert` wrote.

    Raises:
        ConfigError: the query exceeds its limits, or DuckDB refuses it.
    """
    query = partial(kept.query, lake.folder) if lake.kind is Kind.RUN else partial(_query_converted, lake.place)
    with near_names(lambda: query(_COLUMNS).rows):
        return query(sql, bounds, on_part, dialect=dialect)
