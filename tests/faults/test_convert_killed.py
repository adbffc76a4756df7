"""SIGKILL of convert-logs with Spark, as on AWS: once, again during the recovery, and a third time.

Each kill costs two starts of a JVM, so here are the three moments that matter most; `jobs/test_killed` has all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.worlds.ledger_rows import changed

from faults.branches import Branch
from faults.histories import COMMITTED, STAGED
from faults.history_counts import HistoryCounts
from faults.pipeline import DAYS, EVENTS, PLAIN, SHOP, load_groups
from faults.steps import Killer, Step
from gluelocal.cloud.callers import CLIENT
from gluelocal.engine.state import StartJobRun
from gluelocal.executor.jobs.jobs import JobEnd, JobRun
from loglake.aws.system_clock import SystemClock
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.schema.datasets import Datasets
from loglake_cli.local.stack import LocalStack
from loglake_cli.local.stack_settings import StackSettings

pytestmark = pytest.mark.faults

KILLS = {
    "after its first staged file": (Step(STAGED, 1), True),
    "between a manifest and its copies": (Step("CopyObject lake/tables", 1), False),
    "before a window is marked CONVERTED": (Step(COMMITTED, 1), False),
}
"""Where, and whether the call that is seen then is carried out."""


class Converter:
    """A stack with exported windows, which can be reset to that state."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.branch = Branch(stack.aws, "loglake", stack.outputs)
        self.runs = 0
        stack.put_request([SHOP, PLAIN], DAYS)
        stack.run_until_idle()
        self.undisturbed = self.branch.outcome()

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

    def convert(self, killer: Killer | None = None) -> JobEnd:
        """Runs the job as the workflow would, in its own process, with the killer looking on."""
        self.runs += 1
        job = self.stack.model.jobs["loglake-convert-logs"]
        command = StartJobRun("", f"jr_{self.runs:064x}", job.name, 0, job.default_arguments, 5)
        run = JobRun(job, command, self.stack.jobs, self.stack.client)
        if killer:
            killer.pid = run.pid
            self.stack.aws.observe = killer
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
        load_groups(stack.aws, SystemClock().now_ms())
        yield Converter(stack)


def test_a_converter_that_is_killed_again_and_again_gives_the_same_lake_in_the_end(
    converter: Converter, history_counts: HistoryCounts
) -> None:
    assert converter.undisturbed.rows.num_rows == 4 * EVENTS
    converter.reset()
    for when, (step, carried_out) in KILLS.items():
        killer = Killer(step, carried_out=carried_out, caller=CLIENT)
        end = converter.convert(killer)
        assert killer.killed, f"not reached: {when}"
        assert end.state == "FAILED", end
        assert "SIGKILL" in end.error
    assert converter.convert().state == "SUCCEEDED"
    found = converter.undisturbed.differences(converter.branch.outcome())
    history_counts.scenario("convert-logs with Spark killed", dict.fromkeys(KILLS, found))
