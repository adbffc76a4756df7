"""Settles landed days: one window replaces neighbouring hours, converted again from their raw objects.

The hours stay in the table, unchanged, until the window is about to be committed (`commit.replacement`). Later objects
extend the window (`landing.windows`).

If a run read an hour before the window existed, it gives new objects to the hour. So a converter that has the window
checks it (`gives_back`): if an hour has more objects, they are added to the window's list, under its next generation,
and the window waits again. If an hour gets objects after that, they stop the commit, and are added then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from loglake.core.keys import WindowKeys
from loglake.core.landing.settling import day_of_window, joined, stretches, to_settle
from loglake.core.ledger.row import UNDER_WAY, Attempt, LedgerRow, WindowState, all_readable
from loglake.core.schema.bundle import RawObject, objects_digest
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import LANDED_DAYS, values
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import LoglakeError
from loglake.pipelines.commit.claims import Claims
from loglake.pipelines.commit.leases import Leases
from loglake.pipelines.landing.report import SettlingReport
from loglake.pipelines.object_lists import put_next_list, read_object_list
from loglake.pipelines.ports import ConvertPorts
from loglake.pipelines.reconvert import check_raw


class LandedDaysRun:
    """One run's settling of landed days.

    Attributes:
        report: the numbers.
    """

    def __init__(self, ports: ConvertPorts, datasets: Datasets, settle_after_ms: int) -> None:
        self.report = SettlingReport()
        self._ports = ports
        self._datasets = datasets
        self._settle_after_ms = settle_after_ms

    def settle(self, until_ms: int) -> list[LedgerRow]:
        """Adds the windows of due days, as many as there is time for; the rest is left to the next run.

        An error with a log group stops no other, and no conversion; the next run tries again.

        Returns:
            Windows that wait for a converter.
        """
        rows: list[LedgerRow] = []
        now_ms = self._ports.clock.now_ms()
        with self._reporting("landed days"):
            notes = values(self._ports.ledger, LANDED_DAYS).values()
            due = [(note, day) for note in notes for day in note.due(now_ms, self._settle_after_ms)]
            # The oldest first: those that are under way already come first.
            due.sort(key=lambda pair: pair[1])
            for note, day in due:
                if self._ports.clock.now_ms() >= until_ms:
                    self.report.left += 1
                    continue
                with self._reporting(note.log_group):
                    rows += self._settle(note.log_group, day)
        return rows

    def _settle(self, log_group: LogGroupName, day: EpochMs) -> list[LedgerRow]:
        stored = self._ports.ledger.load(LANDED_DAYS, log_group)  # read again: the days before took their time
        if stored is None or day not in stored.value.days:
            return []  # another run has let it settle
        note, version = stored.value, stored.version
        resumed = bool(note.planned)
        if not resumed:
            windows = self._windows(log_group, day)
            if windows is None:
                return []
            note = note.plan(windows)
            if not self._ports.ledger.save(replace(stored, value=note), version):
                return []  # another run works on this log group, too
            version += 1
        elif day_of_window(note.planned[0]) != day:
            return []  # the plan of a killed run comes first, when its day is next
        added = [row for window in note.planned if (row := self._add(log_group, window))]
        # The plan of a killed run lacks what landed since, and the day was noted already.
        self._ports.ledger.save(replace(stored, value=note.added() if resumed else note.settled(day)), version)
        self.report.windows += len(added)
        return added

    def _windows(self, log_group: LogGroupName, day: EpochMs) -> list[Window] | None:
        """The windows that replace a day's hours; None if it is too early to decide."""
        whole = Window(day, EpochMs(day + MS_PER_DAY))
        # The days beside it as well: else the rows would lack the window of a whole day.
        around = Window(EpochMs(max(0, day - MS_PER_DAY)), EpochMs(day + 2 * MS_PER_DAY))
        rows = all_readable(self._ports.ledger.rows_inside(log_group, around))
        if any(row.landed and row.state in UNDER_WAY and whole.holds(row.window) for row in rows):
            return None
        dataset = self._datasets.find(log_group)
        if dataset is not None and dataset.partition_by == "hour":
            return []  # one window would have as many files
        candidates = to_settle(rows, whole)
        if len(candidates) < 2:
            return []
        found = check_raw(candidates, self._ports.control, self._ports.raw)
        for row, missing in found.gone:
            what = f"{log_group} {row.window} does not settle with its day, and stays as it is: {missing} is gone"
            self.report.stays.append(what)
            self._ports.telemetry.event("landed hour stays", reason=what)
        return stretches(candidates, {each.row.window: each.objects for each in found.whole})

    def _add(self, log_group: LogGroupName, window: Window) -> LedgerRow | None:
        """Adds a window with all objects of its hours; None if it exists, or must not be added any more."""
        inside = outermost(all_readable(self._ports.ledger.rows_inside(log_group, window)))
        if not inside or not all(_is_live(row) for row in inside):
            return None
        objects = joined(read_object_list(self._ports.control, row) for row in inside)
        generation = put_next_list(self._ports.control, WindowKeys(log_group, window, 0), objects)
        row = LedgerRow(
            log_group,
            window,
            inside[0].table,
            generation=generation,
            updated_at_ms=self._ports.clock.now_ms(),
            attempt=Attempt(generation, landed=True, state=WindowState.EXPORTED, **list_of(objects, inside)),
        )
        return row if self._ports.ledger.add(row) else None

    @contextmanager
    def _reporting(self, what: str) -> Iterator[None]:
        """Reports an error in the block, and leaves the rest to the next run."""
        try:
            yield
        except LoglakeError as error:
            self._ports.telemetry.event("landed day not settled", what=what, reason=str(error))
            self.report.left += 1


def _is_live(row: LedgerRow) -> bool:
    return row.landed and not row.holds_exports


def gives_back(row: LedgerRow, ports: ConvertPorts, leases: Leases, claims: Claims) -> bool:
    """Gives a claimed window back with a longer list, if one of its hours has more objects.

    It is enqueued again for this run, after that hour.

    Returns:
        Whether it was given back. If not, its list has all.

    Raises:
        NotFoundError: the list of an hour, or its own, is gone.
        DamagedListError: it is not the one that the ledger has noted.
        UnreadableItemError: the row of an hour can't be read.
        LeaseLostError: another converter has the window.
    """
    if not row.newest.includes:
        return False
    inside = outermost(all_readable(ports.ledger.rows_inside(row.log_group, row.window)))
    live = [inner for inner in inside if inner.state is not WindowState.SUPERSEDED]
    if all(_place(inner) in row.newest.includes for inner in live):
        return False
    claims.enqueue(inner for inner in live if inner.state is WindowState.EXPORTED)  # the index may not show it yet
    hours = {inner.window: inner for inner in [*row.marked_hours, *inside]}.values()
    objects = joined((read_object_list(ports.control, inner) for inner in hours), read_object_list(ports.control, row))
    generation = put_next_list(ports.control, row.keys, objects)
    claims.enqueue([leases.give_back(row, generation=generation, **list_of(objects, hours))])
    return True


def outermost(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """The windows that lie in no other window: together they hold each instant once."""
    return [row for row in rows if not any(row.lies_in(other) for other in rows)]


def list_of(objects: Sequence[RawObject], inside: Iterable[LedgerRow]) -> dict[str, Any]:
    """The row's record of a list with the objects of the windows inside."""
    return {
        "objects": len(objects),
        "size_bytes": sum(raw.size_bytes for raw in objects),
        "digest": objects_digest(objects),
        "includes": tuple(_place(row) for row in inside),
    }


def _place(row: LedgerRow) -> tuple[int, int, int]:
    return row.window.from_ms, row.window.to_ms, row.generation
