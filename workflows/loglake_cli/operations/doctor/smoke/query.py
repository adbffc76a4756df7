"""Waits until the catalog has the payload's table and partition, and queries its rows."""

from __future__ import annotations

import io

import pyarrow.parquet as pq

from loglake.core.schema.datasets import SMOKE
from loglake.core.units import day_of, split_s3_uri, to_ms
from loglake.errors import LoglakeError, NotFoundError
from loglake_cli.deploy.calls import Wait
from loglake_cli.operations.athena import run as athena
from loglake_cli.operations.doctor.account import Shape
from loglake_cli.operations.doctor.finding import Finding, fine, problem
from loglake_cli.operations.doctor.smoke.landing import EVENTS, SmokeRun, Step

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


STEPS = (
    Step(
        "smoke-catalog",
        "The table and the partition of the landed payload are in the catalog.",
        "A table that the catalog lacks can't be queried.",
        _catalog,
        carries=True,
    ),
    Step("smoke-query", "A query finds all rows of the landed payload.", "This is what it is all for.", _query),
)
