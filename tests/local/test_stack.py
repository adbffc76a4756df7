"""The local stack where nothing happens that is waited for."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake_cli.local import stack as stacks
from loglake_cli.local.engine.views import Snapshot
from loglake_cli.local.stack import LocalStack, StackSettings

pytestmark = pytest.mark.local


def test_an_object_that_no_rule_matches_starts_nothing_which_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks, "_WAKE_TIMEOUT_S", 0.5)
    shown: list[Snapshot] = []
    datasets = Datasets.for_groups([LogGroupName("/app/shop")])
    with LocalStack(datasets, StackSettings(tmp_path), SystemClock(), shown.append) as stack:
        stack.client("s3").put_object(Bucket=stack.outputs["ControlBucket"], Key="elsewhere/1.json", Body=b"{}")
        with pytest.raises(TimeoutError, match=r"no workflow run started within 0\.5 s: no rule matched the request"):
            stack.run_until_idle()
    assert shown
    assert all(snapshot.runs == () for snapshot in shown)
