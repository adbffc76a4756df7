"""Repeated, reordered and simultaneous events start many runs of both workflows, and the lake is the same.

The templates are deployed, and the local runtime executes what they define; only its jobs are without a JVM.
"""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest
from support.faults.event_rules import Disorder, EventRule

from faults.branches import Branch, Outcome
from faults.forks import Fork, Forks
from faults.history_counts import HistoryCounts
from faults.job_main import JOBS
from faults.pipeline import CONVERT, DATASETS, EXPORT, asked, is_done, load_groups
from gluelocal.engine.state import StartJobRun
from gluelocal.executor.jobs.arguments import script_arguments
from gluelocal.executor.jobs.jobs import JobEnd, JobSettings
from gluelocal.model.model import Job
from gluelocal.templates.resource_types.base import Clients
from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets_file import load_datasets
from loglake_cli.local.stack import LocalStack, StackSettings

pytestmark = pytest.mark.faults

COPIES = 3
"""So often each event is delivered."""
ORDERS = 3
WAKE_UPS = 3
"""Two requests and a landed object."""
ARRIVE_S = 60
LATE_WAKES = 3


class ForkedJob:
    """A job run for the local runtime, in a child of the fork server."""

    part = None

    def __init__(self, fork: Fork) -> None:
        self._fork = fork
        self._end: JobEnd | None = None

    def poll(self) -> JobEnd | None:
        code = self._fork.poll() if self._end is None else None
        if code is not None:
            self._end = JobEnd("SUCCEEDED") if code == 0 else JobEnd("FAILED", f"exit status {code}: {self._fork.log}")
        return self._end

    def stop(self) -> None:
        if self._end is None:
            self._fork.kill()
            self._fork.wait()
            self._end = JobEnd("STOPPED", "the run was stopped")


class Events:
    """Collects events instead of the runtime, then delivers all of them several times and out of order."""

    def __init__(self, stack: LocalStack) -> None:
        self.pass_on = stack.runtime.notify
        self.kept: list[tuple[str, str]] = []

    def keep(self, workflow: str, event_id: str) -> None:
        self.kept.append((workflow, event_id))

    def wait_for(self, number: int) -> None:
        deadline = time.monotonic() + ARRIVE_S
        while len(self.kept) < number:
            assert time.monotonic() < deadline, f"only {self.kept} came"
            time.sleep(0.05)

    def deliver(self, seed: int) -> None:
        copies = self.kept * COPIES
        random.Random(seed).shuffle(copies)
        for workflow, event_id in copies:
            self.pass_on(workflow, event_id)


class Jobs:
    """Starts jobs for the local runtime."""

    def __init__(self, forks: Forks) -> None:
        self._forks = forks

    def run(self, job: Job, command: StartJobRun, _settings: JobSettings, _clients: Clients) -> ForkedJob:
        name = next(name for name in JOBS if job.name.endswith(name))
        return ForkedJob(self._forks.start(name, script_arguments(job, command.id, command.arguments)))


def test_events_that_come_twice_and_in_disorder_change_nothing(
    tmp_path: Path, history_counts: HistoryCounts, monkeypatch: pytest.MonkeyPatch, all_faults: bool
) -> None:
    wrong = {f"order {seed}": disordered(seed, tmp_path, monkeypatch) for seed in range(ORDERS if all_faults else 1)}
    history_counts.scenario("events that come thrice, in disorder and at once, and so do runs of both workflows", wrong)


def disordered(seed: int, log_dir: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The faults in a deployment that gets its events this way, compared with an undisturbed deployment."""
    parameters = {"EventBatchSize": "1", "LandingBatchSize": "1", "LeaseSeconds": "5"}  # each event starts a run
    with (
        LocalStack(load_datasets(DATASETS), StackSettings(log_dir, parameters), SystemClock()) as stack,
        Forks(stack.jobs.environment, log_dir) as forks,
        monkeypatch.context() as patched,
    ):
        load_groups(stack.aws, SystemClock().now_ms())
        alone = undisturbed(stack, forks)
        events, branch = Events(stack), Branch(stack.aws, "loglake", stack.outputs)
        patched.setattr(stack.runtime.jobs, "run_job", Jobs(forks).run)
        patched.setattr(stack.runtime, "notify", events.keep)
        try:
            branch.fill(asked())
            events.wait_for(WAKE_UPS)
            events.deliver(seed)
            patched.setattr(stack.runtime, "notify", events.pass_on)
            stack.run_until_idle()
            assert len(stack.runtime.state.runs) >= COPIES * WAKE_UPS
            for _ in range(LATE_WAKES):
                if is_done(branch):
                    break
                events.pass_on(*events.kept[0])  # a run that found every slot taken left its work to the schedule
                stack.run_until_idle()
        finally:
            stack.runtime.stop()  # its jobs, while their parent lives
        return alone.differences(branch.outcome())


def test_a_bus_that_repeats_and_delays_changes_nothing(tmp_path: Path, history_counts: HistoryCounts) -> None:
    """Events come while runs are under way."""
    twice = EventRule("repeated_events", within_s=2)
    events = (twice, replace(twice, seed=1), EventRule("late_events", within_s=2, seed=2))
    parameters = {"EventBatchSize": "1", "LandingBatchSize": "1", "LeaseSeconds": "5"}
    settings = StackSettings(tmp_path, parameters)
    with (
        LocalStack(load_datasets(DATASETS), settings, SystemClock()) as stack,
        Forks(stack.jobs.environment, tmp_path) as forks,
        pytest.MonkeyPatch.context() as patched,
    ):
        stack.bus.delays_s = Disorder(events).delays_s
        load_groups(stack.aws, SystemClock().now_ms())
        alone = undisturbed(stack, forks)
        branch = Branch(stack.aws, "loglake", stack.outputs)
        patched.setattr(stack.runtime.jobs, "run_job", Jobs(forks).run)
        try:
            branch.fill(asked())
            stack.run_until_idle()
            assert len(stack.runtime.state.runs) >= COPIES * WAKE_UPS
            finish(stack, branch)
        finally:
            stack.runtime.stop()
        wrong = {"a bus": alone.differences(branch.outcome())}
    history_counts.scenario("a bus that delivers each event thrice, each time at another moment", wrong)


def finish(stack: LocalStack, branch: Branch) -> None:
    """Wakes both workflows as a schedule would, since runs that found every slot taken left work."""
    for _ in range(LATE_WAKES):
        if is_done(branch):
            return
        for workflow in stack.model.workflows:
            stack.runtime.notify(workflow, "late")
        stack.run_until_idle()


def undisturbed(stack: LocalStack, forks: Forks) -> Outcome:
    """The result of one run of each job."""
    branch = Branch.made(stack.aws, "alone", asked())
    for job in (EXPORT, CONVERT):
        assert forks.start(job, branch.arguments(job, "wr_alone")).wait() == 0
    return branch.outcome()
