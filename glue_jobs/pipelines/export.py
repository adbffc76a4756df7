"""The story of an export run: read requests, plan windows, run export tasks one at a time, record what they wrote.

Every step reconciles: what is pending is read from the buckets and the ledger, never from the event that woke the run.
So a lost, repeated or reordered event, or a crash at any line, changes nothing but the time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from glue_jobs.core.keys import HANDLED, REJECTED, REQUESTS
from glue_jobs.core.ledger import WindowState
from glue_jobs.core.plan import plan, unmatched
from glue_jobs.core.requests import Request, parse_request
from glue_jobs.core.units import MS_PER_MINUTE
from glue_jobs.errors import ConfigError
from glue_jobs.pipelines.export_window import ExportPorts, WindowExporter
from glue_jobs.pipelines.report import Outcome

if TYPE_CHECKING:
    from glue_jobs.config import ExportConfig
    from glue_jobs.core.datasets import Datasets
    from glue_jobs.core.ledger import LedgerRow
    from glue_jobs.core.ports import Ledger, LogGroup


@dataclass
class ExportReport:
    """What an export run did.

    Attributes:
        rejected: requests that made no sense, with the reason.
        skipped: log groups that were asked for and can't be exported, with the reason.
        failed: windows that need a person, with the reason.
        remaining: windows that wait for the next run.
    """

    planned: int = 0
    exported: int = 0
    remaining: int = 0
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
    report = ExportReport()
    deadline_ms = ports.clock.now_ms() + int(config.deadline_s * 1000)
    requests = _read_requests(ports, report)
    _plan(ports, datasets, config, requests, report)
    _mark_handled(ports, requests)
    _export_pending(ports, config, deadline_ms, report)
    if report.remaining and report.exported:
        # Work is left and this run made progress: wake the workflow again. Without progress the schedule does.
        ports.control.put(f"{REQUESTS}continue/{config.run_id}", b"")
    ports.telemetry.event("export finished", **report.to_json())
    return report


def _read_requests(ports: ExportPorts, report: ExportReport) -> list[Request]:
    """All pending requests; one that makes no sense is put aside with the reason and stops nobody else's."""
    requests = []
    for item in list(ports.control.list(REQUESTS)):
        if item.key.endswith("/"):
            continue  # a folder made in the console
        body = ports.control.get(item.key)
        try:
            requests.append(parse_request(item.key, body))
        except ConfigError as error:
            reason = {"key": item.key, "reason": str(error), "body": body.decode("utf-8", "replace")}
            ports.control.put(f"{REJECTED}{item.key[len(REQUESTS) :]}.json", json.dumps(reason, indent=1).encode())
            ports.control.delete([item.key])
            report.rejected.append(f"{item.key}: {error}")
            ports.telemetry.event("request rejected", key=item.key, reason=str(error))
    return requests


def _plan(
    ports: ExportPorts, datasets: Datasets, config: ExportConfig, requests: list[Request], report: ExportReport
) -> None:
    """Adds the windows that are asked for and not in the ledger yet."""
    if not requests:
        return
    groups = list(ports.tasks.log_groups())
    concerned = [group for group in groups if _concerns(requests, group, datasets)]
    made = plan(
        ports.clock.now_ms(),
        config.lag_minutes * MS_PER_MINUTE,
        groups=concerned,
        datasets=datasets,
        requests=requests,
        ledger={group.name: ports.ledger.rows(group.name) for group in concerned},
    )
    report.planned = sum(ports.ledger.add(row) for row in made.rows)
    report.skipped += [f"{skip.log_group}: {skip.reason}" for skip in made.skipped]
    report.skipped += [f"{pattern}: no log group has this name" for pattern in unmatched(requests, groups)]
    ports.telemetry.event("planned", windows=report.planned, requests=len(requests), skipped=report.skipped)


def _concerns(requests: list[Request], group: LogGroup, datasets: Datasets) -> bool:
    return any(request.matches(group.name) for request in requests) or datasets.find(group.name) is not None


def _mark_handled(ports: ExportPorts, requests: list[Request]) -> None:
    """Moves requests whose windows are in the ledger out of the way. A crash before it only plans them again."""
    for request in requests:
        ports.control.put(f"{HANDLED}{request.key[len(REQUESTS) :]}", ports.control.get(request.key))
    ports.control.delete(request.key for request in requests)


def _export_pending(ports: ExportPorts, config: ExportConfig, deadline_ms: int, report: ExportReport) -> None:
    """Runs windows one after the other, those first that a run before this one left in the middle."""
    exporter = WindowExporter(ports, config.poll_s, deadline_ms)
    for row in _pending(ports.ledger):
        if ports.clock.now_ms() >= deadline_ms:
            report.remaining += 1
            continue
        done = exporter.export(row)
        if done.state is WindowState.EXPORTED:
            report.exported += 1
        elif done.state is WindowState.FAILED:
            report.failed.append(f"{done.log_group} {done.window}: {done.reason}")
        else:
            report.remaining += 1
        ports.telemetry.event(
            "window", log_group=done.log_group, window=str(done.window), state=done.state.value, reason=done.reason
        )


def _pending(ledger: Ledger) -> list[LedgerRow]:
    started = ledger.in_states(WindowState.EXPORTING)
    planned = ledger.in_states(WindowState.PLANNED)
    return started + sorted(planned, key=lambda row: (row.window, row.log_group))
