"""Subscription filters of CloudWatch Logs"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.fakes.glue_accounts import NOON_MS, ROLE
from support.local.conformance import rule

from loglake_cli.local.cloud.embedded_aws import EmbeddedAws
from loglake_cli.local.cloud.virtual_clock import SettableClock

pytestmark = pytest.mark.local

GUIDE = "CloudWatch Logs user guide, Log group-level subscription filters"
GROUP = "/app/orders"
STREAM_ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/events"
FIREHOSE_ARN = "arn:aws:firehose:us-east-1:123456789012:deliverystream/landing"


class Account:
    """A log group, a Kinesis stream and a Firehose that lands what it gets in a bucket."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.logs, self.kinesis, self.s3 = aws.client("logs"), aws.client("kinesis"), aws.client("s3")
        self.logs.create_log_group(logGroupName=GROUP)
        self.logs.create_log_stream(logGroupName=GROUP, logStreamName="web/1")
        self.kinesis.create_stream(StreamName="events", ShardCount=1)
        self.s3.create_bucket(Bucket="raw")
        aws.client("firehose").create_delivery_stream(
            DeliveryStreamName="landing",
            ExtendedS3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::raw", "Prefix": "landing/"},
        )

    def subscribe(self, destination: str, pattern: str = "") -> None:
        filtered = {"filterName": "all", "filterPattern": pattern, "destinationArn": destination, "roleArn": ROLE}
        self.logs.put_subscription_filter(logGroupName=GROUP, **filtered)

    def put(self, *messages: str) -> None:
        events = [{"timestamp": NOON_MS + number, "message": message} for number, message in enumerate(messages)]
        self.logs.put_log_events(logGroupName=GROUP, logStreamName="web/1", logEvents=events)

    def payloads(self) -> list[dict[str, Any]]:
        """What is in the Kinesis stream."""
        shards = self.kinesis.describe_stream(StreamName="events")["StreamDescription"]["Shards"]
        where = {"StreamName": "events", "ShardId": shards[0]["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        records = self.kinesis.get_records(ShardIterator=self.kinesis.get_shard_iterator(**where)["ShardIterator"])
        return [json.loads(gzip.decompress(record["Data"])) for record in records["Records"]]


@pytest.fixture
def account() -> Iterator[Account]:
    with EmbeddedAws(SettableClock(NOON_MS)) as aws:
        yield Account(aws)


@rule(
    "A record is gzip of JSON: messageType, owner, logGroup, logStream, subscriptionFilters, and logEvents with id, "
    "timestamp and message.",
    GUIDE,
)
def test_payloads(account: Account) -> None:
    account.subscribe(STREAM_ARN)
    account.put("one", "zwölf\n  lines")
    (payload,) = account.payloads()
    events = payload.pop("logEvents")
    assert payload == {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": GROUP,
        "logStream": "web/1",
        "subscriptionFilters": ["all"],
    }
    assert [(event["timestamp"], event["message"]) for event in events] == [
        (NOON_MS, "one"),
        (NOON_MS + 1, "zwölf\n  lines"),
    ]


@rule("The id of an event is a text of 56 digits, and no other event's.", GUIDE + "; seen in real payloads")
def test_ids(account: Account) -> None:
    account.subscribe(STREAM_ARN)
    account.put("one", "one")
    account.put("one")
    ids = [event["id"] for payload in account.payloads() for event in payload["logEvents"]]
    assert [bool(re.fullmatch(r"[0-9]{56}", each)) for each in ids] == [True] * 3
    assert len(set(ids)) == 3
    reported = account.logs.filter_log_events(logGroupName=GROUP)["events"]
    assert {event["eventId"] for event in reported} == set(ids)


@rule("What was written before a filter was made is not sent.", GUIDE)
def test_what_was_there_before(account: Account) -> None:
    account.put("before")
    account.subscribe(STREAM_ARN)
    account.put("after")
    assert [[event["message"] for event in payload["logEvents"]] for payload in account.payloads()] == [["after"]]


@rule(
    "A filter sends the events that its filterPattern matches.",
    "CloudWatch Logs API, PutSubscriptionFilter, filterPattern",
    differs="It sends all events of its group.",
)
def test_patterns(account: Account) -> None:
    account.subscribe(STREAM_ARN, "ERROR")
    account.put("ERROR one", "INFO two")
    (payload,) = account.payloads()
    assert len(payload["logEvents"]) == 2


@rule(
    "CloudWatch Logs now and then sends a CONTROL_MESSAGE, to see whether the destination is there.",
    GUIDE,
    differs="None are sent. Landing reads over those that real payloads have.",
)
def test_control_messages(account: Account) -> None:
    account.subscribe(STREAM_ARN)
    assert account.payloads() == []


@rule(
    "Firehose collects records for a time or a size before it writes an object, and can compress and decompress them.",
    "Firehose developer guide, Configure destination settings for Amazon S3",
    differs="Each PutLogEvents is an object at once, as CloudWatch Logs gave it.",
)
def test_firehose(account: Account) -> None:
    account.subscribe(FIREHOSE_ARN)
    for message in ("one", "two"):
        account.put(message)
    keys = [item["Key"] for item in account.s3.list_objects_v2(Bucket="raw", Prefix="landing/")["Contents"]]
    bodies = [account.s3.get_object(Bucket="raw", Key=key)["Body"].read() for key in keys]
    reported = [json.loads(gzip.decompress(body))["logEvents"] for body in bodies]
    assert sorted(event["message"] for events in reported for event in events) == ["one", "two"]
