"""Calls fail for a while in every way that AWS calls can fail. Afterwards the lake is the same as without failures.

Time is not the machine's: back-off, hours of an outage and of somebody else's export task go by in moments.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.faults.fault_names import (
    DROPPED,
    DROPPED_AFTER,
    EXPIRED_CREDENTIALS,
    LIMIT_EXCEEDED,
    SERVER_ERROR,
    THROTTLED,
    UNAVAILABLE,
    hanging,
)
from support.faults.injection import FaultRule, faults_of

from faults.histories import History
from faults.history_counts import HistoryCounts
from faults.pipeline import CONVERT, EXPORT, Pipeline
from loglake.core.state_items import CHECK, change, values
from loglake.core.units import EPOCH, MS_PER_HOUR

pytestmark = pytest.mark.faults

SEEDS = 5
EXPIRED_SAMPLE = 2

STORMS: dict[str, Callable[[int], list[FaultRule]]] = {
    "throttled calls": lambda seed: [FaultRule(THROTTLED, probability=0.2, seed=seed)],
    "answers of 500": lambda seed: [FaultRule(SERVER_ERROR, probability=0.2, seed=seed)],
    "answers of 503": lambda seed: [FaultRule(UNAVAILABLE, probability=0.2, seed=seed)],
    "connections that break": lambda seed: [
        FaultRule(DROPPED, probability=0.1, seed=seed),
        FaultRule(DROPPED_AFTER, probability=0.1, seed=seed + 100),
    ],
    "LimitExceededException, forty times": lambda seed: [
        FaultRule(LIMIT_EXCEEDED, "logs", "CreateExportTask", first=1 + seed % 3, last=40)
    ],
    "all of these at once": lambda seed: [
        FaultRule(fault, probability=0.06, seed=seed + number)
        for number, fault in enumerate((THROTTLED, SERVER_ERROR, UNAVAILABLE, DROPPED, DROPPED_AFTER))
    ],
}
"""What fails, by the seed of the storm."""
OF_CONVERTERS = tuple(name for name in STORMS if not name.startswith("LimitExceededException"))
"""Those that strike where nothing, or one window alone, is exported."""
SAMPLE = ("all of these at once",)
"""Of the storms, where not all are wanted."""

TIME_OUTS = [("logs", "CreateExportTask"), ("dynamodb", "PutItem"), ("s3", "PutObject"), ("s3", "CopyObject")]
READ_TIMEOUT_S = 1.0
"""How long an answer is waited for here: the 60 seconds of the jobs would really go by."""
SERVICES = ["s3", "dynamodb", "logs"]


def test_a_storm_changes_nothing_but_the_time(
    pipeline: Pipeline, history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    for storm in STORMS if all_faults else SAMPLE:
        wrong = {}
        for seed in range(SEEDS if all_faults else 1):
            wrong[f"seed {seed}"] = weathered(pipeline, history, STORMS[storm](seed))
        history_counts.scenario(f"storm: {storm}", wrong)


def test_a_storm_changes_nothing_of_what_is_compacted(
    pipeline: Pipeline, compacting_history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    for storm in OF_CONVERTERS if all_faults else SAMPLE:
        wrong = {}
        for seed in range(SEEDS if all_faults else 1):
            wrong[f"seed {seed}"] = weathered(pipeline, compacting_history, STORMS[storm](seed), next_checks=True)
        history_counts.scenario(f"storm while a partition is compacted: {storm}", wrong)


def test_answers_that_never_come_change_nothing_but_the_time(
    pipeline: Pipeline,
    history: History,
    history_counts: HistoryCounts,
    all_faults: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline, "read_timeout_s", READ_TIMEOUT_S)
    wrong = {}
    for service, operation in TIME_OUTS if all_faults else TIME_OUTS[:1]:
        for after in (True, False) if all_faults else (True,):
            fault = hanging(2 * READ_TIMEOUT_S, after=after)
            when = "after it was carried out" if after else "before"
            rules = [FaultRule(fault, service, operation, first=2, last=2)]
            wrong[f"{service}:{operation} {when}"] = weathered(pipeline, history, rules)
    history_counts.scenario("storm: time-outs", wrong)


def test_an_outage_of_a_service_changes_nothing_but_the_time(
    pipeline: Pipeline, history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    wrong = {}
    for service in SERVICES if all_faults else SERVICES[:1]:
        from_ms = history.began_ms + 2000
        rules = [FaultRule(UNAVAILABLE, service, from_ms=from_ms, until_ms=from_ms + MS_PER_HOUR // 2)]
        wrong[service] = weathered(pipeline, history, rules)
    history_counts.scenario("outage of a service for half an hour", wrong)


@pytest.mark.parametrize("job", [EXPORT, CONVERT])
def test_credentials_that_expire_change_nothing_but_the_time(
    job: str, pipeline: Pipeline, history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    """All calls of a job fail from its n-th one on; the next job has new credentials."""
    seen = history.watched[job].seen
    calls = len(seen)
    wrong = {}
    for first in range(2, calls + 1, 4 if all_faults else calls // EXPIRED_SAMPLE):
        branch, rule = history.again(pipeline, job), FaultRule(EXPIRED_CREDENTIALS, first=first)
        faults_of(pipeline.aws).add(rule)
        code = pipeline.start(branch, job).wait()
        struck = faults_of(pipeline.aws).struck(rule)
        faults_of(pipeline.aws).clear()
        found = [] if struck else ["no call failed"]
        wrong[f"at call {first}, {seen[first - 1]}, exit code {code}"] = found + history.wrong(pipeline, branch)
    history_counts.scenario(f"{job} with credentials that expire", wrong)


def test_somebody_elses_export_task_of_hours_changes_nothing_but_the_time(
    pipeline: Pipeline, history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    wrong = {}
    for hours in (1, 5, 11) if all_faults else (5,):
        branch = history.again(pipeline, EXPORT)
        started_ms = pipeline.clock.now_ms()
        pipeline.aws.exports.start_other(hours * 3600.0)
        while pipeline.clock.now_ms() < started_ms + hours * MS_PER_HOUR:
            pipeline.ran(branch, EXPORT)
            pipeline.clock.advance(1800)
        wrong[f"{hours} hours"] = history.wrong(pipeline, branch)
    history_counts.scenario("somebody else's export task", wrong)


def test_two_runs_at_once_change_nothing(
    pipeline: Pipeline, history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    """Both jobs run twice at once. Each may think that the other is gone, since waiting takes no time."""
    wrong = {}
    for number in range(SEEDS if all_faults else 1):
        branch = history.again(pipeline, EXPORT)
        for _ in range(2):
            for job in (EXPORT, CONVERT):
                both = [pipeline.start(branch, job) for _ in range(2)]
                for fork in both:
                    fork.wait()
        wrong[f"the {number + 1}. time"] = history.wrong(pipeline, branch)
    history_counts.scenario("two runs at once", wrong)


def test_two_runs_that_compact_at_once_change_nothing(
    pipeline: Pipeline, compacting_history: History, history_counts: HistoryCounts, all_faults: bool
) -> None:
    """One may check the table while the other still has the window; then the next check compacts."""
    wrong = {}
    for number in range(SEEDS if all_faults else 1):
        branch = compacting_history.again(pipeline, CONVERT)
        both = [pipeline.start(branch, CONVERT) for _ in range(2)]
        for fork in both:
            fork.wait()
        change(branch.ledger, CHECK, "app", EPOCH, lambda _: pipeline.clock.now_ms())
        wrong[f"the {number + 1}. time"] = compacting_history.wrong(pipeline, branch)
    history_counts.scenario("two runs that compact at once", wrong)


def weathered(pipeline: Pipeline, history: History, rules: list[FaultRule], *, next_checks: bool = False) -> list[str]:
    """The faults after a storm; if tables are checked only now and then, after the next check.

    If exports fail, a converter finds nothing to convert, but still checks the table. So later exports are compacted
    only six hours later.
    """
    branch = history.again(pipeline, EXPORT)
    found = [] if pipeline.weather(branch, *rules) else ["no call failed"]
    if next_checks:
        pipeline.finish(branch)
        pipeline.clock.set(max(pipeline.clock.now_ms(), *values(branch.ledger, CHECK).values()))
    return found + history.wrong(pipeline, branch)
