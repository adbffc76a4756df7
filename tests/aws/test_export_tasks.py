"""Responses of CloudWatch Logs that only AWS gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from loglake.aws.export_tasks import CloudWatchExportTasks
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, from_ms
from loglake.core.windows import Window, floor_to
from loglake.errors import AccessDeniedError, ConfigError, ExportRefusedError, NotFoundError

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
    """A CloudWatch Logs with prepared answers."""
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def numbers() -> Any:
    return boto3.client("cloudwatch", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def metrics(numbers: Any) -> Iterator[Stubber]:
    """CloudWatch's metrics, with prepared answers."""
    with Stubber(numbers) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def tasks(client: CloudWatchLogsClient, numbers: Any) -> CloudWatchExportTasks:
    return CloudWatchExportTasks(client, client, numbers)


@pytest.mark.parametrize("code", ["InvalidParameterException", "AccessDeniedException"])
@pytest.mark.parametrize("call", ["GetBucketAcl", "PutObject"])
def test_a_bucket_that_does_not_let_cloudwatch_in_fails_the_run(
    logs: Stubber, tasks: CloudWatchExportTasks, code: str, call: str
) -> None:
    message = (
        f"{call} call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to "
        "perform this operation."
    )
    logs.add_client_error("create_export_task", code, message)
    with pytest.raises(ConfigError, match=r"Let the bucket's policy allow logs\.<region>\.amazonaws\.com") as caught:
        tasks.create("export-1", SHOP, HOUR, "raw", "exports/p")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("The given bucket does not exist. Please make sure the bucket is valid.", "Deploy the storage stack"),
        ("The specified KMS key can't be used.", "Encrypt the bucket with SSE-S3"),
        ("The destination is in another Region.", "Check that the bucket is in the log groups' Region"),
    ],
)
def test_a_destination_that_is_wrong_fails_the_run(
    logs: Stubber, tasks: CloudWatchExportTasks, message: str, advice: str
) -> None:
    logs.add_client_error("create_export_task", "InvalidParameterException", message)
    with pytest.raises(ConfigError, match=advice) as caught:
        tasks.create("export-1", SHOP, HOUR, "raw", "exports/p")
    assert message in str(caught.value)


def test_a_range_that_is_refused_fails_its_window_alone(logs: Stubber, tasks: CloudWatchExportTasks) -> None:
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


def test_a_task_is_not_looked_for_among_those_from_before_its_intent(
    logs: Stubber, tasks: CloudWatchExportTasks
) -> None:
    """The first page names a next page, and no call asks for it."""
    listed = [
        {"taskId": f"t-{n}", "taskName": "another", "executionInfo": {"creationTime": HOUR.to_ms - n * MS_PER_HOUR}}
        for n in range(3)
    ]
    logs.add_response("describe_export_tasks", {"exportTasks": listed, "nextToken": "more"}, {})
    assert tasks.find("export-1", "raw", "exports/p", since_ms=HOUR.from_ms) is None


def test_hours_are_asked_for_and_added_up(metrics: Stubber, tasks: CloudWatchExportTasks) -> None:
    asked = {
        "Namespace": "AWS/Logs",
        "MetricName": "IncomingLogEvents",
        "Dimensions": [{"Name": "LogGroupName", "Value": SHOP}],
        "StartTime": from_ms(HOUR.from_ms),
        "EndTime": from_ms(HOUR.to_ms + MS_PER_HOUR),
        "Period": 3600,
        "Statistics": ["Sum"],
    }
    points = [{"Timestamp": from_ms(HOUR.from_ms), "Sum": 3.0, "Unit": "None"}, {"Sum": 4.0}]
    metrics.add_response("get_metric_statistics", {"Label": "IncomingLogEvents", "Datapoints": points}, asked)
    assert tasks.incoming_events(SHOP, HOUR.from_ms + 5, HOUR.to_ms + 5) == 7


def test_no_more_hours_are_asked_for_at_once_than_cloudwatch_answers(
    metrics: Stubber, tasks: CloudWatchExportTasks
) -> None:
    for count in (2.0, 3.0):
        metrics.add_response("get_metric_statistics", {"Datapoints": [{"Sum": count}]})
    assert tasks.incoming_events(SHOP, HOUR.from_ms, HOUR.from_ms + 61 * MS_PER_DAY) == 5


def test_without_a_number_nothing_is_known(metrics: Stubber, tasks: CloudWatchExportTasks) -> None:
    metrics.add_response("get_metric_statistics", {"Datapoints": []})
    assert tasks.incoming_events(SHOP, HOUR.from_ms, HOUR.to_ms) is None
    metrics.add_client_error("get_metric_statistics", "AccessDenied", "not authorized", http_status_code=403)
    assert tasks.incoming_events(SHOP, HOUR.from_ms, HOUR.to_ms) is None


def test_bytes_are_the_mean_of_the_days_since_the_first_one(metrics: Stubber, tasks: CloudWatchExportTasks) -> None:
    now = floor_to(HOUR.to_ms, MS_PER_DAY) + MS_PER_HOUR
    asked = {
        "Namespace": "AWS/Logs",
        "MetricName": "IncomingBytes",
        "Dimensions": [{"Name": "LogGroupName", "Value": SHOP}],
        "StartTime": from_ms(now - MS_PER_HOUR - 455 * MS_PER_DAY),
        "EndTime": from_ms(now - MS_PER_HOUR),
        "Period": 86_400,
        "Statistics": ["Sum"],
    }
    points = [{"Timestamp": from_ms(now - MS_PER_HOUR - days * MS_PER_DAY), "Sum": 50.0} for days in (10, 3)]
    metrics.add_response("get_metric_statistics", {"Datapoints": points}, asked)
    assert tasks.incoming_bytes(SHOP, now) == 10
    metrics.add_response("get_metric_statistics", {"Datapoints": []})
    assert tasks.incoming_bytes(SHOP, now) is None
    metrics.add_client_error("get_metric_statistics", "AccessDenied", "not authorized", http_status_code=403)
    with pytest.raises(AccessDeniedError, match="cloudwatch:GetMetricStatistics"):
        tasks.incoming_bytes(SHOP, now)
