"""AWS::IAM::*: roles and policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from loglake_cli.local.cloud.managed_policies import know_managed_policy
from loglake_cli.local.templates.resource_types.base import Context, Created, ResourceType, resource_type, without


def _role(context: Context, properties: Mapping[str, Any]) -> Created:
    name = context.name(properties, "RoleName", longest=64)
    parameters = without(properties, "RoleName", "Policies", "ManagedPolicyArns", "AssumeRolePolicyDocument")
    trust = json.dumps(properties["AssumeRolePolicyDocument"])
    role = context.call("iam", "CreateRole", {**parameters, "RoleName": name, "AssumeRolePolicyDocument": trust})[
        "Role"
    ]
    for policy in properties.get("Policies", []):
        context.only(policy, {"PolicyName", "PolicyDocument"}, "Policies")
        _put_inline(context, name, policy["PolicyName"], policy["PolicyDocument"])
    for arn in properties.get("ManagedPolicyArns", []):
        know_managed_policy(context.account_id, context.partition, arn)
        context.call("iam", "AttachRolePolicy", {"RoleName": name, "PolicyArn": arn})
    return Created(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})


def _policy(context: Context, properties: Mapping[str, Any]) -> Created:
    for role in properties["Roles"]:
        _put_inline(context, role, properties["PolicyName"], properties["PolicyDocument"])
    return Created(context.name({}, "PolicyName"))


def _managed_policy(context: Context, properties: Mapping[str, Any]) -> Created:
    parameters = without(properties, "ManagedPolicyName", "PolicyDocument", "Roles")
    parameters["PolicyName"] = context.name(properties, "ManagedPolicyName", longest=128)
    parameters["PolicyDocument"] = json.dumps(properties["PolicyDocument"])
    policy = context.call("iam", "CreatePolicy", parameters)["Policy"]
    for role in properties.get("Roles", []):
        context.call("iam", "AttachRolePolicy", {"RoleName": role, "PolicyArn": policy["Arn"]})
    return Created(policy["Arn"], {"PolicyArn": policy["Arn"], "PolicyId": policy["PolicyId"]})


def _put_inline(context: Context, role: str, name: str, document: Any) -> None:
    parameters = {"RoleName": role, "PolicyName": name, "PolicyDocument": json.dumps(document)}
    context.call("iam", "PutRolePolicy", parameters)


TYPES: dict[str, ResourceType] = {
    "AWS::IAM::Role": resource_type(
        _role,
        "RoleName AssumeRolePolicyDocument Policies ManagedPolicyArns Path Description MaxSessionDuration "
        "PermissionsBoundary Tags",
    ),
    "AWS::IAM::Policy": resource_type(_policy, "PolicyName PolicyDocument Roles"),
    "AWS::IAM::ManagedPolicy": resource_type(
        _managed_policy, "ManagedPolicyName PolicyDocument Roles Path Description"
    ),
}
