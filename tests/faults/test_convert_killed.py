"""SIGKILL of convert-logs with Spark, as on AWS: once, again during the recovery, and a third time.

Each kill costs a start of a JVM, so here are a few moments, found by an undisturbed run; `jobs/test_killed` has all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pytest
from support.truth.tables import Kept
from support.worlds.ledger_rows import changed

from faults.branches import Branch
from faults.histories import STAGED, oracle_of
from faults.history_counts import HistoryCounts
from faults.pipeline import DAYS, EVENTS, PLAIN, SHOP, load_groups
from faults.steps import Killer, Step, Watch
from gluelocal.cloud.callers import CLIENT
from gluelocal.engine.state import StartJobRun
from gluelocal.executor.jobs.jobs import JobEnd, JobRun
from loglake.aws.system_clock import SystemClock
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.schema.datasets import Datasets
from loglake_cli.local.stack import LocalStack, StackSettings

if TYPE_CHECKING:
    from support.truth.oracle import Counts

pytestmark = pytest.mark.faults

SAMPLE = 3
"""Moments where not all are wanted."""


class Converter:
    """A stack with exported windows, which can be reset to that state."""

    def __init__(self, stack: LocalStack, had: Counts) -> None:
        self.stack = stack
        self.had = had
        self.branch = Branch(stack.aws, "loglake", stack.outputs)
        self.runs = 0
        stack.put_request([SHOP, PLAIN], DAYS)
        stack.run_until_idle()
        self.undisturbed = self.branch.outcome()

    def wrong(self) -> list[str]:
        """The differences from what came of undisturbed jobs, and what the oracle says."""
        seen, status = self.branch.seen(), self.branch.status()
        found = oracle_of(Kept(self.had), {}).look(SystemClock().now_ms(), seen, status)
        return [*self.undisturbed.differences(self.branch.outcome()), *found]

    def reset(self) -> None:
        """Empties the lake and puts every window back to EXPORTED."""
        s3, dynamodb = self.stack.client("s3"), self.stack.client("dynamodb")
        for name in self.branch.keys("lake"):
            s3.delete_object(Bucket=self.branch.bucket("lake"), Key=name)
        for row in self.stack.ledger.all_rows():
            key = {
                "pk": {"S": f"group#{row.log_group}"},
                "sk": {"S": f"{row.window.from_ms:014d}#{row.window.to_ms:014d}"},
            }
            dynamodb.delete_item(TableName=self.branch.table, Key=key)
            assert self.stack.ledger.add(changed(row, state=WindowState.EXPORTED, version=1))

    def convert(self, watch: Watch | None = None) -> JobEnd:
        """Runs the job as the workflow would, in its own process, with somebody looking on."""
        self.runs += 1
        job = self.stack.model.jobs["loglake-convert-logs"]
        command = StartJobRun("", f"jr_{self.runs:064x}", job.name, 0, job.default_arguments, 5)
        run = JobRun(job, command, self.stack.jobs, self.stack.client)
        if isinstance(watch, Killer):
            watch.pid = run.pid
        if watch:
            self.stack.aws.observe = watch
        try:
            while (end := run.poll()) is None:
                SystemClock().sleep(0.05)
        finally:
            run.stop()
            self.stack.aws.observe = lambda _environ: None
        return end


def _sort_key(row: LedgerRow) -> str:
    return f"{row.window.from_ms:014d}#{row.window.to_ms:014d}"


@pytest.fixture(scope="module")
def converter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Converter]:
    settings = StackSettings(tmp_path_factory.mktemp("job-logs"), parameters={"LeaseSeconds": "3"})
    with LocalStack(Datasets.for_groups([SHOP, PLAIN]), settings, SystemClock()) as stack:
        yield Converter(stack, load_groups(stack.aws, SystemClock().now_ms()))


def test_a_converter_that_is_killed_again_and_again_gives_the_same_lake_in_the_end(
    converter: Converter, history_counts: HistoryCounts, all_faults: bool
) -> None:
    assert converter.undisturbed.rows.num_rows == 4 * EVENTS
    converter.reset()
    watch = Watch(CLIENT)
    assert converter.convert(watch).state == "SUCCEEDED"
    found = converter.wrong()
    converter.reset()
    kills = 0
    moments = delicate(watch.seen)
    for step in moments if all_faults else moments[:: -(-len(moments) // SAMPLE)]:
        killer = Killer(step, carried_out=kills == 0, caller=CLIENT)
        end = converter.convert(killer)
        assert end.state == ("FAILED" if killer.killed else "SUCCEEDED"), end
        kills += killer.killed
    assert kills >= SAMPLE
    assert converter.convert().state == "SUCCEEDED"
    found += converter.wrong()
    history_counts.scenario(f"convert-logs with Spark killed {kills} times in a row", {"in the end": found})


def delicate(seen: Sequence[Step]) -> list[Step]:
    """The first call of each kind that changes something, from the first staged file on, as they come."""
    writes = [step for step in seen[seen.index(Step(STAGED, 1)) :] if step.writes]
    return [Step(kind, 1) for kind in dict.fromkeys(step.kind for step in writes)]
