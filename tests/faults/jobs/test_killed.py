"""SIGKILL of either job at each step and at random moments: the next runs give the same lake as without kills.

The jobs are processes with the adapters that they have on AWS; kernels take the place of Spark in them.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from faults.branches import Branch
from faults.histories import STAGED, History
from faults.history_counts import HistoryCounts
from faults.pipeline import CART, CONVERT, EVENTS, EXPORT, LEASE_S, Pipeline
from faults.steps import Killer, Mark, Step
from loglake.core.keys import REQUESTS, STAGING, TABLES

pytestmark = pytest.mark.faults

SAMPLE = 4
"""Moments of each kind where not all are wanted."""
SEED = 20261121
TRIES = 20
"""Draws for a random moment: the machine may be faster than it was."""


def test_undisturbed_jobs_convert_everything(history: History) -> None:
    assert history.outcome.rows.num_rows == 3 * EVENTS + 3
    assert len(history.outcome.quarantined) == 1
    assert history.exports == 2
    assert len(history.outcome.status) == 3


def test_what_is_lost_doubled_or_left_would_be_seen(pipeline: Pipeline, history: History) -> None:
    branch = history.again(pipeline, EXPORT)
    assert history.wrong(pipeline, branch) == []
    name, body = next(branch.bodies("lake", TABLES))
    branch.put("lake", f"{name}.again", body)
    branch.put("lake", f"{STAGING}left", body)
    doubled = history.outcome.differences(branch.outcome())
    assert doubled[0] == "63 rows, not these 39"
    assert doubled[-1] == f"left: {STAGING}left"
    now_ms = pipeline.clock.now_ms()
    assert "events, and there were" in history.oracle().look(now_ms, branch.seen(), branch.status())[0]
    for key in (name, f"{name}.again"):
        pipeline.aws.client("s3").delete_object(Bucket=branch.bucket("lake"), Key=key)
    lost = "\n".join(history.oracle().look(now_ms, branch.seen(), branch.status()))
    for said in ("the fresh pass is over", "status says complete until", "a file of app "):
        assert said in lost


def test_a_row_too_few_or_too_many_would_be_seen(pipeline: Pipeline, history: History) -> None:
    branch = history.again(pipeline, EXPORT)
    assert history.wrong(pipeline, branch) == []
    name, body = next(branch.bodies("lake", TABLES))
    rows, now_ms = pq.read_table(io.BytesIO(body)), pipeline.clock.now_ms()
    for changed, said in ((rows.slice(1), "the fresh pass is over"), (twice(rows), "events, and there were")):
        written = io.BytesIO()
        pq.write_table(changed, written)
        branch.put("lake", name, written.getvalue())
        assert said in "\n".join(history.oracle().look(now_ms, branch.seen(), branch.status()))


def twice(rows: pa.Table) -> pa.Table:
    """The rows, and the first one again."""
    return pa.concat_tables([rows, rows.slice(0, 1)])


def test_a_pass_that_nobody_makes_would_be_seen(pipeline: Pipeline, settling_history: History) -> None:
    branch = settling_history.again(pipeline, EXPORT)
    for key in branch.keys("control", REQUESTS):
        pipeline.aws.client("s3").delete_object(Bucket=branch.bucket("control"), Key=key)
    found = "\n".join(settling_history.wrong(pipeline, branch))
    assert "has 0 events of 1, and the settled pass is over" in found


@pytest.mark.parametrize("job", [EXPORT, CONVERT])
def test_a_job_killed_at_any_step_is_followed_by_one_that_gives_the_same_lake(
    job: str, pipeline: Pipeline, history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    wrong = killed_at_steps(job, pipeline, history, all_faults)
    history_counts.scenario(f"{job} killed at each of its steps", wrong)


def drawn(chance: random.Random, longest_s: float, kill: Callable[[float], Branch | None]) -> tuple[float, Branch]:
    """Draws moments until `kill` returns a branch for one that is early enough; returns both."""
    for _ in range(TRIES):
        seconds = chance.uniform(0, longest_s)
        branch = kill(seconds)
        if branch is not None:
            return seconds, branch
        longest_s = seconds  # the machine is faster than it was
    pytest.fail(f"{TRIES} times in a row all was done before the moment that was drawn")


@pytest.mark.parametrize("job", [EXPORT, CONVERT])
def test_a_job_killed_at_a_random_moment_is_followed_by_one_that_gives_the_same_lake(
    job: str, pipeline: Pipeline, history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    def kill(seconds: float) -> Branch | None:
        branch = history.again(pipeline, job)
        return branch if pipeline.killed_after(branch, job, seconds) else None

    chance = random.Random(SEED)
    wrong = {}
    for number in range(50 if all_faults else SAMPLE // 2):
        seconds, branch = drawn(chance, history.length_s(job), kill)
        wrong[f"{number}: killed after {seconds:.3f} s"] = history.wrong(pipeline, branch)
    history_counts.scenario(f"{job} killed at random moments", wrong)


def test_a_converter_killed_between_its_first_staged_file_and_converted_is_followed_by_one_that_gives_the_same_lake(
    pipeline: Pipeline, history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    def kill(seconds: float) -> Branch | None:
        branch, mark = history.again(pipeline, CONVERT), Mark(Step(STAGED, 1))
        killed = pipeline.killed_after(branch, CONVERT, seconds, mark)
        return branch if killed and history.last_write not in mark.seen else None

    chance = random.Random(SEED)
    wrong = {}
    for number in range(100 if all_faults else SAMPLE):
        seconds, branch = drawn(chance, history.delicate_s(), kill)
        wrong[f"{number}: killed {seconds:.3f} s after the first staged file"] = history.wrong(pipeline, branch)
    history_counts.scenario("convert-logs killed at random moments between its first staged file and CONVERTED", wrong)


def test_a_settled_day_takes_the_place_of_its_fresh_windows(settling_history: History) -> None:
    history = settling_history
    gone, status = map(json.loads, history.outcome.status)
    assert (status["days"]["fresh"], status["days"]["settled"]) == (1, 1)
    assert (gone["log_group"], gone["rows"]) == (CART, 8)
    assert history.exports == 2
    assert history.outcome.rows.num_rows == 28
    assert history.outcome.partitions == tuple(f"{TABLES}settling/dt=2026-12-0{day}" for day in ("1: 2", "2: 1"))


@pytest.mark.parametrize("job", [EXPORT, CONVERT])
def test_a_job_killed_at_any_step_of_settling_a_day_is_followed_by_one_that_gives_the_same_lake(
    job: str, pipeline: Pipeline, settling_history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    wrong = killed_at_steps(job, pipeline, settling_history, all_faults)
    history_counts.scenario(f"{job} killed at each of its steps while a day settles", wrong)


def test_a_window_leaves_a_compacted_file_and_the_rest_is_compacted_again(compacting_history: History) -> None:
    history = compacting_history
    assert history.outcome.partitions == (f"{TABLES}app/dt=2026-11-21: 1",)
    assert history.exports == 1
    assert history.outcome.rows.num_rows == 2 * EVENTS


def test_a_converter_killed_at_any_step_of_compacting_is_followed_by_one_that_gives_the_same_lake(
    pipeline: Pipeline, compacting_history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    wrong = killed_at_steps(CONVERT, pipeline, compacting_history, all_faults)
    history_counts.scenario(f"{CONVERT} killed at each of its steps while it compacts", wrong)


def test_jobs_killed_again_and_again_are_followed_by_ones_that_give_the_same_lake(
    pipeline: Pipeline, settling_history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    """The runs that repair a kill are killed too, a few times in a row. A kill that comes too late does not count."""
    chance = random.Random(SEED)
    wrong = {}
    for number in range(25 if all_faults else 1):
        branch, kills = settling_history.again(pipeline, EXPORT), 0
        for job in chance.choices((EXPORT, CONVERT, CONVERT), k=6):
            kills += pipeline.killed_after(branch, job, chance.uniform(0, settling_history.length_s(job)))
            pipeline.clock.advance(LEASE_S + 1)
        wrong[f"{number}: {kills} kills"] = settling_history.wrong(pipeline, branch)
    history_counts.scenario("jobs killed again and again while a day settles", wrong)


def killed_at_steps(job: str, pipeline: Pipeline, history: History, all_faults: bool) -> dict[str, list[str]]:
    """The differences after each kill, by its moment."""
    moments = history.instants(job)
    wrong = {}
    for step, carried_out in moments if all_faults else moments[:: len(moments) // SAMPLE]:
        branch = history.again(pipeline, job)
        killed = pipeline.killed_at(branch, job, Killer(step, carried_out=carried_out))
        when = f"killed {'after' if carried_out else 'before'} {step}"
        wrong[when] = history.wrong(pipeline, branch) if killed else ["it was not reached"]
    return wrong
