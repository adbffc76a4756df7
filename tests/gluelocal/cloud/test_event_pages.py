"""FilterLogEvents over HTTP with boto3 behaves as CloudWatch Logs does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.gluelocal.times import parse_instant

from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.logs.event_pages import PageRules
from gluelocal.settable_clock import SettableClock
from gluelocal.units import MS_PER_DAY

pytestmark = pytest.mark.contract

NOW = parse_instant("2026-11-21")
GROUP = "/app/shop"
FULL = PageRules(fill=(1, 1), empty=0)


def pages(logs: Any, **how: Any) -> Iterator[dict[str, Any]]:
    """All pages, as a client gets them that stops only at a page without a token."""
    token: dict[str, str] = {}
    while True:
        page = logs.filter_log_events(logGroupName=GROUP, **how, **token)
        yield page
        if "nextToken" not in page:
            return
        token = {"nextToken": page["nextToken"]}


def messages(logs: Any, **how: Any) -> list[str]:
    return [event["message"] for page in pages(logs, **how) for event in page["events"]]


def refused(logs: Any, **how: Any) -> str:
    with pytest.raises(ClientError) as caught:
        logs.filter_log_events(**{"logGroupName": GROUP, **how})
    return str(caught.value.response["Error"]["Code"])


def load(aws: EmbeddedAws, count: int, message: str = "x", stream: str = "web") -> None:
    aws.log_store.load(GROUP, stream, ((NOW - count + number, f"{message}{number}") for number in range(count)), NOW)


def test_pages_are_partly_full_or_empty_until_one_has_no_token(still: EmbeddedAws, still_logs: Any) -> None:
    load(still, 2_000)
    answers = list(pages(still_logs, limit=100))
    sizes = [len(page["events"]) for page in answers]
    assert [event["message"] for page in answers for event in page["events"]] == [f"x{each}" for each in range(2_000)]
    assert max(sizes) <= 100
    assert 0 in sizes, "no page was empty"
    assert len(set(sizes)) > 10, "all pages are as full"
    assert all(page["searchedLogStreams"] == [] for page in answers)


def test_the_same_seed_gives_the_same_pages(still: EmbeddedAws, still_logs: Any) -> None:
    load(still, 500)
    seen = []
    for seed in (1, 1, 2):
        still.event_pages.behave(PageRules(seed=seed))
        seen.append([len(page["events"]) for page in pages(still_logs, limit=50)])
    assert seen[0] == seen[1] != seen[2]


def test_a_page_has_as_many_events_as_asked_for_and_10_000_at_most(still: EmbeddedAws, still_logs: Any) -> None:
    still.event_pages.behave(FULL)
    load(still, 20, "")
    assert [len(page["events"]) for page in pages(still_logs, limit=8)] == [8, 8, 4]
    assert refused(still_logs, limit=10_001) == "InvalidParameterException"


def test_a_page_has_1_mb_at_most_with_the_json_around_its_events(still: EmbeddedAws, still_logs: Any) -> None:
    still.event_pages.behave(FULL)
    load(still, 3_000, "ü" * 300)
    sizes = [
        len(json.dumps(page["events"], ensure_ascii=False, separators=(",", ":")).encode())
        for page in pages(still_logs)
    ]
    assert all(0.98 * 1024 * 1024 < size <= 1024 * 1024 for size in sizes[:-1])
    assert len(sizes) == 3


def test_an_event_that_is_larger_than_a_page_comes_alone(still: EmbeddedAws, still_logs: Any) -> None:
    still.event_pages.behave(FULL)
    load(still, 2, "x" * 1024 * 1024)
    assert [len(page["events"]) for page in pages(still_logs)] == [1, 1]


def test_the_end_is_included(still: EmbeddedAws, still_logs: Any) -> None:
    load(still, 10)
    assert messages(still_logs, startTime=NOW - 5, endTime=NOW - 3) == ["x5", "x6", "x7"]


def test_events_of_all_streams_are_in_order_of_time_then_of_ingestion(
    still: EmbeddedAws, still_logs: Any, clock: SettableClock
) -> None:
    still.log_store.load(GROUP, "b", [(NOW - 1, "b1"), (NOW - 3, "b3")], NOW - 10)
    still.log_store.load(GROUP, "a", [(NOW - 1, "later"), (NOW - 2, "a2")], NOW)
    still.log_store.load(GROUP, "a", [(NOW - 1, "not ingested yet")], NOW + 1000)
    assert messages(still_logs) == ["b3", "a2", "b1", "later"]
    clock.advance(1)
    assert messages(still_logs)[-1] == "not ingested yet"


def test_events_are_chosen_by_stream_and_pattern(still: EmbeddedAws, still_logs: Any) -> None:
    for stream in ("web/1", "web/2", "db"):
        load(still, 2, f"{stream} ", stream)
    assert sorted(messages(still_logs, logStreamNamePrefix="web/")) == ["web/1 0", "web/1 1", "web/2 0", "web/2 1"]
    assert messages(still_logs, logStreamNames=["db"]) == ["db 0", "db 1"]
    assert messages(still_logs, filterPattern="db") == ["db 0", "db 1"]
    assert refused(still_logs, logStreamNames=["db"], logStreamNamePrefix="d") == "InvalidParameterException"


def test_an_event_says_its_stream_times_and_id(still: EmbeddedAws, still_logs: Any) -> None:
    still.log_store.load(GROUP, "web", [(NOW - 5, "x")], NOW - 2)
    (event,) = [event for page in pages(still_logs) for event in page["events"]]
    assert (event["logStreamName"], event["timestamp"], event["ingestionTime"]) == ("web", NOW - 5, NOW - 2)
    assert len(event["eventId"]) == 56


def test_a_token_expires_and_belongs_to_its_question(still: EmbeddedAws, still_logs: Any, clock: SettableClock) -> None:
    still.event_pages.behave(FULL)
    load(still, 10)
    token = still_logs.filter_log_events(logGroupName=GROUP, limit=3)["nextToken"]
    assert refused(still_logs, nextToken=token, startTime=5) == "InvalidParameterException"
    assert refused(still_logs, nextToken="no token") == "InvalidParameterException"
    assert still_logs.filter_log_events(logGroupName=GROUP, nextToken=token)["events"][0]["message"] == "x3"
    clock.advance(MS_PER_DAY / 1000)
    assert refused(still_logs, nextToken=token) == "InvalidParameterException"


def test_a_token_may_come_back_as_it_was(still: EmbeddedAws, still_logs: Any) -> None:
    still.event_pages.behave(PageRules(fill=(1, 1), empty=0, repeated=1))
    load(still, 10)
    token = still_logs.filter_log_events(logGroupName=GROUP, limit=3)["nextToken"]
    again = still_logs.filter_log_events(logGroupName=GROUP, nextToken=token)
    assert (again["events"], again["nextToken"]) == ([], token)


def test_requests_above_the_rate_are_throttled(still: EmbeddedAws, still_logs: Any, clock: SettableClock) -> None:
    load(still, 1)
    still.event_pages.behave(PageRules(requests_a_second=2))
    for _ in range(2):
        still_logs.filter_log_events(logGroupName=GROUP)
    assert refused(still_logs) == "ThrottlingException"
    clock.advance(0.5)
    still_logs.filter_log_events(logGroupName=GROUP)
    assert refused(still_logs) == "ThrottlingException"


def test_what_cannot_be_read_is_refused(still: EmbeddedAws, still_logs: Any) -> None:
    assert refused(still_logs) == "ResourceNotFoundException"
    still_logs.create_log_group(logGroupName=GROUP, logGroupClass="INFREQUENT_ACCESS")
    assert refused(still_logs) == "InvalidOperationException"
    assert refused(still_logs, logGroupIdentifier=GROUP) == "InvalidParameterException"


def test_a_group_may_be_named_by_its_arn(still: EmbeddedAws, still_logs: Any) -> None:
    still.event_pages.behave(FULL)
    load(still, 1)
    (group,) = still_logs.describe_log_groups()["logGroups"]
    for arn in (group["arn"].removesuffix(":*"), group["logGroupArn"].removesuffix(":*")):
        assert still_logs.filter_log_events(logGroupIdentifier=arn)["events"][0]["message"] == "x0"
