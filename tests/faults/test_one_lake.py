"""A lake of exported and landed log groups: a job is killed, or overtaken, at each of its calls, and all comes in.

A run that nothing disturbs says how many calls there are.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from histories.lake import JOBS, Lake, Step
from support.fakes.steps import crash

from faults.history_counts import HistoryCounts

pytestmark = pytest.mark.faults

SAMPLE = 4
BEFORE = (
    *(Step("put", number, 30) for number in range(6)),
    Step("land", 1, 20),
    Step("waited", 2),
    Step("ran", 1),
    *(Step("put", number, 200) for number in range(6)),
    Step("waited", 43),
    Step("ran", 1),
    *(Step("put", number, 26 * 60) for number in range(6)),
    Step("land", 2, 26 * 60),
    Step("deleted", 2),
    Step("waited", 5),
)
"""Then a day settles, with late events, while the next one goes on; one log group is gone."""


def before() -> Lake:
    """The lake at the tick that is disturbed."""
    lake = Lake()
    for step in BEFORE:
        lake.take(step)
    return lake


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("what", ["killed", "overtaken"])
def test_whatever_call_a_job_is_disturbed_at_all_comes_in(
    what: str, job: str, history_counts: HistoryCounts, all_faults: bool
) -> None:
    calls = before().cut(job, -1, crash)
    assert calls > 10
    wrong = {}
    for at in range(calls) if all_faults else range(0, calls, calls // SAMPLE):
        lake = before()
        act: Callable[[], object] = crash if what == "killed" else lake.overtake
        lake.cut(job, at, act)
        lake.finish(days=3)
        wrong[f"at call {at}"] = lake.wrong
    history_counts.scenario(f"{job} of one lake with all kinds of log groups, {what} at each of its calls", wrong)
