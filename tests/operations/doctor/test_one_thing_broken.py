"""Each of these breaks one thing of a deployment in which all is well; doctor names that thing, and nothing else."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest
from support.fakes.examined_account import (
    ACCOUNT,
    BUCKETS,
    NAMES,
    NOW,
    REGION,
    ExaminedAccount,
    role_arn,
    role_name,
    table,
)

from loglake.core.units import to_ms
from loglake_cli.local.cloud.virtual_clock import SettableClock
from loglake_cli.operations.doctor.examination import examine
from loglake_cli.operations.doctor.finding import Finding, Result

pytestmark = pytest.mark.unit

Break = Callable[[ExaminedAccount], Any]
NOW_MS = to_ms(NOW)
RAW, LAKE, CONTROL = BUCKETS["raw"], BUCKETS["lake"], BUCKETS["control"]
EXPORT, CONVERT, CRAWLER = "lake-export-logs", "lake-convert-logs", "lake-crawl-lake"


def found(account: ExaminedAccount) -> tuple[Finding, ...]:
    return examine("lake", account.client, SettableClock(NOW_MS))


def problems(account: ExaminedAccount) -> list[Finding]:
    return [finding for finding in found(account) if finding.result is Result.PROBLEM]


def put(place: Callable[[ExaminedAccount], dict[str, Any]], **members: Any) -> Break:
    """Sets members of something."""
    return lambda account: place(account).update(members)


def gone(place: Callable[[ExaminedAccount], dict[str, Any]], name: str) -> Break:
    """Takes something out."""
    return lambda account: place(account).pop(name)


def without(place: Callable[[ExaminedAccount], list[dict[str, Any]]], sid: str) -> Break:
    """Takes a statement out of a policy."""

    def breaks(account: ExaminedAccount) -> None:
        statements = place(account)
        statements[:] = [each for each in statements if each["Sid"] != sid]

    return breaks


def foreign_task(minutes: int) -> dict[str, Any]:
    created = {"creationTime": NOW_MS - minutes * 60_000}
    place = {"destination": "theirs", "destinationPrefix": "backup"}
    return {"taskId": "task-1", "status": {"code": "RUNNING"}, "executionInfo": created, **place}


def configured(account: ExaminedAccount, **members: Any) -> None:
    crawler = account.crawlers[CRAWLER]
    configuration = json.loads(crawler["Configuration"])
    crawler["Configuration"] = json.dumps({**configuration, **members})


def drifted(account: ExaminedAccount) -> None:
    account.drifts["lake-events"] = [
        {
            "StackId": "lake-events",
            "LogicalResourceId": "RequestObject",
            "PhysicalResourceId": "lake-request-object",
            "ResourceType": "AWS::Events::Rule",
            "StackResourceDriftStatus": "MODIFIED",
            "Timestamp": NOW,
            "PropertyDifferences": [
                {
                    "PropertyPath": "/State",
                    "ExpectedValue": "ENABLED",
                    "ActualValue": "DISABLED",
                    "DifferenceType": "NOT_EQUAL",
                }
            ],
        }
    ]


def failed_run(message: str) -> Break:
    return lambda account: account.runs[CONVERT].insert(
        0, {"Id": "jr_2", "JobRunState": "FAILED", "CompletedOn": NOW, "ErrorMessage": message}
    )


def refused_run(account: ExaminedAccount) -> None:
    said = "ConcurrentRunsExceededException: Concurrent runs exceeded for lake-export-logs"
    account.runs[EXPORT].insert(0, {"Id": "jr_2", "JobRunState": "FAILED", "CompletedOn": NOW, "ErrorMessage": said})


def expiring(days: int, prefix: str) -> dict[str, Any]:
    return {"ID": "mine", "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": days}}


def bounded(account: ExaminedAccount) -> None:
    allowed = {"Sid": "AllButGlue", "Effect": "Allow", "NotAction": "glue:*", "Resource": "*"}
    account.role("CrawlerRole")["Boundary"] = [allowed]


def denied(account: ExaminedAccount) -> None:
    account.role("ExportRole")["Statements"].append(
        {"Sid": "No", "Effect": "Deny", "Action": "logs:CreateExportTask", "Resource": "*"}
    )


def of_the_account(account: ExaminedAccount) -> None:
    document = json.dumps({"DestinationArn": account.subscription["destinationArn"], "FilterPattern": ""})
    account.account_policies.append(
        {"policyName": "all-logs", "policyType": "SUBSCRIPTION_FILTER_POLICY", "policyDocument": document}
    )


def target_elsewhere(account: ExaminedAccount) -> None:
    account.targets["lake-landed-object"][0]["Arn"] = NAMES.arn("glue", "workflow/other")


def moved_schedule(account: ExaminedAccount) -> None:
    account.schedules["lake-export-schedule"]["Target"]["Input"] = json.dumps(
        {"Bucket": "elsewhere", "Key": "requests/scheduled/<aws.scheduler.execution-id>"}
    )


def one_key(account: ExaminedAccount) -> None:
    account.schedules["lake-export-schedule"]["Target"]["Input"] = json.dumps(
        {"Bucket": CONTROL, "Key": "requests/scheduled/always"}
    )


def retyped(account: ExaminedAccount) -> None:
    account.tables["app_shop"]["PartitionKeys"] = [{"Name": "dt", "Type": "date"}]


def one_table_of_all(account: ExaminedAccount) -> None:
    account.tables["tables"] = {**table("tables"), "StorageDescriptor": {"Location": f"s3://{LAKE}/tables/"}}


def job(name: str) -> Callable[[ExaminedAccount], dict[str, Any]]:
    return lambda account: account.jobs[name]


def bucket(name: str) -> Callable[[ExaminedAccount], dict[str, Any]]:
    return lambda account: account.buckets[name]


WAKE, AFTER = "lake-log-export-wake", "lake-log-export-after-export-logs"

BROKEN: dict[str, tuple[str, str, Break]] = {
    # what is broken: the check that names it, what it names, how it is broken
    "a stack is gone": ("stacks-complete", "lake-events", gone(lambda a: a.stacks, "lake-events")),
    "a stack was rolled back": (
        "stacks-complete",
        "lake-access",
        put(lambda a: a.stacks["lake-access"], StackStatus="UPDATE_ROLLBACK_COMPLETE"),
    ),
    "a stack is in the middle": (
        "stacks-complete",
        "lake-storage",
        put(lambda a: a.stacks["lake-storage"], StackStatus="UPDATE_IN_PROGRESS"),
    ),
    "a resource was changed by hand": ("stacks-not-drifted", "lake-request-object", drifted),
    "a bucket is elsewhere": ("buckets-there", LAKE, put(bucket(LAKE), LocationConstraint="eu-west-1")),
    "CloudWatch may not put": ("export-policy", RAW, without(lambda a: a.bucket_statements("raw"), "LogsPutExports")),
    "CloudWatch may not read the ACL": (
        "export-policy",
        RAW,
        without(lambda a: a.bucket_statements("raw"), "LogsReadTheAcl"),
    ),
    "another account's log groups": (
        "export-policy",
        RAW,
        lambda a: a.bucket_statements("raw")[-1]["Condition"]["StringEquals"].update({"aws:SourceAccount": "1" * 12}),
    ),
    "requests without TLS": ("buckets-tls", LAKE, without(lambda a: a.bucket_statements("lake"), "OnlyTls")),
    "no policy at all": ("buckets-tls", CONTROL, put(bucket(CONTROL), Policy=None)),
    "objects have their writer's owner": ("bucket-ownership", RAW, put(bucket(RAW), Ownership="ObjectWriter")),
    "no ownership controls": ("bucket-ownership", LAKE, put(bucket(LAKE), Ownership="")),
    "public policies are let through": (
        "bucket-public-access",
        LAKE,
        lambda a: a.buckets[LAKE]["Public"].update(BlockPublicPolicy=False),
    ),
    "no public access block": ("bucket-public-access", CONTROL, put(bucket(CONTROL), Public={})),
    "another key": (
        "bucket-encryption",
        LAKE,
        put(bucket(LAKE), Key=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/other"),
    ),
    "tables expire": ("bucket-lifecycle", LAKE, lambda a: a.buckets[LAKE]["Rules"].append(expiring(365, "tables/"))),
    "everything in the lake expires": (
        "bucket-lifecycle",
        LAKE,
        lambda a: a.buckets[LAKE]["Rules"].append(expiring(365, "")),
    ),
    "exports expire early": (
        "bucket-lifecycle",
        RAW,
        lambda a: a.buckets[RAW]["Rules"].append(expiring(7, "exports/")),
    ),
    "the ledger lacks its index": ("ledger-there", "lake-ledger", put(lambda a: a.ledger, GlobalSecondaryIndexes=[])),
    "the ledger has no backups": ("ledger-there", "lake-ledger", lambda a: setattr(a, "recovery", "DISABLED")),
    "a workflow is gone": ("glue-there", "lake-log-landing", gone(lambda a: a.workflows, "lake-log-landing")),
    "Python shell of another version": (
        "job-settings",
        EXPORT,
        put(job(EXPORT), Command={"Name": "pythonshell", "PythonVersion": "3"}),
    ),
    "runs are not queued": ("job-settings", EXPORT, put(job(EXPORT), JobRunQueuingEnabled=False)),
    "many runs at once": ("job-settings", EXPORT, put(job(EXPORT), ExecutionProperty={"MaxConcurrentRuns": 5})),
    "runs are repeated": ("job-settings", CONVERT, put(job(CONVERT), MaxRetries=3)),
    "a role can't be assumed": ("last-runs", CONVERT, failed_run("Unable to assume role")),
    "Lake Formation refuses a run": (
        "last-runs",
        CONVERT,
        failed_run("Insufficient Lake Formation permission(s): Required Describe on app_shop"),
    ),
    "an ec2 action is missing": ("last-runs", CONVERT, failed_run("not authorized: ec2:DescribeSubnets")),
    "a run was refused": ("last-runs", EXPORT, refused_run),
    "job logs are kept forever": (
        "job-log-retention",
        "/aws-glue/jobs/output",
        gone(lambda a: a.groups["/aws-glue/jobs/output"], "retentionInDays"),
    ),
    "a conditional trigger was not started": (
        "triggers-fire",
        AFTER,
        put(lambda a: a.triggers[AFTER], State="CREATED"),
    ),
    "an event trigger is off": ("triggers-fire", WAKE, put(lambda a: a.triggers[WAKE], State="DEACTIVATED")),
    "a trigger is gone": ("triggers-fire", AFTER, gone(lambda a: a.triggers, AFTER)),
    "a trigger starts something else": (
        "triggers-start",
        WAKE,
        put(lambda a: a.triggers[WAKE], Actions=[{"JobName": CONVERT}]),
    ),
    "a trigger waits for success": (
        "triggers-start",
        AFTER,
        lambda a: a.triggers[AFTER].update(
            Predicate={
                "Logical": "ANY",
                "Conditions": [{"JobName": EXPORT, "State": "SUCCEEDED", "LogicalOperator": "EQUALS"}],
            }
        ),
    ),
    "a bucket sends no events": (
        "bucket-events",
        RAW,
        gone(lambda a: a.notifications[RAW], "EventBridgeConfiguration"),
    ),
    "a rule is off": (
        "event-rules",
        "lake-request-object",
        put(lambda a: a.rules["lake-request-object"], State="DISABLED"),
    ),
    "a rule looks elsewhere": (
        "event-rules",
        "lake-landed-object",
        put(lambda a: a.rules["lake-landed-object"], EventPattern='{"source": ["aws.s3"]}'),
    ),
    "a rule wakes another workflow": ("event-targets", "lake-landed-object", target_elsewhere),
    "a rule has no target": (
        "event-targets",
        "lake-catalog-object",
        put(lambda a: a.targets, **{"lake-catalog-object": []}),
    ),
    "a rule drops what it can't deliver": (
        "event-targets",
        "lake-request-object",
        gone(lambda a: a.targets["lake-request-object"][0], "DeadLetterConfig"),
    ),
    "the schedule is gone": ("schedule", "lake-export-schedule", gone(lambda a: a.schedules, "lake-export-schedule")),
    "the schedule puts elsewhere": ("schedule", "lake-export-schedule", moved_schedule),
    "the schedule puts one key": ("schedule", "lake-export-schedule", one_key),
    "an event was not delivered": (
        "dead-letters",
        "lake-event-dead-letters",
        put(lambda a: a.queues["lake-event-dead-letters"], ApproximateNumberOfMessages="3"),
    ),
    "a queue is gone": (
        "dead-letters",
        "lake-schedule-dead-letters",
        gone(lambda a: a.queues, "lake-schedule-dead-letters"),
    ),
    "EventBridge may not send": (
        "event-queue-policy",
        "lake-event-dead-letters",
        gone(lambda a: a.queues["lake-event-dead-letters"], "Policy"),
    ),
    "a role trusts another service": (
        "role-trust",
        role_name("SchedulerRole"),
        lambda a: a.role("SchedulerRole")["Trust"]["Statement"][0].update(Principal={"Service": "ec2.amazonaws.com"}),
    ),
    "a role trusts one rule": (
        "role-trust",
        role_name("EventsRole"),
        lambda a: a.role("EventsRole")["Trust"]["Statement"][0]["Condition"].update(
            ArnEquals={"aws:SourceArn": NAMES.arn("events", "rule/lake-request-object")}
        ),
    ),
    "a role lacks a statement": (
        "role-actions",
        role_name("ConvertRole"),
        without(lambda a: a.role("ConvertRole")["Statements"], "WriteLake"),
    ),
    "a role lacks an action": (
        "role-actions",
        role_name("ExportRole"),
        lambda a: a.statement("ExportRole", "KeepTheLedger")["Action"].remove("dynamodb:PutItem"),
    ),
    "a boundary is in the way": ("role-actions", role_name("CrawlerRole"), bounded),
    "a policy denies": ("role-actions", role_name("ExportRole"), denied),
    "a typing mistake in a pattern": (
        "log-groups-matched",
        "/app/shpo",
        lambda a: a.datasets.append({"log_groups": ["/app/shpo"], "table": "shpo"}),
    ),
    "a dataset is hidden": (
        "log-groups-once",
        "/aws/lambda/pay",
        lambda a: a.datasets.append({"log_groups": ["/aws/lambda/pay"], "table": "pay"}),
    ),
    "the jobs' own logs are exported": (
        "job-logs-left-out",
        "glue",
        lambda a: a.datasets.append({"log_groups": ["/aws-glue/*"], "table": "glue"}),
    ),
    "infrequent access": (
        "log-classes",
        "/app/shop",
        put(lambda a: a.groups["/app/shop"], logGroupClass="INFREQUENT_ACCESS"),
    ),
    "events are gone in a day": ("log-retention", "/app/shop", put(lambda a: a.groups["/app/shop"], retentionInDays=1)),
    "exported and landed": (
        "ingest-once",
        "/app/shop",
        lambda a: a.filters.update({"/app/shop": [{**a.subscription, "logGroupName": "/app/shop"}]}),
    ),
    "the whole account lands": ("account-subscription", "all-logs", of_the_account),
    "nothing lands": ("landing-subscribed", "/live/orders", gone(lambda a: a.filters, "/live/orders")),
    "somebody else has the slot": ("export-slot", "task-1", lambda a: a.tasks.append(foreign_task(120))),
    "a crawl deprecates": (
        "crawler-policies",
        CRAWLER,
        lambda a: a.crawlers[CRAWLER].update(
            SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"}
        ),
    ),
    "a crawl adds no column": (
        "crawler-policies",
        CRAWLER,
        lambda a: a.crawlers[CRAWLER].update(
            SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        ),
    ),
    "a crawl sees new folders only": (
        "crawler-policies",
        CRAWLER,
        put(lambda a: a.crawlers[CRAWLER], RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}),
    ),
    "partitions keep their own types": ("crawler-policies", CRAWLER, lambda a: configured(a, CrawlerOutput={})),
    "the crawl failed": (
        "last-crawl",
        CRAWLER,
        put(lambda a: a.crawlers[CRAWLER], LastCrawl={"Status": "FAILED", "ErrorMessage": "AccessDenied"}),
    ),
    "one table of all folders": ("table-locations", "tables", one_table_of_all),
    "partition keys of another type": ("partition-keys", "app_shop", retyped),
    "a table with a compression": (
        "table-parameters",
        "app_shop",
        lambda a: a.tables["app_shop"]["Parameters"].update(compressionType="gzip"),
    ),
    "a deprecated table": (
        "table-parameters",
        "aws_lambda",
        lambda a: a.tables["aws_lambda"]["Parameters"].update(DEPRECATED_BY_CRAWLER="1795521600000"),
    ),
    "few concurrent runs": (
        "quota-runs",
        "Max concurrent job runs per account",
        put(lambda a: a.quotas, **{"Max concurrent job runs per account": 2.0}),
    ),
    "few DPUs": (
        "quota-dpus",
        "Max task DPUs per account",
        put(lambda a: a.quotas, **{"Max task DPUs per account": 10.0}),
    ),
    "few partitions": (
        "quota-partitions",
        "Max partitions per table",
        put(lambda a: a.quotas, **{"Max partitions per table": 1000.0}),
    ),
}

ONLY_WITH_A_PARAMETER: dict[str, tuple[str, str, Break]] = {
    "the key is disabled": ("key-enabled", "key", put(lambda a: a.keys, KeyState="Disabled")),
    "CloudWatch may not use the key": ("key-policy", "key", without(lambda a: a.keys["Policy"]["Statement"], "Logs")),
    "the account may not use the key": ("key-policy", "key", without(lambda a: a.keys["Policy"]["Statement"], "Root")),
    "a role may not use the key": (
        "role-actions",
        role_name("SchedulerRole"),
        without(lambda a: a.role("SchedulerRole")["Statements"], "WriteWithTheKey"),
    ),
    "a role may not look at the network": (
        "role-actions",
        role_name("ExportRole"),
        without(lambda a: a.role("ExportRole")["Statements"], "LookAtTheNetwork"),
    ),
    "no way to CloudWatch Logs": (
        "network-endpoints",
        "subnet-1",
        lambda a: a.endpoints.remove({"ServiceName": f"com.amazonaws.{REGION}.logs", "VpcEndpointType": "Interface"}),
    ),
    "a gateway of another route table": (
        "network-endpoints",
        "subnet-1",
        lambda a: a.endpoints[0].update(RouteTableIds=["rtb-2"]),
    ),
    "workers can't talk": ("network-security-group", "sg-1", lambda a: a.ingress.clear()),
    "the crawler is not granted the tables": (
        "lake-formation-grants",
        role_arn("CrawlerRole"),
        lambda a: a.grants.remove(
            next(
                each
                for each in a.grants
                if each["Kind"] == "Table"
                and each["Principal"]["DataLakePrincipalIdentifier"] == role_arn("CrawlerRole")
            )
        ),
    ),
    "the location is registered": (
        "lake-formation-location",
        role_arn("CrawlerRole"),
        lambda a: a.registered.append(f"arn:aws:s3:::{LAKE}"),
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_doctor_names_what_is_broken_and_only_that(what: str) -> None:
    check_named(ExaminedAccount(), *BROKEN[what])


@pytest.mark.parametrize("what", ONLY_WITH_A_PARAMETER)
def test_doctor_names_what_is_broken_of_a_deployment_with_all_parameters(what: str) -> None:
    check_named(ExaminedAccount(whole=True), *ONLY_WITH_A_PARAMETER[what])


def check_named(account: ExaminedAccount, check: str, subject: str, breaks: Break) -> None:
    breaks(account)
    named = problems(account)
    assert named
    assert {finding.check for finding in named} == {check}
    assert all(subject in finding.subject for finding in named)
    for finding in named:
        assert finding.found.endswith((".", "}", ")")) or ": " in finding.found
        assert finding.why.endswith(".") or finding.why.endswith('"')
        if finding.fix.startswith(("aws ", "loglake ")):
            shlex.split(finding.fix.partition("  # ")[0])  # it can be pasted: its quotes are closed


@pytest.mark.parametrize("whole", [False, True])
def test_nothing_is_wrong_where_nothing_is_broken(whole: bool) -> None:
    assert {finding.result for finding in found(ExaminedAccount(whole=whole))} == {Result.OK}


def test_what_is_broken_reaches_each_check_but_one_that_needs_no_proof() -> None:
    proven = {check for check, _, _ in [*BROKEN.values(), *ONLY_WITH_A_PARAMETER.values()]}
    assert {finding.check for finding in found(ExaminedAccount())} == proven
