"""Landed objects: receive the new ones, scan each once, and assign each to the hours that it has events for.

If an event comes twice, in any objects and runs, it is one row: an hour of a log group is converted as a whole, from
all objects with its events (`LandedWindows`). The order of writes makes this safe. An object list is written before the
row that names it, an object's item after all of its windows have the object, and its message is deleted last. After a
crash in between, and if a message comes twice, the scan is repeated, and an object that is already in a list changes
nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from operator import methodcaller
from typing import Callable, NamedTuple, TypeVar

from loglake.core.bisect import bisect
from loglake.core.keys import LANDING
from loglake.core.landing.days import SkippedDays, day_start
from loglake.core.landing.objects import (
    LandedObject,
    LandedState,
    ObjectScan,
    ScanFailure,
    batches,
    skipped_events,
    unreadable,
)
from loglake.core.landing.rules import LandingRules, is_folder, settled, skipped_groups
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ports.landing_queue import Arrival
from loglake.core.schema.bundle import RawObject
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import SKIPPED, change, values
from loglake.core.units import EpochMs
from loglake.core.windows import WindowName
from loglake.errors import LoglakeError, PermanentError, TransientError
from loglake.pipelines.landing.full_look import look_through
from loglake.pipelines.landing.report import LandingReport
from loglake.pipelines.landing.windows import LandedWindows
from loglake.pipelines.ports import ConvertPorts
from loglake.pipelines.side_by_side import for_each

SCAN_OBJECTS, SCAN_BYTES = 1000, 4 * 1024**3
"""Objects of one batch: the deadline is checked between batches, and a crash repeats one batch at most.

A batch takes far less than the half hour after which others may receive its messages (workflows/log_lake.yaml)."""

_NO_GROUP = " "
"""The key of the note on objects that name no log group: a key can't be empty."""

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

    def __init__(self, ports: ConvertPorts, datasets: Datasets, account: str = "") -> None:
        self.report = LandingReport()
        self.faults: list[TransientError] = []
        self._ports = ports
        self._account = account
        self._rules = LandingRules(datasets)
        self._is_expected = any(entry.ingest == "landing" for entry in datasets.entries)
        self._windows: LandedWindows  # of one intake
        self._arrived: dict[str, EpochMs] = {}
        self._skipped: dict[str, SkippedDays]
        self._open: dict[str, LandedObject] = {}
        self._opened_again: set[tuple[WindowName, str]] = set()

    @property
    def is_used(self) -> bool:
        """Whether objects land here, by the datasets or by what this run has found."""
        return self._is_expected or bool(self.report.scanned or self.report.waiting)

    def reconcile(self, until_ms: int) -> list[LedgerRow]:
        """Adds new landed objects to the windows that they belong to, and those that had to wait.

        An error with an object or a window stops no other; an error that may pass ends the intake, and is kept in
        `faults`.

        Args:
            until_ms: no batch is begun after this.

        Returns:
            Windows of these objects that wait for a converter.
        """
        self.report.begin()
        rows: list[LedgerRow] = []
        ports = self._ports
        self._attempt(LANDING, lambda: look_through(ports.ledger, ports.raw, ports.landed, ports.clock.now_ms()))
        self._attempt(LANDING, lambda: self._reconcile(until_ms, rows))
        return rows

    def _reconcile(self, until_ms: int, rows: list[LedgerRow]) -> None:
        # Days may have settled since the last intake.
        self._windows = LandedWindows(self._ports.ledger, self._ports.control, self._ports.clock, self._rules)
        # Nothing else is taken once more because of a dataset that was added.
        self._skipped = values(self._ports.ledger, SKIPPED) if self._is_expected else {}
        for batch in batches(self._known(), SCAN_OBJECTS, SCAN_BYTES):
            noted = set() if self._is_over(until_ms) else self._take(batch, until_ms, rows)
            self.report.waiting += sum(raw.key not in noted for raw in batch)
        queue, given_back = self._ports.landed, 0
        while not self._is_over(until_ms):
            arrivals = queue.receive(SCAN_OBJECTS, SCAN_BYTES)
            if not arrivals:
                return
            try:
                noted = self._take(self._new(arrivals), until_ms, rows)
            except LoglakeError:
                queue.give_back(arrivals)
                raise
            queue.delete(each for each in arrivals if each.key in noted or is_folder(each.key, each.size_bytes))
            if self._is_over(until_ms):  # else this run would receive them at once
                left = [each for each in arrivals if each.key not in noted]
                queue.give_back(left)
                given_back = len(left)
        self.report.waiting += max(given_back, queue.waiting())

    def _is_over(self, until_ms: int) -> bool:
        return bool(self.faults) or self._ports.clock.now_ms() >= until_ms

    def _new(self, arrivals: Sequence[Arrival]) -> list[RawObject]:
        """The objects of messages, each once."""
        found = {each.key: each for each in arrivals if not is_folder(each.key, each.size_bytes)}
        self._arrived.update({key: each.arrived_ms for key, each in found.items()})
        return [RawObject(each.key, each.size_bytes, "") for each in found.values()]

    def _known(self) -> Iterator[RawObject]:
        """Known objects to look at again: open ones, and those with events of a log group that has a dataset now."""
        self._open = {known.key: known for known in self._ports.ledger.open_landed()}
        for known in self._open.values():
            raw = self._again(known)
            if self._attempt(raw.key, partial(self._ports.raw.exists, raw.key)) is False:
                self._write(replace(known, state=LandedState.GONE))
            else:
                yield raw
        taken = {group: skipped for group, skipped in self._skipped.items() if self._rules.dataset(group)}
        for day in sorted({day for skipped in taken.values() for day in skipped.days}):
            again = [known for known in self._ports.ledger.landed_on(day) if self._rules.takes_more(known)]
            yield from map(self._again, again)
            for group in taken if not again else ():
                self._change_skipped(group, methodcaller("minus", day))

    def _again(self, known: LandedObject) -> RawObject:
        self._arrived[known.key] = known.arrived_ms
        return RawObject(known.key, known.size_bytes, "")

    def _take(self, batch: Sequence[RawObject], until_ms: int, rows: list[LedgerRow]) -> set[str]:
        """Scans a batch and assigns each object to its windows; adds the windows that wait for a converter.

        Returns:
            The keys of the objects that the ledger has noted: as done, as failed, or as waiting for a window.
        """
        # As far as there is time; an object that kills its task gets its own answer.
        scan = partial(self._ports.stage.scan, redacts=self._rules.redacts)
        answers = bisect(scan, batch, _broke_off, lambda: self._ports.clock.now_ms() < until_ms)
        failures = [answer for answer in answers if isinstance(answer, ScanFailure)]
        for failure in failures:
            self._failed(failure.raw.key, failure.reason)
        failed = list(map(unreadable, failures))
        scans = [answer.of_account(self._account) for answer in answers if isinstance(answer, ObjectScan)]
        scanned = [each for each in for_each(self._assigned, scans) if each]
        objects = _by_window(scanned)
        found = dict(zip(objects, for_each(lambda name: self._extend(name, objects[name]), objects)))
        rows += [row for row in found.values() if row and row.state is WindowState.EXPORTED]
        ready = [each for each in scanned if all(found[name] for name in each.windows.values())]
        done = [each for each, noted in zip(ready, for_each(self._settle, ready)) if noted]
        self._count(done)
        keys = {each.scan.raw.key for each in done}
        waiting = [scan.raw for scan in scans if scan.raw.key not in keys and not self.faults]
        self.report.waiting += len(waiting)
        # What is open already stays as it is noted, such as what a person requested.
        failed += [_waits(raw) for raw in waiting if raw.key not in self._open]
        keys |= {known.key for known, noted in zip(failed, for_each(self._write, failed)) if noted}
        return keys | {raw.key for raw in waiting if raw.key in self._open}

    def _assigned(self, scan: ObjectScan) -> _Scanned | None:
        return self._attempt(scan.raw.key, lambda: _Scanned(scan, self._windows.of(scan)))

    def _extend(self, name: WindowName, objects: Sequence[RawObject]) -> LedgerRow | None:
        # Once per run: an object that has to wait for one window is scanned again, but its other windows are done.
        asked = {(name, raw.key) for raw in objects if self._is_requested(raw.key)} - self._opened_again
        row = self._attempt(f"{name[0]} {name[1]}", lambda: self._windows.extend(name, objects, bool(asked)))
        self._opened_again.update(asked if row else ())
        return row

    def _is_requested(self, key: str) -> bool:
        return key in self._open and self._open[key].state is LandedState.REQUESTED_AGAIN

    def _settle(self, each: _Scanned) -> bool:
        """Records that an object is done. Returns whether it is."""
        return self._attempt(each.scan.raw.key, partial(self._note_skipped, each)) is not None and self._write(
            settled(each.scan, each.windows, self._rules)
        )

    def _note_skipped(self, each: _Scanned) -> bool:
        """Notes the day for each skipped log group: the note leads to the object once the group has a dataset."""
        day = day_start(self._arrived[each.scan.raw.key])
        for group in skipped_groups(each.scan, each.windows, self._rules):
            if day not in self._skipped.get(group or _NO_GROUP, SkippedDays()).days:
                self._change_skipped(group or _NO_GROUP, methodcaller("plus", day))
        return True

    def _change_skipped(self, group: str, how: Callable[[SkippedDays], SkippedDays]) -> None:
        self._skipped[group] = change(self._ports.ledger, SKIPPED, group, SkippedDays(), how)

    def _write(self, known: LandedObject) -> bool:
        def put() -> bool:
            self._ports.ledger.put_landed_object(replace(known, arrived_ms=self._arrived[known.key]))
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
        report, now_ms = self.report, self._ports.clock.now_ms()
        for scan, windows in scanned:
            report.scanned += 1
            report.accounting += scan.undecoded
            report.reasons.update(scan.reasons)
            old = [name for name in scan.windows() if self._rules.is_past(name, now_ms)]
            for group, events in skipped_events(scan, {*windows, *old}).items():
                report.skipped[group] += events
                report.why_skipped[group] = self._rules.why_skipped(group)
            for name in old:
                report.too_old[name[0]] += scan.windows()[name]
        touched = {name for each in scanned for name in each.windows.values()}
        self._ports.telemetry.event("landed objects scanned", objects=len(scanned), windows=len(touched))


def _broke_off(raw: RawObject, error: TransientError) -> ScanFailure:
    return ScanFailure(raw, f"each check of it alone crashed: {error}")


def _waits(raw: RawObject) -> LandedObject:
    return LandedObject(raw.key, raw.size_bytes, LandedState.WAITING)


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
