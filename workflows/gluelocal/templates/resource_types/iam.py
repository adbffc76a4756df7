"""AWS::IAM::Role."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from gluelocal.templates.resource_types.base import (
    Context,
    Created,
    DeployedResource,
    Properties,
    ResourceType,
    changed,
    picked,
    resource_type,
    without,
)


def _role(context: Context, properties: Properties) -> Created:
    name = context.name(properties, "RoleName", longest=64)
    parameters = without(properties, "RoleName", "Policies", "ManagedPolicyArns", "AssumeRolePolicyDocument")
    parameters |= {"RoleName": name, "AssumeRolePolicyDocument": _trust(properties)}
    made = Created(name, picked(context.call("iam", "CreateRole", parameters)["Role"], "Arn", "RoleId"))
    context.begun.append(made)
    _put_policies(context, name, properties)
    _attach(context, name, properties.get("ManagedPolicyArns", []))
    return made


def _trust(properties: Properties) -> str:
    """The trust policy, which a template may write as text: a key of it that has a parameter can't be written else."""
    document = properties["AssumeRolePolicyDocument"]
    return document if isinstance(document, str) else json.dumps(document)


def _update_role(context: Context, existing: DeployedResource, properties: Properties) -> None:
    role = {"RoleName": existing.physical_id}
    if changed(existing, properties, "AssumeRolePolicyDocument"):
        context.call("iam", "UpdateAssumeRolePolicy", {**role, "PolicyDocument": _trust(properties)})
    if changed(existing, properties, "Description", "MaxSessionDuration"):
        given = {"Description": "", "MaxSessionDuration": 3600, **properties}
        context.call("iam", "UpdateRole", {**role, **picked(given, "Description", "MaxSessionDuration")})
    if changed(existing, properties, "PermissionsBoundary"):
        boundary = picked(properties, "PermissionsBoundary")
        operation = "PutRolePermissionsBoundary" if boundary else "DeleteRolePermissionsBoundary"
        context.call("iam", operation, {**role, **boundary})
    _delete_inline(context, existing.physical_id, _policy_names(existing.properties) - _policy_names(properties))
    _put_policies(context, existing.physical_id, properties)
    before, after = (set(some.get("ManagedPolicyArns", [])) for some in (existing.properties, properties))
    _detach(context, existing.physical_id, before - after)
    _attach(context, existing.physical_id, after - before)


def _delete_role(context: Context, existing: DeployedResource) -> None:
    _delete_inline(context, existing.physical_id, _policy_names(existing.properties))
    _detach(context, existing.physical_id, existing.properties.get("ManagedPolicyArns", []))
    context.call("iam", "DeleteRole", {"RoleName": existing.physical_id})


def _read_role(context: Context, existing: DeployedResource) -> Properties:
    role = {"RoleName": existing.physical_id}
    found = context.call("iam", "GetRole", role)["Role"]
    names = context.call("iam", "ListRolePolicies", role)["PolicyNames"]
    policies = [context.call("iam", "GetRolePolicy", {**role, "PolicyName": name}) for name in names]
    declared, trust = existing.properties["AssumeRolePolicyDocument"], found["AssumeRolePolicyDocument"]
    attached = context.call("iam", "ListAttachedRolePolicies", role)["AttachedPolicies"]
    return {
        "RoleName": found["RoleName"],
        "Path": found["Path"],
        "AssumeRolePolicyDocument": declared if json.loads(_trust(existing.properties)) == trust else trust,
        "Policies": [picked(policy, "PolicyName", "PolicyDocument") for policy in policies],
        "ManagedPolicyArns": [policy["PolicyArn"] for policy in attached],
        **{key: found.get(key) or None for key in ("Description", "MaxSessionDuration")},
        "PermissionsBoundary": found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
    }


def _policy_names(properties: Properties) -> set[str]:
    return {policy["PolicyName"] for policy in properties.get("Policies", [])}


def _put_policies(context: Context, role: str, properties: Properties) -> None:
    for policy in properties.get("Policies", []):
        context.only(policy, {"PolicyName", "PolicyDocument"}, "Policies")
        _put_inline(context, role, policy["PolicyName"], policy["PolicyDocument"])


def _delete_inline(context: Context, role: str, names: Iterable[str]) -> None:
    for name in sorted(names):
        context.call("iam", "DeleteRolePolicy", {"RoleName": role, "PolicyName": name})


def _attach(context: Context, role: str, arns: Iterable[str]) -> None:
    for arn in sorted(arns):
        know_managed_policy(context.account_id, context.partition, arn)
        context.call("iam", "AttachRolePolicy", {"RoleName": role, "PolicyArn": arn})


def know_managed_policy(account_id: str, partition: str, arn: str) -> None:
    """Makes moto know an AWS managed policy; does nothing if `arn` names none.

    moto has them all, but can only load all of them or none.
    """
    backend = iam_backends[account_id][partition]
    if ":iam::aws:policy/" not in arn or arn in backend.managed_policies:
        return
    name = arn.rpartition("/")[2]
    data = json.loads(aws_managed_policies_data).get(name)
    policy = AWSManagedPolicy.from_data(name, account_id, backend.region_name, data) if data else None
    if policy and policy.arn == arn:
        backend.managed_policies[arn] = policy


def _detach(context: Context, role: str, arns: Iterable[str]) -> None:
    for arn in sorted(arns):
        context.call("iam", "DetachRolePolicy", {"RoleName": role, "PolicyArn": arn})


def _put_inline(context: Context, role: str, name: str, document: Any) -> None:
    policy = json.dumps(document)
    context.call("iam", "PutRolePolicy", {"RoleName": role, "PolicyName": name, "PolicyDocument": policy})


TYPES: dict[str, ResourceType] = {
    "AWS::IAM::Role": resource_type(
        _role,
        "RoleName AssumeRolePolicyDocument Policies ManagedPolicyArns Path Description MaxSessionDuration "
        "PermissionsBoundary Tags",
        update=_update_role,
        delete=_delete_role,
        read=_read_role,
    ),
}
