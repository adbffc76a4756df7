"""Starts a workflow as its start trigger says, and waits for its end; a clock skips idle time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from athena_duckdb.errors import ConfigError
from gluelocal.cloud.events.eventbridge import EventBus
from gluelocal.engine.views import Snapshot
from gluelocal.executor.runtime import Runtime
from gluelocal.model.model import Trigger
from gluelocal.settable_clock import SettableClock
from gluelocal.units import format_instant

_POLL_S = 0.05
_LONGEST_BATCH_S = 900
"""Glue API EventBatchingCondition, `BatchWindow`: the maximum."""


@dataclass(frozen=True)
class Waiting:
    """Runs the workflows.

    Attributes:
        runtime: the workflow runs; it uses `clock`.
        bus: delivers the events.
        clock: is advanced when a run waits only for time to pass.
    """

    runtime: Runtime
    bus: EventBus
    clock: SettableClock

    def step(self) -> None:
        """Does what is due."""
        if self.bus.failure:
            raise self.bus.failure
        self.runtime.poll(_POLL_S)

    def until_the_end(self, start: Trigger) -> Snapshot:
        """Continues until nothing runs and no event waits; with a schedule, until its first run has ended.

        A schedule repeats, and an every-minute one soon.
        """
        while not (self._first_is_over() if start.type == "SCHEDULED" else self._quiet()):
            self.step()
        return self.runtime.snapshot()

    def _first_is_over(self) -> bool:
        runs = self.runtime.state.runs
        return bool(runs) and not runs[0].active

    def _quiet(self) -> bool:
        if self.bus.pending():
            return False
        state = self.runtime.state
        if state.batches and not any(run.active for run in state.runs):
            self.clock.advance(_LONGEST_BATCH_S)  # skips the batch window: nobody sends more events
            return False
        return self.runtime.idle and not self.bus.pending() and self.runtime.idle


def start_workflow(start: Trigger, waiting: Waiting, put: Callable[[], None], say: Callable[[str], None]) -> None:
    """Makes a start trigger fire.

    Args:
        start: ON_DEMAND starts by StartWorkflowRun, SCHEDULED by its time, EVENT by the objects of `put`.
        waiting: the runtime.
        put: puts objects that rules match.
        say: called at each step.

    Raises:
        ConfigError: the schedule has no next time, or no rule matches the objects.
    """
    if start.type == "EVENT":
        put()
        _take_events(waiting)
    elif start.type == "SCHEDULED":
        _move_to_schedule(start, waiting, say)
    else:
        say(f"Starting {start.workflow_name}")
        waiting.runtime.start(start.workflow_name)


def _take_events(waiting: Waiting) -> None:
    """Waits until all events of the objects are delivered; S3 has already sent them."""
    while waiting.bus.pending():
        waiting.step()
    waiting.step()
    state = waiting.runtime.state
    if not (state.runs or state.batches or state.waiting):
        raise ConfigError("no rule of the template matches what was put with --put, so no run started")


def _move_to_schedule(start: Trigger, waiting: Waiting, say: Callable[[str], None]) -> None:
    due_ms = waiting.runtime.state.due_ms.get((False, start.name))
    if due_ms is None:
        raise ConfigError(f"{start.schedule} of the trigger {start.name} never comes again, so no run starts")
    say(f"Moving the clock to {format_instant(due_ms)}, when {start.name} is due")
    waiting.clock.set(due_ms)
