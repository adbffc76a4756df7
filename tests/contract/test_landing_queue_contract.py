"""One behaviour suite for every queue of landed objects: in memory and in SQS (moto)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from support.fakes.landing_queue import MemoryLandingQueue

from gluelocal.cloud.moto_application import quicken_moto
from loglake.aws.landing_queue import SqsLandingQueue
from loglake.core.cloud_types import ObjectInfo
from loglake.core.ports.landing_queue import Arrival, LandingQueue
from loglake.core.units import parse_instant
from loglake.errors import NotFoundError

pytestmark = pytest.mark.unit

MS = parse_instant("2026-11-21T08:30:00.123Z")
OBJECTS = [ObjectInfo(f"landing/{n:03d} é+%2F", n, changed_ms=MS) for n in range(25)]

EVENT = """{
  "version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": "Object Created", "source": "aws.s3",
  "account": "111122223333", "time": "2021-11-12T00:00:00Z", "region": "ca-central-1",
  "resources": ["arn:aws:s3:::amzn-s3-demo-bucket1"],
  "detail": {
    "version": "0", "bucket": {"name": "amzn-s3-demo-bucket1"},
    "object": {"key": "landing/log_group=%2Fapp/a b.gz", "size": 5, "etag": "b1946ac92492d2347c6235b4d2611184",
      "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e", "sequencer": "617f08299329d189"},
    "request-id": "N4N7GDK58NMKJ12R", "requester": "123456789012", "source-ip-address": "1.2.3.4", "reason": "PutObject"
  }
}"""
"""As S3 sends it to EventBridge (S3 user guide, "EventBridge event message structure")."""


@pytest.fixture
def sqs() -> Iterator[SqsLandingQueue]:
    quicken_moto()
    with mock_aws():
        client = boto3.client("sqs", "eu-central-1", aws_access_key_id="testing", aws_secret_access_key="testing")
        yield SqsLandingQueue(client, client.create_queue(QueueName="landed")["QueueUrl"])


@pytest.fixture(params=["memory", "sqs"])
def queue(request: pytest.FixtureRequest) -> LandingQueue:
    found: LandingQueue = MemoryLandingQueue() if request.param == "memory" else request.getfixturevalue("sqs")
    return found


def keys(arrivals: list[Arrival]) -> list[str]:
    return sorted(each.key for each in arrivals)


def test_each_message_is_received_once_with_all_that_it_says(queue: LandingQueue) -> None:
    assert (queue.receive(10, 100), queue.waiting()) == ([], 0)
    queue.send(OBJECTS)
    assert queue.waiting() == 25
    first, rest = queue.receive(12, 10**6), queue.receive(100, 10**6)
    assert (len(first), queue.receive(100, 10**6), queue.waiting()) == (12, [], 0)
    assert keys([*first, *rest]) == [info.key for info in OBJECTS]
    assert {(each.size_bytes, each.arrived_ms) for each in first if each.key == OBJECTS[7].key} <= {(7, MS)}


def test_no_more_is_received_than_fits(queue: LandingQueue) -> None:
    queue.send([ObjectInfo(f"landing/{n}", 100, changed_ms=MS) for n in range(40)])
    assert len(queue.receive(1000, 1000)) == 10


def test_what_is_given_back_comes_again_and_what_is_deleted_does_not(queue: LandingQueue) -> None:
    queue.send(OBJECTS)
    found = queue.receive(100, 10**6)
    queue.delete(found[:20])
    queue.give_back(found[20:])
    queue.delete([])
    assert keys(queue.receive(100, 10**6)) == keys(found[20:])


def send(queue: SqsLandingQueue, body: str) -> None:
    queue._sqs.send_message(QueueUrl=queue._url, MessageBody=body)


def test_an_event_of_s3_is_read_as_it_is(sqs: SqsLandingQueue) -> None:
    send(sqs, EVENT)
    (found,) = sqs.receive(10, 100)
    assert found[:3] == ("landing/log_group=%2Fapp/a b.gz", 5, parse_instant("2021-11-12"))


@pytest.mark.parametrize("body", ["no JSON", "[]", "{}", json.dumps({**json.loads(EVENT), "time": "noon"})])
def test_a_message_that_is_no_event_is_left_to_the_dead_letters(sqs: SqsLandingQueue, body: str) -> None:
    send(sqs, body)
    assert sqs.receive(10, 100) == []
    sqs.send(OBJECTS[:1])
    assert keys(sqs.receive(10, 100)) == [OBJECTS[0].key]


def test_a_queue_that_is_gone_is_named(sqs: SqsLandingQueue) -> None:
    sqs._sqs.delete_queue(QueueUrl=sqs._url)
    with pytest.raises(NotFoundError, match=r"sqs:ReceiveMessage on .*landed"):
        sqs.receive(10, 100)
