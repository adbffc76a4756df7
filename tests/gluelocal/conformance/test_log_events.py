"""Log events of CloudWatch Logs"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.gluelocal.conformance import rule
from support.gluelocal.glue_accounts import NOON_MS

from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.settable_clock import SettableClock

pytestmark = pytest.mark.local

PUT = "CloudWatch Logs API, PutLogEvents"
GROUP, STREAM = "/app/orders", "web"
DAY_MS = 86_400_000
HOUR_MS = 3_600_000


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    """An embedded AWS at noon, with an empty stream."""
    with EmbeddedAws(SettableClock(NOON_MS)) as embedded:
        logs = embedded.client("logs")
        logs.create_log_group(logGroupName=GROUP)
        logs.create_log_stream(logGroupName=GROUP, logStreamName=STREAM)
        yield embedded


def put(aws: EmbeddedAws, *events: tuple[int, str]) -> Any:
    """Writes events, and returns the response."""
    reported = [{"timestamp": timestamp, "message": message} for timestamp, message in events]
    return aws.client("logs").put_log_events(logGroupName=GROUP, logStreamName=STREAM, logEvents=reported)


def kept(aws: EmbeddedAws) -> list[str]:
    """The messages that are there."""
    found = aws.client("logs").get_log_events(logGroupName=GROUP, logStreamName=STREAM, startFromHead=True)
    return [event["message"] for event in found["events"]]


def refusal(aws: EmbeddedAws, *events: tuple[int, str]) -> str:
    """The error for a batch that is refused as a whole."""
    with pytest.raises(ClientError) as caught:
        put(aws, *events)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"
    assert kept(aws) == []
    return str(caught.value.response["Error"]["Message"])


@rule(
    "PutLogEvents takes nothing that is older than 14 days or more than 2 hours ahead, and takes the rest.",
    PUT + "; RejectedLogEventsInfo",
)
def test_old_and_new_events(aws: EmbeddedAws) -> None:
    oldest, newest = NOON_MS - 14 * DAY_MS, NOON_MS + 2 * HOUR_MS
    answer = put(aws, (oldest - 2, "a"), (oldest - 1, "b"), (oldest, "c"))
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 2}
    answer = put(aws, (newest, "d"), (newest + 1, "e"), (newest + 2, "f"))
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    assert "rejectedLogEventsInfo" not in put(aws, (NOON_MS, "g"))
    assert sorted(kept(aws)) == ["c", "d", "g"]


@rule("PutLogEvents takes nothing that is older than the retention of its group.", PUT + "; RejectedLogEventsInfo")
def test_retention(aws: EmbeddedAws) -> None:
    aws.client("logs").put_retention_policy(logGroupName=GROUP, retentionInDays=3)
    answer = put(aws, (NOON_MS - 15 * DAY_MS, "a"), (NOON_MS - 3 * DAY_MS - 1, "b"), (NOON_MS - 3 * DAY_MS, "c"))
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2}
    assert kept(aws) == ["c"]


@rule("A batch of PutLogEvents has at most 10,000 events.", PUT)
def test_events_of_a_batch(aws: EmbeddedAws) -> None:
    assert "less than or equal to 10000" in refusal(aws, *[(NOON_MS, "x")] * 10_001)
    put(aws, *[(NOON_MS, "x")] * 10_000)
    assert len(kept(aws)) == 10_000


@rule("A batch has at most 1,048,576 bytes of UTF-8, and 26 for each event.", PUT)
def test_bytes_of_a_batch(aws: EmbeddedAws) -> None:
    half = "ü" * (1_048_576 // 4 - 13)  # 524,262 bytes
    assert refusal(aws, (NOON_MS, half), (NOON_MS, half + "x")) == (
        "Upload too large: 1048577 bytes exceeds limit of 1048576"
    )
    put(aws, (NOON_MS, half), (NOON_MS, half))
    assert kept(aws) == [half, half]


@rule("An event has at most 1 MiB.", PUT)
def test_bytes_of_an_event(aws: EmbeddedAws) -> None:
    said = refusal(aws, (NOON_MS, "x" * (1_048_576 - 25)))
    assert said == "Log event too large: 1048577 bytes exceeds limit of 1048576"
    put(aws, (NOON_MS, "x" * (1_048_576 - 26)))


@rule("The events of a batch are in the order of their times.", PUT)
def test_order(aws: EmbeddedAws) -> None:
    assert "must be in chronological order" in refusal(aws, (NOON_MS, "x"), (NOON_MS - 1, "y"))
    put(aws, (NOON_MS, "x"), (NOON_MS, "y"))


@rule("The events of a batch that are taken span at most 24 hours.", PUT)
def test_span(aws: EmbeddedAws) -> None:
    assert "cannot span more than 24 hours" in refusal(aws, (NOON_MS - DAY_MS - 1, "x"), (NOON_MS, "y"))
    put(aws, (NOON_MS - 20 * DAY_MS, "too old to count"), (NOON_MS - DAY_MS, "x"), (NOON_MS, "y"))
    assert kept(aws) == ["x", "y"]


@rule("Who writes to a group or a stream that is not there gets ResourceNotFoundException.", PUT)
@pytest.mark.parametrize("names", [("/none", STREAM), (GROUP, "none")])
def test_nowhere(aws: EmbeddedAws, names: tuple[str, str]) -> None:
    logs = aws.client("logs")
    events = [{"timestamp": NOON_MS, "message": "x"}]
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.put_log_events(logGroupName=names[0], logStreamName=names[1], logEvents=events)
