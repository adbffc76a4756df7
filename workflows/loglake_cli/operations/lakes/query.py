"""Answers a query over a lake on this machine. Athena answers those over a deployment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from athena_duckdb.query import athena
from athena_duckdb.query.athena import Dialect, QueryResult
from athena_duckdb.query.query_bounds import NO_BOUNDS, Bounds
from loglake_cli.aws_views import query as kept
from loglake_cli.operations.lakes.lake import Kind, Lake

_query_converted = partial(athena.query, child="loglake_cli.operations.lakes.query_child")


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
    if lake.kind is Kind.RUN:
        return kept.query(lake.folder, sql, bounds, on_part, dialect=dialect)
    return _query_converted(lake.place, sql, bounds, on_part, dialect=dialect)
