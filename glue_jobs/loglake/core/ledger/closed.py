"""Closed months: what a log group's rows of a calendar month become once nobody is likely to change them.

A row that rests goes in two steps. First its month notes it; a day later, if it is still the same, the row itself is
deleted. So whoever reads the ledger meanwhile, for hours even, finds one of both, and the row counts if both are there.
A row that is written again is there beside its note. The note goes when a wider window replaces the row, or when the
row is removed, in the same transaction.

A window is of the month that it begins in.

The item of a month also has its total (`stretches`). Whoever needs no single windows reads that, unless a row is there
that has some of the month's time: then it may be beside its note.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Callable

from loglake.core.ledger.columns import pack, unpack
from loglake.core.ledger.row import SUPERSEDED_MS, LedgerRow, WindowState
from loglake.core.ledger.row_json import FORMAT, row_from_json, row_to_json
from loglake.core.ledger.stretches import Stretch, stretches_of
from loglake.core.units import EPOCH, MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.unreadable import LAST_MS, check_format, check_value
from loglake.core.windows import Window

CLOSES_MS = 20 * MS_PER_DAY
"""A month may be closed so long after its end: final passes and compaction have their turn 15 days after a day."""

NOTED_MS = 20 * MS_PER_HOUR
"""A row is deleted so long after its month noted it: more than any command reads the ledger, less than a day."""

_MOST = 350_000
"""How many bytes of notes and total an item may have: DynamoDB takes 400 kB. That is about a row every half hour."""


def month_of(ms: int) -> str:
    """The calendar month of a time, such as ``2026-11``."""
    return datetime.fromtimestamp(ms / 1000, timezone.utc).strftime("%Y-%m")


def month_window(name: str) -> Window | None:
    """A calendar month by its name; None if the name is none."""
    try:
        year, month = map(int, name.split("-"))
        ends = (datetime(year + n // 12, n % 12 + 1, 1, tzinfo=timezone.utc) for n in (month - 1, month))
        return Window(*(EpochMs(int(end.timestamp()) * 1000) for end in ends))
    except ValueError:
        return None


def closed_until(now_ms: int) -> EpochMs:
    """The end of the newest month that may be closed."""
    day = datetime.fromtimestamp(max(now_ms - CLOSES_MS, 0) / 1000, timezone.utc)
    return EpochMs(int(datetime(day.year, day.month, 1, tzinfo=timezone.utc).timestamp()) * 1000)


def may_close(row: LedgerRow, now_ms: int) -> bool:
    """Whether a row rests: nothing is being tried, nothing failed, and no run can be so late that it still wants it."""
    return row.state is WindowState.CONVERTED and row.updated_at_ms + SUPERSEDED_MS <= now_ms


@dataclass(frozen=True)
class ClosedMonth:
    """The notes of a log group's month.

    Attributes:
        name: such as ``2026-11``.
        rows: the noted rows by their windows.
        changed_ms: when the item was written, or a little later: each change has a time of its own. 0: there is none.
    """

    log_group: LogGroupName
    name: str
    rows: Mapping[Window, LedgerRow] = field(default_factory=dict)
    changed_ms: EpochMs = EPOCH

    def plus(self, rows: Iterable[LedgerRow], now_ms: int) -> ClosedMonth | None:
        """With these rows; None if they don't fit into an item."""
        more = self._changed({**self.rows, **{row.window: row for row in rows}}, now_ms)
        item = more.to_json()
        return more if len(item["rows"]) + len(item["total"]) <= _MOST else None

    def without(self, window: Window, now_ms: int) -> ClosedMonth:
        """Without the note of a window."""
        return self._changed({each: row for each, row in self.rows.items() if each != window}, now_ms)

    def _changed(self, rows: Mapping[Window, LedgerRow], now_ms: int) -> ClosedMonth:
        return replace(self, rows=rows, changed_ms=EpochMs(max(now_ms, self.changed_ms + 1)))

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict, with the rows ordered by window, as columns."""
        rows = [self.rows[window] for window in sorted(self.rows)]
        total = [each.to_json() for each in stretches_of(rows)]
        return {
            "format": FORMAT,
            "version": self.changed_ms,
            "windows": len(self.rows),
            "rows": pack(list(map(row_to_json, rows))),
            "stretches": len(total),
            "total": pack(total),
        }

    @staticmethod
    def from_json(log_group: LogGroupName, name: str, data: Mapping[str, Any]) -> ClosedMonth:
        """The inverse of `to_json`.

        Raises:
            ValueError, KeyError, TypeError: `to_json` did not write it, or another version of loglake did.
        """
        check_format(data.get("format"), FORMAT)
        check_value("changed_ms", data["version"], int)
        rows = [row_from_json(each) for each in unpack(data["rows"], data["windows"])]
        if other := next(
            (row for row in rows if (row.log_group, month_of(row.window.from_ms)) != (log_group, name)), 0
        ):
            raise ValueError(f"it has {other}, which is not of {log_group} and {name}")
        noted = {row.window: row for row in rows}
        if len(noted) < len(rows):
            raise ValueError("it has a window twice")
        return ClosedMonth(log_group, name, noted, EpochMs(data["version"]))


@dataclass(frozen=True)
class MonthTotal:
    """A closed month whose rows are only unpacked if they are asked for.

    Attributes:
        month: unpacks its rows.
        stretches: its total; none if that can't be read.
    """

    log_group: LogGroupName
    name: str
    month: Callable[[], ClosedMonth]
    stretches: Sequence[Stretch] = ()


def stretches_from_json(log_group: LogGroupName, data: Mapping[str, Any]) -> list[Stretch]:
    """The total that `ClosedMonth.to_json` wrote.

    Raises:
        ValueError, KeyError, TypeError: `to_json` did not write it, or another version of loglake did.
    """
    check_format(data.get("format"), FORMAT)
    stretches = [Stretch.from_json(log_group, each) for each in unpack(data["total"], data["stretches"])]
    if (windows := sum(each.windows for each in stretches)) != data["windows"]:
        raise ValueError(f"its total is of {windows} windows, and not of {data['windows']}")
    return stretches


def with_totals(rows: Iterable[LedgerRow], totals: Sequence[MonthTotal], settle_after_ms: int) -> list[LedgerRow]:
    """Rows, and the stretches of closed months, ordered by log group and window.

    A month's rows come instead of its stretches if a row has some of its time, or if a stretch has windows of several
    passes.

    Args:
        rows: those that are not only noted.
        totals: of all closed months.
        settle_after_ms: how long after its end a day has settled.
    """
    every, months, stretches = list(rows), list[ClosedMonth](), list[Stretch]()
    spans = {total.name: month_window(total.name) for total in totals}
    end_ms = max((span.to_ms for span in spans.values() if span), default=EPOCH)
    old = defaultdict[LogGroupName, list[Window]](list)
    for row in every:
        if row.window.from_ms < end_ms:
            old[row.log_group].append(row.window)
    for total in totals:
        span = spans[total.name]
        is_touched = span is None or any(map(span.meets, old.get(total.log_group, ())))
        if is_touched or not total.stretches or not all(each.is_clear(settle_after_ms) for each in total.stretches):
            months.append(total.month())
        else:
            stretches += total.stretches
    return sorted([*with_noted(every, months), *stretches], key=lambda row: row.name)


def with_noted(
    rows: Iterable[LedgerRow], months: Iterable[ClosedMonth], since_ms: int = 0, until_ms: int = LAST_MS
) -> list[LedgerRow]:
    """Rows, and those that are only noted and begin in this time, ordered by log group and window."""
    every = list(rows)
    names = {row.name for row in every}
    for month in months:
        for row in month.rows.values():
            is_asked = since_ms <= row.window.from_ms < until_ms and row.name not in names
            if is_asked or row.unreadable:
                every.append(row)
    return sorted(every, key=lambda row: row.name)
