"""A job hangs for longer than its lease, another one overtakes it, and it continues."""

from __future__ import annotations

import pytest

from faults.histories import History
from faults.history_counts import HistoryCounts
from faults.pipeline import CONVERT, EXPORT, Pipeline
from faults.steps import Stopper
from loglake.core.keys import REQUESTS

pytestmark = pytest.mark.faults

SAMPLE = 3


@pytest.mark.parametrize("job", [EXPORT, CONVERT])
def test_a_job_that_is_overtaken_and_goes_on_changes_nothing(
    job: str, pipeline: Pipeline, settling_history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    wrong = stopped_at_steps(job, pipeline, settling_history, all_faults)
    history_counts.scenario(f"{job} stopped at each of its steps, overtaken and continued", wrong)


def test_a_compaction_that_is_overtaken_and_goes_on_changes_nothing(
    pipeline: Pipeline, compacting_history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    wrong = stopped_at_steps(CONVERT, pipeline, compacting_history, all_faults)
    history_counts.scenario(f"{CONVERT} stopped at each of its steps while it compacts, overtaken and continued", wrong)


def stopped_at_steps(job: str, pipeline: Pipeline, history: History, all_faults: bool) -> dict[str, list[str]]:
    """The differences after each stop, by its moment."""
    steps = [step for step, carried_out in history.instants(job) if not carried_out]
    wrong = {}
    for step in steps if all_faults else steps[len(steps) // 2 :: len(steps) // SAMPLE]:
        branch = history.again(pipeline, job)
        with pipeline.stopped_at(branch, job, Stopper(step)) as stopped:
            found = history.wrong(pipeline, branch) if stopped else ["it was not reached"]
        if branch.keys("control", REQUESTS):
            pipeline.finish(branch)  # an exporter that lost windows to another run wakes the next one to be sure
        wrong[f"stopped at {step}"] = [*found, *history.outcome.differences(branch.outcome())]
    return wrong
