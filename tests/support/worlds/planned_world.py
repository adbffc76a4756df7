"""Log groups, their ledger and the planner. A test makes exports and conversions succeed, fail or stop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from loglake.core.accounting import Accounting
from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import UNDER_WAY, LedgerRow, WindowState
from loglake.core.planning.candidate import Candidate, Way
from loglake.core.planning.derive import PlanRules
from loglake.core.planning.replacing import events_before
from loglake.core.requests.requests import Request, RequestKind
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import WATERMARK, StateItem
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.export.log_groups import LogGroups
from loglake.pipelines.export.progress import Progress
from loglake.pipelines.export.report import ExportReport
from loglake.pipelines.ports import ExportPorts
from support.fakes.catalogs import MemoryCatalog
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, FakeExportTasks, ManualClock, MemoryLedger, silent
from support.fakes.stores import MemoryStore
from support.worlds.ledger_rows import moved

T = TypeVar("T")

SCHEDULED = Request("requests/scheduled/1", RequestKind.SCHEDULED)


class CrashError(Exception):
    """The process is gone."""


class CrashingLedger(MemoryLedger):
    """A ledger that can kill its writer before one of its next writes."""

    writes_left: int | None = None

    def add(self, row: LedgerRow) -> bool:
        self._count()
        return super().add(row)

    def replace(self, row: LedgerRow) -> None:
        self._count()
        super().replace(row)

    def save(self, item: StateItem[T], expected_version: int) -> bool:
        if item.kind.name == WATERMARK.name:
            self._count()
        return super().save(item, expected_version)

    def _count(self) -> None:
        if self.writes_left is not None:
            self.writes_left -= 1
            if self.writes_left < 0:
                raise CrashError


@dataclass(frozen=True)
class Planned:
    """What is to be exported, by window, and what is reported."""

    rows: tuple[Candidate, ...]
    skipped: tuple[str, ...]
    notes: tuple[str, ...]
    progress: Progress


@dataclass
class PlannedWorld:
    """An account at an instant, whose windows go by tasks, or, if its rules allow it, are read."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(START_MS))
    ledger: CrashingLedger = field(default_factory=CrashingLedger)
    rules: PlanRules = field(default_factory=lambda: PlanRules(may_read=False))
    datasets: Datasets = field(default_factory=lambda: load_datasets({"datasets": [{"log_groups": ["/app/*"]}]}))

    def __post_init__(self) -> None:
        self.tasks = FakeExportTasks(MemoryStore("raw"))
        self.asked: list[Request] = [SCHEDULED]

    def add_group(self, name: str, created_ms: int, **fields: Any) -> LogGroupName:
        group = LogGroupName(name)
        self.tasks.groups[group] = LogGroup(group, EpochMs(created_ms), **fields)
        return group

    def change(self, group: LogGroupName, **fields: Any) -> None:
        self.tasks.groups[group] = replace(self.tasks.groups[group], **fields)

    def plan(self, *requests: Request) -> Planned:
        """What requests, or a schedule, would have exported; the latest ones are those that `finish_all` exports."""
        self.asked = [replace(request, asked_ms=self.clock.now_ms()) for request in requests or [SCHEDULED]]
        progress = self.read()
        report = progress.report
        rows = sorted(self._drained(progress), key=lambda each: (each.window, each.log_group))
        return Planned(tuple(rows), tuple(report.skipped), tuple(report.notes), progress)

    def read(self) -> Progress:
        """What is next for the latest requests."""
        control = MemoryStore("control")
        ports = ExportPorts(
            self.ledger,
            MemoryCatalog(),
            control,
            self.clock,
            silent(self.clock),
            self.tasks,
            self.tasks.raw,
            FakeEventReader(self.tasks),
        )
        progress = Progress(ports, LogGroups(self.tasks, self.clock), self.datasets, self.rules, ExportReport())
        progress.read(self.asked)
        return progress

    def _drained(self, progress: Progress) -> Iterator[Candidate]:
        way = Way.READ if self.rules.may_read else Way.TASK
        while (candidate := progress.windows.take(way, self.clock.now_ms())) is not None:
            progress.begin(candidate)
            yield candidate

    def waiting(self) -> Iterator[Candidate]:
        """The windows that may be exported now, in order."""
        return self._drained(self.read())

    def begin(self, candidate: Candidate) -> LedgerRow:
        row = candidate.begun(self.clock.now_ms())
        if candidate.again:
            self.ledger.replace(row)
        else:
            assert self.ledger.add(row)
        return row

    def export(self, candidate: Candidate) -> LedgerRow:
        """Exports a window: EXPORTED, or FAILED if CloudWatch refuses the range."""
        return self._exported(self.begin(candidate))

    def _exported(self, row: LedgerRow) -> LedgerRow:
        group = self.tasks.groups.get(row.log_group)
        if group is None or row.window.to_ms <= group.created_ms:
            return self.change_row(row, WindowState.FAILED, reason="refused")
        return self.change_row(row, WindowState.EXPORTED)

    def convert(self, row: LedgerRow) -> LedgerRow:
        """Converts a window, and marks the windows that it replaces. If one of these is under way, does nothing."""
        inside = self.ledger.rows_inside(row.log_group, row.window)
        if any(inner.state in UNDER_WAY for inner in inside):
            return row
        row = self.change_row(row, WindowState.CONVERTING)
        before = events_before(row, inside)
        for inner in inside:
            if inner.state is not WindowState.SUPERSEDED:
                self.change_row(inner, WindowState.SUPERSEDED)
        held = Accounting(before or 0, before or 0)
        return self.change_row(row, WindowState.CONVERTED, accounting=held, events_before=before)

    def fail(self, row: LedgerRow) -> LedgerRow:
        return self.change_row(row, WindowState.FAILED, reason="broke")

    def finish_all(self, most: int = 1000) -> None:
        """Exports what was begun and what waits, and converts all that is exported, the narrow windows first."""
        for row in self.ledger.in_states(WindowState.EXPORTING):
            self._exported(row)
        for candidate, _ in zip(list(self.waiting()), range(most)):
            self.export(candidate)
        done = self.ledger.in_states(WindowState.EXPORTED)
        for row in sorted(done, key=lambda row: row.window.to_ms - row.window.from_ms):
            self.convert(row)

    def rows(self, group: LogGroupName, *states: WindowState) -> list[LedgerRow]:
        return [row for row in self.ledger.rows(group) if not states or row.state in states]

    def change_row(self, row: LedgerRow, state: WindowState, **changes: Any) -> LedgerRow:
        changed = moved(row, state, self.clock.now_ms(), **changes)
        self.ledger.replace(changed)
        return changed


def request_for(pattern: str, window: Window, reexport: bool = False, number: int = 1) -> Request:
    return Request(f"requests/requested/{number}", RequestKind.REQUESTED, (pattern,), window, reexport)
