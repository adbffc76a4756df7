"""Looks for landed objects that are lost, late or repeated, and one whose finding is lost, leave the lake the same.

The templates are deployed with `LandingStart: Look`, and the local runtime executes what they define; only its jobs are
without a JVM.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.branches import DATASETS_KEY, Branch, State
from faults.forks import Forks
from faults.history_counts import HistoryCounts
from faults.pipeline import DATASETS, LANDED, asked
from faults.test_events import Jobs
from loglake.aws.system_clock import SystemClock
from loglake.core.keys import LANDED as FOUND
from loglake.core.keys import LOOKS
from loglake.core.schema.datasets_file import load_datasets
from loglake_cli.local.stack import LocalStack, StackSettings

pytestmark = pytest.mark.faults

PARAMETERS = {"LandingStart": "Look", "LeaseSeconds": "5"}
LOOK, LAND = "loglake-log-look", "loglake-log-landing"


class Deployment:
    """A deployment that looks for landed objects. A test may drop their events."""

    def __init__(self, stack: LocalStack, forks: Forks, patched: pytest.MonkeyPatch) -> None:
        self.stack, self.branch = stack, Branch(stack.aws, "loglake", stack.outputs)
        self.dropped: set[str] = set()
        self._notify, self._looks = stack.runtime.notify, 0
        patched.setattr(stack.runtime.jobs, "run_job", Jobs(forks).run)
        patched.setattr(stack.runtime, "notify", self._pass_on)
        state = asked()
        self.branch.fill(
            State({"control": {DATASETS_KEY: state.objects["control"][DATASETS_KEY]}, "raw": {}, "lake": {}})
        )
        self.landed = state.objects["raw"]

    def _pass_on(self, workflow: str, event_id: str) -> None:
        if workflow in self.dropped:
            self.dropped.discard(workflow)
        else:
            self._notify(workflow, event_id)

    def land(self) -> None:
        for key, body in self.landed.items():
            self.branch.put("raw", key, body)

    def look(self, times: int = 1) -> None:
        """The schedule puts its objects, and what they start ends."""
        for _ in range(times):
            self._looks += 1
            self.branch.put("control", f"{LOOKS}{self._looks}", b"{}")
        self.stack.run_until_idle()

    def runs(self, workflow: str) -> int:
        return sum(run.name == workflow for run in self.stack.runtime.state.runs)

    def wrong(self) -> list[str]:
        """What is not as it should be once all has ended."""
        rows = sum(self.branch.seen().values())
        found = self.branch.damage(deep=True)
        found += [f"{rows} rows of {LANDED}"] if rows != LANDED else []
        return found + (["messages are left"] if self.branch.arriving() else [])


def test_looks_that_are_lost_late_or_repeated(tmp_path: Path, history_counts: HistoryCounts) -> None:
    with (
        LocalStack(load_datasets(DATASETS), StackSettings(tmp_path, PARAMETERS), SystemClock()) as stack,
        Forks(stack.jobs.environment, tmp_path) as forks,
        pytest.MonkeyPatch.context() as patched,
    ):
        deployed = Deployment(stack, forks, patched)
        try:
            deployed.look()
            assert (deployed.runs(LOOK), deployed.runs(LAND)) == (1, 0)
            assert not deployed.branch.keys("control", FOUND)
            deployed.land()
            deployed.dropped = {LAND}
            deployed.look()  # what it found is not told
            assert (deployed.runs(LAND), len(deployed.branch.keys("control", FOUND))) == (0, 1)
            deployed.look(times=3)
            assert deployed.runs(LAND) >= 1
            before = deployed.runs(LAND)
            deployed.look()
            assert deployed.runs(LAND) == before
        finally:
            stack.runtime.stop()
        history_counts.scenario("looks that are lost, late and repeated", {"looks": deployed.wrong()})
