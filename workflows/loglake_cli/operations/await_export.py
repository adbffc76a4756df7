"""Follows a request until its events can be queried, or until no more progress comes by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from loglake.core.keys import REJECTED, REQUESTS
from loglake.core.ledger.row import TERMINAL, LedgerRow, WindowState
from loglake.core.requests.requests import RequestReport, report_key
from loglake.core.run.outcome import CONVERT, EXPORT, Outcome
from loglake.core.state_items import paused
from loglake.core.units import EPOCH, MS_PER_MINUTE, EpochMs, LogGroupName
from loglake.errors import ConfigError, NotFoundError, TransientError
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.export import ExportPlan, matching_groups
from loglake_cli.operations.standing.reading import slot_of, status_of_groups
from loglake_cli.operations.standing.status import GroupStatus
from loglake_cli.operations.standing.status_text import moment
from loglake_cli.wording import counted

_FIRST_S, _LOOK_S, _GROWTH = 0.5, 5.0, 1.1
"""The time between two reads of the ledger, at first and at most: a small range on this machine takes seconds, and on
AWS minutes."""

MOST_FAULTS = 3
"""How many failed reads in a row end the waiting."""

LONG_MS = 10 * MS_PER_MINUTE
"""The longest wait for a window that is not retried at once, such as after an empty export."""

TAKING = "Waiting for the export job to take the request"
UNDER_WAY = "Exporting and converting"


@dataclass(frozen=True)
class ExportProgress:
    """The progress of a request.

    Attributes:
        windows: of its range, as far as they are planned.
        ended_windows: the finished ones among them.
        in_table: the ones with their rows in the table.
        waiting: what has to happen next, in words; empty at the end.
        failed: which parts of the request can't be queried, in sentences.
        stopped: why a job failed, in sentences; its pending work is not waited for.
        notes: what is good to know, in sentences.
    """

    windows: int
    ended_windows: int
    in_table: int
    waiting: str
    failed: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether the waiting is over."""
        return not self.waiting or bool(self.stopped)

    @property
    def problems(self) -> tuple[str, ...]:
        """Why parts of the request can't be queried."""
        return (*self.stopped, *self.failed)


def await_export(
    deployment: Deployment,
    plan: ExportPlan,
    asked_ms: EpochMs,
    say: Callable[[str], None],
    part: Callable[[int, int], None] = lambda done, of: None,
) -> ExportProgress:
    """Waits until a request has ended.

    Args:
        deployment: where it was put.
        plan: the request.
        asked_ms: when it was put.
        say: called when it waits for something else.
        part: called with the number of done windows and of all.

    Raises:
        ConfigError: the log groups may not be listed.
        TransientError: AWS can't be reached any more.
    """
    groups = matching_groups(deployment, plan)
    if groups is None:
        raise ConfigError("--wait needs to list the log groups (logs:DescribeLogGroups).")
    said, faults, pause_s = "", 0, _FIRST_S
    while True:
        try:
            found = _progress(deployment, plan, groups, asked_ms)
        except TransientError:
            faults += 1
            if faults == MOST_FAULTS:
                raise
            said = "AWS does not answer; trying again"
            say(said)
        else:
            faults = 0
            if found.ended:
                return found
            if found.waiting != said:
                said = found.waiting
                say(said)
            if found.windows:
                part(found.ended_windows, found.windows)
        deployment.clock.sleep(pause_s)
        pause_s = min(pause_s * _GROWTH, _LOOK_S)


def _progress(
    deployment: Deployment, plan: ExportPlan, groups: tuple[LogGroupName, ...], asked_ms: EpochMs
) -> ExportProgress:
    """The current progress. Runs are read before the ledger, which then has all of their results."""
    failures = {
        run.job: f"The {run.job} job failed: {run.error}"
        for run in deployment.runs()
        if run.outcome is Outcome.FAILED and run.ended_ms > asked_ms
    }
    if deployment.control.exists(plan.key):
        return _begun(deployment, plan, groups, asked_ms, _of_job(failures, EXPORT))
    report = _report(deployment, plan)
    if report is None:
        why = json.loads(deployment.control.get(_rejection(plan)))["reason"]
        return ExportProgress(0, 0, 0, "", (f"The export job rejected {plan.key}: {why}",))
    return _in_ledger(deployment, plan, groups, report, failures)


def _rows(deployment: Deployment, plan: ExportPlan, groups: tuple[LogGroupName, ...]) -> list[LedgerRow]:
    """The rows of a request's range."""
    wanted = plan.request.window
    assert wanted is not None  # of a request
    return [row for group in groups for row in deployment.ledger.rows(group) if wanted.meets(row.window)]


def _begun(
    deployment: Deployment,
    plan: ExportPlan,
    groups: tuple[LogGroupName, ...],
    asked_ms: EpochMs,
    stopped: tuple[str, ...],
) -> ExportProgress:
    """The progress while something of the request is still to be exported."""
    begun = [row for row in _rows(deployment, plan, groups) if row.newest.exported_at_ms >= asked_ms]
    waiting = (UNDER_WAY if begun else TAKING) + _slot_taken(deployment, begun)
    ended = sum(row.state in TERMINAL for row in begun)
    held = [name for name in groups if name in paused(deployment.ledger)]
    failed: tuple[str, ...] = ()
    if len(held) == len(groups) and ended == len(begun):
        waiting, failed = "", tuple(f"{name} is paused: resume it to have the rest" for name in held)
    return ExportProgress(
        len(begun), ended, sum(row.live is not None for row in begun), waiting, failed=failed, stopped=stopped
    )


def _in_ledger(
    deployment: Deployment,
    plan: ExportPlan,
    groups: tuple[LogGroupName, ...],
    report: RequestReport,
    failures: dict[str, str],
) -> ExportProgress:
    """The progress after the export job has taken the request."""
    rows, now_ms = _rows(deployment, plan, groups), deployment.clock.now_ms()
    held = {group: since for group, since in paused(deployment.ledger).items() if group in groups}
    found = status_of_groups(rows, held, now_ms, deployment.settings().settle_after_ms)
    postponed = [row for row in rows if row.is_retried and _retry_at(row) > now_ms + LONG_MS]
    # Windows that add missing rows; with --replace also those that replace rows.
    pending = {group.log_group: group.pending if plan.request.reexport else group.waiting for group in found}
    failed = [*report.not_exported, *_failed(found, held, pending, postponed, report)]
    for group in held:
        pending[group] = 0
    for row in postponed:
        pending[row.log_group] = max(0, pending[row.log_group] - 1)
    asked_for = [row for row in rows if row.state is not WindowState.SUPERSEDED]
    windows, left = len(asked_for), sum(pending.values())
    if not (windows or failed or report.notes):
        failed.append("nothing of that time is exported yet: it is too recent, and the schedule exports it later")
    stopped: tuple[str, ...] = ()
    if left:
        exporting = [row for row in rows if row.state is WindowState.EXPORTING or row.is_retried]
        waiting = UNDER_WAY + (_slot_taken(deployment, exporting) if exporting else "")
        stopped = _of_job(failures, EXPORT if len(exporting) == left else CONVERT)
    else:
        noted = {gap.table: gap for gap in deployment.open_gaps()}
        lacking = sorted({row.table for row in rows} & noted.keys())
        failed += [f"the crawler did not bring in {table}" for table in lacking if noted[table].given_up]
        awaited = [table for table in lacking if not noted[table].given_up]
        waiting = f"Waiting for the crawler to bring in {', '.join(awaited)}" if awaited else ""
    in_table = sum(row.live is not None for row in asked_for)
    return ExportProgress(windows, windows - left, in_table, waiting, tuple(failed), stopped, report.notes)


def _failed(
    found: Sequence[GroupStatus],
    held: dict[LogGroupName, EpochMs],
    pending: dict[LogGroupName, int],
    postponed: Sequence[LedgerRow],
    report: RequestReport,
) -> Iterator[str]:
    for group in found:
        yield from (f"{row.log_group} {row.window} is {row.state.value}: {row.reason}" for row in group.failed)
    for row in postponed:
        why = row.reason or f"it is tried again at {moment(_retry_at(row))}"
        yield f"{row.log_group} {row.window} is not there yet, but comes by itself: {why}"
    for name in held:
        if pending.get(name) and not any(said.startswith(f"{name}: ") for said in report.not_exported):
            wait = "waits" if pending[name] == 1 else "wait"
            yield f"{name} is paused, and {counted(pending[name], 'window')} of that time {wait}"


def _retry_at(row: LedgerRow) -> EpochMs:
    return row.failure.retry_at_ms if row.failure else EPOCH


def _slot_taken(deployment: Deployment, rows: Sequence[LedgerRow]) -> str:
    """Who has the account's export slot, unless one of these windows has it."""
    if any(row.state is WindowState.EXPORTING for row in rows):
        return ""
    slot = slot_of(deployment)
    if slot is None or slot.task is None:
        return ""
    whose = "another log group's" if slot.ours else "somebody else's"
    return f" (the account's one export slot has {whose} task)"


def _of_job(failures: dict[str, str], job: str) -> tuple[str, ...]:
    """Why a job failed that the request waits for."""
    return (failures[job],) if job in failures else ()


def _report(deployment: Deployment, plan: ExportPlan) -> RequestReport | None:
    """The export job's report on the request; None if it rejected it."""
    if deployment.control.exists(_rejection(plan)):
        return None
    try:
        return RequestReport.from_body(deployment.control.get(report_key(plan.key)))
    except NotFoundError:
        return RequestReport()


def _rejection(plan: ExportPlan) -> str:
    return f"{REJECTED}{plan.key[len(REQUESTS) :]}.json"
