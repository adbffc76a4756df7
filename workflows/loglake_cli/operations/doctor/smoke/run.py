"""Runs the smoke test: the steps of landing and querying, and an export, unless the ledger proves one already."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

from loglake.core.ledger.row import TERMINAL, LedgerRow
from loglake.core.run.outcome import EXPORT, Outcome, RunNote
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window, floor_to
from loglake.errors import AccessDeniedError
from loglake_cli.errors import REFUSALS
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.finding import Finding, Result, fine, not_allowed, problem, unproven
from loglake_cli.operations.doctor.smoke import landing, query
from loglake_cli.operations.doctor.smoke.landing import SmokeRun, Step, described, reported
from loglake_cli.operations.export import plan_export, put_request

_OLD_MS = 13 * MS_PER_HOUR
"""CloudWatch takes up to twelve hours to make an event exportable."""

_ENDED_S = 45 * 60
"""An export task takes minutes, and may wait for the slot; the run after it converts."""


def _export(run: SmokeRun) -> list[Finding]:
    """Looks for an export in the ledger; else requests one, and waits for its window."""
    done = [row for row in run.deployment.ledger.all_rows() if _exported_rows(row)]
    if done:
        newest = max(done, key=lambda row: row.updated_at_ms)
        rows = _exported_rows(newest)
        said = f"{newest.log_group} {newest.window} was exported, and has {rows:,} rows."
        return [fine(newest.log_group, f"{said}{_ran_on(run)}")]
    group = _group(run)
    if group is None:
        fix = "Write events into a log group of a dataset that is not landed, and run the smoke test again tomorrow."
        return [unproven(run.account.prefix, "No log group that is exported has events that are old enough.", fix)]
    name, window = LogGroupName(group["logGroupName"]), _window(run, group)
    asked_ms = run.deployment.clock.now_ms()
    put_request(run.deployment, plan_export(run.deployment, [name], window, replace=False))
    found = run.wait(f"the export of {name} {window}", _ENDED_S, lambda: _ended(run, name, window, asked_ms))
    note = _judged(f"{name} {window}", name, found, run.account.prefix)
    return [replace(note, found=f"{note.found}{_ran_on(run)}") if note.result is Result.OK else note]


def _ran_on(run: SmokeRun) -> str:
    reports = reported(run, "log-export", EXPORT)
    return f" The job ran on {described(reports[0]['driver'])}." if reports else ""


def _judged(what: str, name: LogGroupName, found: LedgerRow | RunNote | None, prefix: str) -> Finding:
    """The finding for the end of a window; None: it has not ended."""
    look = f"loglake status --lake aws:{prefix}"
    if found is None:
        return unproven(name, f"The export of {what} has not ended in {_ENDED_S // 60} minutes.", look)
    if isinstance(found, RunNote):
        return problem(name, f"The {found.job} job failed: {found.error}", look)
    if found.reason:
        return problem(name, f"{name} {found.window} is {found.state.value}: {found.reason}", look)
    rows = _exported_rows(found)
    if not rows:
        again = f"loglake export {name} --from -7d --to yesterday --lake aws:{prefix}  # a time with events"
        return unproven(name, f"The export of {what} is empty, which proves little.", again)
    return fine(name, f"{what} was exported, and has {rows:,} rows.")


def _exported_rows(row: LedgerRow) -> int:
    return row.live.accounting.rows_out if row.live and row.live.holds_exports else 0


def _group(run: SmokeRun) -> Shape | None:
    """The exported log group with the fewest bytes, among those with old enough events."""
    old_ms = run.deployment.clock.now_ms() - _OLD_MS - MS_PER_HOUR
    found = [
        group
        for group in run.account.log_groups_that(are_exported=True)
        if group.get("logGroupClass", "STANDARD") == "STANDARD"
        and group.get("storedBytes")
        and group.get("creationTime", 0) <= old_ms
    ]
    return min(found, key=lambda group: group["storedBytes"], default=None)


def _window(run: SmokeRun, group: Shape) -> Window:
    """The same hour of the day before; for a younger log group the newest hour that is old enough."""
    now_ms = run.deployment.clock.now_ms()
    from_ms = now_ms - MS_PER_DAY if group.get("creationTime", 0) <= now_ms - MS_PER_DAY else now_ms - _OLD_MS
    start_ms = floor_to(from_ms, MS_PER_HOUR) - MS_PER_HOUR
    return Window(EpochMs(start_ms), EpochMs(start_ms + MS_PER_HOUR))


def _ended(run: SmokeRun, name: LogGroupName, window: Window, asked_ms: int) -> LedgerRow | RunNote | None:
    """The window that has the time, once it is done or needs a person; or a run that has failed since."""
    failed = (each for each in run.deployment.runs() if each.outcome is Outcome.FAILED and each.ended_ms > asked_ms)
    if (stopped := next(failed, None)) is not None:
        return stopped
    rows = (row for row in run.deployment.ledger.rows(name) if row.state in TERMINAL)
    return next((row for row in rows if row.window.holds(window)), None)


STEPS = (
    *landing.STEPS,
    *query.STEPS,
    Step(
        "smoke-export",
        "An export task has delivered a window, and its rows are in their table.",
        "Every event that is not landed takes this way.",
        _export,
        needs_payload=False,
    ),
)
"""In order."""


def smoke(account: Account, deployment: Deployment, say: Callable[[str], None]) -> tuple[Finding, ...]:
    """Lands a payload, follows it to a query result, and proves an export.

    Each step's wait is bounded, two hours in all at most. It leaves a raw object, and a few rows in its own table
    (`core.schema.datasets.SMOKE`).

    Args:
        account: the deployment, as checks see it.
        deployment: the same, as commands work on it.
        say: called with what it waits for.
    """
    run = SmokeRun(account, deployment, say, uuid.uuid4().hex, EpochMs(deployment.clock.now_ms()))
    findings: list[Finding] = []
    stopped = ""
    for step in STEPS:
        if stopped and step.needs_payload:
            fix = f"Fix what {stopped} names, and run the smoke test again."
            findings.append(step.finding(unproven(account.prefix, "The payload did not come so far.", fix)))
            continue
        taken = _taken(step, run)
        findings += taken
        if step.carries and any(finding.result is not Result.OK for finding in taken):
            stopped = step.id
    return tuple(findings)


def _taken(step: Step, run: SmokeRun) -> list[Finding]:
    """A step's finding, or the error that prevented it."""
    try:
        return [step.finding(note) for note in step.look(run)]
    except AccessDeniedError as error:
        note = not_allowed(run.account.prefix, error)
    except REFUSALS as error:
        note = unproven(run.account.prefix, str(error), "Fix what it names, and run the smoke test again.")
    return [step.finding(note)]
