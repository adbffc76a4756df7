"""Whether objects wake the workflows, and triggers start what they should: events, rules, schedule and queues."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from operator import itemgetter
from typing import Any

from gluelocal.iam.policies import Access, service_may
from loglake.errors import NotFoundError
from loglake_cli.operations.cost.estimate import landing_advice
from loglake_cli.operations.cost.settings import with_parameters
from loglake_cli.operations.cost.workload import EVENT_MINUTES, Workload
from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.checks.compared import compared, found
from loglake_cli.operations.doctor.finding import Finding, check, fine, problem
from loglake_cli.wording import counted

_DEAD_LETTERS = ("event-dead-letters", "landed-dead-letters", "schedule-dead-letters")


@check(
    "bucket-events",
    "The buckets control and raw send their events to EventBridge.",
    "Without these events no request and no landed object wakes a workflow.",
)
def bucket_events(account: Account) -> Iterator[Finding]:
    """GetBucketNotificationConfiguration of both."""
    for use in ("control", "raw"):
        bucket = account.names.buckets[use]
        given = account.reader.read("s3", "GetBucketNotificationConfiguration", Bucket=bucket)
        if "EventBridgeConfiguration" not in given:
            yield problem(
                bucket,
                f"The bucket {bucket} sends no events to EventBridge.",
                f"aws s3api put-bucket-notification-configuration --bucket {bucket} "
                "--notification-configuration '{\"EventBridgeConfiguration\": {}}'",
            )


def _pattern(rule: Shape) -> Any:
    """What a rule matches: AWS has it as text."""
    given = rule["EventPattern"]
    return json.loads(given) if isinstance(given, str) else given


rules = check(
    "event-rules",
    "Each EventBridge rule is enabled, and matches what it should.",
    "A rule that is disabled, or looks for other keys, wakes nothing.",
)(
    compared(
        "AWS::Events::Rule",
        found("events", "DescribeRule"),
        {"State": itemgetter("State"), "EventPattern": _pattern},
        {
            "State": "aws events enable-rule --name {name}",
            "EventPattern": "aws events put-rule --name {name} --event-pattern '{want}'",
        },
    )
)


@check(
    "event-targets",
    "Each rule wakes its workflow, with a role, and keeps what it could not deliver.",
    "A rule without its target wakes nothing; without a queue nobody sees what was not delivered.",
)
def targets(account: Account) -> Iterator[Finding]:
    """The workflow that each rule has as a target; it may have others besides."""
    for name, wanted in _rules(account):
        there = account.reader.pages("events", "ListTargetsByRule", "Targets", Rule=name)
        for want in wanted["Targets"]:
            queue = want["DeadLetterConfig"]["Arn"]
            if not any(
                each["Arn"] == want["Arn"]
                and (each.get("RoleArn") or "RoleArn" not in want)
                and each.get("DeadLetterConfig", {}).get("Arn") == queue
                for each in there
            ):
                role = "a role" if "RoleArn" in want else "no role"
                yield problem(
                    name,
                    f"The rule {name} has no target {want['Arn']} with {role} and the dead-letter queue {queue}.",
                    f"{account.redeploy}  # puts back what was changed beside the stack",
                )


def _put(schedule: Shape) -> Any:
    """What a schedule calls, and which object it puts."""
    given = json.loads(schedule["Target"]["Input"])
    return [schedule["Target"]["Arn"], given.get("Bucket"), given.get("Key")]


_SCHEDULES = compared("AWS::Scheduler::Schedule", found("scheduler", "GetSchedule"), {"Target": _put})


@check(
    "schedule",
    "The schedules put requests and looks where the workflows find them.",
    "A schedule that puts its objects elsewhere, or without a role, asks for nothing.",
)
def schedule(account: Account) -> Iterator[Finding]:
    """The target and the state of both schedules; that of requests is DISABLED when a deployment begins."""
    yield from _SCHEDULES(account)
    read = partial(account.reader.read, "scheduler", "GetSchedule")
    exports, looks = (read(Name=account.names.named(name)) for name in ("export-schedule", "landing-schedule"))
    if exports["State"] == "ENABLED":
        yield fine(exports["Name"], f"It asks for exports: {exports['ScheduleExpression']}.")
    else:
        said = f"It is {exports['State']}, as a deployment begins: only people ask for exports."
        yield fine(exports["Name"], said)
    name, wanted = looks["Name"], account.expected.properties("LandingSchedule")["State"]
    if looks["State"] != wanted:
        said = f"The schedule {name} is {looks['State']}, and should be {wanted}, as LandingStart says."
        yield problem(name, said, f"{account.redeploy}  # puts back what was changed beside the stack")
    workload = with_parameters(Workload(landing_minutes=EVENT_MINUTES), account.landing_parameters)
    how = f"Landed objects are looked for: {looks['ScheduleExpression']}." if wanted == "ENABLED" else "It is off."
    yield fine(name, f"{how} {landing_advice(workload)}")


@check(
    "dead-letters",
    "The dead-letter queues are there and empty.",
    "A message there is an event that woke nothing or can't be read, or a scheduled request that could not be put.",
)
def dead_letters(account: Account) -> Iterator[Finding]:
    """How many messages each queue has."""
    for name in map(account.names.named, _DEAD_LETTERS):
        attributes = _attributes(account, name)
        if attributes is None:
            yield problem(name, f"The queue {name} is not there.", account.redeploy)
            continue
        count = int(attributes.get("ApproximateNumberOfMessages", 0))
        count += int(attributes.get("ApproximateNumberOfMessagesNotVisible", 0))
        if count:
            yield problem(
                name,
                f"The queue {name} has about {counted(count, 'message')}.",
                f"aws sqs receive-message --queue-url {_url(account, name)} --attribute-names All "
                "--message-attribute-names All",
            )


@check(
    "event-queue-policy",
    "EventBridge may send what has landed to its queue, and what it could not deliver to the one for that.",
    "Otherwise no run learns what has landed before the daily look, and nobody sees an event that is lost.",
)
def queue_policy(account: Account) -> Iterator[Finding]:
    """Whether the policy of each queue allows it: of the first for its rule, of the other for all."""
    for queue, policy in (("landed-objects", "LandedObjectsPolicy"), ("event-dead-letters", "EventDeadLettersPolicy")):
        name = account.names.named(queue)
        attributes = _attributes(account, name)
        if attributes is None:
            if queue == "landed-objects":
                yield problem(name, f"The queue {name} is not there.", account.redeploy)
            continue
        document = json.loads(attributes.get("Policy", "{}"))
        for rule, wanted in _rules(account):
            arn = account.names.arn("sqs", name)
            if not any(arn in {each["Arn"], each["DeadLetterConfig"]["Arn"]} for each in wanted["Targets"]):
                continue
            access = Access(
                "sqs:SendMessage", arn, account.names.request_context(account.names.arn("events", f"rule/{rule}"))
            )
            if not service_may(document, "events.amazonaws.com", access).allowed:
                yield problem(
                    name,
                    f"EventBridge may not send to the queue {name} for the rule {rule}.",
                    "Add to the queue's policy: "
                    + json.dumps(account.expected.properties(policy)["PolicyDocument"]["Statement"][-1]),
                )


def _rules(account: Account) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rules that are there, as the templates have them."""
    for resource in account.expected.of_type("AWS::Events::Rule"):
        if account.reader.found("events", "DescribeRule", Name=resource.name) is not None:
            yield resource.name, resource.properties


def _attributes(account: Account, name: str) -> Mapping[str, str] | None:
    """The attributes of a queue; None if it is not there."""
    try:
        asked = account.reader.read("sqs", "GetQueueAttributes", QueueUrl=_url(account, name), AttributeNames=["All"])
    except NotFoundError:
        return None
    attributes: Mapping[str, str] = asked.get("Attributes", {})
    return attributes


def _url(account: Account, name: str) -> str:
    return str(account.reader.read("sqs", "GetQueueUrl", QueueName=name)["QueueUrl"])


CHECKS = (bucket_events, rules, targets, schedule, dead_letters, queue_policy)


_FIRING = {"CONDITIONAL": ("ACTIVATED",), "EVENT": ("CREATED", "ACTIVATED")}
"""The states in which a trigger of a type fires. A CONDITIONAL one that stays CREATED never does; an EVENT one is not
started, so CREATED is how it works."""


_TRIGGER = found("glue", "GetTrigger", inside="Trigger")


@check(
    "triggers-fire",
    "Each trigger is in the state in which it fires: CONDITIONAL ones ACTIVATED, EVENT ones CREATED.",
    "A trigger in another state never fires, and nothing reports it: what comes after it never runs.",
)
def fire(account: Account) -> Iterator[Finding]:
    """The state of each trigger that the template has."""
    for resource in account.expected.of_type("AWS::Glue::Trigger"):
        name, kind, trigger = resource.name, resource.properties["Type"], _TRIGGER(account, resource.name)
        if trigger is None:
            yield problem(name, f"The trigger {name} is not there.", account.redeploy)
        elif trigger["Type"] == kind and trigger["State"] not in _FIRING[kind]:
            again = f"aws glue start-trigger --name {name}"
            if kind == "EVENT":
                again = f"{account.redeploy}  # after aws glue delete-trigger --name {name}"
            yield problem(name, f"The {kind} trigger {name} is {trigger['State']}.", again)


def _waits(trigger: Shape) -> str | None:
    """What a trigger waits for, in words."""
    predicate = trigger.get("Predicate")
    waits = (
        f"{each.get('JobName') or each.get('CrawlerName')} {each.get('State') or each.get('CrawlState')}"
        for each in (predicate or {}).get("Conditions", [])
    )
    return f"{predicate.get('Logical', 'AND')} of {', '.join(sorted(waits))}" if predicate else None


start = check(
    "triggers-start",
    "Each trigger belongs to its workflow, waits for what it should, and starts what it should.",
    "A trigger that starts something else, or waits for a state that never comes, ends the chain unseen.",
)(
    compared(
        "AWS::Glue::Trigger",
        _TRIGGER,
        {
            "Type": itemgetter("Type"),
            "WorkflowName": lambda trigger: trigger.get("WorkflowName"),
            "Actions": lambda trigger: sorted(
                action.get("JobName") or action.get("CrawlerName", "") for action in trigger.get("Actions", [])
            ),
            "Predicate": _waits,
        },
        names_gone=False,
    )
)

TRIGGER_CHECKS = (fire, start)
