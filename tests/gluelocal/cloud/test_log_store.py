"""Loading events of any age, and how the CloudWatch Logs API shows them."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from athena_duckdb.errors import ConfigError
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.units import to_ms

pytestmark = pytest.mark.local

OLD = to_ms(datetime(2005, 12, 4, 4, 47, 44, tzinfo=timezone.utc))
NOW = to_ms(datetime(2026, 11, 21, 8, 30, tzinfo=timezone.utc))


def test_old_events_can_be_read_back(aws: EmbeddedAws) -> None:
    loaded = aws.log_store.load(
        "/app/web", "host-1", [(OLD + 5, "second"), (OLD, "first\n  more"), (OLD + 5, "third")], NOW
    )

    got = aws.client("logs").get_log_events(logGroupName="/app/web", logStreamName="host-1", startFromHead=True)
    assert loaded == 3
    assert [(e["timestamp"], e["message"]) for e in got["events"]] == [
        (OLD, "first\n  more"),
        (OLD + 5, "second"),
        (OLD + 5, "third"),
    ]


def test_descriptions_are_true(aws: EmbeddedAws) -> None:
    aws.log_store.load("/app/web", "host-1", [(OLD + 5, "ab"), (OLD, "ü")], NOW)
    aws.log_store.load("/app/web", "host-1", [(OLD + 9, "later")], NOW + 1)

    logs = aws.client("logs")
    (group,) = logs.describe_log_groups()["logGroups"]
    (stream,) = logs.describe_log_streams(logGroupName="/app/web")["logStreams"]
    assert group["storedBytes"] == stream["storedBytes"] == 3 * 26 + 2 + 2 + 5
    assert group["creationTime"] == stream["creationTime"] == OLD
    assert stream["firstEventTimestamp"] == OLD
    assert stream["lastEventTimestamp"] == OLD + 9
    assert stream["lastIngestionTime"] == NOW + 1


def test_an_empty_load_makes_an_empty_stream(aws: EmbeddedAws) -> None:
    assert aws.log_store.load("/app/web", "quiet", [], NOW) == 0

    (stream,) = aws.client("logs").describe_log_streams(logGroupName="/app/web")["logStreams"]
    assert stream["creationTime"] == NOW
    assert "firstEventTimestamp" not in stream


@pytest.mark.parametrize(("group", "stream"), [("/not allowed", "s"), ("", "s"), ("/app", "a:b"), ("/app", "s" * 513)])
def test_names_that_cloudwatch_refuses(aws: EmbeddedAws, group: str, stream: str) -> None:
    with pytest.raises(ConfigError, match="can't be the name of a log"):
        aws.log_store.load(group, stream, [(NOW, "x")], NOW)


def test_groups_are_listed_in_pages(aws: EmbeddedAws) -> None:
    names = [f"/app/{number:03d}" for number in range(120)]
    for name in reversed(names):
        aws.log_store.load(name, "s", [(NOW, "x")], NOW)

    pages = list(aws.client("logs").get_paginator("describe_log_groups").paginate())
    assert [group["logGroupName"] for page in pages for group in page["logGroups"]] == names
    assert len(pages) == 3


def test_streams_are_listed_in_pages_whatever_their_names(aws: EmbeddedAws) -> None:
    names = sorted(f"i-{number:03d}@eu/[$LATEST]" for number in range(120))
    for name in names:
        aws.log_store.load("/app/web", name, [(NOW, "x")], NOW)

    pages = list(aws.client("logs").get_paginator("describe_log_streams").paginate(logGroupName="/app/web"))
    assert [stream["logStreamName"] for page in pages for stream in page["logStreams"]] == names
    assert len(pages) == 3


def test_streams_by_prefix_and_by_last_event(aws: EmbeddedAws) -> None:
    for name, at in (("a/1", 30), ("a/2", 10), ("b/1", 20)):
        aws.log_store.load("/app/web", name, [(OLD + at, "x")], NOW)
    logs = aws.client("logs")

    def names(**how: object) -> list[str]:
        paginator = logs.get_paginator("describe_log_streams").paginate(
            logGroupName="/app/web", PaginationConfig={"PageSize": 1}, **how
        )
        return [stream["logStreamName"] for page in paginator for stream in page["logStreams"]]

    assert names(logStreamNamePrefix="a/") == ["a/1", "a/2"]
    assert names(descending=True) == ["b/1", "a/2", "a/1"]
    assert names(orderBy="LastEventTime", descending=True) == ["a/1", "b/1", "a/2"]
    arn = logs.describe_log_groups()["logGroups"][0]["logGroupArn"]
    assert len(logs.describe_log_streams(logGroupIdentifier=arn)["logStreams"]) == 3


def test_wrong_questions_about_streams(aws: EmbeddedAws) -> None:
    logs = aws.client("logs")
    aws.log_store.load("/app/web", "s", [(NOW, "x")], NOW)

    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log group does not exist"):
        logs.describe_log_streams(logGroupName="/app/other")
    with pytest.raises(logs.exceptions.InvalidParameterException, match="logStreamNamePrefix"):
        logs.describe_log_streams(logGroupName="/app/web", logStreamNamePrefix="s", orderBy="LastEventTime")
    with pytest.raises(logs.exceptions.InvalidParameterException, match="nextToken"):
        logs.describe_log_streams(logGroupName="/app/web", nextToken="not one of ours")
    with pytest.raises(logs.exceptions.InvalidParameterException, match="logGroupName"):
        logs.describe_log_streams()
