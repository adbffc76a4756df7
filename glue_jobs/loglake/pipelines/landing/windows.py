"""The windows of landed objects: one hour of event time of one log group each, with a growing list of objects.

Once its day has settled, an hour lies in a longer landed window, and later objects go there.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from loglake.core.keys import WindowKeys
from loglake.core.landing.objects import ObjectScan, is_landed, merge_objects
from loglake.core.landing.rules import LandingRules
from loglake.core.landing.settling import LandedDays, day_of_window
from loglake.core.ledger.row import Attempt, LedgerRow, WindowState, all_readable, pending_around
from loglake.core.ports.clock import Clock
from loglake.core.ports.ledger import ConvertLedger
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import RawObject, objects_digest
from loglake.core.state_items import LANDED_DAYS, change
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window, WindowName, merge, subtract
from loglake.errors import ExportRefusedError, LedgerConflictError, NotFoundError
from loglake.pipelines.object_lists import put_next_list, read_object_list

LONGEST_MS = 31 * MS_PER_DAY
"""No window is longer than a calendar month (`core.planning.expected`)."""


class _Known(NamedTuple):
    """A log group's windows other than landed hours, for landing.

    Attributes:
        done: the time that exported windows other than an hour have in the table, even if a later export failed.
        soon: that, and the time of windows that are to be exported.
        settled: longer landed windows that are not replaced, the longest first.
        live: the windows of these, and landed hours that none of them has replaced.
        unread: rows that can't be read: objects for their time have to wait.
    """

    done: tuple[Window, ...]
    soon: tuple[Window, ...]
    settled: tuple[LedgerRow, ...]
    live: tuple[Window, ...]
    unread: tuple[LedgerRow, ...]


class LandedWindows:
    """Assigns landed objects to their windows, in one run. Thread-safe for different windows.

    A longer object list is the next generation of a window: it is converted as a whole, and replaces the one before. A
    window that was exported too, because its log group was switched, keeps its exported objects.
    """

    def __init__(self, ledger: ConvertLedger, control: ObjectStore, clock: Clock, rules: LandingRules) -> None:
        self._ledger = ledger
        self._control = control
        self._clock = clock
        self._rules = rules
        self._days: dict[tuple[LogGroupName, EpochMs], _Known] = {}

    def of(self, scan: ObjectScan) -> dict[WindowName, WindowName]:
        """The hours with events that are taken, each with its window: the hour itself, or the window it lies in.

        Hours that their dataset no longer keeps are not taken.

        For an exported log group these are the hours that landing has begun: a group that was switched from landing to
        export is exported from the first hour without a landed window. For a group that was switched from export to
        landing, hours that are rows already, in a longer exported window, are left out.

        Raises:
            UnreadableItemError: the row of an hour, or of a longer window around one, can't be read.
        """
        now_ms = self._clock.now_ms()
        names = [name for name in scan.windows() if not self._rules.is_past(name, now_ms)]
        for group, hour in names:
            all_readable(row for row in self._known((group, hour)).unread if subtract(hour, [row.window]) != [hour])
        settled = {name: window for name in names if (window := self._settled(name))}
        return {name: settled.get(name, name) for name in names if name in settled or self._takes(name)}

    def _settled(self, name: WindowName) -> WindowName | None:
        """The longer landed window that has replaced an hour, or is about to; None if there is none."""
        _, hour = name
        known = self._known(name)
        for row in known.settled:
            if row.window.holds(hour) and (row.state is not WindowState.FAILED or not _goes_on(hour, row, known.live)):
                return row.name
        return None

    def _takes(self, name: WindowName) -> bool:
        group, window = name
        if self._rules.dataset(group) and not _inside(window, self._known(name).done):
            return True
        row = self._row(name) if self._rules.dataset(group) or self._rules.is_exported(group) else None
        return row is not None and row.landed

    def _known(self, name: WindowName) -> _Known:
        """Read once per group, day and intake: the next intake sees later changes."""
        group, day = name[0], day_of_window(name[1])
        if (group, day) not in self._days:
            every = self._ledger.rows_between(group, EpochMs(max(0, day - LONGEST_MS)), EpochMs(day + MS_PER_DAY))
            unread = tuple(row for row in every if row.unreadable)
            rows = [row for row in every if not row.unreadable]
            longer = [row for row in rows if row.holds_exports and not _is_hour(row.window)]
            done = merge(row.window for row in longer if row.live and not row.attempt)
            soon = merge(row.window for row in longer if row.state is not WindowState.FAILED or row.is_retried)
            live = [row for row in rows if not row.holds_exports and row.state is not WindowState.SUPERSEDED]
            settled = [row for row in live if not _is_hour(row.window)]
            settled.sort(key=lambda row: row.window.to_ms - row.window.from_ms, reverse=True)
            self._days[group, day] = _Known(
                tuple(done), tuple(soon), tuple(settled), tuple(row.window for row in live), unread
            )
        return self._days[group, day]

    def extend(self, name: WindowName, objects: Sequence[RawObject], again: bool = False) -> LedgerRow | None:
        """A window's row with all of these objects in its list.

        Args:
            name: the window.
            objects: landed objects, each with the number of its events in the window.
            again: convert the window again, even if its list has them all.

        Returns:
            None if the window has to wait: another run works on it, a person has its rows converted again, or an export
            of its time is still to come, for example of a longer window that replaces it.

        Raises:
            NotFoundError: its object list is gone.
            ExportRefusedError: exporting it again failed, and the earlier export is in the table.
        """
        while True:
            with suppress(LedgerConflictError):  # another run was faster: look again
                return self._extend(name, objects, again)

    def _row(self, name: WindowName) -> LedgerRow | None:
        try:
            return self._ledger.row(*name)
        except NotFoundError:
            return None

    def _extend(self, name: WindowName, objects: Sequence[RawObject], again: bool) -> LedgerRow | None:
        row = self._row(name)
        if row is None:
            return None if _inside(name[1], self._known(name).soon) else self._add(name, merge_objects(objects, ()))
        if _is_to_be_exported(row) or _is_converted_beside(row) or self._is_replaced(row):
            return None  # its object list, or a longer window's list, is still to come, or failed
        _check_export(row)
        have = read_object_list(self._control, row) if row.newest.objects else []
        merged = merge_objects(have, objects)
        if merged == have and not again:
            return row
        return None if row.state is WindowState.CONVERTING else self._replace(row, merged)

    def _is_replaced(self, row: LedgerRow) -> bool:
        """Whether a longer window has replaced a window, or is about to."""
        if row.state is WindowState.SUPERSEDED:
            return True
        return not row.landed and pending_around(row, self._ledger.rows(row.log_group)) is not None

    def _add(self, name: WindowName, objects: Sequence[RawObject]) -> LedgerRow:
        dataset = self._rules.dataset(name[0])
        if dataset is None:
            raise NotFoundError(f"{name[0]} {name[1]}: its row was taken out of the ledger a moment ago; run again")
        group, day = name[0], day_of_window(name[1])
        change(self._ledger, LANDED_DAYS, group, LandedDays(group), lambda stored: stored.plus(day))
        generation = put_next_list(self._control, WindowKeys(*name, generation=0), objects)
        row = LedgerRow(
            *name,
            table=dataset.table_for(name[0]),
            generation=generation,
            updated_at_ms=self._clock.now_ms(),
            attempt=_attempt(generation, objects),
        )
        if not self._ledger.add(row):
            raise LedgerConflictError(f"{row.log_group} {row.window} was added by another run")
        return row

    def _replace(self, row: LedgerRow, objects: Sequence[RawObject]) -> LedgerRow:
        before = row.newest
        task_id = before.task_id if any(not is_landed(raw) for raw in objects) else ""
        attempt = replace(
            _attempt(put_next_list(self._control, row.keys, objects, task_id), objects),
            task_id=task_id,
            exported_at_ms=before.exported_at_ms,
            includes=before.includes,
        )
        changed = row.begin(attempt, self._clock.now_ms())
        self._ledger.replace(changed)
        return changed


def _attempt(generation: int, objects: Sequence[RawObject]) -> Attempt:
    """An attempt that waits for a converter, with landed objects only, or with some landed ones."""
    return Attempt(
        generation,
        objects=len(objects),
        size_bytes=sum(raw.size_bytes for raw in objects),
        digest=objects_digest(objects),
        landed=True,
        state=WindowState.EXPORTED,
    )


def _is_converted_beside(row: LedgerRow) -> bool:
    """Whether a window's current version is, or must be, converted again although another export of it failed."""
    failed = row.failure
    return failed is not None and bool((row.attempt and row.attempt.reconverts) or failed.reconversion)


def _check_export(row: LedgerRow) -> None:
    """Refuses landed objects alone if they would replace the rows of an export that failed when repeated.

    Raises:
        ExportRefusedError: this is such a window.
    """
    if row.state is WindowState.FAILED and row.current and not row.newest.objects:
        retry = f"loglake rerun --log-group {shlex.quote(row.log_group)}"  # all that are not ignored, else
        raise ExportRefusedError(
            "what was exported of it before is in the table, and exporting it again failed: its landed objects wait. "
            f"Run `{retry}`, which exports it again, or converts what was exported before."
        )


def _goes_on(hour: Window, failed: LedgerRow, live: Iterable[Window]) -> bool:
    """Whether a failed window has not replaced an hour: a narrower window, or the hour itself, still holds it."""
    return any(window.holds(hour) and failed.window.holds(window) and window != failed.window for window in live)


def _is_to_be_exported(row: LedgerRow) -> bool:
    return row.state is WindowState.EXPORTING or row.is_retried


def _is_hour(window: Window) -> bool:
    return window.from_ms % MS_PER_HOUR == 0 and window.to_ms - window.from_ms == MS_PER_HOUR


def _inside(window: Window, others: Sequence[Window]) -> bool:
    return any(other.holds(window) for other in others)
