"""Answers a query over a lake on this machine. Athena answers those over a deployment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from athena_duckdb.query import athena
from athena_duckdb.query.athena import Dialect, QueryResult
from athena_duckdb.query.query_bounds import NO_BOUNDS, Bounds
from loglake.core.near_names import meant
from loglake.errors import ConfigError
from loglake_cli.aws_views import query as kept
from loglake_cli.errors import BAD_INPUT
from loglake_cli.operations.lakes.lake import Kind, Lake

_query_converted = partial(athena.query, child="loglake_cli.operations.lakes.query_child")

PAGE_BOUNDS = Bounds(rows=500, seconds=10, memory_mb=1024, answer_mb=16)
"""The limits of queries from the page of `loglake local up`, and from assistants."""

_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns"


_NOT_FOUND = re.compile(r"(COLUMN|TABLE)_NOT_FOUND: (?:line [\d:]+ )?(?:Column|Table) '(?:[^']*\.)?([^'.]+)'")
"""As Athena says it, and the queries of this machine."""


@contextmanager
def near_names(columns: Callable[[], Iterable[Sequence[Any]]]) -> Iterator[None]:
    """Adds near names to the error of a query about a name that is not there.

    Args:
        columns: gives the table and the name of each column; called only then.

    Raises:
        ConfigError: the query fails.
    """
    try:
        yield
    except BAD_INPUT as error:
        found = _NOT_FOUND.search(str(error))
        if found is None:
            raise
        near = meant(found[2], {str(each[found[1] == "COLUMN"]) for each in columns()})
        if not near:
            raise
        raise ConfigError(f"{error} D{near[1:]}") from error


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
