"""Each call in the code of the jobs is allowed, and each allowed action is called: by the code, or by AWS for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache

import botocore.session
import pytest
from botocore import xform_name
from support.deployments.templates import all_deployed_stacks

from gluelocal.iam.policies import read_policy
from loglake_cli.deploy.calls import action_of
from loglake_cli.project_files import CLONE

pytestmark = pytest.mark.infra

SERVICES = ("cloudwatch", "dynamodb", "glue", "logs", "s3", "sqs")
OTHER_ACTIONS = {
    "dynamodb:TransactWriteItems": ("dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem"),
    "s3:CopyObject": ("s3:GetObject", "s3:PutObject"),
    "s3:HeadObject": ("s3:GetObject",),
}
"""Operations without an action of their own (user guides of S3, "Required permissions", and DynamoDB, "Transactions").

The transactions of convert-logs put, delete and check items; those of others only put some.
"""

BOTH = {"ExportRole", "ConvertRole"}
JOBS = {*BOTH, "LookRole"}
BY_THE_LOOK = {
    "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "logs:DeleteSubscriptionFilter",
    "logs:DescribeLogGroups", "logs:DescribeSubscriptionFilters", "logs:PutSubscriptionFilter", "s3:GetObject",
    "s3:ListBucket", "s3:PutObject", "sqs:GetQueueAttributes", "sqs:SendMessage",
}  # fmt: skip
"""What look-landing calls, and Glue for its script."""

NOT_BY_BOTH = {
    "cloudwatch:GetMetricStatistics": {"ExportRole"},
    "dynamodb:Scan": set(),  # status and its like read the whole ledger
    "dynamodb:ConditionCheckItem": {"ConvertRole"},
    "dynamodb:DeleteItem": {"ConvertRole"},
    "glue:BatchDeletePartition": {"ConvertRole"},
    "glue:GetCrawler": {"ExportRole"},
    "logs:CreateExportTask": {"ExportRole"},
    "logs:DeleteSubscriptionFilter": set(),
    "logs:DescribeExportTasks": {"ExportRole"},
    "logs:DescribeLogGroups": {"ExportRole"},
    "logs:DescribeLogStreams": {"ExportRole"},
    "logs:DescribeSubscriptionFilters": set(),
    "logs:FilterLogEvents": {"ExportRole"},
    "logs:PutSubscriptionFilter": set(),
    "sqs:ChangeMessageVisibility": {"ConvertRole"},
    "sqs:DeleteMessage": {"ConvertRole"},
    "sqs:GetQueueAttributes": {"ConvertRole"},
    "sqs:ReceiveMessage": {"ConvertRole"},
    "sqs:SendMessage": {"ConvertRole"},
}
"""Who makes the calls that not both jobs make."""

LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey")
KEY = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
GLUE = ("ec2:*", "glue:GetConnection", "glue:GetSecurityConfiguration")
CATALOG = ("glue:Get*", "glue:Create*", "glue:Update*", "glue:Batch*")
BY_AWS: dict[str, dict[str, tuple[str, ...]]] = {
    "ExportRole": {"Glue logs and places the job": (*LOGS, *GLUE), "S3 and the ledger use the key": KEY},
    "ConvertRole": {"Glue logs and places the job": (*LOGS, *GLUE), "S3 and the ledger use the key": KEY},
    "LookRole": {
        "Glue logs and places the job": (*LOGS, *GLUE),
        "S3, queue and ledger use the key": KEY,
        "CloudWatch Logs takes on the role of a filter": ("iam:PassRole",),
    },
    "CrawlerRole": {
        "the crawler reads the lake": ("s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"),
        "the crawler keeps the catalog": CATALOG,
        "the crawler logs": LOGS,
        "S3 and the catalog use the key": KEY,
    },
    "EventsRole": {"EventBridge wakes a workflow": ("glue:notifyEvent",)},
    "SchedulerRole": {
        "Scheduler puts a request, or says that it could not": ("s3:PutObject", "sqs:SendMessage"),
        "S3 and the queue use the key": KEY,
    },
    "DeliverRole": {
        "Firehose delivers, and goes on with an upload": (
            *("s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"),
            *("s3:ListBucketMultipartUploads", "s3:PutObject"),
        ),
        "Firehose logs its errors": ("logs:PutLogEvents",),
        "S3 uses the key": KEY,
    },
    "SubscribeRole": {"CloudWatch Logs hands events to Firehose": ("firehose:PutRecord", "firehose:PutRecordBatch")},
}
"""What AWS does in a role's name, by the reason: no call in the code asks for it."""


@cache
def called() -> frozenset[str]:
    """The actions of all calls in the adapters, which alone know boto3."""
    session = botocore.session.get_session()
    known = {
        xform_name(operation): (service, operation)
        for service in SERVICES
        for operation in session.get_service_model(service).operation_names
    }
    actions = set()
    for path in (CLONE / "glue_jobs" / "loglake" / "aws").glob("*.py"):
        for name in _methods(ast.parse(path.read_text())):
            if name in known:
                action = action_of(*known[name])
                actions |= set(OTHER_ACTIONS.get(action, (action,)))
    return frozenset(actions)


def _methods(tree: ast.Module) -> Iterator[str]:
    """The names of methods that are called, and those of paginators."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr
            if node.func.attr == "get_paginator":
                yield from (str(each.value) for each in node.args if isinstance(each, ast.Constant))


@cache
def granted() -> dict[str, set[str]]:
    """The actions of each role, with all parameters."""
    every = {
        "KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1",
        "CatalogKmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/2",
        "GlueConnectionName": "private",
        "SecurityConfiguration": "encrypted",
    }
    stacks = all_deployed_stacks(**every)
    found: dict[str, set[str]] = {}
    for name in ("access", "streaming"):
        of_roles = stacks[name].of_type("AWS::IAM::Role")
        documents = [
            (role, each["PolicyDocument"]) for role, item in of_roles.items() for each in item.get("Policies", [])
        ]
        for policy in stacks[name].of_type("AWS::IAM::Policy").values():
            documents += [(role, policy["PolicyDocument"]) for role in policy["Roles"]]
        for role, document in documents:
            actions = {action for statement in read_policy(role, document) for action in statement.actions}
            found.setdefault(role, set()).update(actions)
    return found


def test_each_call_of_a_job_is_allowed_to_its_role_and_to_no_other() -> None:
    assert called() >= set(NOT_BY_BOTH)
    for action in called():
        having = {role for role in BOTH if action in granted()[role]}
        assert having == NOT_BY_BOTH.get(action, BOTH), action
    assert {action for action in called() if action in granted()["LookRole"]} == BY_THE_LOOK


def test_each_action_is_called_by_the_code_or_by_aws() -> None:
    assert set(granted()) == set(BY_AWS)
    for role, actions in granted().items():
        known = [pattern for patterns in BY_AWS[role].values() for pattern in patterns]
        own = called() if role in JOBS else frozenset()
        unknown = {each for each in actions - own if not any(fnmatchcase(each, pattern) for pattern in known)}
        assert unknown == set(), role
    every = {pattern for reasons in BY_AWS.values() for patterns in reasons.values() for pattern in patterns}
    has = set().union(*granted().values())
    assert [pattern for pattern in every if not any(fnmatchcase(each, pattern) for each in has)] == []
