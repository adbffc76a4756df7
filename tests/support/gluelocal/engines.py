"""A short form for workflow models, and a driver of the engine."""

from __future__ import annotations

from typing import Any

from gluelocal.engine.engine import begin, step
from gluelocal.engine.events import ActionEnded, Event, Notified, Ticked
from gluelocal.engine.state import Command, WorkflowRun
from gluelocal.model.graph import nodes
from gluelocal.model.model import Action, Condition, Crawler, Job, Model, Predicate, Trigger, Workflow

A, B, CRAWL = Action(job_name="a"), Action(job_name="b"), Action(crawler_name="c")


def job(name: str, **changes: Any) -> Job:
    return Job(name, "pythonshell", f"s3://code/{name}.py", **changes)


def when(name: str, *conditions: Condition, actions: tuple[Action, ...], logical: str = "ANY") -> Trigger:
    return Trigger(name, "CONDITIONAL", "flow", actions, Predicate(logical, conditions), start_on_creation=True)


def after(name: str, state: str) -> Condition:
    return Condition(job_name=name, state=state)


def model(*triggers: Trigger, jobs: tuple[Job, ...] = (), **workflow: Any) -> Model:
    return Model(
        workflows={"flow": Workflow("flow", **workflow)},
        triggers={trigger.name: trigger for trigger in triggers},
        jobs={one.name: one for one in (job("a"), job("b"), *jobs)},
        crawlers={"c": Crawler("c")},
    )


def first(*actions: Action, **changes: Any) -> Trigger:
    return Trigger("first", "EVENT", "flow", actions, **changes)


class Driver:
    """Feeds events, one millisecond apart, and records the output."""

    def __init__(self, of: Model, now_ms: int = 0) -> None:
        self.model = of
        self.state = begin(of, "seed", now_ms)
        self.commands: list[Command] = []
        self.now_ms = now_ms

    def take(self, event: Event) -> tuple[Command, ...]:
        before = self.state
        self.state, commands = step(self.model, self.state, event)
        assert step(self.model, before, event) == (self.state, commands)  # pure
        self.commands += commands
        return commands

    def notify(self, *event_ids: str) -> list[Command]:
        commands: list[Command] = []
        for event_id in event_ids:
            self.now_ms += 1
            commands += self.take(Notified("flow", event_id, self.now_ms))
        return commands

    def end(self, name: str, state: str = "SUCCEEDED", run: int = -1) -> tuple[Command, ...]:
        self.now_ms += 1
        actions = [action for action in self.state.runs[run].actions if action.name == name]
        return self.take(ActionEnded(actions[-1].last.id, state, self.now_ms, "why" if state == "FAILED" else ""))

    def tick(self, now_ms: int) -> tuple[Command, ...]:
        self.now_ms = now_ms
        return self.take(Ticked(now_ms))

    @property
    def run(self) -> WorkflowRun:
        """The newest run."""
        return self.state.runs[-1]

    def node(self, name: str, trigger: str = "") -> str:
        """The id of a node of the newest run's graph."""
        found = nodes(self.run.name, self.run.triggers)
        return next(n.id for n in found if n.name == name and trigger in {"", n.trigger_name})

    def states(self) -> dict[str, str]:
        """The states of the newest run's actions."""
        return {action.name: action.last.state for action in self.run.actions}

    def statuses(self) -> list[str]:
        return [run.status for run in self.state.runs]


def kinds(commands: Any) -> list[type]:
    return [type(command) for command in commands]
