"""EventBridge and EventBridge Scheduler"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from support.faults.event_rules import Disorder, EventRule
from support.gluelocal.conformance import rule
from support.gluelocal.glue_accounts import NOON_MS, ROLE, job, trigger, workflow

from athena_duckdb.errors import ConfigError
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.events.event_pattern import matches
from gluelocal.cloud.events.eventbridge import BusRule, EventBus
from gluelocal.executor.role_access import RoleAccess
from gluelocal.executor.scheduler import Scheduler
from gluelocal.executor.wakes import wake
from gluelocal.model.model import Model, Rule, ScheduledCall, Trigger, Workflow
from gluelocal.model.rules import check_model
from gluelocal.settable_clock import SettableClock
from gluelocal.templates.template_yaml import TemplateError

pytestmark = pytest.mark.local

EVENTS = "EventBridge user guide, "
SCHEDULER = "EventBridge Scheduler user guide, "
SCHEDULER_DEAD = "EventBridge Scheduler user guide, Configuring a dead-letter queue"
S3 = "S3 user guide, Using EventBridge"
FLOW_ARN = "arn:aws:glue:us-east-1:123456789012:workflow/flow"
TARGET = {"Id": "flow", "Arn": FLOW_ARN, "RoleArn": ROLE}
BASE = {**workflow(), **job("a"), **trigger("first", "ON_DEMAND", "a")}
PATTERN: dict[str, Any] = {
    "source": ["aws.s3"],
    "detail-type": ["Object Created"],
    "detail": {"bucket": {"name": ["control"]}, "object": {"key": [{"prefix": "requests/"}]}},
}


class Reported:
    """The deliveries to the targets of some rules."""

    def __init__(
        self,
        aws: EmbeddedAws,
        *rules: BusRule,
        disorder: Sequence[EventRule] = (),
        clock: SettableClock | None = None,
    ) -> None:
        self.s3 = aws.client("s3")
        self.events: list[tuple[str, dict[str, Any]]] = []
        now_ms = (clock or SettableClock(NOON_MS)).now_ms
        self.bus = EventBus(aws, rules, self._deliver, now_ms)
        self.bus.delays_s = Disorder(disorder).delays_s
        for bucket in ("control", "silent"):
            self.s3.create_bucket(Bucket=bucket)
        configuration: dict[str, Any] = {"EventBridgeConfiguration": {}}
        self.s3.put_bucket_notification_configuration(Bucket="control", NotificationConfiguration=configuration)

    def _deliver(self, one: BusRule, _target: dict[str, Any], event: dict[str, Any]) -> None:
        self.events.append((one.name, event))

    def put(self, *keys: str, bucket: str = "control") -> list[tuple[str, str]]:
        """Puts objects; returns rule and key of each event."""
        for key in keys:
            self.s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
        while self.bus.pump_once():
            pass
        return [(name, event["detail"]["object"]["key"]) for name, event in self.events]


@pytest.fixture
def reported(aws: EmbeddedAws) -> Reported:
    rules = [
        BusRule("off", PATTERN, [TARGET], enabled=False),
        BusRule("on", PATTERN, [TARGET]),
        BusRule("literal", {"detail": {"object": {"key": [{"prefix": "requests/*"}]}}}, [TARGET]),
        BusRule("also", {"source": ["aws.s3"], "detail": {"object": {"key": [{"suffix": "z"}]}}}, [TARGET]),
        BusRule("any", {"source": ["aws.s3"], "detail": {"object": {"key": [{"prefix": "any/"}]}}}, [TARGET]),
    ]
    return Reported(aws, *rules)


@rule("A put into a bucket with EventBridge on is one Object Created event.", S3)
def test_one_event_per_put(reported: Reported) -> None:
    assert reported.put("requests/1", "other/1") == [("on", "requests/1")]


@rule("A copy and a multipart upload are one event each, which says what made the object.", S3 + "; Event messages")
def test_reasons(reported: Reported) -> None:
    reported.put("any/put")
    reported.s3.copy_object(Bucket="control", Key="any/copy", CopySource={"Bucket": "control", "Key": "any/put"})
    place = {"Bucket": "control", "Key": "any/parts"}
    upload = {**place, "UploadId": reported.s3.create_multipart_upload(**place)["UploadId"]}
    part = reported.s3.upload_part(**upload, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    reported.s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    reported.put()
    assert [(event["detail-type"], event["detail"]["reason"]) for _, event in reported.events] == [
        ("Object Created", "PutObject"),
        ("Object Created", "CopyObject"),
        ("Object Created", "CompleteMultipartUpload"),
    ]


@rule("An event of an object tells bucket, key, size, ETag and a sequencer that grows.", S3 + "; Event messages")
def test_details(reported: Reported) -> None:
    reported.put("any/ü 1", "any/ü 1")
    first, second = (event["detail"] for _, event in reported.events)
    etag = reported.s3.head_object(Bucket="control", Key="any/ü 1")["ETag"].strip('"')
    assert first["bucket"] == {"name": "control"}
    assert {"key": "any/ü 1", "size": 2, "etag": etag}.items() <= first["object"].items()
    assert int(first["object"]["sequencer"], 16) < int(second["object"]["sequencer"], 16)
    assert reported.events[0][1]["resources"] == ["arn:aws:s3:::control"]


@rule("What is deleted and what is tagged are events of other types.", S3)
def test_other_events(reported: Reported) -> None:
    reported.put("any/1")
    tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
    reported.s3.put_object_tagging(Bucket="control", Key="any/1", Tagging=tags)
    reported.s3.delete_object(Bucket="control", Key="any/1")
    reported.put()
    assert [event["detail-type"] for _, event in reported.events] == [
        "Object Created",
        "Object Tags Added",
        "Object Deleted",
    ]


@rule("A bucket without EventBridgeConfiguration tells nothing.", S3)
def test_silent_buckets(reported: Reported) -> None:
    assert reported.put("requests/1z", bucket="silent") == []


@rule("prefix is literal: there is no * in it.", EVENTS + "Comparison operators")
def test_prefix_is_literal(reported: Reported) -> None:
    assert reported.put("requests/*1") == [("on", "requests/*1"), ("literal", "requests/*1")]


@rule("Every rule that matches gets the event, whatever rules come before it.", EVENTS + "Rules")
def test_all_rules(reported: Reported) -> None:
    assert reported.put("requests/z") == [("on", "requests/z"), ("also", "requests/z")]


@rule("A rule that is DISABLED delivers nothing.", EVENTS + "Rules")
def test_disabled(reported: Reported) -> None:
    assert "off" not in dict(reported.put("requests/1"))


@rule("Every event has an id of its own.", EVENTS + "Events")
def test_ids(reported: Reported) -> None:
    reported.put("requests/1", "requests/1")
    assert len({event["id"] for _, event in reported.events}) == len(reported.events) == 2


@rule(
    "An event is delivered at least once, in no order: where rules for events say so, and else once, in order.",
    EVENTS + "Event delivery",
)
def test_delivery(aws: EmbeddedAws) -> None:
    keys = [f"requests/{number:02}" for number in range(20)]
    clock = SettableClock(NOON_MS)
    reported = Reported(aws, BusRule("on", PATTERN, [TARGET]))
    assert [key for _, key in reported.put(*keys)] == keys
    again, late = EventRule("repeated_events", 0.5, seed=1), EventRule("late_events", 0.5, seed=2, within_s=60)
    disturbed = Reported(aws, BusRule("on", PATTERN, [TARGET]), disorder=[again, late], clock=clock)
    at_once = [key for _, key in disturbed.put(*keys)]
    assert set(at_once) < set(keys)
    assert disturbed.bus.pending() > 0
    clock.advance(60)
    came = [key for _, key in disturbed.put()]
    assert disturbed.bus.pending() == 0
    assert set(came) == set(keys)
    assert set(Counter(came).values()) == {1, 2}
    assert list(dict.fromkeys(came)) != keys
    ids = {(event["id"], event["detail"]["object"]["key"]) for _, event in disturbed.events}
    assert len(ids) == len(keys)  # a repeated event has the same id


def events_of(**target: Any) -> Model:
    """A model with a rule that wakes a workflow."""
    start = Trigger("first", target.pop("start", "EVENT"), "flow")
    one = Rule("wake", targets=({**TARGET, **target},), origin="t")
    return Model({"flow": Workflow("flow")}, {"first": start}, rules={"wake": one})


def queue_rule(target: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """A rule for all that happens in S3, with a queue."""
    one = {"Name": "queue", "EventPattern": {"source": ["aws.s3"]}, "Targets": [target], **properties}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}
    return {"Queue": queue, "Rule": {"Type": "AWS::Events::Rule", "Properties": one}}


def queued(account: Any) -> list[dict[str, Any]]:
    """The events that are in the queue now."""
    sqs = account.aws.client("sqs")
    url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


QUEUE = {"Id": "queue", "Arn": "arn:aws:sqs:us-east-1:123456789012:q"}


@rule(
    "A queue can be a target, too: it gets the whole event, which has the same id for all targets.", EVENTS + "Targets"
)
def test_queues(deployed: Any) -> None:
    account = deployed(BASE, queue_rule(QUEUE))
    reported = Reported(account.aws, BusRule("all", {"source": ["aws.s3"]}, [TARGET]))
    reported.put("requests/1", "other/1")
    assert [event["detail"]["object"]["key"] for event in queued(account)] == ["requests/1", "other/1"]
    reported.put("requests/2")
    assert [event["id"] for event in queued(account)] == [reported.events[2][1]["id"]]


@rule("A rule that is DISABLED delivers nothing to a queue, either.", EVENTS + "Rules")
def test_disabled_rules_of_queues(deployed: Any) -> None:
    account = deployed(BASE, queue_rule(QUEUE, State="DISABLED"))
    Reported(account.aws).put("requests/1")
    assert queued(account) == []


@rule(
    "A rule can have targets of many other services, and transform what they get.",
    EVENTS + "Targets; Input transformation",
    differs="Refused when it is deployed: only workflows of Glue, queues, log groups and event buses.",
)
@pytest.mark.parametrize(
    "target",
    [
        {"Id": "function", "Arn": "arn:aws:lambda:us-east-1:123456789012:function:f"},
        {**QUEUE, "InputTransformer": {"InputTemplate": '"x"'}},
    ],
)
def test_other_targets(deployed: Any, target: dict[str, Any]) -> None:
    with pytest.raises(TemplateError, match=r"neither a Glue workflow nor one of|InputTransformer"):
        deployed(BASE, queue_rule(target))


@rule("A dead-letter queue is a standard queue.", EVENTS + "Using dead-letter queues; " + SCHEDULER_DEAD)
def test_dead_letter_queues(deployed: Any) -> None:
    fifo = {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:dead.fifo"}}
    assert (
        "t: the dead-letter queue of a target is a standard queue, not arn:aws:sqs:us-east-1:123456789012:dead.fifo"
        in (check_model(events_of(**fifo)))
    )
    assert not [problem for problem in check_model(events_of()) if "dead-letter" in problem]
    with pytest.raises(ConfigError, match="the dead-letter queue of a schedule is a standard queue"):
        deployed(BASE, schedule("rate(1 hour)", Target=fifo))


@rule("A workflow as a target needs a role, which allows glue:notifyEvent.", EVENTS + "Targets")
def test_role() -> None:
    assert not [problem for problem in check_model(events_of()) if "RoleArn" in problem]
    problems = check_model(events_of(RoleArn=""))
    assert "t: a target that is a Glue workflow needs a RoleArn that allows glue:notifyEvent; add it" in problems


@rule(
    "A workflow that EventBridge starts has a start trigger of the type EVENT.",
    "Glue developer guide, Starting a workflow with an EventBridge event",
)
def test_start_trigger() -> None:
    assert any("which has no EVENT trigger" in problem for problem in check_model(events_of(start="ON_DEMAND")))


@rule("There is no call of glue:NotifyEvent in the SDK: only EventBridge makes it.", "botocore, service model of Glue")
def test_notify_event() -> None:
    model = botocore.session.get_session().get_service_model("glue")
    assert "NotifyEvent" not in model.operation_names


@rule(
    "An event that the role of a target does not let be delivered is not tried again: it goes to the target's "
    "dead-letter queue.",
    EVENTS + "Using dead-letter queues to process undelivered events",
)
def test_undelivered_events(deployed: Any) -> None:
    account = deployed(workflow(), job("a"), trigger("first", "EVENT", "a"))
    services = [f"{name}.amazonaws.com" for name in ("glue", "events")]
    trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    account.aws.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument=document)
    sqs = account.aws.client("sqs")
    said: list[str] = []
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    deliver = wake(account.runtime, RoleAccess(account.aws, account.model, enforced=True), said.append)
    dead = {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:dead"}}
    deliver(BusRule("on", PATTERN), {**TARGET, **dead}, {"id": "1"})
    account.runtime.poll()
    assert account.runs() == []
    assert [json.loads(message["Body"]) for message in sqs.receive_message(QueueUrl=url)["Messages"]] == [{"id": "1"}]
    assert "the role any may not do glue:notifyEvent on arn:aws:glue:us-east-1:123456789012:workflow/flow" in said[0]


def schedule(expression: str, target: str = "s3:putObject", body: Any = None, **properties: Any) -> dict[str, Any]:
    key = "requests/<aws.scheduler.execution-id>"
    own = {
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": f"arn:aws:scheduler:::aws-sdk:{target}",
            "RoleArn": ROLE,
            "Input": json.dumps(body or {"Bucket": "control", "Key": key, "Body": "e30="}),
            **properties.pop("Target", {}),
        },
    }
    return {"Tick": {"Type": "AWS::Scheduler::Schedule", "Properties": {"Name": "tick", **own, **properties}}}


def ticks(account: Any, *seconds: float) -> list[int]:
    """The number of objects after each of some pauses."""
    found = []
    for pause in seconds:
        account.later(pause)
        found.append(account.aws.client("s3").list_objects_v2(Bucket="control")["KeyCount"])
    return found


@rule("rate(…) fires again and again.", SCHEDULER + "Rate-based schedules")
def test_rate(deployed: Any) -> None:
    account = deployed(BASE, schedule("rate(5 minutes)"))
    account.aws.client("s3").create_bucket(Bucket="control")
    assert ticks(account, 299, 1, 0, 300, 900) == [0, 1, 1, 2, 5]


@rule("cron(…) fires in its time zone.", SCHEDULER + "Cron-based schedules")
def test_cron(deployed: Any) -> None:
    account = deployed(BASE, schedule("cron(30 13 * * ? *)", ScheduleExpressionTimezone="Europe/Berlin"))
    account.aws.client("s3").create_bucket(Bucket="control")
    assert ticks(account, 29 * 60, 60, 3600) == [0, 1, 1]


@rule("at(…) fires once.", SCHEDULER + "One-time schedules")
def test_at(deployed: Any) -> None:
    account = deployed(BASE, schedule("at(2026-11-24T12:10:00)"))
    account.aws.client("s3").create_bucket(Bucket="control")
    assert ticks(account, 599, 1, 86_400) == [0, 1, 1]


@rule(
    "A schedule that is DISABLED, before its StartDate or after its EndDate doesn't fire.",
    SCHEDULER + "Schedule types",
)
def test_dates() -> None:
    clock = SettableClock(NOON_MS)
    made: list[tuple[str, int]] = []

    class Client:
        def _make_api_call(self, operation: str, parameters: dict[str, str]) -> None:
            made.append((operation + parameters["Key"], (clock.now_ms() - NOON_MS) // 60_000))

    def call(name: str, **changes: Any) -> ScheduledCall:
        arn = "arn:aws:scheduler:::aws-sdk:s3:putObject"
        return ScheduledCall(name, "cron(* * * * ? *)", arn, json.dumps({"Key": name}), **changes)

    dated = call("dated", begins="2026-11-24T12:02:00Z", ends="2026-11-24T12:04:00Z")
    scheduler = Scheduler([dated, call("off", state="DISABLED")], lambda _service: Client(), clock.now_ms)
    for _ in range(6):
        clock.advance(60)
        scheduler.fire_due()
    assert made == [("PutObjectdated", 2), ("PutObjectdated", 3), ("PutObjectdated", 4)]
    assert scheduler.next_due_ms() is None


@rule(
    "A universal target is a call of an AWS API, with the Input as its parameters.",
    SCHEDULER + "Using universal targets",
)
def test_universal_targets(deployed: Any) -> None:
    start = schedule("rate(1 minute)", "glue:startWorkflowRun", {"Name": "flow", "RunProperties": {"by": "clock"}})
    account = deployed(BASE, start)
    account.later(60)
    assert account.run()["WorkflowRunProperties"] == {"by": "clock"}


@rule("<aws.scheduler.execution-id> in the Input is another one each time.", SCHEDULER + "Adding context attributes")
def test_context_attributes(deployed: Any) -> None:
    account = deployed(BASE, schedule("rate(1 minute)"))
    s3 = account.aws.client("s3")
    s3.create_bucket(Bucket="control")
    ticks(account, 120)
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="control")["Contents"]]
    assert len({key for key in keys if key.startswith("requests/") and "<" not in key}) == 2


class Watched:
    """Clients of a service that refuse and record every call."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def _make_api_call(self, _operation: str, parameters: dict[str, str]) -> None:
        self.asked.append(parameters["Key"])
        raise ClientError({"Error": {"Code": "SlowDown", "Message": "later"}}, "PutObject")


@rule("<aws.scheduler.execution-id> is another one for each attempt, too.", SCHEDULER + "Adding context attributes")
def test_attempts_have_ids() -> None:
    clock = SettableClock(NOON_MS)
    watched = Watched()
    body = json.dumps({"Key": "<aws.scheduler.attempt-number> <aws.scheduler.execution-id>"})
    arn = "arn:aws:scheduler:::aws-sdk:s3:putObject"
    call = ScheduledCall("tick", "at(2026-11-24T12:01:00)", arn, body, max_retries=2)
    scheduler = Scheduler([call], lambda _service: watched, clock.now_ms)
    clock.advance(3600)
    scheduler.fire_due()
    numbers, ids = zip(*(key.split() for key in watched.asked), strict=True)
    assert numbers == ("1", "2", "3")
    assert len(set(ids)) == 3


DEAD = {"Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead"}}}


def failing(deployed: Any, attempts: int, age_s: int) -> Any:
    """An account with a schedule that calls once, in a minute, with a bucket that does not exist."""
    target = {
        "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Dead", "Arn"]}},
        "RetryPolicy": {"MaximumRetryAttempts": attempts, "MaximumEventAgeInSeconds": age_s},
    }
    body = {"Bucket": "control", "Key": "<aws.scheduler.attempt-number>/<aws.scheduler.execution-id>", "Body": "e30="}
    return deployed(BASE, DEAD, schedule("at(2026-11-24T12:01:00)", body=body, Target=target))


def dead(account: Any) -> list[str]:
    """The keys of the messages in the dead-letter queue."""
    sqs = account.aws.client("sqs")
    url = sqs.get_queue_url(QueueName="dead")["QueueUrl"]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"])["Key"] for message in messages]


@rule(
    "A call that fails is tried again as the RetryPolicy says, then goes to the dead-letter queue.",
    "EventBridge Scheduler API, RetryPolicy; user guide, Configuring a dead-letter queue",
)
def test_retries_and_dead_letters(deployed: Any, caplog: pytest.LogCaptureFixture) -> None:
    account = failing(deployed, attempts=3, age_s=3600)
    account.later(60)
    account.later(6)  # 1 + 2 + 4 seconds after the first attempt comes the last one
    assert dead(account) == []
    account.later(1)
    (key,) = dead(account)
    assert key.startswith("4/")
    assert "the schedule tick could not call arn:aws:scheduler:::aws-sdk:s3:putObject" in caplog.text
    account.later(86_400)
    assert dead(account) == []


@rule("A retry that succeeds is the end of it.", "EventBridge Scheduler API, RetryPolicy")
def test_a_retry_that_succeeds(deployed: Any) -> None:
    account = failing(deployed, attempts=185, age_s=86_400)
    account.later(60)
    s3 = account.aws.client("s3")
    s3.create_bucket(Bucket="control")
    account.later(86_400)
    assert [item["Key"][:2] for item in s3.list_objects_v2(Bucket="control")["Contents"]] == ["2/"]
    assert dead(account) == []


@rule(
    "No retry comes later than MaximumEventAgeInSeconds after the time.",
    "EventBridge Scheduler API, RetryPolicy",
)
def test_the_age_of_an_event(deployed: Any) -> None:
    account = failing(deployed, attempts=185, age_s=60)
    account.later(60 + 86_400)
    (key,) = dead(account)
    assert key.startswith("6/")  # after 1 + 2 + 4 + 8 + 16 seconds; another 32 would be too late


TEMPLATED = "EventBridge Scheduler user guide, Using templated targets"


@rule("A queue as a target gets the Input as a message, a FIFO queue in the MessageGroupId.", TEMPLATED)
@pytest.mark.parametrize("name", ["work", "work.fifo"])
def test_schedules_of_queues(deployed: Any, name: str) -> None:
    fifo = name.endswith(".fifo")
    properties = {"FifoQueue": True, "ContentBasedDeduplication": True} if fifo else {}
    queue = {"Work": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **properties}}}
    parameters = {"SqsParameters": {"MessageGroupId": "g"}} if fifo else {}
    target = {"Arn": {"Fn::GetAtt": ["Work", "Arn"]}, "Input": "<aws.scheduler.attempt-number>, go", **parameters}
    account = deployed(BASE, queue, schedule("rate(1 minute)", Target=target))
    account.later(60)
    sqs = account.aws.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    assert (message["Body"], message["Attributes"].get("MessageGroupId")) == ("1, go", "g" if fifo else None)


@rule("An event bus as a target gets an event with the Input as its detail, and its rules match it.", TEMPLATED)
def test_schedules_of_event_buses(deployed: Any) -> None:
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    kind = {"DetailType": "Tick", "Source": "my.clock"}
    target = {"Arn": bus, "EventBridgeParameters": kind, "Input": json.dumps({"size": 3})}
    account = deployed(BASE, schedule("rate(1 minute)", Target=target))
    pattern = {"source": ["my.clock"], "detail-type": ["Tick"], "detail": {"size": [3]}}
    reported = Reported(account.aws, BusRule("tick", pattern, [TARGET]))
    account.later(60)
    while reported.bus.pump_once():
        pass
    assert [(name, event["detail"]) for name, event in reported.events] == [("tick", {"size": 3})]


@rule(
    "Scheduler has other templated targets, too, such as a Lambda function or a state machine.",
    TEMPLATED,
    differs="Refused when it is deployed: universal targets, queues and event buses only.",
)
def test_templated_targets(deployed: Any) -> None:
    function = {"Arn": "arn:aws:lambda:us-east-1:123456789012:function:f"}
    with pytest.raises(ConfigError, match="the local runtime fires universal targets"):
        deployed(BASE, schedule("rate(1 minute)", Target=function))


@rule(
    "A schedule with a FlexibleTimeWindow fires at some time within it.",
    SCHEDULER + "Configuring flexible time windows",
)
def test_flexible_windows(deployed: Any) -> None:
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 10}
    account = deployed(BASE, schedule("rate(1 hour)", FlexibleTimeWindow=window))
    account.aws.client("s3").create_bucket(Bucket="control")
    assert ticks(account, 3600 - 1, 601, 3000 - 1, 601) == [0, 1, 1, 2]


@rule("The time within a FlexibleTimeWindow is another one each time.", SCHEDULER + "Configuring flexible time windows")
def test_times_in_flexible_windows() -> None:
    clock = SettableClock(NOON_MS)
    late_s: list[int] = []

    class Client:
        def _make_api_call(self, _operation: str, _parameters: dict[str, str]) -> None:
            late_s.append((clock.now_ms() - NOON_MS) // 1000 % 3600)

    arn = "arn:aws:scheduler:::aws-sdk:s3:putObject"
    call = ScheduledCall("tick", "rate(1 hour)", arn, json.dumps({"Key": "k"}), window_minutes=10)
    scheduler = Scheduler([call], lambda _service: Client(), clock.now_ms)
    for _ in range(8 * 360):
        clock.advance(10)
        scheduler.fire_due()
    assert len(late_s) >= 7
    assert max(late_s) <= 600
    assert len(set(late_s)) > 4


@rule(
    "A number in an event pattern matches the same notation alone, and an object in it matches an element of an array.",
    EVENTS + "Creating event patterns",
    differs="300 matches 300.0, too, and an object matches no element of an array.",
)
def test_patterns_of_numbers_and_of_arrays_of_objects() -> None:
    assert matches({"a": [300]}, {"a": 300.0})
    assert not matches({"a": {"b": ["1"]}}, {"a": [{"b": "1"}]})
