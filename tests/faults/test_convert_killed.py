"""SIGKILL of convert-logs at points between its first staged file and CONVERTED: a second run gives the same lake.

The embedded AWS sees every call, so it is the place to break in: at the n-th change of the lake or the ledger the
converter's driver is killed. On every second point the call itself is carried out and its caller never learns of it; on
the others it is lost with the caller.
"""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_jobs.aws.ledger_store import DynamoLedger
from glue_jobs.aws.system_clock import SystemClock
from glue_jobs.core.accounting import total
from glue_jobs.core.datasets import Datasets
from glue_jobs.core.ledger import LedgerRow, WindowState
from glue_jobs.core.units import MS_PER_DAY, EpochMs, LogGroupName, parse_instant
from glue_jobs.core.windows import Window
from workflows.local.engine.state import StartJobRun
from workflows.local.executor.jobs import JobEnd, JobRun
from workflows.local.stack import LocalStack, StackSettings

pytestmark = pytest.mark.faults

SHOP, PLAIN = LogGroupName("/app/shop"), LogGroupName("/app/plain")
START = parse_instant("2026-11-21")
WINDOW = Window(START, EpochMs(START + 2 * MS_PER_DAY))
EVENTS = 400
POINTS = 10


class Killer:
    """Kills a converter at the n-th change after the first file was staged; with n None it only counts.

    Changes are those of the lake, and the ledger's mark CONVERTED that follows the emptying of staging. Renewals of
    leases are not counted: there are more of them where the machine is slower.
    """

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.job: JobRun | None = None
        self.changes = 0
        self.killed = False
        self._marks_due = 0

    def __call__(self, environ: dict[str, Any]) -> None:
        if self.killed or not self._counts(environ):
            return
        self.changes += 1
        if self.changes == self.at and self.job:
            self.killed = True
            os.kill(self.job.pid, signal.SIGKILL)
            if self.at % 2:
                raise ConnectionAbortedError("the call is lost with its caller")

    def _counts(self, environ: dict[str, Any]) -> bool:
        if environ.get("HTTP_X_AMZ_TARGET", "").endswith("PutItem"):
            marks = self._marks_due > 0
            self._marks_due -= marks
            return marks
        method = environ["REQUEST_METHOD"]
        if not environ["PATH_INFO"].startswith("/loglake-lake-") or method not in {"PUT", "POST"}:
            return False
        # Tasks of other windows stage files between the emptying and its mark, so the mark is owed, not expected next.
        self._marks_due += method == "POST"
        return bool(self.changes) or "/staging/" in environ["PATH_INFO"]


class Converter:
    """A stack whose windows are EXPORTED, and which is put back to that before each conversion."""

    def __init__(self, stack: LocalStack, log_dir: Path) -> None:
        self.stack = stack
        self.s3 = stack.client("s3")
        self.lake = stack.outputs["LakeBucket"]
        self.runs = 0
        stack.put_request([SHOP, PLAIN], WINDOW)
        stack.run_until_idle()
        self.undisturbed = self.rows()
        self.converted = self.ledger_rows()

    def ledger_rows(self) -> list[LedgerRow]:
        return [row for group in (SHOP, PLAIN) for row in self.stack.ledger.rows(group)]

    def keys(self, prefix: str = "") -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.lake, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def rows(self) -> pa.Table:
        """All rows of all tables, in the order of what tells an event from every other."""
        bodies = [self.s3.get_object(Bucket=self.lake, Key=key)["Body"].read() for key in self.keys("tables/")]
        whole = pa.concat_tables([pq.read_table(io.BytesIO(body)) for body in bodies], promote_options="default")
        return whole.sort_by([("log_group", "ascending"), ("_source", "ascending"), ("_line", "ascending")])

    def reset(self) -> None:
        """Empties the lake and puts every window back to EXPORTED."""
        for key in self.keys():
            self.s3.delete_object(Bucket=self.lake, Key=key)
        dynamodb, table = self.stack.client("dynamodb"), self.stack.outputs["LedgerTable"]
        for row in self.ledger_rows():
            item = {"pk": {"S": f"group#{row.log_group}"}, "sk": {"S": _sort_key(row)}}
            dynamodb.delete_item(TableName=table, Key=item)
            exported = LedgerRow(
                row.log_group, row.window, row.table, WindowState.EXPORTED, objects=row.objects, task_id=row.task_id
            )
            assert DynamoLedger(dynamodb, table).add(exported)

    def convert(self, killer: Killer) -> JobEnd:
        """Runs the job as the workflow would, in its own process, with the killer looking on."""
        self.runs += 1
        job = self.stack.model.jobs["loglake-convert-logs"]
        command = StartJobRun("", f"jr_{self.runs:064x}", job.name, 0, job.default_arguments, 5)
        killer.job = JobRun(job, command, self.stack.jobs, self.stack.client)
        self.stack.aws.observe = killer
        try:
            while (end := killer.job.poll()) is None:
                SystemClock().sleep(0.05)
        finally:
            killer.job.stop()
            self.stack.aws.observe = lambda _environ: None
        return end


def _sort_key(row: LedgerRow) -> str:
    return f"{row.window.from_ms:014d}#{row.window.to_ms:014d}"


@pytest.fixture(scope="module")
def converter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Converter]:
    log_dir = tmp_path_factory.mktemp("job-logs")
    settings = StackSettings(log_dir, parameters={"LeaseSeconds": "3"})
    with LocalStack(Datasets.for_groups([SHOP, PLAIN]), settings, SystemClock()) as stack:
        step = 2 * MS_PER_DAY // EVENTS
        for group, message in ((SHOP, '{{"level":"info","n":{n},"user":{{"id":{n}}}}}'), (PLAIN, "line {n}\n  more")):
            for stream in ("a", "b/c"):
                events = [(START + n * step, message.format(n=n)) for n in range(EVENTS)]
                stack.aws.log_store.load(group, stream, events, SystemClock().now_ms())
        yield Converter(stack, log_dir)


def test_a_killed_converter_is_followed_by_one_that_gives_the_same_lake(
    converter: Converter, capsys: pytest.CaptureFixture[str]
) -> None:
    assert converter.undisturbed.num_rows == 4 * EVENTS
    converter.reset()
    counting = Killer()
    assert converter.convert(counting).state == "SUCCEEDED"
    assert converter.rows() == converter.undisturbed
    points = sorted({1 + round(n * (counting.changes - 1) / (POINTS - 1)) for n in range(POINTS)})
    assert len(points) == POINTS
    for point in points:
        converter.reset()
        killer = Killer(point)
        end = converter.convert(killer)
        assert killer.killed, f"change {point} was not reached"
        assert end.state == "FAILED", end
        assert "SIGKILL" in end.error
        assert converter.convert(Killer()).state == "SUCCEEDED"
        assert_as_undisturbed(converter, point)
    with capsys.disabled():
        print(f" faults survived: {len(points)}/{POINTS} ", end="")


def assert_as_undisturbed(converter: Converter, point: int) -> None:
    where = f"killed at change {point}"
    assert converter.rows() == converter.undisturbed, where
    assert converter.keys("staging/") == [], where
    rows = converter.ledger_rows()
    assert [row.state for row in rows] == [WindowState.CONVERTED] * len(converter.converted), where
    assert [row.accounting for row in rows] == [row.accounting for row in converter.converted], where
    assert total(row.accounting for row in rows if row.accounting).rows_out == 4 * EVENTS, where
