"""Whether objects wake the workflows, and triggers start what they should: events, rules, schedule and queues."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gluelocal.iam.policies import Access, service_may
from loglake.core.keys import LOOKS, REQUESTS
from loglake.errors import NotFoundError
from loglake_cli.operations.cost.estimate import landing_advice
from loglake_cli.operations.cost.settings import with_parameters
from loglake_cli.operations.cost.workload import EVENT_MINUTES, Workload
from loglake_cli.operations.doctor.account import Account, Shape
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


@check(
    "event-rules",
    "Each EventBridge rule is enabled, and matches what it should.",
    "A rule that is disabled, or looks for other keys, wakes nothing.",
)
def rules(account: Account) -> Iterator[Finding]:
    """State and pattern of each rule."""
    for name, wanted, rule in _rules(account):
        if rule is None:
            yield problem(name, f"The rule {name} is not there.", account.redeploy)
        elif rule["State"] != "ENABLED":
            yield problem(name, f"The rule {name} is {rule['State']}.", f"aws events enable-rule --name {name}")
        elif json.loads(rule["EventPattern"]) != wanted["EventPattern"]:
            yield problem(
                name,
                f"The rule {name} matches other events: {rule['EventPattern']}",
                f"aws events put-rule --name {name} --event-pattern '{json.dumps(wanted['EventPattern'])}'",
            )


@check(
    "event-targets",
    "Each rule wakes its workflow, with a role, and keeps what it could not deliver.",
    "A rule without its target wakes nothing; without a queue nobody sees what was not delivered.",
)
def targets(account: Account) -> Iterator[Finding]:
    """The workflow that each rule has as a target."""
    for name, wanted, rule in _rules(account):
        if rule is None:
            continue
        found = account.reader.pages("events", "ListTargetsByRule", "Targets", Rule=name)
        fix = f"{account.redeploy}  # puts back what was changed beside the stack"
        for want in wanted["Targets"]:
            target = next((each for each in found if each["Arn"] == want["Arn"]), None)
            if target is None:
                others = ", ".join(each["Arn"] for each in found) or "none"
                yield problem(name, f"The targets of the rule {name} are {others}; {want['Arn']} is missing.", fix)
            elif "RoleArn" in want and not target.get("RoleArn"):
                yield problem(name, f"The target of the rule {name} has no role.", fix)
            elif target.get("DeadLetterConfig", {}).get("Arn") != want["DeadLetterConfig"]["Arn"]:
                yield problem(name, f"The target of the rule {name} has no dead-letter queue of this deployment.", fix)


@check(
    "schedule",
    "The schedules put requests and looks where the workflows find them.",
    "A schedule that puts its objects elsewhere, or without a role, asks for nothing.",
)
def schedule(account: Account) -> Iterator[Finding]:
    """The target and the state of both schedules; that of requests is DISABLED when a deployment begins."""
    for logical_id, prefix in (("ExportSchedule", REQUESTS), ("LandingSchedule", LOOKS)):
        wanted = account.expected.properties(logical_id)
        name = str(wanted["Name"])
        found = account.reader.found("scheduler", "GetSchedule", Name=name)
        if found is None:
            yield problem(name, f"The schedule {name} is not there.", account.redeploy)
        elif wrong := _wrong(account, found["Target"], wanted["Target"], prefix):
            yield problem(
                name,
                f"The schedule {name} {wrong}",
                f"{account.redeploy}  # puts back what was changed beside the stack",
            )
        else:
            yield (_exports if prefix == REQUESTS else _looks)(account, name, found, wanted["State"])


def _wrong(account: Account, target: Shape, wanted: Mapping[str, Any], prefix: str) -> str:
    """What is wrong with the target of a schedule; empty if nothing is."""
    given = json.loads(target.get("Input", "{}"))
    key = str(given.get("Key"))
    if target["Arn"] != wanted["Arn"]:
        return f"calls {target['Arn']}, and should call {wanted['Arn']}."
    if given.get("Bucket") != account.names.buckets["control"] or not key.startswith(prefix):
        return f"puts s3://{given.get('Bucket')}/{key}."
    return "" if "<aws.scheduler.execution-id>" in key else f"puts the same key each time: {key}."


def _exports(account: Account, name: str, found: Shape, _: str) -> Finding:
    if found["State"] == "ENABLED":
        return fine(name, f"It asks for exports: {found['ScheduleExpression']}.")
    return fine(name, f"It is {found['State']}, as a deployment begins: only people ask for exports.")


def _looks(account: Account, name: str, found: Shape, wanted: str) -> Finding:
    if found["State"] != wanted:
        said = f"The schedule {name} is {found['State']}, and should be {wanted}, as LandingStart says."
        return problem(name, said, f"{account.redeploy}  # puts back what was changed beside the stack")
    workload = with_parameters(Workload(landing_minutes=EVENT_MINUTES), account.landing_parameters)
    how = f"Landed objects are looked for: {found['ScheduleExpression']}." if wanted == "ENABLED" else "It is off."
    return fine(name, f"{how} {landing_advice(workload)}")


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
        for rule, wanted, there in _rules(account):
            arn = account.names.arn("sqs", name)
            if there is None or not any(
                arn in {each["Arn"], each["DeadLetterConfig"]["Arn"]} for each in wanted["Targets"]
            ):
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


def _rules(account: Account) -> Iterator[tuple[str, Mapping[str, Any], Shape | None]]:
    for resource in account.expected.of_type("AWS::Events::Rule"):
        name = resource.properties["Name"]
        yield name, resource.properties, account.reader.found("events", "DescribeRule", Name=name)


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


@check(
    "triggers-fire",
    "Each trigger is in the state in which it fires: CONDITIONAL ones ACTIVATED, EVENT ones CREATED.",
    "A trigger in another state never fires, and nothing reports it: what comes after it never runs.",
)
def fire(account: Account) -> Iterator[Finding]:
    """The state of each trigger that the template has."""
    for name, wanted, trigger in _triggers(account):
        if trigger is None:
            yield problem(name, f"The trigger {name} is not there.", account.redeploy)
        elif trigger["Type"] == wanted["Type"] and trigger["State"] not in _FIRING[wanted["Type"]]:
            again = "aws glue start-trigger --name {0}"
            if wanted["Type"] == "EVENT":
                again = f"{account.redeploy}  # after aws glue delete-trigger --name {{0}}"
            yield problem(name, f"The {wanted['Type']} trigger {name} is {trigger['State']}.", again.format(name))


@check(
    "triggers-start",
    "Each trigger belongs to its workflow, waits for what it should, and starts what it should.",
    "A trigger that starts something else, or waits for a state that never comes, ends the chain unseen.",
)
def start(account: Account) -> Iterator[Finding]:
    """Workflow, type, actions and predicate of each trigger, as in the template."""
    for name, wanted, trigger in _triggers(account):
        if trigger is None:
            continue
        for what in ("Type", "WorkflowName", "Actions", "Predicate"):
            have, want = _plain(what, trigger.get(what)), _plain(what, wanted.get(what))
            if have != want:
                yield problem(
                    name,
                    f"{what} of the trigger {name} is {have}, and should be {want}.",
                    f"{account.redeploy}  # puts back what was changed beside the stack",
                )


def _triggers(account: Account) -> Iterator[tuple[str, Mapping[str, Any], Shape | None]]:
    for resource in account.expected.of_type("AWS::Glue::Trigger"):
        name = resource.properties["Name"]
        found = account.reader.found("glue", "GetTrigger", Name=name)
        yield name, resource.properties, found and found["Trigger"]


def _plain(what: str, value: Any) -> Any:
    """A member in a form that can be compared and read."""
    if what == "Actions":
        return sorted(action.get("JobName") or action.get("CrawlerName", "") for action in value or [])
    if what == "Predicate" and value:
        waits = (
            f"{each.get('JobName') or each.get('CrawlerName')} {each.get('State') or each.get('CrawlState')}"
            for each in value["Conditions"]
        )
        return f"{value.get('Logical', 'AND')} of {', '.join(sorted(waits))}"
    return value or None


TRIGGER_CHECKS = (fire, start)
