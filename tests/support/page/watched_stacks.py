"""A running stack with its page and with input that tries to break pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gluelocal.crawl.crawler import crawl
from gluelocal.engine.events import ActionEnded, StartRequested
from gluelocal.engine.state import RUNNING
from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.schema import Column, ColumnType, TableSchema
from loglake.core.units import from_ms, parse_instant
from loglake_cli.local.stack import LocalStack, StackSettings
from loglake_cli.ui.app import serving
from support.worlds.ledger_rows import changed
from support.worlds.status_windows import DONE, FAILED, SHOP, hours

HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
EXPORT = "loglake-log-export"
ROWS = 3


@dataclass(frozen=True)
class WatchedStack:
    """A stack with its page. The first job of its first run has FAILED, the second one is RUNNING."""

    stack: LocalStack
    page: str

    def attempt(self, job: str) -> str:
        """The id of a job's last attempt in the last run."""
        runs = self.stack.runtime.state.runs
        return next(action.last.id for run in runs[::-1] for action in run.actions if action.name == job)

    def end(self, job: str, state: str, error: str = "") -> None:
        """Ends a job. The engine's next jobs do not run, since nothing polls."""
        self._end(self.attempt(job), state, error)

    def start(self, workflow: str) -> None:
        """Starts another run; its jobs do not run either."""
        self.stack.runtime.call(StartRequested(workflow, SystemClock().now_ms()))

    def end_all(self) -> None:
        """Ends all RUNNING jobs; otherwise they would be started, just to be stopped with the stack."""
        while busy := [
            action.last.id
            for run in self.stack.runtime.state.runs
            for action in run.actions
            if action.last.state == RUNNING
        ]:
            self._end(busy[0], "SUCCEEDED")

    def write_log(self, job: str, *lines: str) -> None:
        """Adds lines to the log of a job."""
        self.stack.jobs.log_dir.mkdir(exist_ok=True)
        with (self.stack.jobs.log_dir / f"{self.attempt(job)}.log").open("a", encoding="utf-8") as log:
            log.writelines(f"{line}\n" for line in lines)

    def write_table(self) -> None:
        """Puts a file of a table into the lake, registers its schema, and crawls."""
        times = [from_ms(parse_instant(f"2026-11-20T08:00:0{second}Z")) for second in range(ROWS)]
        sink = io.BytesIO()
        pq.write_table(
            pa.table(
                {
                    "event_time": pa.array(times, pa.timestamp("ms", "UTC")),
                    "message": [HOSTILE] * ROWS,
                    "n": [1, 2, None],
                }
            ),
            sink,
        )
        key = "tables/app_shop/dt=2026-11-20/a.parquet"
        s3, glue = self.stack.client("s3"), self.stack.client("glue")
        s3.put_object(Bucket=self.stack.outputs["LakeBucket"], Key=key, Body=sink.getvalue())
        schema = TableSchema("app_shop", 1, (Column("n", ("n",), ColumnType.BIGINT),), "day")
        self.stack.ledger.publish(schema)
        (crawler,) = self.stack.model.crawlers.values()
        crawl(crawler.properties, s3, glue, SystemClock().now_ms())

    def _end(self, attempt_id: str, state: str, error: str = "") -> None:
        self.stack.runtime.call(ActionEnded(attempt_id, state, SystemClock().now_ms(), error))


@contextmanager
def watched_stack(folder: Path) -> Iterator[WatchedStack]:
    """Starts a stack, and ends it with all its processes."""
    # Three nodes in one workflow are more to draw than two.
    settings = StackSettings(folder / "logs", {"CrawlMode": "EveryRun"})
    datasets, clock = Datasets.for_groups([SHOP]), SystemClock()
    with LocalStack(datasets, settings, clock) as stack, serving(stack, clock) as page:
        watched = WatchedStack(stack, page)
        watched.start(EXPORT)
        watched.write_log("loglake-export-logs", "one", HOSTILE, "\x1b[31mred\0 \u202eturned")
        watched.end("loglake-export-logs", "FAILED", f"it broke: {HOSTILE}")
        watched.write_log("loglake-convert-logs", *(f"line {number}" for number in range(300)))
        stack.ledger.add(hours(0, 1, DONE))
        stack.ledger.add(changed(hours(1, 2, FAILED), reason=HOSTILE))
        try:
            yield watched
        finally:
            watched.end_all()
