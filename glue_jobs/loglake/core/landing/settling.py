"""Days of landed hours that still have to settle: each stretch of neighbouring hours becomes one window.

A note per log group lists the days, so that a run need not read a year of rows to find what is due. The windows of a
day are written into the note before any of them is added: if two runs look at once, one decides, and a run after a
crash goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from loglake.core.landing.objects import merge_objects
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.schema.bundle import RawObject
from loglake.core.schema.bundling import BUNDLE_SIZE_BYTES
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window, floor_to

MOST_DAYS = 10_000
"""A note keeps this many days, the newest: an item has at most 400 KB, and a log with wrong times may claim any day."""


@dataclass(frozen=True)
class LandedDays:
    """What the ledger notes about a log group's landed days.

    Attributes:
        days: the starts of days that have landed hours and have not settled.
        planned: the windows of the first day that is about to settle; empty if none is.
    """

    log_group: LogGroupName
    days: tuple[EpochMs, ...] = ()
    planned: tuple[Window, ...] = ()

    def plus(self, day: EpochMs) -> LandedDays:
        """The note with one more day; the same object if it has it.

        If a day no longer fits, its plan is dropped too: it would never be next, and would keep other days from
            settling.
        """
        if day in self.days:
            return self
        days = tuple(sorted([*self.days, day])[-MOST_DAYS:])
        planned = self.planned if self.planned and day_of_window(self.planned[0]) in days else ()
        return replace(self, days=days, planned=planned)

    def plan(self, windows: Sequence[Window]) -> LandedDays:
        """The note with the windows that replace a day's hours."""
        return replace(self, planned=tuple(windows))

    def added(self) -> LandedDays:
        """The note after these windows are in the ledger, if the day has to be checked once more."""
        return replace(self, planned=())

    def settled(self, day: EpochMs) -> LandedDays:
        """The note after these windows are in the ledger, if nothing is left to do for the day."""
        return replace(self, days=tuple(each for each in self.days if each != day), planned=())

    def due(self, now_ms: int, settle_after_ms: int) -> tuple[EpochMs, ...]:
        """The days that ended at least so long ago."""
        return tuple(day for day in self.days if day + MS_PER_DAY + settle_after_ms <= now_ms)


def day_of_window(window: Window) -> EpochMs:
    """The start of a window's UTC day."""
    return floor_to(window.from_ms, MS_PER_DAY)


def rests(row: LedgerRow) -> bool:
    """Whether a row has only landed events, all of them in the table."""
    return row.state is WindowState.CONVERTED and row.landed and not row.holds_exports


def to_settle(rows: Sequence[LedgerRow], day: Window) -> list[LedgerRow]:
    """The landed rows of a day that may join their neighbours, in order.

    It leaves out rows that a wider window is about to replace, or failed to, and rows as large as a bundle: one task
        reads all of a landed window, and their files are large enough.
    """
    live = [row for row in rows if row.state is not WindowState.SUPERSEDED]
    return sorted(
        (
            row
            for row in live
            if rests(row)
            and day.holds(row.window)
            and row.newest.size_bytes < BUNDLE_SIZE_BYTES
            and not any(row.lies_in(other) for other in live)
        ),
        key=lambda row: row.window,
    )


def stretches(
    rows: Iterable[LedgerRow], objects: Mapping[Window, Sequence[RawObject]], limit_bytes: int = BUNDLE_SIZE_BYTES
) -> list[Window]:
    """The windows that replace neighbours, each with one table and raw objects up to a size; in order.

    Args:
        rows: landed rows in order.
        objects: the lists of raw objects by window; a row without one is left out.
        limit_bytes: of the objects of one window. An object counts once.
    """
    found: list[Window] = []
    part: list[LedgerRow] = []
    sizes: dict[str, int] = {}
    for row in rows:
        mine = {raw.key: raw.size_bytes for raw in objects.get(row.window, ())}
        joins = part and part[-1].window.to_ms == row.window.from_ms and part[-1].table == row.table
        if not (mine and joins and sum({**sizes, **mine}.values()) <= limit_bytes):
            found += _whole(part)
            part, sizes = [], {}
        if mine:
            part.append(row)
            sizes.update(mine)
    return [*found, *_whole(part)]


def _whole(part: Sequence[LedgerRow]) -> list[Window]:
    return [Window(part[0].window.from_ms, part[-1].window.to_ms)] if len(part) > 1 else []


def joined(lists: Iterable[Sequence[RawObject]], have: Iterable[RawObject] = ()) -> list[RawObject]:
    """Merges the lists of raw objects of several windows that don't overlap.

    Args:
        lists: the lists of the windows; their event counts of one object are added up.
        have: the list that the replacing window has already. No list counts more events than an object has.
    """
    every = sorted((raw for each in lists for raw in each), key=lambda raw: raw.key)
    same = (list(group) for _, group in groupby(every, lambda raw: raw.key))
    return merge_objects((replace(raws[0], events=sum(raw.events for raw in raws)) for raws in same), have)
