"""An export run: read requests, derive what is next, export it by tasks and by reading, record the objects.

Every step reconciles: what is pending is read from the buckets and the ledger, never from the event that woke the run.
So a lost, repeated or reordered event, or a crash at any line, changes nothing but the time.
"""

from __future__ import annotations

from loglake.config import ExportConfig
from loglake.core.catalog_gaps import CatalogGap
from loglake.core.keys import REQUESTS
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.planning.candidate import Way
from loglake.core.planning.derive import PlanRules
from loglake.core.planning.next_windows import NextWindows
from loglake.core.requests.requests import RequestKind, wait_until, wake_up
from loglake.core.run.outcome import EXPORT
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import PAUSED, RUN, claim_ledger, held
from loglake.core.units import EPOCH, MS_PER_HOUR, MS_PER_MINUTE, EpochMs
from loglake.pipelines.catalog_gaps import CatalogGaps
from loglake.pipelines.export.log_groups import LogGroups
from loglake.pipelines.export.progress import Progress
from loglake.pipelines.export.read_budget import ReadBudget
from loglake.pipelines.export.read_lane import ReadLane
from loglake.pipelines.export.report import ExportReport
from loglake.pipelines.export.request_queue import RequestQueue
from loglake.pipelines.export.slot_lane import SlotLane
from loglake.pipelines.ports import ExportPorts

__all__ = ["ExportReport", "ExportRun", "run_export"]

_STEP_S = 5.0
"""A run looks for new requests this often."""

_PAUSES_MS = MS_PER_MINUTE
"""A run looks this often whether a person has paused a log group."""


def run_export(ports: ExportPorts, datasets: Datasets, config: ExportConfig) -> ExportReport:
    """Does one run, up to its deadline.

    Raises:
        LoglakeError: something that every window needs, such as a missing permission.
        OtherVersionLedgerError: another version of loglake wrote the ledger; nothing was done.
    """
    claim_ledger(ports.ledger, ports.clock.now_ms(), (RUN, EXPORT))
    run = ExportRun(ports, datasets, config)
    run.wait()
    run.look_for_catalog_gaps()
    run.export()
    run.finish()
    return run.report


class ExportRun:
    """One run, and what it has done so far."""

    def __init__(self, ports: ExportPorts, datasets: Datasets, config: ExportConfig) -> None:
        self.report = ExportReport()
        self._ports = ports
        self._config = config
        self._deadline_ms = ports.clock.now_ms() + int(config.deadline_s * 1000)
        groups = LogGroups(ports.tasks, ports.clock)
        rules = PlanRules(config.lag_minutes * MS_PER_MINUTE, config.settle_after_hours * MS_PER_HOUR)
        self._progress = Progress(ports, groups, datasets, rules, self.report)
        self._requests = RequestQueue(ports.control, ports.telemetry, ports.clock)
        self._taken: set[str] | None = None
        self._chain = 0
        self._hours = self._all_hours = 0
        self._tried_before = 0
        self._gaps = CatalogGaps(ports, config.run_id, config.catalog)
        self._open_gaps: list[CatalogGap] = []
        budget = ReadBudget(ports.clock, ports.reader.quota)
        self._look_ms = self._pauses_ms = EPOCH
        self._reader = ReadLane(ports, groups, budget, config.run_id, begin=self._progress.begin, end=self._tried)
        self._slot = SlotLane(
            ports,
            groups,
            budget,
            ports.ledger.in_states(WindowState.EXPORTING),
            poll_s=config.poll_s,
            deadline_ms=self._deadline_ms,
            begin=self._progress.begin,
            end=self._tried,
        )

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

    def export(self) -> None:
        """Exports what is due, by both lanes, until nothing is left or the deadline comes.

        Requests that come meanwhile have no other wake-up: their own start failed because of this run. A run that has
        read all that people asked for, or all fresh hours, so that it would go on with passes, ends at once, since
        convert-logs begins only then; the rest is left to the next.
        """
        clock = self._ports.clock
        self.take_requests()
        while (now_ms := clock.now_ms()) < self._deadline_ms or not self._slot.is_idle:
            lanes = (self._slot, self._reader) if now_ms < self._deadline_ms else (self._slot,)
            windows = self._progress.windows
            due = [due_ms for lane in lanes if (due_ms := lane.step(now_ms, windows)) is not None]
            if self._reader.refused and self._progress.may_read:
                self._progress.read_nothing(self._reader.refused)
                self._taken = None
            if not due or self._taken is None or now_ms >= self._look_ms:
                new = self.take_requests()
                if not due and not new:
                    break
            if self._reader.is_idle and self._is_read(self._progress.windows):
                self.take_requests()
                break
            left_ms = min([self._look_ms, *due]) - clock.now_ms()
            if left_ms > 0:
                clock.sleep(left_ms / 1000)
        self._reader.stop()

    def _is_read(self, windows: NextWindows) -> bool:
        """Whether it has read what somebody waits for."""
        if self._reader.read_requested and not any(windows.open_requests):
            return True
        return self._reader.read_fresh and windows.has_only_passes(Way.READ)

    def take_requests(self) -> bool:
        """Derives what is next if there are new requests, and moves those that are complete.

        Returns whether there were new ones.
        """
        requests = self._requests.pending if self._taken is None else self._requests.requests()
        keys = {request.key for request in requests}
        new = self._taken is None or not keys <= self._taken
        now_ms = self._ports.clock.now_ms()
        self._look_ms = EpochMs(now_ms + round(_STEP_S * 1000))
        self._taken = keys | (self._taken or set())
        self._chain = max([self._chain, *(request.chain for request in requests)])
        asked = [request for request in requests if request.kind is not RequestKind.CONTINUE]
        if new:
            self._progress.read(asked)
            self._pauses_ms = EpochMs(now_ms + _PAUSES_MS)
            left = sum(each.hours for each in self._progress.windows.waiting().values())
            self._all_hours = self._hours + left
            self._report_progress()
            self._reader.keep(self._progress.windows)
        done = [request for request in requests if request.kind is RequestKind.CONTINUE]
        if new or len(self._progress.tried) != self._tried_before:
            done += self._progress.finished(asked, reads=not self._reader.is_idle)
        self._tried_before = len(self._progress.tried)
        if now_ms >= self._pauses_ms:  # a run may take long
            self._progress.windows.paused = held(self._ports.ledger.load_all(PAUSED))
            self._pauses_ms = EpochMs(now_ms + _PAUSES_MS)
        if done:
            self._requests.handled(done, self._progress.reports)
        return new

    def finish(self) -> None:
        """Notes what waits for another run, and leaves wake-ups for it and for catalog gaps."""
        windows = self._progress.windows
        self.report.waiting = windows.waiting()
        self.report.remaining += self._slot.left
        self.report.rejected += self._requests.rejected
        for item in self._ports.ledger.unreadable.values():
            self.report.unreadable.append(str(item))
            self._ports.telemetry.event("unreadable item", key=item.key, reason=item.reason)
        now_ms, progress = self._ports.clock.now_ms(), bool(self.report.exported or self.report.failed)
        if self.report.remaining or self.report.waiting:
            body = wake_up(self._chain, progress, now_ms, int(self._config.wake_delay_s * 1000))
            if body is not None:
                self._ports.control.put(f"{REQUESTS}continue/{self._config.run_id}", body)
        self.report.catalog_gaps, self.report.catalog_errors = self._gaps.open, self._gaps.trouble
        # This run has consumed their wake-up, due or not.
        if (body := self._gaps.wake_up(self._open_gaps)) is not None:
            self._ports.control.put(f"{REQUESTS}continue/{self._config.run_id}-catalog", body)
        self._ports.telemetry.event("export finished", **self.report.to_json())

    def _report_progress(self) -> None:
        all_hours = max(self._hours, self._all_hours)  # a window under way does not wait
        self._ports.telemetry.progress(self._hours, all_hours, "hours of log groups")

    def _tried(self, row: LedgerRow) -> None:
        """Counts a window after its try, which this run does not repeat."""
        self._progress.tried.add((row.name, row.version))
        self.report.tried(row)
        self._hours += (row.window.to_ms - row.window.from_ms) // MS_PER_HOUR
        self._report_progress()
        self._ports.telemetry.event(
            "window", log_group=row.log_group, window=str(row.window), state=row.state.value, reason=row.reason
        )
