"""The deployed roles: their policies, their trust and their credentials."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import ClientError

from athena_duckdb.errors import ConfigError
from gluelocal.iam.conditions import Context
from gluelocal.iam.policies import Role, Statement, read_policy


def role_name(arn: str) -> str:
    """The name of a role; its ARN may contain a path."""
    return arn.rpartition("/")[2]


def read_role(iam: Any, name: str) -> Role:
    """A role with all its policies, inline and attached.

    Args:
        iam: a client for IAM.
        name: the role's name.

    Raises:
        ConfigError: the role doesn't exist.
    """
    try:
        response = iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        raise ConfigError(
            f"the role {name} is not in the deployed templates: add it, or the credentials end there"
        ) from error
    boundary = response.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return Role(
        name=name,
        arn=response["Arn"],
        statements=(*_inline(iam, name), *_attached(iam, name)),
        boundary=_managed(iam, boundary) if boundary else None,
        trust=_document(response["AssumeRolePolicyDocument"]),
    )


def boundary_of(iam: Any, members: Mapping[str, Any]) -> Context:
    """The condition key iam:PermissionsBoundary: the boundary that a call gives to a role, else the one that it has."""
    arn = members.get("PermissionsBoundary")
    if not arn and "RoleName" in members:
        with suppress(ClientError):  # there is no such role yet
            role = iam.get_role(RoleName=members["RoleName"])["Role"]
            arn = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return {"iam:permissionsboundary": (str(arn),)} if arn else {}


def _inline(iam: Any, name: str) -> list[Statement]:
    pages = iam.get_paginator("list_role_policies").paginate(RoleName=name)
    policies = [policy for page in pages for policy in page["PolicyNames"]]
    found = (iam.get_role_policy(RoleName=name, PolicyName=policy) for policy in policies)
    return [each for got in found for each in read_policy(got["PolicyName"], _document(got["PolicyDocument"]))]


def _attached(iam: Any, name: str) -> list[Statement]:
    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=name)
    arns = [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]]
    return [statement for arn in arns for statement in _managed(iam, arn)]


def _managed(iam: Any, arn: str) -> tuple[Statement, ...]:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return read_policy(arn.rpartition("/")[2], _document(document))


def _document(given: Any) -> Mapping[str, Any]:
    """A policy document. The API returns URL-encoded JSON, which botocore decodes."""
    document: Mapping[str, Any] = json.loads(unquote(given)) if isinstance(given, str) else given
    return document
