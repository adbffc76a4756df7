"""The event bus over the embedded S3."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from athena_duckdb.errors import ConfigError
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.events.eventbridge import BusRule, EventBus

pytestmark = pytest.mark.local

GLUE = {"Id": "workflow", "Arn": "arn:aws:glue:us-east-1:123456789012:workflow/log-export"}
REQUESTS: dict[str, Any] = {
    "source": ["aws.s3"],
    "detail-type": ["Object Created"],
    "detail": {"bucket": {"name": ["control"]}, "object": {"key": [{"prefix": "requests/"}]}},
}


class Delivered(list[tuple[str, str, dict[str, Any]]]):
    """Records deliveries as (rule, target id, event)."""

    def __call__(self, rule: BusRule, target: dict[str, Any], event: dict[str, Any]) -> None:
        self.append((rule.name, target["Id"], event))


@pytest.fixture
def control(aws: EmbeddedAws) -> Any:
    """An S3 client of an account with a control bucket that sends its events to EventBridge."""
    s3 = aws.client("s3")
    for bucket in ("control", "silent"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(
        Bucket="control", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    return s3


def drain(bus: EventBus) -> None:
    while bus.pump_once():
        pass


def test_delivers_what_matches_in_the_real_envelope(aws: EmbeddedAws, control: Any) -> None:
    delivered = Delivered()
    bus = EventBus(aws, [BusRule("on-request", REQUESTS, [GLUE])], delivered)
    control.put_object(Bucket="control", Key="requests/ü 1.json", Body=b"{}")
    control.put_object(Bucket="control", Key="config/x.json", Body=b"{}")
    control.put_object(Bucket="silent", Key="requests/1.json", Body=b"{}")
    drain(bus)

    ((rule, target, event),) = delivered
    assert (rule, target) == ("on-request", "workflow")
    assert list(event) == [
        *("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"),
    ]
    assert event["detail-type"] == "Object Created"
    assert event["account"] == aws.account_id
    assert event["region"] == "us-east-1"
    assert event["resources"] == ["arn:aws:s3:::control"]
    assert time.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ")
    detail = event["detail"]
    assert list(detail) == [
        *("version", "bucket", "object", "request-id", "requester", "source-ip-address", "reason"),
    ]
    assert detail["bucket"] == {"name": "control"}
    assert detail["object"]["key"] == "requests/ü 1.json"
    assert detail["object"]["size"] == 2
    assert detail["object"]["etag"] == control.head_object(Bucket="control", Key="requests/ü 1.json")["ETag"].strip('"')
    assert detail["reason"] == "PutObject"


def test_each_event_has_its_own_id_and_sequencer(aws: EmbeddedAws, control: Any) -> None:
    delivered = Delivered()
    bus = EventBus(aws, [BusRule("r", REQUESTS, [GLUE])], delivered)
    for number in range(25):
        control.put_object(Bucket="control", Key=f"requests/{number:02d}", Body=b"")
    drain(bus)

    assert [event["detail"]["object"]["key"] for _, _, event in delivered] == [f"requests/{n:02d}" for n in range(25)]
    assert len({event["id"] for _, _, event in delivered}) == 25
    sequencers = [event["detail"]["object"]["sequencer"] for _, _, event in delivered]
    assert sorted(set(sequencers)) == sequencers


def test_every_rule_and_target_that_matches_gets_the_same_event(aws: EmbeddedAws, control: Any) -> None:
    delivered = Delivered()
    other = {"Id": "other", "Arn": GLUE["Arn"]}
    rules = [BusRule("one", REQUESTS, [GLUE, other]), BusRule("two", {"source": ["aws.s3"]}, [GLUE])]
    bus = EventBus(aws, rules, delivered)
    control.put_object(Bucket="control", Key="requests/1", Body=b"")
    drain(bus)

    assert [(rule, target) for rule, target, _ in delivered] == [
        ("one", "workflow"),
        ("one", "other"),
        ("two", "workflow"),
    ]
    assert len({event["id"] for _, _, event in delivered}) == 1


def test_a_disabled_rule_delivers_nothing(aws: EmbeddedAws, control: Any) -> None:
    delivered = Delivered()
    bus = EventBus(aws, [BusRule("off", REQUESTS, [GLUE], enabled=False)], delivered)
    control.put_object(Bucket="control", Key="requests/1", Body=b"")
    drain(bus)

    assert delivered == []
    assert bus.pending() == 0


def test_copies_multipart_uploads_and_deletions_are_reported(aws: EmbeddedAws, control: Any) -> None:
    delivered = Delivered()
    bus = EventBus(aws, [BusRule("all", {"source": ["aws.s3"]}, [GLUE])], delivered)
    control.put_object(Bucket="control", Key="a", Body=b"x")
    control.copy_object(Bucket="control", Key="b", CopySource={"Bucket": "control", "Key": "a"})
    upload = control.create_multipart_upload(Bucket="control", Key="c")["UploadId"]
    part = control.upload_part(Bucket="control", Key="c", PartNumber=1, UploadId=upload, Body=b"y")
    control.complete_multipart_upload(
        Bucket="control",
        Key="c",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    control.delete_object(Bucket="control", Key="a")
    drain(bus)

    reported = [(e["detail-type"], e["detail"]["object"]["key"], e["detail"].get("reason")) for _, _, e in delivered]
    assert reported == [
        ("Object Created", "a", "PutObject"),
        ("Object Created", "b", "CopyObject"),
        ("Object Created", "c", "CompleteMultipartUpload"),
        ("Object Deleted", "a", "DeleteObject"),
    ]


def test_events_that_a_program_puts_are_matched_too(aws: EmbeddedAws) -> None:
    delivered = Delivered()
    bus = EventBus(aws, [BusRule("mine", {"source": ["my.app"], "detail": {"n": [1]}}, [GLUE])], delivered)
    entries = [{"Source": "my.app", "DetailType": "Thing", "Detail": json.dumps({"n": n})} for n in (1, 2)]
    aws.client("events").put_events(Entries=entries)
    drain(bus)

    assert [event["detail"] for _, _, event in delivered] == [{"n": 1}]


def test_pumps_in_a_thread_until_stopped(aws: EmbeddedAws, control: Any) -> None:
    delivered = Delivered()
    bus = EventBus(aws, [BusRule("r", REQUESTS, [GLUE])], delivered)
    bus.start()
    control.put_object(Bucket="control", Key="requests/1", Body=b"")
    deadline = time.monotonic() + 10
    while (bus.pending() or not delivered) and time.monotonic() < deadline:
        time.sleep(0.01)
    bus.stop()
    control.put_object(Bucket="control", Key="requests/2", Body=b"")

    assert len(delivered) == 1
    assert bus.pending() > 0


def test_a_delivery_that_fails_is_not_swallowed(aws: EmbeddedAws, control: Any) -> None:
    def refuse(_rule: BusRule, _target: dict[str, Any], _event: dict[str, Any]) -> None:
        raise ConnectionError("no such workflow")

    bus = EventBus(aws, [BusRule("r", REQUESTS, [GLUE])], refuse)
    control.put_object(Bucket="control", Key="requests/1", Body=b"")
    bus.start()
    deadline = time.monotonic() + 10
    while not bus.failure and time.monotonic() < deadline:
        time.sleep(0.01)

    with pytest.raises(ConnectionError, match="no such workflow"):
        bus.stop()


def test_a_rule_with_an_unknown_operator_is_refused() -> None:
    with pytest.raises(ConfigError, match="regex"):
        BusRule("r", {"source": [{"regex": ".*"}]}, [GLUE])


def test_what_is_pending_is_known_without_a_call(aws: EmbeddedAws, control: Any) -> None:
    """A waiting runtime polls all the time, and calls would slow down the job."""
    bus = EventBus(aws, [BusRule("r", REQUESTS, [GLUE])], Delivered())
    control.put_object(Bucket="control", Key="requests/1", Body=b"")
    calls: list[object] = []
    aws.observe = calls.append
    assert bus.pending() > 0
    assert not calls
