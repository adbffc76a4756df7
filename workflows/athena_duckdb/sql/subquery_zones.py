"""Time zones of a subquery's columns: if it selects a value with a zone, the column has that zone outside too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from athena_duckdb.sql.common_tables import common_tables
from athena_duckdb.sql.zones import zone_of

_KEPT = "zones"


def keep_zones(select: exp.Select) -> None:
    """Stores, by name, the zones of a translated SELECT's columns, if they are literals in the statement."""
    zones = {}
    for column in select.expressions:
        zone = zone_of(column)
        if isinstance(zone, exp.Literal) and column.alias_or_name:
            zones[column.alias_or_name.lower()] = str(zone.this)
    if zones:
        select.meta[_KEPT] = zones


def shown_zones(query: exp.Expr) -> Mapping[str, str]:
    """The zones of a whole query's columns, by name."""
    while isinstance(query, (exp.SetOperation, exp.Subquery)):
        query = query.this
    kept: dict[str, str] = query.meta.get(_KEPT, {})
    return kept


def column_zone(column: exp.Column) -> exp.Expr | None:
    """The zone of a column, if it comes from a subquery or common table expression that gives it one."""
    select = column.find_ancestor(exp.Select)
    if select is None:
        return None
    for name, source in _sources(select):
        if column.table and column.table.lower() != name:
            continue
        zone = shown_zones(source).get(column.name.lower())
        if zone is not None:
            return exp.Literal.string(zone)
    return None


def _sources(select: exp.Select) -> Iterator[tuple[str, exp.Expr]]:
    begin = select.args.get("from_")
    parts = [begin.this] if begin is not None else []
    parts += [join.this for join in select.args.get("joins") or []]
    for part in parts:
        if isinstance(part, exp.Subquery):
            yield part.alias.lower(), part.this
        elif isinstance(part, exp.Table) and not part.db:
            named = (table for table in common_tables(select) if table.alias.lower() == part.name.lower())
            found = next(named, None)
            if found is not None:
                yield part.alias_or_name.lower(), found.this
