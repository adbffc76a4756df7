"""The badge of a run."""

from __future__ import annotations

import json

import pytest

from gluelocal.engine.views import RunView
from loglake_cli.ui.runs import Verdict, verdict

pytestmark = pytest.mark.unit

NONE = {"FailedActions": 0, "TimeoutActions": 0, "StoppedActions": 0}


def run(status: str, **statistics: int) -> RunView:
    return RunView("shop", "wr_1", status, {**NONE, **statistics}, (), 0, None, 1.0, (), None)


def outcome(word: str) -> dict[str, str]:
    return {"loglake:export": json.dumps({"outcome": word})}


@pytest.mark.parametrize(
    ("view", "properties", "badge"),
    [
        (run("COMPLETED"), outcome("ok"), Verdict("COMPLETED", "good")),
        (run("COMPLETED", FailedActions=1), outcome("ok"), Verdict("COMPLETED, 1 failed", "bad")),
        (
            run("COMPLETED", TimeoutActions=1, StoppedActions=2),
            {},
            Verdict("COMPLETED, 1 timed out, 2 stopped", "bad"),
        ),
        (run("COMPLETED", FailedActions=10), {}, Verdict("COMPLETED, 10 failed", "bad")),
        (run("COMPLETED"), outcome("partial"), Verdict("COMPLETED, partial", "odd")),
        (run("COMPLETED"), {"mine": "partial", "other": "[]", "more": "7"}, Verdict("COMPLETED", "good")),
        (run("RUNNING"), outcome("partial"), Verdict("RUNNING", "busy")),
        (run("RUNNING", FailedActions=1), {}, Verdict("RUNNING, 1 failed", "bad")),
        (run("STOPPED"), {}, Verdict("STOPPED", "bad")),
    ],
)
def test_only_a_run_whose_nodes_did_all_is_green(view: RunView, properties: dict[str, str], badge: Verdict) -> None:
    assert verdict(view, properties) == badge
