"""The story of an export run: read requests, plan windows, run export tasks one at a time, record what they wrote.

Every step reconciles: what is pending is read from the buckets and the ledger, never from the event that woke the run.
So a lost, repeated or reordered event, or a crash at any line, changes nothing but the time.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from glue_jobs.core.keys import HANDLED, REJECTED, REQUESTS
from glue_jobs.core.ledger import WindowState
from glue_jobs.core.plan import plan, unmatched
from glue_jobs.core.requests import Request, parse_request
from glue_jobs.core.units import MS_PER_MINUTE
from glue_jobs.errors import ConfigError, LedgerConflictError, NotFoundError
from glue_jobs.pipelines.export_window import ExportPorts, WindowExporter
from glue_jobs.pipelines.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection

    from glue_jobs.config import ExportConfig
    from glue_jobs.core.datasets import Datasets
    from glue_jobs.core.ledger import LedgerRow
    from glue_jobs.core.ports import LogGroup
    from glue_jobs.core.units import LogGroupName
    from glue_jobs.core.windows import Window


_LONGEST_NAME = 900
"""Bytes of a request's name that the key of a rejection repeats: S3 keys end at 1,024."""


@dataclass
class ExportReport:
    """What an export run did.

    Attributes:
        rejected: requests that made no sense, with the reason.
        skipped: log groups that were asked for and can't be exported, with the reason.
        failed: windows that need a person, with the reason.
        remaining: windows that wait for the next run.
        paused: windows that wait because their log group is paused.
    """

    planned: int = 0
    exported: int = 0
    remaining: int = 0
    paused: int = 0
    rejected: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """Partial where anything was asked for and not done."""
        return Outcome.PARTIAL if self.rejected or self.skipped or self.failed or self.remaining else Outcome.OK

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {"outcome": self.outcome.value, **vars(self)}


def run_export(ports: ExportPorts, datasets: Datasets, config: ExportConfig) -> ExportReport:
    """Does one run, up to its deadline.

    Raises:
        LoglakeError: something that no later window could do without either, such as a missing permission.
    """
    run = ExportRun(ports, datasets, config)
    # A request that comes while tasks run has no other wake-up: its own start failed, since this run was under way.
    while run.take_requests() | run.export_pending():
        pass
    if run.report.remaining and run.report.exported:
        # Work is left and this run made progress: wake the workflow again. Without progress the schedule does.
        ports.control.put(f"{REQUESTS}continue/{config.run_id}", b"")
    ports.telemetry.event("export finished", **run.report.to_json())
    return run.report


class ExportRun:
    """One run, and what it has done so far."""

    def __init__(self, ports: ExportPorts, datasets: Datasets, config: ExportConfig) -> None:
        self.report = ExportReport()
        self._ports = ports
        self._datasets = datasets
        self._lag_ms = config.lag_minutes * MS_PER_MINUTE
        self._deadline_ms = ports.clock.now_ms() + int(config.deadline_s * 1000)
        self._exporter = WindowExporter(ports, config.poll_s, self._deadline_ms)
        self._added: list[LedgerRow] = []
        self._tried: set[tuple[LogGroupName, Window, int]] = set()

    def take_requests(self) -> bool:
        """Brings what is asked for into the ledger. Returns whether there was any request."""
        requests = _read_requests(self._ports, self.report)
        if requests:
            self._plan(requests)
            _mark_handled(self._ports, requests)
        return bool(requests)

    def export_pending(self) -> bool:
        """Runs windows one after the other, those first that a run before this one left in the middle.

        A window is tried once in a run, unless it was opened again. Returns whether there was any to try before the
        deadline.
        """
        pending = self._untried()
        for row in pending:
            if self._ports.clock.now_ms() >= self._deadline_ms:
                self._tried.add(_name(row))
                self.report.remaining += 1
            elif not _is_held(row, self._ports.ledger.paused()):  # now: a run may take long
                self._tried.add(_name(row))
                self._report(self._exporter.export(row))
        return bool(pending) and self._ports.clock.now_ms() < self._deadline_ms

    def _plan(self, requests: list[Request]) -> None:
        ledger = self._ports.ledger
        groups = list(self._ports.tasks.log_groups())
        concerned = [group for group in groups if _concerns(requests, group, self._datasets)]
        made = plan(
            self._ports.clock.now_ms(),
            self._lag_ms,
            groups=concerned,
            datasets=self._datasets,
            requests=requests,
            ledger={group.name: ledger.rows(group.name) for group in concerned},
            paused=ledger.paused().keys(),
        )
        before = len(self._added)
        self._added += [row for row in made.rows if ledger.add(row)]
        for row in made.reopened:
            with suppress(LedgerConflictError):  # another run was faster
                ledger.replace(row)
                self._added.append(row)
        self.report.planned += len(self._added) - before
        self.report.skipped += [f"{skip.log_group}: {skip.reason}" for skip in made.skipped]
        self.report.skipped += [f"{pattern}: no log group has this name" for pattern in unmatched(requests, groups)]
        self._ports.telemetry.event(
            "planned", windows=len(self._added) - before, requests=len(requests), skipped=self.report.skipped
        )

    def _untried(self) -> list[LedgerRow]:
        """What is pending and was not tried in this run, but for what a pause holds back."""
        paused = self._ports.ledger.paused()
        waiting = [row for row in self._pending() if _name(row) not in self._tried]
        due = [row for row in waiting if not _is_held(row, paused)]
        self.report.paused = len(waiting) - len(due)
        return due

    def _pending(self) -> list[LedgerRow]:
        """What the index of states tells, and what was added a moment ago, which it may not tell yet."""
        listed = self._ports.ledger.in_states(WindowState.EXPORTING, WindowState.PLANNED)
        rows = {(row.log_group, row.window): row for row in [*self._added, *listed]}.values()
        started = [row for row in rows if row.state is WindowState.EXPORTING]
        planned = [row for row in rows if row.state is WindowState.PLANNED]
        return started + sorted(planned, key=lambda row: (row.window, row.log_group))

    def _report(self, done: LedgerRow) -> None:
        if done.state is WindowState.EXPORTED:
            self.report.exported += 1
        elif done.state is WindowState.FAILED:
            self.report.failed.append(f"{done.log_group} {done.window}: {done.reason}")
        else:
            self.report.remaining += 1
        self._ports.telemetry.event(
            "window", log_group=done.log_group, window=str(done.window), state=done.state.value, reason=done.reason
        )


def _name(row: LedgerRow) -> tuple[LogGroupName, Window, int]:
    """What is tried: a window that is opened again is another generation of it."""
    return row.log_group, row.window, row.generation


def _is_held(row: LedgerRow, paused: Collection[LogGroupName]) -> bool:
    """Whether a window must wait since its log group is paused. A task that was started is brought to its end."""
    return row.state is WindowState.PLANNED and row.log_group in paused


def _read_requests(ports: ExportPorts, report: ExportReport) -> list[Request]:
    """All pending requests; one that makes no sense is put aside with the reason and stops nobody else's."""
    requests = []
    for item in list(ports.control.list(REQUESTS)):
        if item.key.endswith("/"):
            continue  # a folder made in the console
        try:
            body = ports.control.get(item.key)
        except NotFoundError:
            continue  # another run was faster
        try:
            requests.append(parse_request(item.key, body))
        except ConfigError as error:
            reason = {"key": item.key, "reason": str(error), "body": body.decode("utf-8", "replace")}
            name = item.key[len(REQUESTS) :][:_LONGEST_NAME]
            ports.control.put(f"{REJECTED}{name}.json", json.dumps(reason, indent=1).encode())
            ports.control.delete([item.key])
            report.rejected.append(f"{item.key}: {error}")
            ports.telemetry.event("request rejected", key=item.key, reason=str(error))
    return requests


def _concerns(requests: list[Request], group: LogGroup, datasets: Datasets) -> bool:
    return any(request.matches(group.name) for request in requests) or datasets.find(group.name) is not None


def _mark_handled(ports: ExportPorts, requests: list[Request]) -> None:
    """Moves requests whose windows are in the ledger out of the way. A crash before it only plans them again."""
    for request in requests:
        with suppress(NotFoundError):  # another run was faster
            ports.control.put(f"{HANDLED}{request.key[len(REQUESTS) :]}", ports.control.get(request.key))
    ports.control.delete(request.key for request in requests)
