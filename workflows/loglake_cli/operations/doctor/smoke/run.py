"""Runs the smoke test: the steps of landing and querying, and an export, unless the ledger proves one already."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import replace

import pyarrow.parquet as pq

from loglake.core.ledger.row import TERMINAL, LedgerRow
from loglake.core.run.outcome import EXPORT, Outcome, RunNote
from loglake.core.schema.datasets import SMOKE
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, day_of, split_s3_uri, to_ms
from loglake.core.windows import Window, floor_to
from loglake.errors import AccessDeniedError, LoglakeError, NotFoundError
from loglake_cli.deploy.calls import Wait
from loglake_cli.errors import REFUSALS
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.finding import Finding, Result, fine, not_allowed, problem, unproven
from loglake_cli.operations.doctor.smoke import landing
from loglake_cli.operations.doctor.smoke.landing import EVENTS, SmokeRun, Step, described, reported
from loglake_cli.operations.export import plan_export, put_request

_OLD_MS = 13 * MS_PER_HOUR
"""CloudWatch takes up to twelve hours to make an event exportable."""

_ENDED_S = 45 * 60
"""An export task takes minutes, and may wait for the slot; the run after it converts."""


_CRAWLED_S = 30 * 60
"""A first crawl takes minutes; if its wake-up is lost, it is requested again after five, ten and twenty."""

_ANSWERED_S = 300


def _catalog(run: SmokeRun) -> list[Finding]:
    """Waits for the partition of the payload's day."""
    day = day_of(run.event_ms)
    found = run.wait(
        f"the partition dt={day} of {SMOKE.table} in the catalog", _CRAWLED_S, lambda: _partition(run, day)
    )
    if found is None:
        said = f"The catalog lacks the partition dt={day} of the table {SMOKE.table} after {_CRAWLED_S // 60} minutes."
        return [problem(SMOKE.table, said, f"loglake status --lake aws:{run.account.prefix}  # names the catalog gap")]
    return [fine(SMOKE.table, f"The catalog has the table {SMOKE.table} and its partition dt={day}."), *_crawl(run)]


def _crawl(run: SmokeRun) -> list[Finding]:
    """The use of the crawl, if there was one."""
    name = run.account.names.named("crawl-lake")
    try:
        crawls = run.account.reader.fresh("glue", "ListCrawls", CrawlerName=name, MaxResults=10).get("Crawls", [])
    except LoglakeError:
        return []
    mine = [each for each in crawls if to_ms(each["StartTime"]) >= run.begun_ms]
    return [fine(name, f"The crawl took {each.get('DPUHour', 0):.2f} DPU hours.") for each in mine[:1]]


def _query(run: SmokeRun) -> list[Finding]:
    """Queries Athena, if the deployment has a workgroup there; always reads the files that the catalog names."""
    day, database = day_of(run.event_ms), run.account.names.database
    partition = _partition(run, day)
    assert partition  # the step before has waited for it
    rows = _rows(run, partition["StorageDescriptor"]["Location"])
    if rows != EVENTS:
        said = f"{database}.{SMOKE.table} has {rows} of the {EVENTS} rows that were landed."
        return [problem(SMOKE.table, said, f"loglake verify {SMOKE.table} --lake aws:{run.account.prefix}")]
    return [fine(SMOKE.table, f"All {EVENTS} rows are in the files of {database}.{SMOKE.table}."), *_athena(run, day)]


def _athena(run: SmokeRun, day: str) -> list[Finding]:
    from loglake_cli.operations.athena import run as athena  # noqa: PLC0415  (duckdb and sqlglot)

    workgroup, reader = run.account.prefix, run.account.reader
    try:
        if not reader.fresh("athena", "GetWorkGroup", WorkGroup=workgroup).get("WorkGroup"):
            return []
    except LoglakeError:
        return []  # the stack query is not there: its rows are proven by the files
    sql = f"SELECT count(*) FROM {SMOKE.table} WHERE dt = '{day}' AND marker = '{run.marker}'"
    run.say(f"Waiting for the answer of Athena, {_ANSWERED_S // 60} minutes at most")
    wait = Wait(run.deployment.clock, "The answer of Athena", _ANSWERED_S)
    try:
        ((count,),) = athena.run(
            reader.client("athena"), sql, athena.Workgroup(workgroup), run.account.names.database, sleep=wait.sleep
        ).result.rows
    except LoglakeError as error:
        return [problem(SMOKE.table, str(error), f"Ask it yourself: {sql}")]
    if count != EVENTS:
        return [problem(SMOKE.table, f"Athena counts {count} of {EVENTS} rows.", f"Ask it yourself: {sql}")]
    return [fine(SMOKE.table, f"Athena counts {count} rows.")]


def _partition(run: SmokeRun, day: str) -> Shape | None:
    try:
        found: Shape = run.account.reader.fresh(
            "glue",
            "GetPartition",
            DatabaseName=run.account.names.database,
            TableName=SMOKE.table,
            PartitionValues=[day],
        )["Partition"]
    except NotFoundError:
        return None
    return found


def _rows(run: SmokeRun, location: str) -> int:
    """How many rows of a partition have the marker."""
    _, prefix = split_s3_uri(location)
    lake, count = run.deployment.lake, 0
    for info in lake.list(f"{prefix.rstrip('/')}/"):
        table = pq.read_table(io.BytesIO(lake.get(info.key)), columns=["marker"])
        count += table.column("marker").to_pylist().count(run.marker)
    return count


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
    Step(
        "smoke-catalog",
        "The table and the partition of the landed payload are in the catalog.",
        "A table that the catalog lacks can't be queried.",
        _catalog,
        carries=True,
    ),
    Step("smoke-query", "A query finds all rows of the landed payload.", "This is what it is all for.", _query),
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
