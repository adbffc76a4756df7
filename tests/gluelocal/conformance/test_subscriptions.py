"""Subscription filters of CloudWatch Logs"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.gluelocal.conformance import rule
from support.gluelocal.glue_accounts import NOON_MS, ROLE

from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.streaming.firehose import object_key
from gluelocal.settable_clock import SettableClock
from gluelocal.units import from_ms

pytestmark = pytest.mark.local

GUIDE = "CloudWatch Logs user guide, Log group-level subscription filters"
GROUP = "/app/orders"
STREAM_ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/events"
FIREHOSE_ARN = "arn:aws:firehose:us-east-1:123456789012:deliverystream/landing"


class Account:
    """A log group, a Kinesis stream and a Firehose that lands what it gets in a bucket."""

    def __init__(self, aws: EmbeddedAws, clock: SettableClock) -> None:
        self.clock = clock
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

    def subscribe_all(self, criteria: str, name: str = "everything") -> None:
        document = {"DestinationArn": FIREHOSE_ARN, "RoleArn": ROLE, "FilterPattern": ""}
        self.logs.put_account_policy(
            policyName=name,
            policyType="SUBSCRIPTION_FILTER_POLICY",
            policyDocument=json.dumps(document),
            scope="ALL",
            **({"selectionCriteria": criteria} if criteria else {}),
        )

    def keys(self) -> list[str]:
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket="raw").get("Contents", [])]

    def landed(self) -> list[str]:
        """What Firehose has written, decompressed, object by object."""
        bodies = [self.s3.get_object(Bucket="raw", Key=key)["Body"].read() for key in self.keys()]
        return [gzip.decompress(body).decode() for body in bodies]


@pytest.fixture
def account() -> Iterator[Account]:
    clock = SettableClock(NOON_MS)
    with EmbeddedAws(clock) as aws:
        yield Account(aws, clock)


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
    pages = account.logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP)
    assert {event["eventId"] for page in pages for event in page["events"]} == set(ids)


@rule(
    "A log group takes two filters. Putting one of the same name changes it; another one is refused.",
    "CloudWatch Logs API, PutSubscriptionFilter, filterName; CloudWatch Logs quotas",
    differs="By newer sources CloudWatch takes five.",
)
def test_two_filters(account: Account) -> None:
    def put(name: str, pattern: str = "") -> None:
        given = {"filterPattern": pattern, "destinationArn": FIREHOSE_ARN, "roleArn": ROLE}
        account.logs.put_subscription_filter(logGroupName=GROUP, filterName=name, **given)

    put("one")
    put("two")
    put("one", "ERROR")
    found = account.logs.describe_subscription_filters(logGroupName=GROUP)["subscriptionFilters"]
    assert {each["filterName"]: each["filterPattern"] for each in found} == {"one": "ERROR", "two": ""}
    with pytest.raises(account.logs.exceptions.LimitExceededException):
        put("three")


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
    differs="One is sent to Firehose when a subscription is made, and none later; a Kinesis stream gets none.",
)
def test_control_messages(account: Account) -> None:
    account.subscribe(STREAM_ARN)
    assert account.payloads() == []
    account.subscribe(FIREHOSE_ARN)
    account.clock.advance(300)
    (payload,) = (json.loads(line) for line in account.landed()[0].splitlines())
    assert (payload["messageType"], payload["logGroup"], payload["subscriptionFilters"]) == ("CONTROL_MESSAGE", "", [])


@rule(
    "Firehose collects records for a time or a size before it writes an object, one record behind the other.",
    "Firehose developer guide, Configure destination settings for Amazon S3",
    differs="What is collected when the stack stops is gone.",
)
def test_firehose(account: Account) -> None:
    account.subscribe(FIREHOSE_ARN)
    for message in ("one", "two"):
        account.put(message)
        account.clock.advance(140)
    assert account.landed() == []
    account.clock.advance(20)  # 300 s after the first record
    (body,) = account.landed()
    documents = [json.loads(document) for document in body.replace("}{", "}\n{").splitlines()]
    messages = [event["message"] for document in documents for event in document["logEvents"]]
    assert messages[1:] == ["one", "two"]
    account.put("three")
    assert len(account.landed()) == 1


@rule(
    "An object's key has the delivery stream's prefix, with the time at which its first record came, and its name.",
    "Firehose developer guide, Understand custom prefixes; Configure Amazon S3 object name format",
    differs="Of the expressions in a prefix, timestamp alone is known.",
)
def test_keys(account: Account) -> None:
    account.subscribe(FIREHOSE_ARN)
    account.clock.advance(3600)
    (key,) = account.keys()
    assert re.fullmatch(r"landing/2026/11/24/12/landing-1-2026-11-24-12-00-00-[0-9a-f-]{36}", key)
    destination = {"Prefix": "a/!{timestamp:yyyy}/m!{timestamp:MM}/", "FileExtension": ".gz"}
    at = from_ms(NOON_MS)
    assert object_key(destination, "s", "1", at).startswith("a/2026/m11/s-1-2026-11-24-12-00-00-")
    assert object_key(destination, "s", "1", at).endswith(".gz")
    with pytest.raises(ValueError, match=r"does not know !\{firehose:random-string\}"):
        object_key({"Prefix": "!{firehose:random-string}/"}, "s", "1", at)


@rule(
    "An account policy subscribes all log groups of the Region but those that its selection criteria name.",
    "CloudWatch Logs API, PutAccountPolicy, selectionCriteria",
    differs="Its destination has to be a delivery stream, and its filter pattern lets all events through.",
)
def test_account_policies(account: Account) -> None:
    account.subscribe_all(f'LogGroupName NOT IN ["{GROUP}","/aws-glue/jobs/output"]')
    account.put("left out")
    account.logs.create_log_group(logGroupName="/new")
    account.logs.create_log_stream(logGroupName="/new", logStreamName="s")
    event = {"timestamp": NOON_MS, "message": "sent"}
    account.logs.put_log_events(logGroupName="/new", logStreamName="s", logEvents=[event])
    account.clock.advance(300)
    (body,) = account.landed()
    sent = json.loads(body.partition("}{")[2].join(["{", ""]))
    assert (sent["logGroup"], sent["subscriptionFilters"], sent["policyLevel"]) == (
        "/new",
        ["everything"],
        "ACCOUNT_LEVEL_POLICY",
    )
    assert [each["message"] for each in sent["logEvents"]] == ["sent"]


@rule("A Region has one account policy that subscribes; another is refused.", "CloudWatch Logs API, PutAccountPolicy")
def test_one_account_policy(account: Account) -> None:
    account.subscribe_all("")
    account.subscribe_all('LogGroupName NOT IN ["/x"]')  # of the same name: it is replaced
    with pytest.raises(account.logs.exceptions.LimitExceededException):
        account.subscribe_all("", name="other")
    account.logs.delete_account_policy(policyName="everything", policyType="SUBSCRIPTION_FILTER_POLICY")
    account.subscribe_all("", name="other")
    found = account.logs.describe_account_policies(policyType="SUBSCRIPTION_FILTER_POLICY")["accountPolicies"]
    assert [policy["policyName"] for policy in found] == ["other"]


@rule(
    "Selection criteria are LogGroupName NOT IN [...], and nothing else.",
    "CloudWatch Logs API, PutAccountPolicy, selectionCriteria",
)
@pytest.mark.parametrize(
    "criteria", ["LogGroupName IN []", 'LogGroupNamePrefix NOT IN ["/x"]', "LogGroupName NOT IN [x]"]
)
def test_selection_criteria(account: Account, criteria: str) -> None:
    with pytest.raises(account.logs.exceptions.InvalidParameterException):
        account.subscribe_all(criteria)
