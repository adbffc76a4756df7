"""The search of the page: events of all tables by text, time and level, and how many there are when."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from athena_duckdb.query.query_bounds import TimeRange
from loglake.core.units import MS_PER_DAY, parse_instant
from loglake.errors import ConfigError
from loglake_cli.operations.finding.find import Found, find
from loglake_cli.operations.finding.statements import Searched, counts_sql, ms_of, searched_tables
from loglake_cli.ui.chart import LEVELS, Chart, chart, unit_of
from loglake_cli.ui.pages import Pick
from loglake_cli.ui.tables import FILE_BOUNDS, Mirror

SHOWN = 50
"""How many rows are shown, the newest ones."""

OPEN_DAYS = 30
"""Days before the newest row that are counted if no beginning was given."""


@dataclass(frozen=True)
class Results:
    """What a search found; `chart` is None if nothing."""

    found: Found
    chart: Chart | None


@dataclass
class Searches:
    """Searches the tables; from any thread. The last results are kept until something changes."""

    mirror: Mirror
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asked: tuple[Any, ...] = ()
    _results: Results | None = None

    def results(self, pick: Pick) -> Results | None:
        """What a person looks for; None if there is no table yet.

        Raises:
            ConfigError: a time is none, or it would take too long.
        """
        span = _span(pick)
        text = pick.find.strip()
        levels = LEVELS[: LEVELS.index(pick.level) + 1] if pick.level in LEVELS else ()
        with self._lock:
            tables = searched_tables(self.mirror.refresh(), text, levels)
            asked = (self.mirror.changes, text, span, levels)
            if self._asked != asked:
                self._results = self._search(tables, text, span) if tables else None
                self._asked = asked
            return self._results

    def _search(self, tables: list[Searched], text: str, span: TimeRange) -> Results:
        found = find(lambda _what, sql: self.mirror.query(sql), tables, text, span, limit=SHOWN)
        if not found.hits:
            return Results(found, None)
        newest = ms_of(found.hits[0].row["event_time"])
        counted = (newest - OPEN_DAYS * MS_PER_DAY if span[0] is None else span[0], newest + 1)
        sql = partial(counts_sql, tables, text, counted, in_ids=not found.texts)
        rows: Any = self.mirror.query(sql("hour"), FILE_BOUNDS).rows
        unit = unit_of(rows[-1][0] - rows[0][0] + timedelta(hours=1))
        if unit == "minute":
            rows = self.mirror.query(sql(unit), FILE_BOUNDS).rows
        return Results(found, chart(rows, unit))


def _span(pick: Pick) -> TimeRange:
    begin, end = (parse_instant(text) if text.strip() else None for text in (pick.begin, pick.end))
    if begin is not None and end is not None and end <= begin:
        raise ConfigError("the end of the time is not after its beginning.")
    return begin, end
