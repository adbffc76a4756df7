"""Predicates of CONDITIONAL triggers, and the statistics of a run; pure."""

from __future__ import annotations

from collections.abc import Iterable

from gluelocal.engine.state import RUNNING, WAITING, ActionRun, WorkflowRun
from gluelocal.model.graph import kind_and_name
from gluelocal.model.model import Predicate


def is_met(predicate: Predicate, actions: Iterable[ActionRun]) -> bool:
    """Whether a run's ended actions meet a predicate.

    Glue doesn't document how retries affect conditions. Here an action counts with its last attempt's state, so a job
    that is being retried has not ended.
    """
    ended = {(action.kind, action.name, action.last.state) for action in actions}
    met = [(*kind_and_name(one), one.state or one.crawl_state) in ended for one in predicate.conditions]
    return any(met) if predicate.logical == "ANY" else bool(met) and all(met)


def statistics(run: WorkflowRun) -> dict[str, int]:
    """Glue API WorkflowRunStatistics.

    TotalActions counts all actions of the graph, started or not. A cancelled crawl counts as stopped. This engine never
    sets the state ERROR.
    """
    states = [action.last.state for action in run.actions]
    return {
        "TotalActions": sum(len(trigger.actions) for trigger in run.triggers),
        "TimeoutActions": states.count("TIMEOUT"),
        "FailedActions": states.count("FAILED"),
        "StoppedActions": states.count("STOPPED") + states.count("CANCELLED"),
        "SucceededActions": states.count("SUCCEEDED"),
        "RunningActions": states.count(RUNNING),
        "ErroredActions": 0,
        "WaitingActions": states.count(WAITING),
    }
