"""A history: the jobs' result without a fault, and the differences with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.truth.oracle import DAY_MS, Oracle, Promise
from support.truth.tables import Kept, rows_by_hour

from faults.branches import Branch, Outcome, State
from faults.pipeline import CONVERT, EXPORT, Pipeline
from faults.steps import Step, Watch, instants
from loglake.core.keys import TABLES
from loglake.core.units import EpochMs

if TYPE_CHECKING:
    from support.truth.oracle import Counts

TASK = "CreateExportTask"
STAGED = "PutObject lake/staging"
"""From the first of these steps to the last write a kill is most delicate."""


@dataclass(frozen=True)
class History:
    """One undisturbed run of each job.

    Attributes:
        began_ms: the time when it began.
        source: what the log groups had of each hour that is to come in.
        before: the state that each job began with, by its name.
        watched: its steps and their times.
        outcome: what came of it.
    """

    began_ms: EpochMs
    source: Kept
    before: dict[str, State]
    watched: dict[str, Watch]
    outcome: Outcome

    @property
    def exports(self) -> int:
        """How many windows were exported."""
        return self.watched[EXPORT].count(TASK)

    def again(self, pipeline: Pipeline, job: str) -> Branch:
        """A deployment in which a job is due, at this history's start time."""
        pipeline.clock.set(self.began_ms)
        return pipeline.branch(self.before[job])

    def instants(self, job: str) -> list[tuple[Step, bool]]:
        """Every moment to kill a job at."""
        return instants(self.watched[job].seen, self.exports)

    def length_s(self, job: str) -> float:
        """How long a job took, from its start to its last call."""
        return self.watched[job].times[-1]

    @property
    def last_write(self) -> Step:
        """The last step of a converter that changes anything."""
        return next(step for step in reversed(self.watched[CONVERT].seen) if step.writes)

    def delicate_s(self) -> float:
        """The time from the first staged file until the last write."""
        watch, last = self.watched[CONVERT], self.last_write
        return watch.time_of(last.kind, last.number) - watch.time_of(STAGED, 1)

    def wrong(self, pipeline: Pipeline, branch: Branch) -> list[str]:
        """Lets the next runs finish the disturbed work, and returns in words what is wrong then, and was before.

        Unfinished work is not damage, so nothing may be damaged before these runs either.
        """
        oracle = self.oracle()
        unfinished = branch.damage()
        unfinished += oracle.look(pipeline.clock.now_ms(), branch.seen(), branch.status(), at_rest=False)
        try:
            pipeline.finish(branch)
        except AssertionError as error:
            return [*unfinished, str(error)]
        found = [*unfinished, *self.outcome.differences(branch.outcome()), *branch.damage(deep=True)]
        return [*found, *oracle.look(pipeline.clock.now_ms(), branch.seen(), branch.status())]

    def oracle(self) -> Oracle:
        """One that has seen the tables as they were before."""
        tables = [body for key, body in self.before[EXPORT].objects.get("lake", {}).items() if key.startswith(TABLES)]
        return oracle_of(self.source, rows_by_hour(tables))


def oracle_of(source: Kept, seen: Counts) -> Oracle:
    """An oracle to which everything is due."""
    since: Mapping[str, int] = {hour.log_group: hour.from_ms for hour in sorted(source.had, reverse=True)}
    promises = {group: Promise(from_ms - from_ms % DAY_MS, late_ms=0) for group, from_ms in since.items()}
    return Oracle(source, promises, seen)


def undisturbed(pipeline: Pipeline, before: State, began_ms: EpochMs, had: Counts) -> History:
    """Runs both jobs twice, to notice results that depend on chance or on being first."""
    states, watched = {EXPORT: before}, {}
    outcomes = []
    for _ in range(2):
        pipeline.clock.set(began_ms)
        branch = pipeline.branch(before)
        for job in (EXPORT, CONVERT):
            states[job], watched[job] = branch.state(), Watch()
            pipeline.ran(branch, job, watched[job])
        outcomes.append(branch.outcome())
    assert outcomes[0].differences(outcomes[1]) == []
    assert not outcomes[0].left
    history = History(began_ms, Kept(had, pipeline.late_ms), states, watched, outcomes[1])
    assert history.oracle().look(pipeline.clock.now_ms(), branch.seen(), branch.status()) == []
    return history
