"""Landed objects: find the new ones, scan each once, and assign each to the hours that it has events for.

If an event comes twice, in any objects and runs, it is one row: an hour of a log group is converted as a whole, from
all objects with its events (`LandedWindows`). The order of writes makes this safe. An object list is written before the
row that names it, and an object's item after all of its windows have the object. After a crash in between, the scan is
repeated, and an object that is already in a list changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Callable, NamedTuple, TypeVar

from loglake.core.bisect import bisect
from loglake.core.keys import LANDING
from loglake.core.landing.objects import (
    LandedObject,
    LandedState,
    ObjectScan,
    ScanFailure,
    batches,
    skipped_events,
    unreadable,
)
from loglake.core.landing.rules import LandingRules, settled, to_scan
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.schema.bundle import RawObject
from loglake.core.schema.datasets import Datasets
from loglake.core.windows import WindowName
from loglake.errors import PermanentError, TransientError
from loglake.pipelines.landing.report import LandingReport
from loglake.pipelines.landing.windows import LandedWindows
from loglake.pipelines.ports import ConvertPorts
from loglake.pipelines.side_by_side import for_each

SCAN_OBJECTS, SCAN_BYTES = 1000, 4 * 1024**3
"""Objects of one batch: the deadline is checked between batches, and a crash repeats one batch at most."""

T = TypeVar("T")


class _Scanned(NamedTuple):
    """A scanned object, and its hours with events that are taken, each with its window."""

    scan: ObjectScan
    windows: dict[WindowName, WindowName]


class LandingRun:
    """One run's work on landed objects.

    Attributes:
        report: the numbers.
        faults: errors that may pass if another run tries again.
    """

    def __init__(self, ports: ConvertPorts, datasets: Datasets) -> None:
        self.report = LandingReport()
        self.faults: list[TransientError] = []
        self._ports = ports
        self._rules = LandingRules(datasets)
        self._windows: LandedWindows  # of one listing
        self._requested_again: set[str] = set()
        self._opened_again: set[tuple[WindowName, str]] = set()

    def reconcile(self, until_ms: int) -> list[LedgerRow]:
        """Adds new landed objects to the windows that they belong to.

        All of ``landing/`` is listed, so the next run finds an object even if its event was lost. An error with an
        object or a window stops no other; an error that may pass ends the intake, and is kept in `faults`.

        Args:
            until_ms: no batch is begun after this.

        Returns:
            Windows of these objects that wait for a converter.
        """
        self.report.begin()
        rows: list[LedgerRow] = []
        self._attempt(LANDING, lambda: self._reconcile(until_ms, rows))
        return rows

    def _reconcile(self, until_ms: int, rows: list[LedgerRow]) -> None:
        # Days may have settled since the last listing.
        self._windows = LandedWindows(self._ports.ledger, self._ports.control, self._ports.clock, self._rules)
        listed, known = self._ports.raw.list(LANDING), self._known()
        for batch in batches(to_scan(listed, known, self._rules), SCAN_OBJECTS, SCAN_BYTES):
            if self.faults or self._ports.clock.now_ms() >= until_ms:
                self.report.waiting += len(batch)
            else:
                rows += self._take(batch, until_ms)

    def _known(self) -> Iterator[LandedObject]:
        """The known objects, with the few objects that a person requested."""
        self._requested_again.clear()
        for known in self._ports.ledger.landed_objects():
            if known.state is LandedState.REQUESTED_AGAIN:
                self._requested_again.add(known.key)
            yield known

    def _take(self, batch: Sequence[RawObject], until_ms: int) -> list[LedgerRow]:
        """Scans a batch and assigns each object to its windows; returns the windows that wait for a converter."""
        # As far as there is time; an object that kills its task gets its own answer.
        answers = bisect(self._ports.stage.scan, batch, _broke_off, lambda: self._ports.clock.now_ms() < until_ms)
        failures = [answer for answer in answers if isinstance(answer, ScanFailure)]
        for failure in failures:
            if self._write(unreadable(failure, self._ports.clock.now_ms())):
                self._failed(failure.raw.key, failure.reason)
        scans = [answer for answer in answers if isinstance(answer, ObjectScan)]
        scanned = [each for each in for_each(self._assigned, scans) if each]
        objects = _by_window(scanned)
        rows = dict(zip(objects, for_each(lambda name: self._extend(name, objects[name]), objects)))
        ready = [each for each in scanned if all(rows[name] for name in each.windows.values())]
        settled_ones = [each for each, done in zip(ready, for_each(self._settle, ready)) if done]
        self._count(settled_ones)
        self.report.waiting += len(batch) - len(failures) - len(settled_ones)
        return [row for row in rows.values() if row and row.state is WindowState.EXPORTED]

    def _assigned(self, scan: ObjectScan) -> _Scanned | None:
        return self._attempt(scan.raw.key, lambda: _Scanned(scan, self._windows.of(scan)))

    def _extend(self, name: WindowName, objects: Sequence[RawObject]) -> LedgerRow | None:
        # Once per run: an object that has to wait for one window is scanned again, but its other windows are done.
        asked = {(name, raw.key) for raw in objects if raw.key in self._requested_again} - self._opened_again
        row = self._attempt(f"{name[0]} {name[1]}", lambda: self._windows.extend(name, objects, bool(asked)))
        self._opened_again.update(asked if row else ())
        return row

    def _settle(self, each: _Scanned) -> bool:
        """Records that an object is done. Returns whether it is."""
        return self._write(settled(each.scan, each.windows, self._rules, self._ports.clock.now_ms()))

    def _write(self, known: LandedObject) -> bool:
        def put() -> bool:
            self._ports.ledger.put_landed_object(known)
            return True

        return self._attempt(known.key, put) or False

    def _attempt(self, what: str, step: Callable[[], T]) -> T | None:
        """Runs a step; if it fails, reports that and returns None."""
        try:
            return step()
        except TransientError as error:
            self.faults.append(error)
        except PermanentError as error:
            self._failed(what, str(error))
        return None

    def _failed(self, what: str, reason: str) -> None:
        self.report.failed.append(f"{what}: {reason}")
        self._ports.telemetry.event("landing failed", what=what, reason=reason)

    def _count(self, scanned: Sequence[_Scanned]) -> None:
        report = self.report
        for scan, windows in scanned:
            report.scanned += 1
            report.accounting += scan.undecoded
            report.reasons.update(scan.reasons)
            for group, events in skipped_events(scan, windows).items():
                report.skipped[group] += events
                report.why_skipped[group] = self._rules.why_skipped(group)
        touched = {name for each in scanned for name in each.windows.values()}
        self._ports.telemetry.event("landed objects scanned", objects=len(scanned), windows=len(touched))


def _broke_off(raw: RawObject, error: TransientError) -> ScanFailure:
    return ScanFailure(raw, f"each check of it alone crashed: {error}")


def _by_window(scanned: Sequence[_Scanned]) -> dict[WindowName, list[RawObject]]:
    objects: dict[WindowName, list[RawObject]] = defaultdict(list)
    for scan, windows in scanned:
        events: Counter[WindowName] = Counter()
        counts = scan.windows()
        for hour, name in windows.items():
            events[name] += counts[hour]
        for name in sorted(events):
            objects[name].append(replace(scan.raw, events=events[name]))
    return dict(objects)
