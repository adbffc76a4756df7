"""The workflow runs of a running stack, as the page shows them: graph, nodes, and the ends of the jobs' logs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gluelocal.engine.state import Attempt, EngineState, WorkflowRun
from gluelocal.engine.views import NodeView, RunView, view
from gluelocal.executor.jobs.logs import placed_tail
from gluelocal.model.graph import edges, nodes
from gluelocal.model.model import Trigger
from loglake.core.ports.clock import Clock
from loglake.core.run.outcome import Outcome
from loglake_cli.local.stack import LocalStack

SHOWN_RUNS = 30
"""How many runs the page lists, the newest ones."""

LOG_LINES = 200
"""How many log lines the page shows; a file has the whole log."""


@dataclass(frozen=True)
class GraphNode:
    """A node of the graph. `trigger` is the node itself, or the trigger that starts it."""

    id: str
    view: NodeView
    trigger: Trigger


@dataclass(frozen=True)
class Graph:
    """The graph of a workflow in a run; without a run, as the next run will have it.

    Attributes:
        nodes: each trigger before its actions.
        edges: source and target ids.
    """

    workflow: str
    run: RunView | None
    nodes: tuple[GraphNode, ...]
    edges: tuple[tuple[str, str], ...]

    def find(self, node_id: str) -> GraphNode | None:
        """A node by its id; if it doesn't exist, the most interesting node now."""
        by_id = {node.id: node for node in self.nodes}
        ran = [node for node in self.nodes if node.view.attempts]
        bad = [node for node in ran if node.view.state not in {"RUNNING", "WAITING", "SUCCEEDED"}]
        busy = [node for node in ran if node.view.state == "RUNNING"]
        return by_id.get(node_id) or next(iter([*busy, *bad, *ran[::-1]]), None)


@dataclass(frozen=True)
class Runs:
    """The runs of a stack; from any thread."""

    stack: LocalStack
    clock: Clock

    def newest(self) -> list[RunView]:
        """The newest runs, the newest first."""
        state = self.stack.runtime.state
        return list(self._view(state, state.runs[-SHOWN_RUNS:])[::-1])

    @staticmethod
    def current(newest: list[RunView]) -> list[RunView]:
        """The active runs, and the last run of each workflow; in the same order."""
        last = {run.name: run.id for run in reversed(newest)}
        return [run for run in newest if run.ended_ms is None or last[run.name] == run.id]

    def verdicts(self, *runs: RunView) -> dict[str, Verdict]:
        """The verdict on each of these runs, by id."""
        properties = {run.id: run.properties for run in self.stack.runtime.state.runs}
        return {run.id: verdict(run, properties.get(run.id, {})) for run in runs}

    def data_version(self) -> str:
        """Changes when a job or crawler ends, in a run or alone."""
        ends = [attempt.ended_ms for attempt in self._attempts() if attempt.ended_ms is not None]
        return f"{len(ends)}-{max(ends, default=0)}"

    def graph(self, run_id: str, workflow: str) -> Graph:
        """The graph of a run. If it doesn't exist, the newest run's graph, of the named workflow if there is one."""
        state, workflows = self.stack.runtime.state, self.stack.runtime.model.workflows
        named = workflow if workflow in workflows else ""
        of_it = [run for run in state.runs if not named or run.title == named]
        run = next((run for run in state.runs if run.id == run_id), of_it[-1] if of_it else None)
        return self._of_run(state, run) if run else self._to_come(named or next(iter(workflows)))

    def log_lines(self, attempt_id: str) -> tuple[tuple[int, str], ...]:
        """The last lines of a job run's log, each with its start byte; none if the id is unknown or it has no log."""
        known = {attempt.id for attempt in self._attempts()}
        return placed_tail(self.stack.jobs.log_dir / f"{attempt_id}.log", LOG_LINES) if attempt_id in known else ()

    def _attempts(self) -> list[Attempt]:
        state = self.stack.runtime.state
        actions = [*(action for run in state.runs for action in run.actions), *state.alone]
        return [attempt for action in actions for attempt in action.attempts]

    def _of_run(self, state: EngineState, run: WorkflowRun) -> Graph:
        (seen,) = self._view(state, (run,))
        triggers = {trigger.name: trigger for trigger in run.triggers}
        drawn = zip(nodes(run.name, run.triggers), seen.nodes, strict=True)
        found = tuple(GraphNode(node.id, view, triggers[node.trigger_name]) for node, view in drawn)
        return Graph(run.title, seen, found, tuple(edges(run.name, run.triggers)))

    def _to_come(self, workflow: str) -> Graph:
        triggers = self.stack.runtime.model.triggers_of(workflow)
        by_name = {trigger.name: trigger for trigger in triggers}
        found = tuple(
            GraphNode(node.id, NodeView(node.type, node.name, "WAITING"), by_name[node.trigger_name])
            for node in nodes(workflow, triggers)
        )
        return Graph(workflow, None, found, tuple(edges(workflow, triggers)))

    def _view(self, state: EngineState, runs: tuple[WorkflowRun, ...]) -> tuple[RunView, ...]:
        return view(replace(state, runs=runs), lambda _: (), self.clock.now_ms()).runs


_BAD = frozenset({"FAILED", "TIMEOUT", "STOPPED", "CANCELLED", "ERROR"})
_KINDS = {
    "SUCCEEDED": "good", "COMPLETED": "good", "FIRED": "good", "RUNNING": "busy", "STOPPING": "busy",
}  # fmt: skip
_COUNTED = {"Failed": "failed", "Timeout": "timed out", "Stopped": "stopped"}


@dataclass(frozen=True)
class Verdict:
    """A badge: its words, and its style (good, busy, odd, bad, idle), which only repeats the words."""

    words: str
    kind: str


def kind(state: str) -> str:
    """The style of a state. The state is always written beside it."""
    return "bad" if state in _BAD else _KINDS.get(state, "idle")


def verdict(run: RunView, properties: Mapping[str, str]) -> Verdict:
    """The verdict on a run.

    Args:
        run: the run.
        properties: the run's properties; each loglake job puts its outcome there: it may be partial although it
            SUCCEEDED.
    """
    trouble = [f"{run.statistics[f'{name}Actions']:,} {word}" for name, word in _COUNTED.items()]
    trouble = [words for words in trouble if not words.startswith("0 ")]
    if trouble:
        return Verdict(", ".join([run.status, *trouble]), "bad")
    if kind(run.status) == "good" and Outcome.PARTIAL.value in map(_outcome, properties.values()):
        return Verdict(f"{run.status}, partial", "odd")
    return Verdict(run.status, kind(run.status))


def _outcome(message: str) -> str:
    """The outcome in a run's property; others may put anything there."""
    try:
        found = json.loads(message)
    except ValueError:
        return ""
    return str(found.get("outcome", "")) if isinstance(found, dict) else ""
