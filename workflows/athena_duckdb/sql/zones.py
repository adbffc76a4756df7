"""The time zones of values with the type ``timestamp with time zone``.

DuckDB stores only the instant. The statement decides the zone in which it is shown, and so its hour, with AT TIME ZONE
and the like. So the translation carries the zone as an expression; without one, it is UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from athena_duckdb.errors import ConfigError
from athena_duckdb.sql.build import call
from athena_duckdb.sql.common_tables import common_tables

_KEY = "zone"
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
_TRAILING = re.compile(r"\d(?:\.\d+)?\s*(Z|[+-]\d{2}:?\d{2}|[A-Za-z]+/[A-Za-z_/+-]+|UTC|GMT)$")
_UTC = frozenset({"UTC", "Z", "GMT", "+00:00", "-00:00", "+0000", "Etc/UTC"})


def zone_of(node: exp.Expr) -> exp.Expr | None:
    """The zone of a translated expression; None means UTC, or that the value has no zone."""
    found = node.meta.get(_KEY)
    return found.copy() if found is not None else None


def first_zone(nodes: Iterable[exp.Expr | None]) -> exp.Expr | None:
    """The zone of the first expression that has one."""
    zones = (zone_of(node) for node in nodes if node is not None)
    return next((zone for zone in zones if zone is not None), None)


def with_zone(node: exp.Expr, zone: exp.Expr | None) -> exp.Expr:
    """The expression, with its zone."""
    if zone is not None and not (isinstance(zone, exp.Literal) and zone.this in _UTC):
        node.meta[_KEY] = zone
    return node


def wall(node: exp.Expr) -> exp.Expr:
    """The clock time in the value's zone; the value itself if it has none."""
    zone = zone_of(node)
    return node if zone is None else call("timezone", duckdb_zone(zone), node)


def instant(wall_time: exp.Expr, zone: exp.Expr) -> exp.Expr:
    """The instant at which the clock in a zone shows a time."""
    return with_zone(call("timezone", duckdb_zone(zone), wall_time), zone)


def zone_in(text: str) -> exp.Expr | None:
    """The zone at the end of a text such as ``2026-11-20 10:00:00 Europe/Berlin``."""
    found = _TRAILING.search(text)
    return exp.Literal.string(found[1]) if found and ":" in text else None


def duckdb_zone(zone: exp.Expr) -> exp.Expr:
    """A zone in DuckDB's form: an offset of whole hours is a zone ``Etc/GMT`` with the opposite sign."""
    if not (isinstance(zone, exp.Literal) and zone.is_string):
        return zone.copy()
    offset = _OFFSET.fullmatch(zone.this)
    if not offset:
        return zone.copy()
    if offset[3] != "00":
        raise ConfigError(f"The time zone {zone.this} can't be given here: only offsets of whole hours can.")
    sign = "-" if offset[1] == "+" else "+"
    return exp.Literal.string(f"Etc/GMT{sign}{int(offset[2])}" if int(offset[2]) else "UTC")


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
