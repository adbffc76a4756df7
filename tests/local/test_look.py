"""A look for landed objects in a process of its own, with its role's rights alone."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gluelocal.engine.state import WorkflowRun
from loglake.aws.landing_queue import SqsLandingQueue
from loglake.aws.system_clock import SystemClock
from loglake.core.keys import LANDED, LOOKS
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake_cli.local.stack import LocalStack, StackSettings

pytestmark = pytest.mark.local

LIVE = LogGroupName("/live/pay")
PARAMETERS = {"LandingStart": "Look"}
STARTS_S = 60


def put_look(stack: LocalStack, name: str) -> None:
    """What the schedule does."""
    stack.client("s3").put_object(Bucket=stack.outputs["ControlBucket"], Key=f"{LOOKS}{name}", Body=b"{}")


def waiting(stack: LocalStack) -> bool:
    sqs = stack.client("sqs")
    url = sqs.get_queue_url(QueueName="loglake-landed-objects")["QueueUrl"]
    return SqsLandingQueue(sqs, url).waiting() > 0


def runs(stack: LocalStack, workflow: str) -> list[WorkflowRun]:
    return [run for run in stack.runtime.state.runs if run.name == f"loglake-{workflow}"]


def test_a_look_starts_landing_only_if_something_has_landed(tmp_path: Path) -> None:
    settings = StackSettings(tmp_path, PARAMETERS, enforce_iam=True)
    with LocalStack(Datasets.for_groups([], landed=[LIVE]), settings, SystemClock()) as stack:
        put_look(stack, "1")
        stack.run_until_idle()
        (look,) = runs(stack, "log-look")
        assert [action.last.state for action in look.actions] == ["SUCCEEDED"]
        assert runs(stack, "log-landing") == []
        stack.land(LIVE, "a.gz", b"no log at all")
        until = time.monotonic() + STARTS_S
        while not waiting(stack):
            assert time.monotonic() < until, "the event never came to the queue"
            time.sleep(0.1)
        put_look(stack, "2")
        stack.run_until(lambda: bool(runs(stack, "log-landing")) or time.monotonic() > until)
        (landing,) = runs(stack, "log-landing")
        assert landing.actions[0].name == "loglake-convert-logs"
        found = stack.client("s3").list_objects_v2(Bucket=stack.outputs["ControlBucket"], Prefix=LANDED)
        assert found["KeyCount"] == 1
