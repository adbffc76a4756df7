"""What CloudWatch Logs answers only on AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber

from glue_jobs.aws.export_tasks import CloudWatchExportTasks
from glue_jobs.core.units import EpochMs, LogGroupName
from glue_jobs.core.windows import Window
from glue_jobs.errors import ConfigError, ExportRefusedError, NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")
HOUR = Window(EpochMs(1_795_219_200_000), EpochMs(1_795_222_800_000))


@pytest.fixture
def client() -> CloudWatchLogsClient:
    return boto3.client("logs", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def logs(client: CloudWatchLogsClient) -> Iterator[Stubber]:
    """A CloudWatch Logs that answers what it is told to."""
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def tasks(client: CloudWatchLogsClient) -> CloudWatchExportTasks:
    return CloudWatchExportTasks(client, client)


@pytest.mark.parametrize(
    "message",
    [
        "The given bucket does not exist. Please make sure the bucket is valid.",
        "GetBucketAcl call on the given bucket failed. Please check if CloudWatch Logs has been granted permission.",
        "The specified KMS key can't be used.",
    ],
)
def test_a_destination_that_is_wrong_is_everybodys_trouble(
    logs: Stubber, tasks: CloudWatchExportTasks, message: str
) -> None:
    logs.add_client_error("create_export_task", "InvalidParameterException", message)
    with pytest.raises(ConfigError, match="Check that the destination bucket is in the log group's Region") as caught:
        tasks.create("export-1", SHOP, HOUR, "raw", "exports/p")
    assert message in str(caught.value)


def test_a_range_that_is_refused_is_that_windows_trouble(logs: Stubber, tasks: CloudWatchExportTasks) -> None:
    asked = {
        "taskName": "export-1",
        "logGroupName": SHOP,
        "fromTime": HOUR.from_ms,
        "to": HOUR.to_ms - 1,
        "destination": "raw",
        "destinationPrefix": "exports/p",
    }
    message = "Time range is invalid."
    logs.add_client_error("create_export_task", "InvalidParameterException", message, expected_params=asked)
    with pytest.raises(ExportRefusedError, match=message):
        tasks.create("export-1", SHOP, HOUR, "raw", "exports/p")


def test_a_task_that_was_forgotten_is_not_found(logs: Stubber, tasks: CloudWatchExportTasks) -> None:
    logs.add_response("describe_export_tasks", {"exportTasks": []}, {"taskId": "t-1"})
    with pytest.raises(NotFoundError, match="knows no export task t-1"):
        tasks.describe("t-1")
