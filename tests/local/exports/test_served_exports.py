"""The operations of export tasks fit botocore's model, at any depth."""

from __future__ import annotations

from typing import Any

import pytest
from support.gluelocal.answers import shape_problems

from gluelocal.settable_clock import SettableClock
from loglake.core.units import parse_instant
from loglake_cli.local.exports.exporting_aws import ExportingAws

pytestmark = pytest.mark.contract

NOW = parse_instant("2026-11-21")
GROUP = "/app/shop"

# Operation -> requests with responses that have every member.
REQUESTS: dict[str, list[dict[str, Any]]] = {
    "CreateExportTask": [
        {
            "taskName": "named",
            "logGroupName": GROUP,
            "logStreamNamePrefix": "web/",
            "from": NOW,
            "to": NOW + 1,
            "destination": "raw",
            "destinationPrefix": "exports/p",
        }
    ],
    "DescribeExportTasks": [
        {},
        {"limit": 1},
        {"statusCode": "COMPLETED"},
        {"statusCode": "PENDING", "limit": 50},
    ],
    "CancelExportTask": [{"taskId": "of the task that is pending"}],
}


@pytest.fixture
def busy(still: ExportingAws, clock: SettableClock) -> ExportingAws:
    """An account with tasks of several states."""
    still.log_store.load(GROUP, "web/1", [(NOW + 1, "x")], NOW)
    for _ in range(2):
        still.client("logs").create_export_task(logGroupName=GROUP, fromTime=NOW, to=NOW + 9, destination="raw")
        clock.advance(3600)
    still.exports.start_other(60)
    clock.advance(60)
    return still


@pytest.mark.parametrize("operation", REQUESTS)
def test_answers_have_the_shape_of_the_model(busy: ExportingAws, operation: str) -> None:
    logs, requests = busy.client("logs"), REQUESTS[operation]
    if operation == "CancelExportTask":
        asked = {"logGroupName": GROUP, "fromTime": NOW, "to": NOW + 9, "destination": "raw"}
        requests = [{"taskId": logs.create_export_task(**asked)["taskId"]}]
    assert shape_problems(logs, operation, requests) == []


def test_there_is_a_request_for_every_operation_that_is_served(still: ExportingAws) -> None:
    assert set(still.exports.api.operations) == set(REQUESTS)
