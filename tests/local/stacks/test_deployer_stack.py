"""The policies of the stack deployer alone are enough to deploy, change and delete all stacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
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
from loglake_cli.local.stack import LocalStack, StackSettings
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
CAPABILITY = ["CAPABILITY_NAMED_IAM"]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    settings = StackSettings(tmp_path_factory.mktemp("logs"), empty=True, enforce_iam=True)
    with LocalStack(Datasets.for_groups([LogGroupName("/app/shop")]), settings, SystemClock()) as stack:
        stack.client("logs").create_log_group(logGroupName="/app/live")
        yield stack


@pytest.fixture(scope="module")
def policies(account: LocalStack) -> dict[str, str]:
    """The ARNs of the policies and the names of the roles by logical id. An administrator deploys them."""
    given = {"GitHubRepository": "shop/logs", "LakeFormation": "on"}
    made = deploy(DEPLOYER_TEMPLATE, "loglake-deployer", given, account.client)
    return {name: each.physical_id for name, each in made.resources.items()}


def clients_of(account: LocalStack, role: str) -> Callable[[str], Any]:
    """Clients with the credentials of a role."""
    arn = account.client("iam").get_role(RoleName=role)["Role"]["Arn"]
    taken = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"]
    key = AccessKey(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"])
    return lambda service: account.aws.client_as(key, service)


def with_policies(account: LocalStack, name: str, arns: list[str]) -> Deployer:
    """Deploys with the credentials of a new role that has policies."""
    iam = account.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    for arn in arns:
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    return Deployer(clients_of(account, name)("cloudformation"))


def given(values: dict[str, str]) -> dict[str, Any]:
    return {"parameters": values, "Capabilities": CAPABILITY}


def test_all_stacks_are_deployed_changed_and_deleted(account: LocalStack, policies: dict[str, str]) -> None:
    deployer = Deployer(clients_of(account, policies["DeployRole"])("cloudformation"))
    outputs: dict[str, str] = {"PermissionsBoundaryArn": policies["Boundary"]}
    deployed: dict[str, dict[str, str]] = {}
    for stack in ALL_STACKS:
        name, body = stack.stack_name("loglake"), stack.path.read_text()
        values = deployed[name] = parameters_for(load_template(stack.path).parameters, EVERY, outputs)
        made = deployer.create(name, body, **given(values))
        assert made["StackStatus"] == "CREATE_COMPLETE", deployer.reasons(name)
        outputs |= {each["OutputKey"]: each["OutputValue"] for each in made["Outputs"]}
    changes = {
        "log-lake": {"LagMinutes": "45"},
        "events": {"ScheduleState": "ENABLED"},
        "query": {"ScanLimitGB": "7"},
        "streaming": {"BufferSeconds": "300"},
        "monitoring": {"MostPendingAgeSeconds": "7200"},
        "budget": {"MonthlyBudgetUSD": "90"},
    }
    for stack in ALL_STACKS:
        if stack.name in changes:
            name, change = stack.stack_name("loglake"), changes[stack.name]
            values = parameters_for(load_template(stack.path).parameters, {**EVERY, **change}, outputs)
            deployed[name] = values
            changed = deployer.deploy(name, stack.path.read_text(), **given(values))
            assert changed["StackStatus"] == "UPDATE_COMPLETE", deployer.reasons(name)
    looking = with_policies(account, "ci-looks", [policies["LookPolicy"]])
    for stack in ALL_STACKS:
        name = stack.stack_name("loglake")
        plan = looking.plan(name, stack.path.read_text(), DeploymentMode="REVERT_DRIFT", **given(deployed[name]))
        assert (plan["Status"], plan.get("Changes", [])) == ("FAILED", []), "nothing has drifted"
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


ADMIN = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
ROLE = "loglake-access-ExportRole-new"


@pytest.fixture
def iam(account: LocalStack) -> Iterator[Any]:
    """An administrator's client. The roles that a test makes are removed."""
    client = account.client("iam")
    before = {role["RoleName"] for role in client.list_roles()["Roles"]}
    yield client
    for name in {role["RoleName"] for role in client.list_roles()["Roles"]} - before:
        for policy in client.list_role_policies(RoleName=name)["PolicyNames"]:
            client.delete_role_policy(RoleName=name, PolicyName=policy)
        client.delete_role(RoleName=name)


def refused(call: Callable[..., Any], **given: Any) -> bool:
    try:
        call(**given)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return True
    return False


def test_the_deployer_makes_no_role_that_may_more_than_the_boundary(
    account: LocalStack, policies: dict[str, str], iam: Any
) -> None:
    deployer = clients_of(account, policies["DeployRole"])("iam")
    new: dict[str, Any] = {"RoleName": ROLE, "AssumeRolePolicyDocument": json.dumps(TRUST)}
    wide = iam.create_policy(PolicyName="wide", PolicyDocument=json.dumps(ADMIN))["Policy"]["Arn"]
    put = {"PolicyName": "p", "PolicyDocument": json.dumps(ADMIN)}
    assert refused(deployer.create_role, **new)
    assert refused(deployer.create_role, **new, PermissionsBoundary=wide)
    assert refused(deployer.create_role, **{**new, "RoleName": "mine"}, PermissionsBoundary=policies["Boundary"])

    deployer.create_role(**new, PermissionsBoundary=policies["Boundary"])
    deployer.put_role_policy(RoleName=ROLE, **put)  # it may write whatever it likes
    assert refused(deployer.put_role_permissions_boundary, RoleName=ROLE, PermissionsBoundary=wide)
    assert refused(deployer.delete_role_permissions_boundary, RoleName=ROLE)
    assert refused(deployer.attach_role_policy, RoleName=ROLE, PolicyArn=wide)
    made = clients_of(account, ROLE)
    assert refused(made("iam").create_user, UserName="me")
    assert refused(made("iam").put_role_policy, RoleName=ROLE, **put)
    assert refused(made("iam").delete_role_permissions_boundary, RoleName=ROLE)
    assert refused(made("s3").list_buckets)

    iam.create_role(**{**new, "RoleName": "loglake-access-old"})  # as one that was made without a boundary
    assert refused(deployer.put_role_policy, RoleName="loglake-access-old", **put)


def test_the_deployer_changes_neither_its_policies_nor_the_boundary_nor_its_stack(
    account: LocalStack, policies: dict[str, str], iam: Any
) -> None:
    of_deployer = clients_of(account, policies["DeployRole"])
    deployer, formation = of_deployer("iam"), of_deployer("cloudformation")
    document = json.dumps(ADMIN)
    for name in ("Boundary", "LookPolicy", "RolesPolicy"):
        arn = policies[name]
        assert refused(deployer.create_policy_version, PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
        assert refused(deployer.set_default_policy_version, PolicyArn=arn, VersionId="v1")
        assert refused(deployer.delete_policy, PolicyArn=arn)
    for role in (policies["DeployRole"], policies["PlanRole"]):
        assert refused(deployer.put_role_policy, RoleName=role, PolicyName="p", PolicyDocument=document)
        assert refused(deployer.attach_role_policy, RoleName=role, PolicyArn=policies["Boundary"])
        assert refused(deployer.detach_role_policy, RoleName=role, PolicyArn=policies["RolesPolicy"])
        assert refused(deployer.update_assume_role_policy, RoleName=role, PolicyDocument=json.dumps(TRUST))
        assert refused(deployer.delete_role, RoleName=role)
    for name in ("loglake-query", "loglake-deployer"):
        its_own = name == "loglake-deployer"
        administrator = Deployer(account.client("cloudformation"))
        administrator.create(name, body_of({"Bucket": bucket(f"{name}-123456789012-us-east-1")}))
        changed = body_of({"Bucket": bucket(f"{name}-123456789012-us-east-1", policy="Retain")})
        change = {"StackName": name, "ChangeSetName": "plan"}
        assert refused(formation.create_change_set, **change, TemplateBody=changed, Capabilities=[]) is its_own
        if its_own:
            administrator.plan(name, changed)
            assert refused(formation.execute_change_set, **change)
        assert refused(formation.delete_stack, StackName=name) is its_own
