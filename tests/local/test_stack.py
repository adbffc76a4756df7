"""How the local stack waits."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import pytest

from gluelocal import account as accounts
from gluelocal.engine.events import StartRequested
from gluelocal.engine.views import Snapshot
from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake_cli.local.stack import LocalStack, StackSettings

pytestmark = pytest.mark.local


SHOWN: list[Snapshot] = []


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """An idle stack; `SHOWN` has its output."""
    settings = StackSettings(tmp_path_factory.mktemp("logs"))
    with LocalStack(Datasets.for_groups([LogGroupName("/app/shop")]), settings, SystemClock(), SHOWN.append) as made:
        yield made


def test_an_object_that_no_rule_matches_starts_nothing_which_is_reported(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "_WAKE_TIMEOUT_S", 0.5)
    stack.client("s3").put_object(Bucket=stack.outputs["ControlBucket"], Key="elsewhere/1.json", Body=b"{}")
    with pytest.raises(TimeoutError, match=r"no workflow run started within 0\.5 s: no rule matched the request"):
        stack.run_until_idle()
    assert SHOWN
    assert all(snapshot.runs == () for snapshot in SHOWN)


def test_what_can_be_done_while_a_run_goes_on_is_looked_at_now_and_then(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "_MEANWHILE_S", 60.0)
    runtime, polls, really = stack.runtime, itertools.count(), stack.runtime.poll
    looks: list[int] = []

    def poll(wait_s: float) -> None:
        number = next(polls)
        if number == 0:
            runtime.call(StartRequested("loglake-log-export", SystemClock().now_ms()))
        elif number == 20:
            runtime.stop_run(runtime.state.runs[-1].id)
        elif number > 20:
            really(wait_s)
        time.sleep(0.01)

    monkeypatch.setattr(runtime, "poll", poll)
    stack.run_until_idle(lambda: looks.append(next(polls)))
    assert len(looks) == 1
