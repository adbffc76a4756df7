"""The roles allow what the design needs, and refuse what a part must not do."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from support.deployments.templates import Stack, deployed_stacks

from loglake.core.run.outcome import NAMESPACE

pytestmark = pytest.mark.infra

ACCOUNT = "eu-west-1:123456789012"
CONTROL, RAW, LAKE = (f"arn:aws:s3:::loglake-{name}-123456789012-eu-west-1" for name in ("control", "raw", "lake"))
LEDGER = f"arn:aws:dynamodb:{ACCOUNT}:table/loglake-ledger"
WORKFLOW = f"arn:aws:glue:{ACCOUNT}:workflow/loglake-log-export"
LANDING_WORKFLOW = f"arn:aws:glue:{ACCOUNT}:workflow/loglake-log-landing"
CATALOG_WORKFLOW = f"arn:aws:glue:{ACCOUNT}:workflow/loglake-log-catalog"
CATALOG = f"arn:aws:glue:{ACCOUNT}"
REGISTERING = ("GetTable", "BatchGetPartition", "BatchCreatePartition", "BatchUpdatePartition")
OUTPUT = f"arn:aws:logs:{ACCOUNT}:log-group:/aws-glue"

GRANTED = [
    ("ExportRole", "logs:CreateExportTask", f"arn:aws:logs:{ACCOUNT}:log-group:/app/shop"),
    ("ExportRole", "logs:FilterLogEvents", f"arn:aws:logs:{ACCOUNT}:log-group:/app/shop:log-stream:"),
    ("ExportRole", "logs:DescribeExportTasks", "*"),
    ("ExportRole", "logs:DescribeLogGroups", "*"),
    ("ExportRole", "logs:DescribeLogStreams", f"arn:aws:logs:{ACCOUNT}:log-group:/app/shop:log-stream:"),
    ("ExportRole", "s3:PutObject", f"{RAW}/exports/app-shop-1/w/g1/aws-logs-write-test"),
    ("ExportRole", "s3:ListBucket", RAW),
    ("ExportRole", "s3:ListBucket", CONTROL),
    ("ExportRole", "s3:GetObject", f"{CONTROL}/requests/scheduled/1"),
    ("ExportRole", "s3:DeleteObject", f"{CONTROL}/requests/requested/1"),
    ("ExportRole", "s3:PutObject", f"{CONTROL}/requests/continue/1"),
    ("ExportRole", "s3:PutObject", f"{CONTROL}/handled/requested/1"),
    ("ExportRole", "s3:PutObject", f"{CONTROL}/rejected/requested/1.json"),
    ("ExportRole", "s3:PutObject", f"{CONTROL}/ledger/app-shop-1/w/g1.json"),
    ("ExportRole", "s3:GetObject", f"{CONTROL}/config/datasets-1.json"),
    ("ExportRole", "s3:GetObject", f"{CONTROL}/artifacts/1/export_logs.py"),
    ("ExportRole", "dynamodb:BatchGetItem", LEDGER),
    ("ExportRole", "dynamodb:GetItem", LEDGER),
    ("ExportRole", "dynamodb:PutItem", LEDGER),
    ("ExportRole", "dynamodb:Query", LEDGER),
    ("ExportRole", "dynamodb:Query", f"{LEDGER}/index/pending"),
    ("ExportRole", "logs:PutLogEvents", f"{OUTPUT}/python-jobs/output:log-stream:jr_1"),
    ("ExportRole", "cloudwatch:GetMetricStatistics", "*"),
    ("ExportRole", "cloudwatch:PutMetricData", "*"),
    ("ExportRole", "glue:PutWorkflowRunProperties", WORKFLOW),
    ("ConvertRole", "s3:GetObject", f"{RAW}/exports/app-shop-1/w/g1/task/stream/000000.gz"),
    ("ConvertRole", "s3:GetObject", f"{RAW}/landing/2026/11/21/x.gz"),
    ("ConvertRole", "s3:PutObject", f"{CONTROL}/ledger/app-shop-1/w/g1.json"),
    *[
        ("ConvertRole", f"s3:{action}Object", f"{LAKE}/{prefix}/x")
        for action in ("Get", "Put")
        for prefix in ("staging", "commits", "tables", "quarantine")
    ],
    *[("ConvertRole", "s3:DeleteObject", f"{LAKE}/{prefix}/x") for prefix in ("staging", "tables", "quarantine")],
    ("ConvertRole", "s3:DeleteObject", f"{LAKE}/commits/app_shop/20261121T000000000Z-12345678.json"),
    ("ConvertRole", "s3:DeleteObject", f"{LAKE}/removed/20261121T000000000000Z/tables/x"),
    ("ConvertRole", "s3:DeleteObject", f"{RAW}/exports/app-shop-1/w/g1/task/stream/000000.gz"),
    ("ConvertRole", "s3:DeleteObject", f"{RAW}/landing/2026/11/21/x.gz"),
    ("ConvertRole", "s3:DeleteObject", f"{CONTROL}/ledger/app-shop-1/w/g1.json"),
    ("ConvertRole", "dynamodb:DeleteItem", LEDGER),
    ("ConvertRole", "glue:BatchDeletePartition", f"{CATALOG}:table/loglake/app_shop"),
    ("ConvertRole", "s3:ListBucket", LAKE),
    ("ConvertRole", "s3:GetObject", f"{CONTROL}/config/datasets-1.json"),
    ("ConvertRole", "s3:GetObject", f"{CONTROL}/artifacts/1/loglake_glue-0.1.0-py3-none-any.whl"),
    ("ConvertRole", "s3:GetObject", f"{CONTROL}/ledger/app-shop-1/w/g1.json"),
    ("ConvertRole", "s3:PutObject", f"{CONTROL}/requests/continue/jr_1"),
    ("ConvertRole", "dynamodb:PutItem", LEDGER),
    ("ConvertRole", "dynamodb:Query", f"{LEDGER}/index/pending"),
    ("ConvertRole", "dynamodb:BatchGetItem", LEDGER),
    ("ConvertRole", "dynamodb:GetItem", LEDGER),
    ("ConvertRole", "sqs:ReceiveMessage", f"arn:aws:sqs:{ACCOUNT}:loglake-landed-objects"),
    ("ConvertRole", "logs:CreateLogStream", f"{OUTPUT}/loglake-convert-logs/output:log-stream:jr_1"),
    ("ConvertRole", "cloudwatch:PutMetricData", "*"),
    ("ConvertRole", "glue:PutWorkflowRunProperties", WORKFLOW),
    ("ConvertRole", "glue:PutWorkflowRunProperties", LANDING_WORKFLOW),
    *[
        (role, f"glue:{action}", f"{CATALOG}:{resource}")
        for role in ("ExportRole", "ConvertRole")
        for action in REGISTERING
        for resource in ("catalog", "database/loglake", "table/loglake/app_shop")
    ],
    ("ExportRole", "s3:PutObject", f"{CONTROL}/catalog/jr_1"),
    ("ExportRole", "glue:GetCrawler", f"{CATALOG}:crawler/loglake-crawl-lake"),
    ("ConvertRole", "s3:PutObject", f"{CONTROL}/catalog/jr_1"),
    ("LookRole", "s3:ListBucket", RAW),
    ("LookRole", "s3:PutObject", f"{CONTROL}/landed/jr_1"),
    ("LookRole", "s3:GetObject", f"{CONTROL}/artifacts/1/look_landing.py"),
    ("LookRole", "sqs:GetQueueAttributes", f"arn:aws:sqs:{ACCOUNT}:loglake-landed-objects"),
    ("LookRole", "sqs:SendMessage", f"arn:aws:sqs:{ACCOUNT}:loglake-landed-objects"),
    ("LookRole", "dynamodb:BatchGetItem", LEDGER),
    ("LookRole", "dynamodb:GetItem", LEDGER),
    ("LookRole", "dynamodb:PutItem", LEDGER),
    ("LookRole", "dynamodb:Query", LEDGER),
    ("LookRole", "logs:PutLogEvents", f"{OUTPUT}/python-jobs/output:log-stream:jr_1"),
    ("CrawlerRole", "s3:ListBucket", LAKE),
    ("CrawlerRole", "s3:GetObject", f"{LAKE}/tables/app_shop/dt=2026-11-21/x.parquet"),
    *[
        ("CrawlerRole", f"glue:{action}", f"{CATALOG}:{resource}")
        for action in ("CreateTable", "UpdateTable", "BatchCreatePartition", "CreatePartitionIndex")
        for resource in ("catalog", "database/loglake", "table/loglake/app_shop")
    ],
    *[("CrawlerRole", "glue:GetDatabase", f"{CATALOG}:{resource}") for resource in ("catalog", "database/loglake")],
    ("CrawlerRole", "logs:PutLogEvents", f"{OUTPUT}/crawlers:log-stream:loglake-crawl-lake"),
    ("EventsRole", "glue:notifyEvent", WORKFLOW),
    ("EventsRole", "glue:notifyEvent", LANDING_WORKFLOW),
    ("EventsRole", "glue:notifyEvent", f"arn:aws:glue:{ACCOUNT}:workflow/loglake-log-look"),
    ("EventsRole", "glue:notifyEvent", CATALOG_WORKFLOW),
    ("SchedulerRole", "s3:PutObject", f"{CONTROL}/looks/1"),
    ("SchedulerRole", "s3:PutObject", f"{CONTROL}/requests/scheduled/1"),
    ("SchedulerRole", "sqs:SendMessage", f"arn:aws:sqs:{ACCOUNT}:loglake-schedule-dead-letters"),
]

NOT_GRANTED = [
    # Data never triggers the job that wrote it, and each role has one narrow grant.
    ("ExportRole", "s3:GetObject", f"{RAW}/exports/app-shop-1/w/g1/task/stream/000000.gz"),
    ("ExportRole", "s3:DeleteObject", f"{RAW}/exports/app-shop-1/w/g1/task/stream/000000.gz"),
    ("ExportRole", "s3:PutObject", f"{RAW}/landing/x"),
    ("ExportRole", "sqs:ReceiveMessage", f"arn:aws:sqs:{ACCOUNT}:loglake-landed-objects"),
    ("ConvertRole", "sqs:ReceiveMessage", f"arn:aws:sqs:{ACCOUNT}:loglake-event-dead-letters"),
    ("ExportRole", "s3:PutObject", f"{CONTROL}/artifacts/1/export_logs.py"),
    ("ExportRole", "s3:GetObject", f"{LAKE}/tables/x"),
    ("ExportRole", "s3:PutObject", f"{CONTROL}/requests/scheduled/1"),
    ("ExportRole", "s3:GetObject", f"{CONTROL}/handled/requested/1"),
    ("ExportRole", "s3:DeleteObject", f"{CONTROL}/handled/requested/1"),
    ("ExportRole", "s3:DeleteObject", f"{CONTROL}/ledger/app-shop-1/w/g1.json"),
    ("ExportRole", "dynamodb:GetItem", f"{LEDGER}/index/pending"),
    ("ExportRole", "dynamodb:PutItem", f"{LEDGER}/index/pending"),
    ("ExportRole", "logs:DeleteLogGroup", f"arn:aws:logs:{ACCOUNT}:log-group:/app/shop"),
    ("ExportRole", "dynamodb:DeleteItem", LEDGER),
    ("ExportRole", "dynamodb:UpdateItem", LEDGER),
    ("ExportRole", "glue:PutWorkflowRunProperties", LANDING_WORKFLOW),
    *[
        (role, f"glue:{action}", f"{CATALOG}:{resource}")
        for role in ("ExportRole", "ConvertRole")
        for action, resource in (
            ("StartCrawler", "crawler/loglake-crawl-lake"),
            ("CreateTable", "table/loglake/app_shop"),
            ("UpdateTable", "table/loglake/app_shop"),
            ("DeleteTable", "table/loglake/app_shop"),
            ("BatchCreatePartition", "table/other/x"),
            ("GetTable", "table/other/x"),
        )
    ],
    ("ExportRole", "glue:BatchDeletePartition", f"{CATALOG}:table/loglake/app_shop"),
    ("ConvertRole", "s3:DeleteObject", f"{CONTROL}/config/datasets-1.json"),
    ("ExportRole", "glue:GetCrawler", f"{CATALOG}:crawler/other"),
    ("ExportRole", "s3:DeleteObject", f"{CONTROL}/catalog/jr_1"),
    ("ExportRole", "s3:PutObject", f"{LAKE}/tables/x"),
    ("ExportRole", "logs:CancelExportTask", f"arn:aws:logs:{ACCOUNT}:log-group:/app/shop"),
    ("ConvertRole", "glue:StartWorkflowRun", WORKFLOW),
    ("ConvertRole", "logs:PutLogEvents", f"{OUTPUT}/jobs/output:log-stream:jr_1"),
    ("ConvertRole", "glue:GetCrawler", f"{CATALOG}:crawler/loglake-crawl-lake"),
    ("ConvertRole", "glue:GetJobRuns", f"{CATALOG}:job/loglake-convert-logs"),
    ("ConvertRole", "dynamodb:GetItem", f"{LEDGER}/index/pending"),
    ("ConvertRole", "cloudwatch:GetMetricStatistics", "*"),
    ("ConvertRole", "dynamodb:UpdateItem", LEDGER),
    ("ConvertRole", "s3:PutObject", f"{CONTROL}/requests/scheduled/1"),
    ("ConvertRole", "s3:GetObject", f"{CONTROL}/requests/requested/1"),
    ("ConvertRole", "s3:PutObject", f"{CONTROL}/config/datasets-1.json"),
    ("ConvertRole", "s3:PutObject", f"{RAW}/exports/x"),
    ("ConvertRole", "logs:CreateExportTask", f"arn:aws:logs:{ACCOUNT}:log-group:/app/shop"),
    ("LookRole", "s3:GetObject", f"{RAW}/landing/x"),
    ("LookRole", "s3:PutObject", f"{CONTROL}/requests/continue/jr_1"),
    ("LookRole", "s3:PutObject", f"{CONTROL}/looks/1"),
    ("LookRole", "sqs:ReceiveMessage", f"arn:aws:sqs:{ACCOUNT}:loglake-landed-objects"),
    ("LookRole", "sqs:DeleteMessage", f"arn:aws:sqs:{ACCOUNT}:loglake-landed-objects"),
    ("LookRole", "s3:GetObject", f"{LAKE}/tables/x"),
    ("CrawlerRole", "s3:GetObject", f"{LAKE}/staging/x"),
    ("CrawlerRole", "s3:GetObject", f"{LAKE}/commits/x"),
    ("CrawlerRole", "s3:GetObject", f"{LAKE}/quarantine/x"),
    ("CrawlerRole", "s3:PutObject", f"{LAKE}/tables/x"),
    ("CrawlerRole", "glue:DeleteTable", f"{CATALOG}:table/loglake/app_shop"),
    ("CrawlerRole", "glue:UpdateTable", f"{CATALOG}:table/other/x"),
    ("EventsRole", "glue:StartWorkflowRun", WORKFLOW),
    ("SchedulerRole", "s3:PutObject", f"{CONTROL}/requests/requested/1"),
    ("SchedulerRole", "s3:GetObject", f"{CONTROL}/requests/scheduled/1"),
]

# Actions for which AWS has no resource to name.
WITHOUT_RESOURCE = {
    ("ExportRole", "logs:DescribeExportTasks"),
    ("ExportRole", "logs:DescribeLogGroups"),
    ("ExportRole", "cloudwatch:GetMetricStatistics"),
    ("ExportRole", "cloudwatch:PutMetricData"),
    ("ConvertRole", "cloudwatch:PutMetricData"),
}


@pytest.fixture(scope="module")
def stacks() -> dict[str, Stack]:
    return deployed_stacks()


def _statements(stacks: dict[str, Stack]) -> Iterator[tuple[str, dict[str, Any]]]:
    roles, beside = (stacks["access"].of_type(f"AWS::IAM::{kind}") for kind in ("Role", "Policy"))
    documents = [(role, each["PolicyDocument"]) for role, item in roles.items() for each in item.get("Policies", [])]
    documents += [(role, each["PolicyDocument"]) for each in beside.values() for role in each["Roles"]]
    for role, document in documents:
        for statement in document["Statement"]:
            assert statement["Effect"] == "Allow"
            yield role, statement


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _allowed(stacks: dict[str, Stack], role: str, action: str, resource: str) -> bool:
    """IAM's matching as far as these policies use it: exact actions, ``*`` in resources."""
    return any(
        action in _listed(statement["Action"])
        and any(fnmatchcase(resource, pattern) for pattern in _listed(statement["Resource"]))
        for owner, statement in _statements(stacks)
        if owner == role
    )


@pytest.mark.parametrize(("role", "action", "resource"), GRANTED)
def test_granted(stacks: dict[str, Stack], role: str, action: str, resource: str) -> None:
    assert _allowed(stacks, role, action, resource)


@pytest.mark.parametrize(("role", "action", "resource"), NOT_GRANTED)
def test_not_granted(stacks: dict[str, Stack], role: str, action: str, resource: str) -> None:
    assert not _allowed(stacks, role, action, resource)


def test_the_log_groups_that_may_be_exported_can_be_narrowed() -> None:
    narrowed = deployed_stacks(ExportableLogGroups="/app/*")
    for action in ("logs:CreateExportTask", "logs:DescribeLogStreams"):
        assert _allowed(narrowed, "ExportRole", action, f"arn:aws:logs:{ACCOUNT}:log-group:/app/shop:log-stream:")
        assert not _allowed(narrowed, "ExportRole", action, f"arn:aws:logs:{ACCOUNT}:log-group:/pay:log-stream:")


def test_a_resource_is_a_star_only_where_the_action_takes_none(stacks: dict[str, Stack]) -> None:
    stars = {
        (role, action)
        for role, statement in _statements(stacks)
        if "*" in _listed(statement["Resource"])
        for action in _listed(statement["Action"])
    }
    assert stars == WITHOUT_RESOURCE


def test_metrics_are_written_to_a_namespace_of_our_own(stacks: dict[str, Stack]) -> None:
    """The action takes no resource, so only the condition limits it."""
    allowed = {
        role: statement["Condition"]
        for role, statement in _statements(stacks)
        if "cloudwatch:PutMetricData" in _listed(statement["Action"])
    }
    assert allowed == {
        "ExportRole": {"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        "ConvertRole": {"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
    }


def test_no_action_is_a_pattern(stacks: dict[str, Stack]) -> None:
    assert [
        action for _, statement in _statements(stacks) for action in _listed(statement["Action"]) if "*" in action
    ] == []


def test_buckets_are_listed_without_a_condition(stacks: dict[str, Stack]) -> None:
    """With an ``s3:prefix`` condition S3 answers 403, not 404, for a key that another run has removed."""
    for _, statement in _statements(stacks):
        if "s3:ListBucket" in _listed(statement["Action"]):
            assert "Condition" not in statement


SOURCES: dict[str, Any] = {
    "glue": {},
    "events": [
        f"arn:aws:events:{ACCOUNT}:rule/loglake-{name}"
        for name in ("request-object", "landed-object", "landed-found", "look-object", "catalog-object")
    ],
    "scheduler": f"arn:aws:scheduler:{ACCOUNT}:schedule-group/default",
}
"""The resources for which EventBridge and Scheduler may take on a role; Glue documents none."""


def test_roles_are_taken_on_for_this_account_alone_and_for_named_resources(stacks: dict[str, Stack]) -> None:
    for properties in stacks["access"].of_type("AWS::IAM::Role").values():
        (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
        source = SOURCES[statement["Principal"]["Service"].removesuffix(".amazonaws.com")]
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            **({"ArnEquals": {"aws:SourceArn": source}} if source else {}),
        }


def test_the_named_rules_and_the_group_are_those_of_the_stack_events(stacks: dict[str, Stack]) -> None:
    rules = stacks["events"].of_type("AWS::Events::Rule").values()
    assert sorted(SOURCES["events"]) == sorted(f"arn:aws:events:{ACCOUNT}:rule/{rule['Name']}" for rule in rules)
    schedules = stacks["events"].of_type("AWS::Scheduler::Schedule").values()
    assert not any("GroupName" in schedule for schedule in schedules)  # the group is `default`


def test_roles_trust_one_service_and_carry_no_managed_policy(stacks: dict[str, Stack]) -> None:
    trusted = {}
    for role, properties in stacks["access"].of_type("AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in properties
        (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
        trusted[role] = statement["Principal"]["Service"].removesuffix(".amazonaws.com")
    assert trusted == {
        "ExportRole": "glue",
        "LookRole": "glue",
        "ConvertRole": "glue",
        "CrawlerRole": "glue",
        "EventsRole": "events",
        "SchedulerRole": "scheduler",
    }


def test_roles_are_passed_to_the_parts_that_they_are_for(stacks: dict[str, Stack]) -> None:
    outputs, lake, events = stacks["access"].outputs, stacks["log_lake"].resources, stacks["events"].resources
    assert lake["ExportLogs"]["Properties"]["Role"] == outputs["ExportRoleArn"]
    assert lake["LookLanding"]["Properties"]["Role"] == outputs["LookRoleArn"]
    assert lake["ConvertLogs"]["Properties"]["Role"] == outputs["ConvertRoleArn"]
    assert lake["CrawlLake"]["Properties"]["Role"] == outputs["CrawlerRoleArn"]
    assert events["RequestObject"]["Properties"]["Targets"][0]["RoleArn"] == outputs["EventsRoleArn"]
    assert events["ExportSchedule"]["Properties"]["Target"]["RoleArn"] == outputs["SchedulerRoleArn"]
