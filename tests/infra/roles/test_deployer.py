"""The stack deployer allows deploying all stacks, only to the named repository, and nothing more."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from support.deployments.permissions import NEEDED
from support.deployments.templates import PSEUDO, all_deployed_stacks, one_deployed_stack

from gluelocal.templates.template_yaml import load_yaml
from loglake_cli.deploy.stacks import ALL_STACKS
from loglake_cli.operations.doctor import examination as actions
from loglake_cli.project_files import DEPLOYER_TEMPLATE

pytestmark = pytest.mark.infra

REPOSITORY = {"GitHubRepository": "shop/logs"}
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
LONGEST = 6144
"""Characters of a managed policy without white space (IAM quotas)."""

NOT_MADE = {
    "dynamodb:*Replica": "the ledger is in one Region",
    "dynamodb:*Item": "it is made empty",
    "dynamodb:*Import*": "it is made empty",
    "dynamodb:Query": "it is made empty",
    "dynamodb:Scan": "it is made empty",
    "dynamodb:*KinesisStreamingDestination": "it streams to nobody",
    "dynamodb:*ResourcePolicy": "it has no policy of its own",
    "dynamodb:Update[CT]*": "it has neither insights nor a time to live",
    "glue:*Connection": "the database has no connection",
    "iam:??tachRolePolicy": "the roles of a deployment have no managed policies",
    "iam:*GroupPolicy": "policies are of roles alone",
    "iam:*UserPolicy": "policies are of roles alone",
    "iam:DeleteRolePermissionsBoundary": "who may take a boundary away is not limited by it",
    "iam:CreateServiceLinkedRole": "there is no table with replicas or autoscaling",
    "kinesis:*": "the ledger streams to nobody",
    "kms:ListAliases": "a key is given by its ARN",
    "logs:*DataProtectionPolicy": "log groups have none",
    "logs:*IndexPolicy": "log groups have none",
    "logs:*MetricExtraction*": "log groups have none",
    "logs:*ResourcePolicy": "log groups have none",
    "logs:*Transformer": "log groups have none",
    "logs:CreateLogDelivery": "no service delivers its logs",
    "logs:DeleteRetentionPolicy": "log groups always have a retention",
    "logs:Put[BL]*": "no tokens, no protection against deletion, and no events are written",
    "s3:*Abac": "the templates do not set it",
    "s3:*Accelerate*": "the templates do not set it",
    "s3:*Acl": "buckets have no ACL",
    "s3:*Analytics*": "the templates do not set it",
    "s3:*C[Oo][Rr][Ss]": "the templates do not set it",
    "s3:*IntelligentTiering*": "the templates do not set it",
    "s3:*Inventory*": "the templates do not set it",
    "s3:*Metadata*": "the templates do not set it",
    "s3:*Metrics*": "the templates do not set it",
    "s3:*Multipart*": "for results of queries, which whoever deploys does not make",
    "s3:*ObjectLock*": "the templates do not set it",
    "s3:*Replication*": "the templates do not set it",
    "s3:*Website": "the templates do not set it",
    "s3:DeleteBucket[EL]*": "each bucket keeps its encryption and its rules",
    "s3:DeleteObject": "a bucket that holds something is not deleted",
    "s3:REST.PUT.OBJECT": "no service delivers its logs",
    "s3tables:*": "buckets have no metadata tables",
    "sns:PutDataProtectionPolicy": "the topic has none",
}
"""Calls that a handler of AWS may make, and makes for none of the templates' resources: by action, with the reason."""

ACCOUNT = "eu-west-1:123456789012"
NAMED = {
    "AWS::S3::Bucket": ("s3:CreateBucket", "BucketName", "arn:aws:s3:::{}"),
    "AWS::DynamoDB::Table": ("dynamodb:CreateTable", "TableName", f"arn:aws:dynamodb:{ACCOUNT}:table/{{}}"),
    "AWS::SQS::Queue": ("sqs:CreateQueue", "QueueName", f"arn:aws:sqs:{ACCOUNT}:{{}}"),
    "AWS::Glue::Job": ("glue:CreateJob", "Name", f"arn:aws:glue:{ACCOUNT}:job/{{}}"),
    "AWS::Glue::Crawler": ("glue:CreateCrawler", "Name", f"arn:aws:glue:{ACCOUNT}:crawler/{{}}"),
    "AWS::Glue::Trigger": ("glue:CreateTrigger", "Name", f"arn:aws:glue:{ACCOUNT}:trigger/{{}}"),
    "AWS::Glue::Workflow": ("glue:CreateWorkflow", "Name", f"arn:aws:glue:{ACCOUNT}:workflow/{{}}"),
    "AWS::Events::Rule": ("events:PutRule", "Name", f"arn:aws:events:{ACCOUNT}:rule/{{}}"),
    "AWS::Scheduler::Schedule": (
        "scheduler:CreateSchedule",
        "Name",
        f"arn:aws:scheduler:{ACCOUNT}:schedule/default/{{}}",
    ),
    "AWS::Athena::WorkGroup": ("athena:CreateWorkGroup", "Name", f"arn:aws:athena:{ACCOUNT}:workgroup/{{}}"),
    "AWS::Athena::NamedQuery": ("athena:CreateNamedQuery", "WorkGroup", f"arn:aws:athena:{ACCOUNT}:workgroup/{{}}"),
    "AWS::KinesisFirehose::DeliveryStream": (
        "firehose:CreateDeliveryStream",
        "DeliveryStreamName",
        f"arn:aws:firehose:{ACCOUNT}:deliverystream/{{}}",
    ),
    "AWS::Logs::LogGroup": (
        "logs:CreateLogGroup",
        "LogGroupName",
        f"arn:aws:logs:{ACCOUNT}:log-group:{{}}:log-stream:",
    ),
    "AWS::Logs::LogStream": (
        "logs:CreateLogStream",
        "LogGroupName",
        f"arn:aws:logs:{ACCOUNT}:log-group:{{}}:log-stream:S",
    ),
    "AWS::Logs::AccountPolicy": ("logs:PutAccountPolicy", "PolicyName", "*"),
    "AWS::SNS::Topic": ("sns:CreateTopic", "TopicName", f"arn:aws:sns:{ACCOUNT}:{{}}"),
    "AWS::SNS::Subscription": ("sns:Subscribe", "TopicArn", f"arn:aws:sns:{ACCOUNT}:{{}}"),
    "AWS::CloudWatch::Alarm": ("cloudwatch:PutMetricAlarm", "AlarmName", f"arn:aws:cloudwatch:{ACCOUNT}:alarm:{{}}"),
    "AWS::CloudWatch::Dashboard": (
        "cloudwatch:PutDashboard",
        "DashboardName",
        "arn:aws:cloudwatch::123456789012:dashboard/{}",
    ),
}
"""What makes a resource, by which property its ARN has (Service Authorization Reference)."""


def policies(**given: str) -> dict[str, list[dict[str, Any]]]:
    """The statements of each policy that allow something, by its logical id. The boundary allows nothing by itself."""
    found = one_deployed_stack(DEPLOYER_TEMPLATE, **given).of_type("AWS::IAM::ManagedPolicy")
    found.pop("Boundary", None)
    every = {name: policy["PolicyDocument"]["Statement"] for name, policy in found.items()}
    return {name: [each for each in statements if each["Effect"] == "Allow"] for name, statements in every.items()}


def texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def allowed(statements: Iterable[dict[str, Any]], action: str, resource: str) -> bool:
    return any(
        any(fnmatchcase(action, pattern) for pattern in texts(each["Action"]))
        and any(fnmatchcase(resource, pattern) for pattern in texts(each["Resource"]))
        for each in statements
    )


SHARED = ("crawlers", "python-jobs/output", "python-jobs/error", "jobs/output", "other-convert-logs/output")


@pytest.mark.parametrize(("given", "may"), [({}, ()), ({"SharedLogs": "on"}, SHARED[:3])])
def test_log_groups_of_other_teams_are_changed_only_if_somebody_allowed_it(
    given: dict[str, str], may: tuple[str, ...]
) -> None:
    every = [each for policy in policies(**given, Destroy="on").values() for each in policy]
    for action in ("CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy"):
        arns = {name: f"arn:aws:logs:{ACCOUNT}:log-group:/aws-glue/{name}:log-stream:" for name in SHARED}
        found = tuple(name for name, arn in arns.items() if allowed(every, f"logs:{action}", arn))
        assert found == (() if action == "DeleteLogGroup" else may), action


def deploying() -> list[dict[str, Any]]:
    """The permissions for CloudFormation; smoke tests and deleting data don't use it."""
    others = {"DestroyPolicy", "SmokePolicy"}
    given = policies(KmsKeyArn=KEY, LakeFormation="on")
    return [each for name, statements in given.items() if name not in others for each in statements]


def types() -> set[str]:
    return {item["Type"] for stack in ALL_STACKS for item in load_yaml(stack.path)["Resources"].values()}


def handler_actions() -> Iterator[tuple[str, str]]:
    """The calls of AWS's handlers for the templates' resource types, as AWS documents them."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # noqa: PLC0415 - takes a second, in each process

    for kind in sorted(types()):
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        for handler in ("create", "read", "update", "delete"):
            for action in schema.get("handlers", {}).get(handler, {}).get("permissions", []):
                yield kind, action


def test_each_call_of_a_resource_is_granted_or_known_not_to_be_made() -> None:
    granted = [pattern for each in deploying() for pattern in texts(each["Action"])]
    missing = {
        action for _, action in handler_actions() if not any(fnmatchcase(action, pattern) for pattern in granted)
    }
    unexplained = {action for action in missing if not any(fnmatchcase(action, known) for known in NOT_MADE)}
    assert unexplained == set()
    assert [known for known in NOT_MADE if not any(fnmatchcase(action, known) for action in missing)] == []


BY_AWS = {
    "cloudformation:BatchDescribeTypeConfigurations": "detecting the drift of a stack asks for it",
    "cloudformation:DetectStackResourceDrift": "detecting the drift of a stack asks for it",
    "cloudformation:TagResource": "a change set with tags asks for it",
    "cloudformation:UntagResource": "a change set without a tag asks for it",
    "kms:ReEncrypt*": "DynamoDB gives a table another key with the rights of whoever asks for it",
    "glue:GetPartitions": "Athena reads the catalog with the rights of whoever queries",
}
"""Actions that no call has the name of, with what needs them."""


def test_each_action_that_is_granted_is_called() -> None:
    called = {
        *(action for _, action in handler_actions()),
        *(each.action for each in NEEDED),
        *actions.ACTIONS,
        *actions.SMOKE_ACTIONS,
    }
    granted = {
        pattern
        for statements in policies(
            Destroy="on", SharedLogs="on", LakeFormation="on", KmsKeyArn=KEY, CatalogKmsKeyArn=KEY
        ).values()
        for each in statements
        for pattern in texts(each["Action"])
    }
    unused = {pattern for pattern in granted if not any(fnmatchcase(action, pattern) for action in called)}
    assert unused == set(BY_AWS)


@pytest.mark.parametrize("prefix", ["loglake", "team-a-logs"])
def test_each_resource_may_be_made_under_its_name(prefix: str) -> None:
    every = {
        "Prefix": prefix,
        "QueryTable": "app_shop",
        "AlarmEmail": "a@b.example",
        "MonthlyBudgetUSD": "50",
    }
    stacks = [
        *all_deployed_stacks(**every).values(),
        all_deployed_stacks(Prefix=prefix, Subscribe="Account")["streaming"],
    ]
    statements = [each for policy in policies(Prefix=prefix).values() for each in policy]
    tried = set()
    for stack in stacks:
        for kind, (action, name, arn) in NAMED.items():
            for properties in stack.of_type(kind).values():
                tried.add(kind)
                assert allowed(statements, action, arn.format(properties[name])), (kind, properties[name])
    assert tried == set(NAMED)
    assert allowed(
        statements, "budgets:ModifyBudget", f"arn:aws:budgets::123456789012:budget/{prefix}-eu-west-1-monthly-cost"
    )


def test_stacks_are_those_of_a_deployment() -> None:
    """Others have names that begin with the prefix, too, such as those of another prefix or the deployer's own."""
    every = [each for policy in policies(Destroy="on").values() for each in policy]
    for action in ("cloudformation:ExecuteChangeSet", "cloudformation:DeleteStack"):
        for name in (*(stack.name for stack in ALL_STACKS), "deployer", "network", "two-access"):
            arn = f"arn:aws:cloudformation:{ACCOUNT}:stack/loglake-{name}/1"
            assert allowed(every, action, arn) == (name in {stack.name for stack in ALL_STACKS}), name


def test_roles_are_those_of_the_stacks_and_never_its_own() -> None:
    """CloudFormation names a role after its stack and its logical id."""
    statements = policies(Destroy="on")
    every = [each for policy in statements.values() for each in policy]
    having = {
        stack.name
        for stack in ALL_STACKS
        if any(item["Type"] == "AWS::IAM::Role" for item in load_yaml(stack.path)["Resources"].values())
    }
    role = "arn:aws:iam::123456789012:role/loglake-{}-ExportRole-ABC"
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:PassRole"):
        for name in (*(stack.name for stack in ALL_STACKS), "deployer"):
            assert allowed(every, action, role.format(name)) == (name in having), (action, name)
    (passing,) = [each for each in every if each["Action"] == "iam:PassRole"]
    assert passing["Condition"]["StringEquals"]["iam:PassedToService"] == [
        f"{service}.amazonaws.com" for service in ("events", "firehose", "glue", "logs", "scheduler")
    ]
    assert not any("iam:AttachRolePolicy" in texts(each["Action"]) for each in every)


def test_a_boundary_is_asked_for_on_every_role_that_is_made() -> None:
    for given, boundary in (({}, "Boundary"), ({"PermissionsBoundaryArn": BOUNDARY}, BOUNDARY)):
        stack = one_deployed_stack(DEPLOYER_TEMPLATE, **given, **REPOSITORY)
        found = {each["Sid"]: each for each in policies(**given)["RolesPolicy"]}
        assert found["MakeRoles"]["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": boundary}}
        assert stack.outputs["PermissionsBoundaryArn"] == boundary
        assert ("Boundary" in stack.resources) is (not given)
        roles = stack.of_type("AWS::IAM::Role").values()
        assert {role.get("PermissionsBoundary") for role in roles} == {given.get("PermissionsBoundaryArn")}


READS = ("Get", "List", "Describe", "BatchDescribe", "View", "Simulate", "Detect")


def test_who_plans_changes_nothing() -> None:
    """A change set that nobody executes changes nothing."""
    actions = {action.partition(":")[2] for each in policies()["LookPolicy"] for action in texts(each["Action"])}
    assert {action for action in actions if not action.startswith(READS)} == {
        "CreateChangeSet",
        "DeleteChangeSet",
        "ValidateTemplate",
    }
    roles = one_deployed_stack(DEPLOYER_TEMPLATE, **REPOSITORY).of_type("AWS::IAM::Role")
    assert roles["PlanRole"]["ManagedPolicyArns"] == ["LookPolicy"]
    assert roles["DeployRole"]["ManagedPolicyArns"] == [
        f"{name}Policy" for name in ("Look", "Pipeline", "Roles", "Extras", "Smoke")
    ]


def test_the_provider_is_made_once_and_outlives_the_stack() -> None:
    stack = one_deployed_stack(DEPLOYER_TEMPLATE, **REPOSITORY)
    provider = stack.resources["Provider"]
    assert (provider["DeletionPolicy"], provider["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert provider["Properties"]["ClientIdList"] == ["sts.amazonaws.com"]
    assert one_deployed_stack(DEPLOYER_TEMPLATE).of_type("AWS::IAM::Role") == {}


def test_only_services_get_grants_for_the_key() -> None:
    """The deployer could give any account the key for good otherwise."""
    every = [each for policy in policies(KmsKeyArn=KEY).values() for each in policy]
    granting = [each for each in every if allowed([each], "kms:CreateGrant", KEY)]
    assert [each["Condition"] for each in granting] == [{"Bool": {"kms:GrantIsForAWSResource": "true"}}]


@pytest.mark.parametrize(("value", "may"), [("off", False), ("on", True)])
def test_grants_in_lake_formation_are_made_only_if_somebody_allowed_it(value: str, may: bool) -> None:
    every = [each for policy in policies(LakeFormation=value).values() for each in policy]
    assert allowed(every, "lakeformation:GrantPermissions", "*") is may


@pytest.mark.parametrize(("destroy", "may"), [("off", False), ("on", True)])
def test_what_is_collected_is_deleted_only_if_somebody_allowed_it(destroy: str, may: bool) -> None:
    every = [each for policy in policies(Destroy=destroy).values() for each in policy]
    assert allowed(every, "s3:DeleteObject", "arn:aws:s3:::loglake-raw-123456789012-eu-west-1/exports/x") is may


def test_iam_takes_the_policies_whatever_the_prefix_and_the_region() -> None:
    pseudo = {**PSEUDO, "AWS::Region": "ap-southeast-1"}
    given = {"Prefix": "abcdefghijklmnop", "PermissionsBoundaryArn": BOUNDARY, "Destroy": "on"}
    stack = one_deployed_stack(DEPLOYER_TEMPLATE, pseudo, **given)
    for name, policy in stack.of_type("AWS::IAM::ManagedPolicy").items():
        assert len(json.dumps(policy["PolicyDocument"], separators=(",", ":"))) <= LONGEST, name


def test_the_template_is_deployed_without_a_bucket() -> None:
    """`aws cloudformation deploy` asks for one if a template has more than 51,200 bytes."""
    assert DEPLOYER_TEMPLATE.stat().st_size <= 51_200


def test_what_the_commands_call_themselves_is_granted() -> None:
    """A grant may be narrower than the list, such as one bucket."""
    statements = [each for policy in policies(Destroy="on", SharedLogs="on").values() for each in policy]
    for each in NEEDED:
        if not {"deploy", "destroy"} & set(each.commands):  # only a person runs init, which reads log groups
            continue
        needed = each.arn("aws", "eu-west-1", "123456789012", "loglake")
        granted = [
            resource
            for statement in statements
            if any(fnmatchcase(each.action, pattern) for pattern in texts(statement["Action"]))
            for resource in texts(statement["Resource"])
        ]
        assert any(fnmatchcase(needed, one) or fnmatchcase(one, needed) for one in granted), (each.action, needed)


def test_what_doctor_reads_is_granted_to_who_plans_and_what_it_tries_to_who_deploys() -> None:
    found = policies()

    def missing(wanted: Iterable[str], *names: str) -> list[str]:
        granted = [pattern for name in names for each in found[name] for pattern in texts(each["Action"])]
        return [action for action in wanted if not any(fnmatchcase(action, pattern) for pattern in granted)]

    assert missing(actions.ACTIONS, "LookPolicy") == []
    assert missing(actions.SMOKE_ACTIONS, "LookPolicy", "PipelinePolicy", "SmokePolicy") == []
