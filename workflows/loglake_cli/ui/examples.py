"""Example statements for a table, by its columns. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from athena_duckdb.query.hive_types import quoted
from loglake_cli.local.report import TableReport

_NUMBERS = ("bigint", "double", "int", "float")
_RESERVED_WORDS = (
    "alter and as between by case cast constraint create cross cube current_catalog current_date current_path "
    "current_schema current_time current_timestamp current_user deallocate delete describe distinct drop else end "
    "escape except execute exists extract false first for from full group grouping having in inner insert intersect "
    "into is join json_array json_exists json_object json_query json_table json_value last left like listagg "
    "localtime localtimestamp natural normalize not null of on or order outer prepare recursive right rollup select "
    "skip table then trim true uescape union unnest using values when where with"
)
_RESERVED = frozenset({*_RESERVED_WORDS.split(), "all"})
"""Athena's reserved words, and one that SELECT takes for its own: as names they need quotes.

https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html
"""

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Example:
    """A statement, and the question that it answers."""

    title: str
    sql: str


def name_of(table: TableReport) -> str:
    """A table's name in a statement."""
    return f"{identifier(table.database)}.{identifier(table.name)}"


def identifier(name: str) -> str:
    """A name in a statement, quoted if needed."""
    return name if _PLAIN.fullmatch(name) and name not in _RESERVED else quoted(name)


def examples(table: TableReport) -> list[Example]:
    """Statements for every table, and statements that need certain columns."""
    name, columns = name_of(table), table.columns
    found = [Example("Count the rows", f"SELECT count(*) AS events FROM {name}")]
    if "event_time" in columns:
        found.insert(0, Example("Newest rows", f"SELECT * FROM {name} ORDER BY event_time DESC LIMIT 100"))
    if {"event_time", "level", "message", "raw"} <= columns.keys():
        sql = (
            f"SELECT event_time, level, coalesce(message, raw) AS message FROM {name}\n"
            "WHERE level IN ('WARN', 'ERROR', 'FATAL') ORDER BY event_time DESC LIMIT 100"
        )
        found.append(Example("Warnings and errors", sql))
        often = (
            f"SELECT level, message, count(*) AS events FROM {name}\n"
            "WHERE message IS NOT NULL GROUP BY level, message ORDER BY events DESC LIMIT 20"
        )
        found.append(Example("Most frequent messages", often))
    number = _number(columns)
    if number:
        sql = (
            f"SELECT dt, min({number}) AS lowest, avg({number}) AS average,\n"
            f"  approx_percentile({number}, 0.95) AS p95, max({number}) AS highest\nFROM {name} GROUP BY dt ORDER BY dt"
        )
        found.append(Example(f"{number} by day", sql))
    return found


def _number(columns: Mapping[str, str]) -> str:
    """The first parsed numeric column; columns of the envelope begin with ``_``."""
    names = [name for name, kind in columns.items() if kind in _NUMBERS and not name.startswith("_")]
    measured = [name for name in names if name.endswith(("_ms", "duration", "bytes", "size", "latency"))]
    return identifier([*measured, *names][0]) if names else ""
