"""The policies of the stack deployer alone are enough to deploy, change and delete all stacks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.deployments.templates import GIVEN
from support.gluelocal.deployers import Deployer, body_of, bucket

from gluelocal.cloud.access_keys import AccessKey
from gluelocal.templates.provision import deploy
from gluelocal.templates.template import load_template
from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake_cli.deploy.stacks import ALL_STACKS, parameters_for
from loglake_cli.local.stack import LocalStack
from loglake_cli.local.stack_settings import StackSettings
from loglake_cli.project_files import DEPLOYER_TEMPLATE

pytestmark = pytest.mark.local

TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
}
EVERY = {
    **GIVEN,
    "LogGroups": "/app/live",
    "QueryTable": "app_shop",
    "AlarmEmail": "a@b.example",
    "MonthlyBudgetUSD": "50",
    "LakeFormation": "on",
}
CAPABILITY = ["CAPABILITY_IAM"]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    settings = StackSettings(tmp_path_factory.mktemp("logs"), empty=True, enforce_iam=True)
    with LocalStack(Datasets.for_groups([LogGroupName("/app/shop")]), settings, SystemClock()) as stack:
        stack.client("logs").create_log_group(logGroupName="/app/live")
        yield stack


@pytest.fixture(scope="module")
def policies(account: LocalStack) -> dict[str, str]:
    """The ARNs of the policies by logical id. An administrator deploys them."""
    made = deploy(DEPLOYER_TEMPLATE, "loglake-deployer", {}, account.client)
    return {name: each.physical_id for name, each in made.resources.items()}


def with_policies(account: LocalStack, name: str, arns: list[str]) -> Deployer:
    """Deploys with the credentials of a new role that has policies."""
    iam = account.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    for arn in arns:
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    taken = account.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="ci")["Credentials"]
    key = AccessKey(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"])
    return Deployer(account.aws.client_as(key, "cloudformation"))


def given(values: dict[str, str]) -> dict[str, Any]:
    return {"parameters": values, "Capabilities": CAPABILITY}


def test_all_stacks_are_deployed_changed_and_deleted(account: LocalStack, policies: dict[str, str]) -> None:
    deployer = with_policies(account, "ci-deploys", list(policies.values()))
    outputs: dict[str, str] = {}
    for stack in ALL_STACKS:
        name, body = stack.stack_name("loglake"), stack.path.read_text()
        values = parameters_for(load_template(stack.path).parameters, EVERY, outputs)
        made = deployer.create(name, body, **given(values))
        assert made["StackStatus"] == "CREATE_COMPLETE", deployer.reasons(name)
        outputs |= {each["OutputKey"]: each["OutputValue"] for each in made["Outputs"]}
    changes = {
        "log-lake": {"LagMinutes": "45"},
        "events": {"ScheduleState": "ENABLED"},
        "query": {"ScanLimitGB": "7"},
        "streaming": {"BufferSeconds": "300"},
        "monitoring": {"MostPendingAgeSeconds": "7200", "MonthlyBudgetUSD": "90"},
    }
    for stack in ALL_STACKS:
        if stack.name in changes:
            name, change = stack.stack_name("loglake"), changes[stack.name]
            values = parameters_for(load_template(stack.path).parameters, {**EVERY, **change}, outputs)
            changed = deployer.deploy(name, stack.path.read_text(), **given(values))
            assert changed["StackStatus"] == "UPDATE_COMPLETE", deployer.reasons(name)
    looking = with_policies(account, "ci-looks", [policies["LookPolicy"]])
    drifts = [drift for stack in ALL_STACKS for drift in looking.drift(stack.stack_name("loglake")).values()]
    assert {drift["StackResourceDriftStatus"] for drift in drifts} == {"IN_SYNC"}
    for stack in ALL_STACKS[::-1]:
        name = stack.stack_name("loglake")
        assert deployer.delete(name)["StackStatus"] == "DELETE_COMPLETE", deployer.reasons(name)


def test_who_plans_can_make_a_change_set_and_not_carry_it_out(account: LocalStack, policies: dict[str, str]) -> None:
    account_deployer = Deployer(account.client("cloudformation"))
    body = body_of({"Bucket": bucket("loglake-planned-123456789012-us-east-1")})
    account_deployer.create("loglake-planned", body)
    planner = with_policies(account, "ci-plans", [policies["LookPolicy"]])
    more = body_of({"Bucket": bucket("loglake-planned-123456789012-us-east-1", policy="Retain")})
    assert planner.plan("loglake-planned", more)["Status"] == "CREATE_COMPLETE"
    for call in (planner.client.execute_change_set, planner.client.delete_change_set):
        name = {"StackName": "loglake-planned", "ChangeSetName": "plan"}
        if call == planner.client.execute_change_set:
            with pytest.raises(ClientError, match="not authorized to perform: cloudformation:ExecuteChangeSet"):
                call(**name)
        else:
            call(**name)
    with pytest.raises(ClientError, match="not authorized to perform: cloudformation:DeleteStack"):
        planner.client.delete_stack(StackName="loglake-planned")
