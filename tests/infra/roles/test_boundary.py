"""The boundary of the stack deployer allows what loglake's roles do, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from support.deployments.templates import all_deployed_stacks, one_deployed_stack

from gluelocal.iam.policies import Access, Role, read_policy
from loglake_cli.project_files import DEPLOYER_TEMPLATE

pytestmark = pytest.mark.infra

REGION = "eu-west-1"
KEY_OF_HASHES = {
    "RedactSecretArn": f"arn:aws:secretsmanager:{REGION}:123456789012:secret:redact-??????",
    "RedactParameterArn": f"arn:aws:ssm:{REGION}:123456789012:parameter/redact",
}
EVERY = {
    "KmsKeyArn": f"arn:aws:kms:{REGION}:123456789012:key/1",
    "CatalogKmsKeyArn": f"arn:aws:kms:{REGION}:123456789012:key/2",
    "GlueConnectionName": "private",
    "SecurityConfiguration": "encrypted",
    **KEY_OF_HASHES,
}
"""With these parameters the roles may do all that they may ever do."""

CONTEXT = {
    "cloudwatch:namespace": ("loglake",),
    "iam:passedtoservice": ("logs.amazonaws.com",),
    "kms:viaservice": (f"s3.{REGION}.amazonaws.com",),
}


def documents(prefix: str) -> Iterator[Mapping[str, Any]]:
    """The policies of all roles."""
    stacks = all_deployed_stacks(Prefix=prefix, **EVERY)
    for name in ("access", "streaming"):
        for role in stacks[name].of_type("AWS::IAM::Role").values():
            yield from (policy["PolicyDocument"] for policy in role.get("Policies", []))
        for policy in stacks[name].of_type("AWS::IAM::Policy").values():
            yield policy["PolicyDocument"]


def needed(prefix: str) -> set[tuple[str, str]]:
    """Each action of a role with its resource; wildcards stay as they are written."""
    statements = [each for document in documents(prefix) for each in read_policy("role", document)]
    pairs = {pair for each in statements for pair in each.pairs()}
    # Tests name what Ref gives of a log group or a role; the ARN follows from how the template composes it.
    role = f"arn:aws:iam::123456789012:role/{prefix}-streaming-"
    return {
        (action, resource.replace("arn:aws:iam::a:role/", role))
        for action, resource in pairs
        if not resource.startswith("arn:aws:logs:r:a:")
    }


def boundary(prefix: str, **given: str) -> Role:
    policy = one_deployed_stack(DEPLOYER_TEMPLATE, Prefix=prefix, **given).of_type("AWS::IAM::ManagedPolicy")[
        "Boundary"
    ]
    return Role("boundary", "", read_policy("boundary", policy["PolicyDocument"]))


@pytest.mark.parametrize("prefix", ["loglake", "team-a-logs"])
def test_it_is_in_the_way_of_no_role(prefix: str) -> None:
    limits = boundary(prefix, **KEY_OF_HASHES)
    refused = {(action, on) for action, on in needed(prefix) if not limits.decide(Access(action, on, CONTEXT)).allowed}
    assert refused == set()


def test_it_allows_no_action_that_no_role_has() -> None:
    allowed = {action for statement in boundary("loglake", **KEY_OF_HASHES).statements for action in statement.actions}
    assert not any("*" in action for action in allowed)
    assert allowed == {action for action, _ in needed("loglake")}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreateUser", "arn:aws:iam::123456789012:user/x"),
        ("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/loglake-access-ExportRole-1"),
        ("sts:AssumeRole", "arn:aws:iam::123456789012:role/admin"),
        ("s3:GetObject", "arn:aws:s3:::somebody-else/x"),
        ("s3:PutBucketPolicy", f"arn:aws:s3:::loglake-raw-123456789012-{REGION}"),
        ("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:123456789012:table/other"),
        ("glue:UpdateTable", f"arn:aws:glue:{REGION}:123456789012:table/other/x"),
        ("glue:UpdateJob", f"arn:aws:glue:{REGION}:123456789012:job/loglake-convert-logs"),
        ("logs:GetLogEvents", f"arn:aws:logs:{REGION}:123456789012:log-group:/app/shop"),
        ("logs:PutLogEvents", f"arn:aws:logs:{REGION}:123456789012:log-group:/app/shop:log-stream:x"),
        ("logs:PutRetentionPolicy", f"arn:aws:logs:{REGION}:123456789012:log-group:/aws-glue/jobs/output"),
    ],
)
def test_what_no_role_may_do_it_does_not_allow(action: str, resource: str) -> None:
    assert not boundary("loglake").decide(Access(action, resource, CONTEXT)).allowed


def test_keys_are_used_through_services_and_metrics_are_loglakes_own() -> None:
    limits = boundary("loglake")
    key = EVERY["KmsKeyArn"]
    assert not limits.decide(Access("kms:Decrypt", key, {"kms:viaservice": ("s3.us-east-1.amazonaws.com",)})).allowed
    assert not limits.decide(Access("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": ("AWS/Logs",)})).allowed


@pytest.mark.parametrize("path", ["/", "/delegated/logs/"])
@pytest.mark.parametrize("name_prefix", ["", "app-"])
def test_roles_have_the_path_and_the_names_that_an_account_asks_for(path: str, name_prefix: str) -> None:
    given = {"RolePath": path, "RoleNamePrefix": name_prefix, "LogGroups": "/app/live"}
    stacks = all_deployed_stacks(**given)
    deployer = one_deployed_stack(DEPLOYER_TEMPLATE, GitHubRepository="shop/logs", **given)
    making = {each["Sid"]: each for each in _statements(deployer, "RolesPolicy")}["MakeRoles"]["Resource"]
    for stack in ("access", "streaming"):
        for name, role in stacks[stack].of_type("AWS::IAM::Role").items():
            assert role["Path"] == path
            assert role.get("RoleName") == (f"app-loglake-{stack}-{name}" if name_prefix else None)
        assert f"arn:aws:iam::123456789012:role{path}{name_prefix}loglake-{stack}-*" in making
    for name, role in deployer.of_type("AWS::IAM::Role").items():
        assert role["Path"] == path
        assert role.get("RoleName") == (f"app-loglake-deployer-{name}" if name_prefix else None)


def _statements(stack: Any, name: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = stack.of_type("AWS::IAM::ManagedPolicy")[name]["PolicyDocument"]["Statement"]
    return found
