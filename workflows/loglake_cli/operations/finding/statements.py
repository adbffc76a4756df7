"""The statements of a search, in Athena's SQL. Pure.

Each column of ids has a SELECT of its own with `column = 'text'` alone, because that is what a reader decides by
statistics and Bloom filters, row group by row group. They read that column and the times; only then the rows that were
found are read whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from athena_duckdb.catalog_file import Catalog, parquet_tables
from athena_duckdb.query.hive_types import literal, quoted
from athena_duckdb.query.query_bounds import TimeRange
from loglake.core.schema.id_names import names_id
from loglake.core.units import EpochMs, format_instant, to_ms

_NOT_SEARCHED = frozenset({"_rescued", "_source", "_line"})
_WHOLE_NUMBERS = frozenset({"bigint", "int", "integer"})
_TEXTS = ("raw", "message")
_LARGEST = 2**63


@dataclass(frozen=True)
class Searched:
    """A table that is searched.

    Attributes:
        database: its database.
        name: its name.
        ids: its columns of ids and addresses that may have the text, as SQL conditions by their names.
        texts: which of `raw` and `message` it has.
        has_level: whether it has a level.
        levels: the levels that its rows may have; empty: any.
        days: its partitions by day, in order; empty if it has none.
    """

    database: str
    name: str
    ids: Mapping[str, str]
    texts: tuple[str, ...]
    days: tuple[str, ...]
    has_level: bool = False
    levels: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Its name in a statement."""
        return f"{quoted(self.database)}.{quoted(self.name)}"


def searched_tables(catalog: Catalog, text: str, levels: tuple[str, ...] = ()) -> list[Searched]:
    """The tables of a catalog that have times, in order, with what of them may have a text.

    Args:
        catalog: the tables, with their partitions.
        text: what is searched; empty: any row.
        levels: only rows that have one of them; empty: any row.
    """
    days: dict[tuple[str, str], set[str]] = {}
    for each in catalog["partitions"]:
        days.setdefault((each["DatabaseName"], each["TableName"]), set()).add(each["Values"][0])
    found = []
    for table in parquet_tables(catalog):
        columns = {each["Name"]: each["Type"] for each in table["StorageDescriptor"]["Columns"]}
        has_level = columns.get("level") == "string"
        if columns.get("event_time") == "timestamp" and (has_level or not levels):
            own = (table["DatabaseName"], table["Name"])
            is_daily = [key["Name"] for key in table.get("PartitionKeys", [])][:1] == ["dt"]
            texts = tuple(name for name in _TEXTS if columns.get(name) == "string")
            mine = tuple(sorted(days.get(own, ()))) if is_daily else ()
            ids = _conditions(columns, text) if text else {}
            found.append(Searched(*own, ids, texts, mine, has_level, levels))
    return sorted(found, key=lambda each: (each.database, each.name))


def _conditions(columns: Mapping[str, str], text: str) -> dict[str, str]:
    """The conditions of columns whose name says that they have ids or addresses, and whose type can have the text."""
    number = int(text) if re.fullmatch(r"\d{1,19}", text) else _LARGEST
    found = {}
    for name, kind in columns.items():
        if not names_id(name) or name in _NOT_SEARCHED:
            continue
        if kind == "string":
            found[name] = f"{quoted(name)} = {literal(text)}"
        elif kind in _WHOLE_NUMBERS and number < _LARGEST:
            found[name] = f"{quoted(name)} = {number}"
    return found


def steps(tables: Iterable[Searched], span: TimeRange) -> list[TimeRange]:
    """The parts of a time range, the newest first: two days that have rows, then twelve, then the rest."""
    begin, end = (None if ms is None else format_instant(EpochMs(ms)) for ms in span)
    days = sorted({day for table in tables for day in table.days if (begin or "")[:10] <= day < (end or "~")})
    if len(days) != len([day for day in days if re.fullmatch(r"\d{4}-\d\d-\d\d", day)]):
        return [span]
    cuts = [_midnight(days[-size]) for size in _STEPS if size < len(days)]
    edges = [span[1], *cuts, span[0]]
    return [(older, newer) for newer, older in zip(edges, edges[1:])]


_STEPS = (2, 14)


def _midnight(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=timezone.utc).timestamp() * 1000)


def ids_sql(tables: Iterable[Searched], span: TimeRange, limit: int) -> str:
    """Table, column and time of the newest rows with the text in a column of ids; empty if no table has one."""
    return _newest(
        (
            f"SELECT {literal(table.name)} AS t, {literal(name)} AS c, event_time FROM {table.place} "
            f"WHERE {_and(condition, *_bounds(table, span))}"
            for table in tables
            for name, condition in table.ids.items()
        ),
        limit,
    )


def texts_sql(tables: Iterable[Searched], text: str, span: TimeRange, limit: int) -> str:
    """The same for rows whose text has it."""
    return _newest(
        (
            f"SELECT {literal(table.name)} AS t, '' AS c, event_time FROM {table.place} "
            f"WHERE {_and(_contains(table, text), *_bounds(table, span))}"
            for table in tables
            if table.texts or not text
        ),
        limit,
    )


def rows_sql(table: Searched, text: str, columns: Iterable[str], times: Sequence[Any], limit: int) -> str:
    """All columns of the newest rows of a table that were found at some times.

    Args:
        table: the table.
        text: what was searched.
        columns: the columns that had it; an empty name is the text of the event.
        times: when the rows were found.
        limit: the most rows.
    """
    moments = [ms_of(time) for time in times]
    said = [table.ids[name] if name else _contains(table, text) for name in dict.fromkeys(columns)]
    where = _and(f"({' OR '.join(said)})", *_bounds(table, (min(moments), max(moments) + 1)))
    return f"SELECT * FROM {table.place} WHERE {where} ORDER BY event_time DESC LIMIT {limit}"


def counts_sql(tables: Iterable[Searched], text: str, span: TimeRange, unit: str, *, in_ids: bool) -> str:
    """Time, level, and how many rows have the text; by ``day``, ``hour`` or ``minute``.

    Args:
        tables: what is searched.
        text: what is searched.
        span: only events of this time.
        unit: of the times.
        in_ids: whether columns of ids are searched, else texts.
    """
    selects = []
    for table in tables:
        condition = " OR ".join(table.ids.values()) if in_ids else _contains(table, text)
        if condition:
            level = "upper(level)" if table.has_level else "CAST(NULL AS varchar)"
            times = f"date_trunc({literal(unit)}, event_time) AS t, {level} AS l"
            selects.append(f"SELECT {times} FROM {table.place} WHERE {_and(f'({condition})', *_bounds(table, span))}")
    return f"SELECT t, l, count(*) FROM ({' UNION ALL '.join(selects)}) GROUP BY t, l ORDER BY t"


def _contains(table: Searched, text: str) -> str:
    if not text:
        return "TRUE"
    if not table.texts:
        return ""
    texts = f"coalesce({', '.join(map(quoted, table.texts))})" if len(table.texts) > 1 else quoted(table.texts[0])
    return f"strpos({texts}, {literal(text)}) > 0"


def _newest(selects: Iterable[str], limit: int) -> str:
    united = " UNION ALL ".join(selects)
    return f"SELECT t, c, event_time FROM ({united}) ORDER BY event_time DESC LIMIT {limit}" if united else ""


def _bounds(table: Searched, span: TimeRange) -> list[str]:
    """Conditions on the level and the time of events, and on the partition of their day if the table has such."""
    found = [f"level IN ({', '.join(map(literal, table.levels))})"] if table.levels else []
    for sign, ms in zip((">=", "<"), span):
        if ms is not None:
            text = format_instant(EpochMs(ms))
            found.append(f"event_time {sign} TIMESTAMP '{text[:-1].replace('T', ' ')}'")
            if table.days:
                found.append(f"dt {'>=' if sign == '>=' else '<='} '{text[:10]}'")
    return found


def _and(*conditions: str) -> str:
    return " AND ".join(conditions)


def ms_of(time: datetime) -> EpochMs:
    """The instant of a time in an answer, which is UTC."""
    return to_ms(time.replace(tzinfo=timezone.utc))
