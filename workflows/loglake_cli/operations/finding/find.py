"""Searches all tables of a lake, the newest rows first: columns of ids by filter, then the text of events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from athena_duckdb.catalog_file import Catalog, kept_catalog
from athena_duckdb.query.athena import QueryResult
from athena_duckdb.query.query_bounds import TimeRange
from loglake.errors import ConfigError
from loglake_cli.deploy.stacks import database_name
from loglake_cli.operations.finding.statements import Searched, ids_sql, rows_sql, searched_tables, steps, texts_sql
from loglake_cli.operations.lakes.lake import Kind, Lake
from loglake_cli.operations.lakes.source import converted_source
from loglake_cli.wording import counted

Ask = Callable[[str, str], QueryResult]
"""Takes what is searched now, for a person, and a statement in Athena's SQL; returns its answer."""


@dataclass(frozen=True)
class Hit:
    """A row that was found.

    Attributes:
        table: its table.
        columns: the columns of ids that have the text; empty if the text of the event has it.
        row: its values by column.
    """

    table: str
    columns: tuple[str, ...]
    row: Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        hits: the newest rows first.
        tables: the tables that were searched.
        more: there may be more rows: the limit was reached.
        texts: the text of events was searched, too.
        bytes_read: bytes of the lake's files that were read, or that Athena scanned.
        reads: the tables and their time, for what the answer lacks.
    """

    hits: tuple[Hit, ...]
    tables: tuple[str, ...]
    more: bool
    texts: bool
    bytes_read: int
    reads: Mapping[str, TimeRange]


def tables_to_search(lake: Lake, text: str) -> list[Searched]:
    """The tables of a lake that may have a text.

    Raises:
        ConfigError: the text is empty.
        ConfigError, NoCatalogError: the lake has no catalog that can be read.
    """
    if not text.strip():
        raise ConfigError("give the text to find, such as a request id.")
    return searched_tables(_catalog_of(lake), text)


def _catalog_of(lake: Lake) -> Catalog:
    if lake.kind is Kind.CONVERTED:
        return converted_source(lake.place).catalog
    if lake.kind is Kind.RUN:
        return kept_catalog(lake.folder)
    from loglake.aws import session  # noqa: PLC0415  (boto3, which no folder needs)
    from loglake_cli.operations.athena.run import catalog_in  # noqa: PLC0415

    return catalog_in(session.client("glue"), database_name(lake.place))


def find(
    ask: Ask, tables: Sequence[Searched], text: str, span: TimeRange = (None, None), *, limit: int, texts: bool = False
) -> Found:
    """Searches a text.

    Args:
        ask: answers a statement.
        tables: `searched_tables` of the lake's catalog, for this text.
        text: an id or an address as a whole, or any part of an event's text; empty: the newest rows.
        span: only events of this time.
        limit: the most rows.
        texts: search the text of events even if a column of ids has it.

    Raises:
        ConfigError: the lake has no table to search, or a statement fails.
    """
    if not tables:
        raise ConfigError("the lake has no table with event times yet; `loglake status` says what it waits for.")
    search = _Search(ask, tables, text, limit)
    for part in steps(tables, span):
        search.look(f"ids in {counted(len(tables), 'table')}", ids_sql(tables, part, limit + 1))
    searches_texts = texts or not search.places
    if searches_texts:
        for part in steps(tables, span):
            search.look(f"texts in {counted(len(tables), 'table')}", texts_sql(tables, text, part, limit + 1))
    hits = search.hits()
    names = tuple(table.name for table in tables)
    return Found(
        hits[:limit],
        names,
        len(search.places) > limit or len(hits) > limit,
        searches_texts,
        search.bytes_read,
        dict.fromkeys(names, span),
    )


class _Search:
    """Places that were found so far: (table, column, time).

    Attributes:
        places: them.
        bytes_read: bytes read so far.
    """

    def __init__(self, ask: Ask, tables: Sequence[Searched], text: str, limit: int) -> None:
        self.places: list[tuple[Any, ...]] = []
        self.bytes_read = 0
        self._ask = ask
        self._tables = tables
        self._text = text
        self._limit = limit

    def look(self, what: str, sql: str) -> None:
        """Finds more places, unless there are enough or there is nothing to ask."""
        if sql and len(self.places) <= self._limit:
            self.places += self._rows(f"Searching {what}", sql).rows

    def hits(self) -> tuple[Hit, ...]:
        """The rows at the newest places, the newest first."""
        newest = sorted(self.places, key=lambda place: place[2], reverse=True)[: self._limit]
        by_table: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for place in newest:
            by_table[place[0]].append(place)
        found = []
        for table in self._tables:
            mine = by_table.get(table.name)
            if mine:
                sql = rows_sql(table, self._text, [p[1] for p in mine], [p[2] for p in mine], self._limit)
                result = self._rows(f"Reading rows of {table.name}", sql)
                rows = (_whole(dict(zip(result.columns, row))) for row in result.rows)
                found += [Hit(table.name, _having(table, row, self._text), row) for row in rows]
        return tuple(sorted(found, key=lambda hit: hit.row["event_time"], reverse=True))

    def _rows(self, what: str, sql: str) -> QueryResult:
        result = self._ask(what, sql)
        self.bytes_read += result.bytes_read
        return result


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    """A row with the text of its event in ``raw``, also if its dataset leaves that out."""
    return {**row, "raw": row.get("message")} if "raw" in row and row["raw"] is None else row


def _having(table: Searched, row: Mapping[str, Any], text: str) -> tuple[str, ...]:
    return tuple(name for name in table.ids if str(row.get(name)) == text)
