"""An export run: read requests, plan windows, run export tasks one at a time, record their objects.

Every step reconciles: what is pending is read from the buckets and the ledger, never from the event that woke the run.
So a lost, repeated or reordered event, or a crash at any line, changes nothing but the time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress

from loglake.config import ExportConfig
from loglake.core.catalog_gaps import CatalogGap
from loglake.core.keys import REQUESTS
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.planning.plan import SCHEDULE, PlanRules
from loglake.core.planning.scheduler import Scheduler
from loglake.core.requests.requests import Request, RequestKind, RequestReport, wait_until, wake_up
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import SERVED, change, claim_ledger, held, of_groups
from loglake.core.units import EPOCH, MS_PER_HOUR, MS_PER_MINUTE, LogGroupName
from loglake.core.windows import Window
from loglake.errors import TransientError, UnreadableItemError
from loglake.pipelines.catalog_gaps import CatalogGaps
from loglake.pipelines.export.log_groups import LogGroups
from loglake.pipelines.export.planner import Planner
from loglake.pipelines.export.report import ExportReport
from loglake.pipelines.export.request_queue import RequestQueue
from loglake.pipelines.export.window_exporter import WindowExporter
from loglake.pipelines.ports import ExportPorts

__all__ = ["ExportReport", "ExportRun", "run_export"]

_STEP_S = 5.0
"""A waiting run looks for new requests this often."""

_LOW = 4
"""More is planned when at most one in so many of the maximum of windows waits."""


def run_export(ports: ExportPorts, datasets: Datasets, config: ExportConfig) -> ExportReport:
    """Does one run, up to its deadline.

    Raises:
        LoglakeError: something that every window needs, such as a missing permission.
        OtherVersionLedgerError: another version of loglake wrote the ledger; nothing was done.
    """
    claim_ledger(ports.ledger, ports.clock.now_ms())
    run = ExportRun(ports, datasets, config)
    run.wait()
    run.look_for_catalog_gaps()
    # A request that comes while tasks run has no other wake-up: its own start failed because of this run.
    while run.take_requests() | run.export_next():
        pass
    run.finish()
    return run.report


class ExportRun:
    """One run, and what it has done so far."""

    def __init__(self, ports: ExportPorts, datasets: Datasets, config: ExportConfig) -> None:
        self.report = ExportReport()
        self._ports = ports
        self._config = config
        self._deadline_ms = ports.clock.now_ms() + int(config.deadline_s * 1000)
        self._groups = LogGroups(ports.tasks, ports.clock)
        self._exporter = WindowExporter(ports, self._groups, config.poll_s, self._deadline_ms)
        rules = PlanRules(
            config.lag_minutes * MS_PER_MINUTE, config.settle_after_hours * MS_PER_HOUR, config.most_waiting
        )
        self._planner = Planner(ports, self._groups, datasets, rules)
        self._requests = RequestQueue(ports.control, ports.telemetry)
        self._taken: set[str] = set()
        self._chain = 0
        self._more = False
        self._added: dict[tuple[LogGroupName, Window], LedgerRow] = {}
        self._tried: set[tuple[LogGroupName, Window, int]] = set()
        self._scheduler = Scheduler((), {})
        self._gaps = CatalogGaps(ports, config.run_id, config.catalog)
        self._open_gaps: list[CatalogGap] = []
        self._reports: dict[str, RequestReport] = defaultdict(RequestReport)

    def wait(self) -> None:
        """Sleeps while all requests are wake-ups that are not due yet; at most until the deadline."""
        while True:
            left_ms = min(wait_until(self._requests.requests()), self._deadline_ms) - self._ports.clock.now_ms()
            if left_ms <= 0:
                return
            self._ports.clock.sleep(min(left_ms / 1000, _STEP_S))

    def look_for_catalog_gaps(self) -> None:
        """Makes committed data queryable, before exports that may take long."""
        self._open_gaps = self._gaps.ask_again()

    def take_requests(self) -> bool:
        """Plans requests into the ledger. Returns whether anything was planned.

        It plans new requests, and the rest of earlier ones once few windows wait.
        """
        requests = self._requests.requests()
        is_low = len(self._scheduler) <= self._config.most_waiting // _LOW
        if {request.key for request in requests} <= self._taken and not (self._more and is_low and self._in_time()):
            return False
        self._taken.update(request.key for request in requests)
        self._chain = max([self._chain, *(request.chain for request in requests)])
        self._plan(requests)
        return True

    def export_next(self) -> bool:
        """Exports the next window; windows that an earlier run left unfinished go first.

        A window is tried once per run, unless it was reopened. Returns whether there was one to try before the
        deadline.
        """
        if not self._in_time():
            return False
        self._ports.telemetry.progress(len(self._tried), len(self._tried) + len(self._scheduler), "windows")
        if not self._scheduler:
            self._schedule()
        row = self._scheduler.next(self._ports.clock.now_ms())
        if row is None:
            return False
        if not _is_held(row, held(self._ports.ledger)):  # now: a run may take long
            self._tried.add(_name(row))
            self._note_served(row.log_group)
            self._export(row)
        self._ports.telemetry.progress(len(self._tried), len(self._tried) + len(self._scheduler), "windows")
        return True

    def _note_served(self, log_group: LogGroupName) -> None:
        """Notes the served window. The note only sets the order: if it is unreadable, exports still go on."""
        with suppress(UnreadableItemError):  # the ledger reports it
            change(self._ports.ledger, SERVED, log_group, EPOCH, lambda _: self._ports.clock.now_ms())

    def finish(self) -> None:
        """Counts what waits for another run, and leaves wake-ups for it and for catalog gaps."""
        self.report.remaining += len(self._due())
        self.report.rejected += self._requests.rejected
        for item in self._ports.ledger.unreadable.values():
            self.report.unreadable.append(str(item))
            self._ports.telemetry.event("unreadable item", key=item.key, reason=item.reason)
        now_ms, progress = self._ports.clock.now_ms(), bool(self.report.exported or self.report.failed)
        if self.report.remaining or self.report.left:
            body = wake_up(self._chain, progress, now_ms, int(self._config.wake_delay_s * 1000))
            if body is not None:
                self._ports.control.put(f"{REQUESTS}continue/{self._config.run_id}", body)
        self.report.catalog_gaps, self.report.catalog_errors = self._gaps.open, self._gaps.trouble
        # This run has consumed their wake-up, due or not.
        if (body := self._gaps.wake_up(self._open_gaps)) is not None:
            self._ports.control.put(f"{REQUESTS}continue/{self._config.run_id}-catalog", body)
        self._ports.telemetry.event("export finished", **self.report.to_json())

    def _in_time(self) -> bool:
        return self._ports.clock.now_ms() < self._deadline_ms

    def _plan(self, requests: Sequence[Request]) -> None:
        unfinished: frozenset[str] = frozenset()
        if asked := [request for request in requests if request.kind is not RequestKind.CONTINUE]:
            planned = self._planner.plan(asked)
            unfinished = planned.unfinished
            self._added.update({row.name: row for row in planned.rows})
            self._more = bool(planned.left and planned.rows)
            self.report.planned += len(planned.rows)
            self.report.left = planned.left
            self.report.settled_age_s = planned.settled_age_s
            self.report.skip(planned.skipped, planned.notes)
            for key, report in planned.reports.items():
                self._reports[key] = self._reports[key].and_also(report)
            for row in planned.failed:
                self.report.tried(row)
        self._requests.handled(_finished(requests, unfinished), self._reports)
        self._schedule()

    def _schedule(self) -> None:
        due = self._due()
        self._scheduler = Scheduler(due, of_groups(self._ports.ledger, SERVED), self._expiring(due).__contains__)

    def _expiring(self, rows: Sequence[LedgerRow]) -> Collection[LedgerRow]:
        """The windows that expire soon; none if CloudWatch can't answer, since it only sets the order."""
        try:
            return {row for row in rows if self._groups.expires_soon(row)}
        except TransientError as error:
            self._ports.telemetry.event("retention unknown", reason=str(error))
            return ()

    def _due(self) -> list[LedgerRow]:
        """Pending windows that this run has not tried, without those that wait for their time or for a person.

        They come from the index of states, and from what was added a moment ago, which the index may not show yet.
        """
        listed = self._ports.ledger.in_states(WindowState.EXPORTING, WindowState.PLANNED)
        pending = {**self._added, **{row.name: row for row in listed}}.values()
        paused, now_ms = held(self._ports.ledger), self._ports.clock.now_ms()
        waiting = [row for row in pending if _name(row) not in self._tried]
        self.report.paused = sum(_is_held(row, paused) for row in waiting)
        return [row for row in waiting if not _is_held(row, paused) and row.trying.not_before_ms <= now_ms]

    def _export(self, row: LedgerRow) -> None:
        try:
            done = self._exporter.export(row)
        except UnreadableItemError as error:  # the ledger reports it, and the window stays as it is
            self._ports.telemetry.event(
                "window left", log_group=row.log_group, window=str(row.window), reason=str(error)
            )
            return
        if done is row and row.state is WindowState.PLANNED:
            return  # another run, or a planning of this one, has changed it: it is no longer the window that waited
        self.report.tried(done)
        self._ports.telemetry.event(
            "window", log_group=done.log_group, window=str(done.window), state=done.state.value, reason=done.reason
        )


def _finished(requests: Sequence[Request], unfinished: Collection[str]) -> list[Request]:
    """The finished requests. If scheduled requests are unfinished, one of them is kept: they all ask for the same."""
    scheduled = [request for request in requests if request.kind is RequestKind.SCHEDULED]
    kept = {scheduled[-1].key} if scheduled and SCHEDULE in unfinished else set()
    return [request for request in requests if request.key not in kept and request.key not in unfinished]


def _name(row: LedgerRow) -> tuple[LogGroupName, Window, int]:
    """The name of a try: a reopened window has another generation, so it gets another name."""
    return row.log_group, row.window, row.generation


def _is_held(row: LedgerRow, paused: Collection[LogGroupName]) -> bool:
    """Whether a window must wait because its log group is paused. A started task is completed."""
    return row.state is WindowState.PLANNED and row.log_group in paused
