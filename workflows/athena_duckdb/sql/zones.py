"""The time zones of values with the type ``timestamp with time zone``.

DuckDB stores only the instant. The statement decides the zone in which it is shown, and so its hour, with AT TIME ZONE
and the like. So the translation carries the zone as an expression; without one, it is UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlglot import exp

from athena_duckdb.errors import ConfigError
from athena_duckdb.sql.build import call

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
