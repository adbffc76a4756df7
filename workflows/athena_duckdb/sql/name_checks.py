"""Refuses SELECT's column aliases in WHERE and GROUP BY: DuckDB knows them there, Athena does not."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from athena_duckdb.errors import ConfigError


def check_names(query: exp.Expr, columns_of: Callable[[exp.Table], set[str] | None]) -> None:
    """Refuses an alias of SELECT in WHERE and GROUP BY: it would run here, and fail in Athena.

    Args:
        query: the parsed query. Nested SELECTs, and ones that read anything but tables, are not checked.
        columns_of: returns the columns of a catalog table, in lower case; None if it is something else.

    Raises:
        ConfigError: the query has such an alias.
    """
    for select in query.find_all(exp.Select):
        if select.find_ancestor(exp.Select) is not None:
            continue
        parts = [part.this for part in (select.args.get("from_"), *(select.args.get("joins") or [])) if part]
        columns = [columns_of(part) if isinstance(part, exp.Table) else None for part in parts]
        known = [each for each in columns if each is not None]
        if known and len(known) == len(columns):
            _check(select, set().union(*known))


def _check(select: exp.Select, known: set[str]) -> None:
    given = {each.alias.lower() for each in select.expressions if isinstance(each, exp.Alias)} - known
    for clause in filter(None, (select.args.get("where"), select.args.get("group"))):
        for part in clause.walk(prune=lambda each: isinstance(each, exp.Select)):
            if isinstance(part, exp.Column) and not part.table and part.name.lower() in given:
                raise ConfigError(
                    f"COLUMN_NOT_FOUND: Column '{part.name}' cannot be resolved: a name that SELECT gives is not known "
                    "in WHERE and GROUP BY. Repeat the expression, or group by its number."
                )
