"""The workflow engine's state, and the commands that it gives; all frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union

from gluelocal.engine.batching import Batch, ClosedBatch, StartingEventBatchCondition
from gluelocal.model.model import EMPTY, Trigger

RUNNING = "RUNNING"
WAITING = "WAITING"
"""The state of a queued job run (Glue API, JobRunQueuingEnabled)."""


Scheduled = tuple[bool, str]
"""Whether it is a crawler, not a trigger; and its name."""


class GlueError(Exception):
    """An API call that Glue refuses; the state is unchanged.

    Attributes:
        code: Glue's exception name, such as ``ConcurrentRunsExceededException``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True)
class Attempt:
    """One job run or one crawl.

    Attributes:
        state: WAITING or RUNNING, then a JobRunState (SUCCEEDED, FAILED, TIMEOUT, STOPPED) or a CrawlState (SUCCEEDED,
            FAILED, CANCELLED).
        started_ms: when it started; for a WAITING one, when it began to wait.
        error: why it failed; empty otherwise.
        stopping: a stop was requested, and it has not ended yet.
        refused: it could not start, so it has no job run or crawl.
    """

    id: str
    number: int
    state: str
    started_ms: int
    ended_ms: int | None = None
    error: str = ""
    stopping: bool = False
    refused: bool = False

    @property
    def active(self) -> bool:
        """Whether it has not ended yet."""
        return self.state in {RUNNING, WAITING}


@dataclass(frozen=True)
class ActionRun:
    """A job or crawler that was started, with every attempt, the first one first.

    Its state is the last attempt's state.

    Attributes:
        kind: JOB or CRAWLER, as the Type of a Node in the Glue API.
        trigger_name: the trigger that started it; empty if StartJobRun or StartCrawler did.
        position: the number of the trigger's action, from 0.
    """

    kind: str
    name: str
    trigger_name: str
    attempts: tuple[Attempt, ...]
    arguments: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    timeout_minutes: int = 0
    position: int = 0

    @property
    def last(self) -> Attempt:
        """The newest attempt."""
        return self.attempts[-1]


@dataclass(frozen=True)
class WorkflowRun:
    """Glue API WorkflowRun. `triggers` is the graph at the start of the run.

    A trigger outside of workflows starts a chain, which is kept as a run without a name. Its triggers are the one that
    fired and the CONDITIONAL ones outside of workflows that come after it, because a chain descends from one ON_DEMAND
    or SCHEDULED trigger (developer guide, Glue triggers).

    Attributes:
        name: the workflow's name; empty for a chain.
        status: RUNNING, COMPLETED, STOPPING, STOPPED, or ERROR if it could not start. A run with failed actions is
            COMPLETED too.
        fired_ms: when each trigger fired, by its name.
        actions: the actions that the triggers started, in order.
        error: why it could not start.
    """

    name: str
    id: str
    status: str
    properties: Mapping[str, str]
    triggers: tuple[Trigger, ...]
    started_ms: int
    ended_ms: int | None = None
    fired_ms: Mapping[str, int] = field(default_factory=lambda: EMPTY)
    actions: tuple[ActionRun, ...] = ()
    event_ids: tuple[str, ...] = ()
    starting_event_batch_condition: StartingEventBatchCondition | None = None
    error: str = ""

    @property
    def title(self) -> str:
        """Its name for a person: the workflow, or the chain's first trigger."""
        return self.name or self.triggers[0].name

    @property
    def active(self) -> bool:
        """Whether the run counts against MaxConcurrentRuns."""
        return self.ended_ms is None


@dataclass(frozen=True)
class EngineState:
    """Everything that the engine remembers.

    Attributes:
        seed: makes ids differ between engines.
        counter: the number of ids so far.
        batches: the open batch of each workflow that has one.
        waiting: closed batches that wait for a free slot of their workflow, oldest first.
        runs: all runs, oldest first.
        alone: job runs and crawls outside of workflows (StartJobRun, StartCrawler), oldest first.
        due_ms: when each SCHEDULED trigger fires next, and each crawler with a schedule starts.
    """

    seed: str
    counter: int = 0
    batches: Mapping[str, Batch] = field(default_factory=lambda: EMPTY)
    waiting: Mapping[str, tuple[ClosedBatch, ...]] = field(default_factory=lambda: EMPTY)
    runs: tuple[WorkflowRun, ...] = ()
    alone: tuple[ActionRun, ...] = ()
    due_ms: Mapping[Scheduled, int] = field(default_factory=lambda: EMPTY)

    @property
    def idle(self) -> bool:
        """Whether nothing runs and no event waits. A schedule may still start something later."""
        active = any(run.active for run in self.runs) or any(action.last.active for action in self.alone)
        return not (active or self.batches or self.waiting)


@dataclass(frozen=True)
class RunStarted:
    """A workflow run was created."""

    run_id: str


@dataclass(frozen=True)
class StartJobRun:
    """Run a job with exactly these arguments, already merged. `run_id` is empty outside of workflows."""

    run_id: str
    id: str
    job_name: str
    attempt: int
    arguments: Mapping[str, str]
    timeout_minutes: int


@dataclass(frozen=True)
class StartCrawl:
    """Run a crawler."""

    run_id: str
    id: str
    crawler_name: str


@dataclass(frozen=True)
class StopAction:
    """End a job run or crawl; its ActionEnded still follows."""

    id: str


@dataclass(frozen=True)
class RunEnded:
    """A workflow run is over."""

    run_id: str
    status: str


Command = Union[RunStarted, StartJobRun, StartCrawl, StopAction, RunEnded]
