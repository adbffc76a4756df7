"""With --enforce-iam a deployment can do what its role allows: its own calls, and those that CloudFormation makes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.gluelocal.deployers import Deployer, body_of, bucket, queue

from gluelocal.cloud.access_keys import AccessKey
from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake_cli.local.stack import LocalStack, StackSettings

pytestmark = pytest.mark.local

PLACE = "us-east-1:123456789012"
ALLOWED = {
    "cloudformation:*": f"arn:aws:cloudformation:{PLACE}:stack/mine-*/*",
    "sqs:*": f"arn:aws:sqs:{PLACE}:mine-*",
    "s3:*": "arn:aws:s3:::mine-*",
    "glue:*": f"arn:aws:glue:{PLACE}:job/mine-*",
    "iam:PassRole": "arn:aws:iam::123456789012:role/mine-*",
    "events:*": f"arn:aws:events:{PLACE}:rule/mine-*",
    "scheduler:*": f"arn:aws:scheduler:{PLACE}:schedule/default/mine-*",
    "iam:*Role*": "arn:aws:iam::123456789012:role/mine-*",
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
}


@pytest.fixture(scope="module")
def enforced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    settings = StackSettings(tmp_path_factory.mktemp("logs"), empty=True, enforce_iam=True)
    with LocalStack(Datasets.for_groups([LogGroupName("/app/shop")]), settings, SystemClock()) as stack:
        yield stack


@pytest.fixture(scope="module")
def limited(enforced: LocalStack) -> Deployer:
    """Deploys with the credentials of a role that is limited to names with ``mine-``."""
    iam = enforced.client("iam")
    role = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    statements = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in ALLOWED.items()]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName="deployer", PolicyName="mine", PolicyDocument=document)
    taken = enforced.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="ci")["Credentials"]
    key = AccessKey(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"])
    return Deployer(enforced.aws.client_as(key, "cloudformation"))


def job(name: str, role: str) -> dict[str, Any]:
    command = {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": "s3://code/x.py"}
    return {"Type": "AWS::Glue::Job", "Properties": {"Name": name, "Role": role, "Command": command}}


def test_what_the_role_allows_is_deployed(limited: Deployer) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "mine-role", "AssumeRolePolicyDocument": TRUST}}
    arn = "arn:aws:iam::123456789012:role/mine-role"
    rule = {"Name": "mine-rule", "EventPattern": {"source": ["aws.s3"]}}
    schedule = {
        "Name": "mine-tick",
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": "arn:aws:scheduler:::aws-sdk:s3:putObject", "RoleArn": arn, "Input": "{}"},
    }
    resources = {
        "Queue": queue("mine-queue"),
        "Role": role,
        "Job": {**job("mine-job", arn), "DependsOn": "Role"},
        "Rule": {"Type": "AWS::Events::Rule", "Properties": rule},
        "Tick": {"Type": "AWS::Scheduler::Schedule", "Properties": schedule},
    }
    stack = limited.create("mine-all", body_of(resources), Capabilities=["CAPABILITY_NAMED_IAM"])
    assert stack["StackStatus"] == "CREATE_COMPLETE", limited.reasons("mine-all")
    assert limited.delete("mine-all")["StackStatus"] == "DELETE_COMPLETE"


def test_another_stack_is_refused(limited: Deployer) -> None:
    with pytest.raises(
        ClientError, match=r"not authorized to perform: cloudformation:CreateChangeSet on resource: .*yours"
    ):
        limited.plan("yours", body_of({"Queue": queue("mine-queue")}), "CREATE")


@pytest.mark.parametrize(
    ("name", "resource", "action"),
    [
        ("bucket", bucket("yours"), "s3:ListBucket"),
        ("queue", queue("yours"), "sqs:CreateQueue"),
        ("job", job("yours", "mine-role"), "glue:CreateJob"),
        ("pass", job("mine-other", "yours"), "iam:PassRole"),
        ("rule", {"Type": "AWS::Events::Rule", "Properties": {"Name": "yours"}}, "events:PutRule"),
    ],
)
def test_what_a_stack_may_not_make_fails_it(
    limited: Deployer, name: str, resource: dict[str, Any], action: str
) -> None:
    stack = limited.create(f"mine-{name}", body_of({"Resource": resource}))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    (reason,) = limited.reasons(f"mine-{name}")
    assert f"assumed-role/deployer/ci is not authorized to perform: {action} on resource: " in reason.replace('"', "")
    assert "HandlerErrorCode: AccessDenied" in reason


def test_a_role_that_a_stack_changes_may_do_what_it_says_now(enforced: LocalStack, limited: Deployer) -> None:
    def role(action: str) -> str:
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        policy = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
        trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
        properties = {
            "RoleName": "mine-changed",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [policy],
        }
        return body_of({"Role": {"Type": "AWS::IAM::Role", "Properties": properties}})

    limited.create("mine-role", role("s3:GetObject"), Capabilities=["CAPABILITY_NAMED_IAM"])
    enforcement = enforced.access.enforcement
    assert enforcement is not None
    session = enforcement.take_on("mine-changed", "glue.amazonaws.com", f"arn:aws:glue:{PLACE}:job/j")
    s3 = enforced.aws.client_as(session.key, "s3")
    with pytest.raises(ClientError, match="s3:ListAllMyBuckets"):
        s3.list_buckets()
    limited.deploy("mine-role", role("s3:ListAllMyBuckets"), Capabilities=["CAPABILITY_NAMED_IAM"])
    assert "Buckets" in s3.list_buckets()
    limited.delete("mine-role")
    with pytest.raises(ClientError):
        s3.list_buckets()
