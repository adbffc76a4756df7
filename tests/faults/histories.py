"""A history: the jobs' result without a fault, and the differences with one."""

from __future__ import annotations

from dataclasses import dataclass

from faults.branches import Branch, Outcome, State
from faults.pipeline import CONVERT, EXPORT, Pipeline
from faults.steps import Step, Watch, instants
from loglake.core.units import EpochMs

EXPORTED = "PutItem EXPORTED"
STAGED, COMMITTED = "PutObject lake/staging", "PutItem CONVERTED"
"""The first of these steps, and the last of those, bound the time in which a kill is most delicate."""


@dataclass(frozen=True)
class History:
    """One undisturbed run of each job.

    Attributes:
        began_ms: the time when it began.
        before: the state that each job began with, by its name.
        watched: its steps and their times.
        outcome: what came of it.
        exports: how many windows were exported.
        conversions: how many windows were converted.
    """

    began_ms: EpochMs
    before: dict[str, State]
    watched: dict[str, Watch]
    outcome: Outcome
    exports: int
    conversions: int

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

    def delicate_s(self) -> float:
        """The time from the first staged file until all windows were CONVERTED."""
        watch = self.watched[CONVERT]
        return watch.time_of(COMMITTED, self.conversions) - watch.time_of(STAGED, 1)

    def wrong(self, pipeline: Pipeline, branch: Branch) -> list[str]:
        """Lets the next runs finish the disturbed work, and returns the differences from this history in words.

        Unfinished work is not damage, so nothing may be damaged before these runs either.
        """
        unfinished = branch.damage()
        try:
            pipeline.finish(branch)
        except AssertionError as error:
            return [*unfinished, str(error)]
        return [*unfinished, *self.outcome.differences(branch.outcome()), *branch.damage(deep=True)]


def undisturbed(pipeline: Pipeline, before: State, began_ms: EpochMs) -> History:
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
    return History(
        began_ms, states, watched, outcomes[1], watched[EXPORT].count(EXPORTED), watched[CONVERT].count(COMMITTED)
    )
