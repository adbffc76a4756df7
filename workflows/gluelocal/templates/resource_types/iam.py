"""AWS::IAM::*: roles, policies, and the providers whose tokens may assume a role."""

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
    deleting,
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


def _policy(context: Context, properties: Properties) -> Created:
    for role in properties["Roles"]:
        _put_inline(context, role, properties["PolicyName"], properties["PolicyDocument"])
    return Created(context.name({}, "PolicyName"))


def _update_policy(context: Context, existing: DeployedResource, properties: Properties) -> None:
    same = existing.properties["PolicyName"] == properties["PolicyName"]
    for role in set(existing.properties["Roles"]) - (set(properties["Roles"]) if same else set()):
        _delete_inline(context, role, [existing.properties["PolicyName"]])
    _policy(context, properties)


def _delete_policy(context: Context, existing: DeployedResource) -> None:
    for role in existing.properties["Roles"]:
        _delete_inline(context, role, [existing.properties["PolicyName"]])


def _managed_policy(context: Context, properties: Properties) -> Created:
    parameters = {
        **without(properties, "ManagedPolicyName"),
        "PolicyName": context.name(properties, "ManagedPolicyName", longest=128),
        "PolicyDocument": json.dumps(properties["PolicyDocument"]),
    }
    policy = context.call("iam", "CreatePolicy", parameters)["Policy"]
    return Created(policy["Arn"], {"PolicyArn": policy["Arn"], "PolicyId": policy["PolicyId"]})


def _update_managed_policy(context: Context, existing: DeployedResource, properties: Properties) -> None:
    """A policy has at most five versions, so unused ones are deleted before the new document becomes the default."""
    policy = {"PolicyArn": existing.physical_id}
    _delete_versions(context, existing)
    document = json.dumps(properties["PolicyDocument"])
    context.call("iam", "CreatePolicyVersion", {**policy, "PolicyDocument": document, "SetAsDefault": True})


def _delete_managed_policy(context: Context, existing: DeployedResource) -> None:
    _delete_versions(context, existing)
    context.call("iam", "DeletePolicy", {"PolicyArn": existing.physical_id})


def _delete_versions(context: Context, existing: DeployedResource) -> None:
    """Deletes all versions except the default one."""
    policy = {"PolicyArn": existing.physical_id}
    for version in context.call("iam", "ListPolicyVersions", policy)["Versions"]:
        if not version["IsDefaultVersion"]:
            context.call("iam", "DeletePolicyVersion", {**policy, "VersionId": version["VersionId"]})


def _put_inline(context: Context, role: str, name: str, document: Any) -> None:
    policy = json.dumps(document)
    context.call("iam", "PutRolePolicy", {"RoleName": role, "PolicyName": name, "PolicyDocument": policy})


def _provider(context: Context, properties: Properties) -> Created:
    """If no thumbprint is given, IAM finds it itself (API reference); moto's IAM requires a list."""
    parameters = {
        "Url": properties["Url"],
        "ThumbprintList": [],
        **picked(properties, "ThumbprintList", "Tags"),
        "ClientIDList": properties.get("ClientIdList", []),
    }
    arn = context.call("iam", "CreateOpenIDConnectProvider", parameters)["OpenIDConnectProviderArn"]
    return Created(arn, {"Arn": arn})


def _update_provider(context: Context, existing: DeployedResource, properties: Properties) -> None:
    if changed(existing, properties, "ClientIdList", "Tags"):
        raise context.error("the local runtime can change the ThumbprintList alone")
    if properties.get("ThumbprintList"):
        named = {"OpenIDConnectProviderArn": existing.physical_id, "ThumbprintList": properties["ThumbprintList"]}
        context.call("iam", "UpdateOpenIDConnectProviderThumbprint", named)


def _read_provider(context: Context, existing: DeployedResource) -> Properties:
    found = context.call("iam", "GetOpenIDConnectProvider", {"OpenIDConnectProviderArn": existing.physical_id})
    return {"ClientIdList": found.get("ClientIDList", [])}


TYPES: dict[str, ResourceType] = {
    "AWS::IAM::Role": resource_type(
        _role,
        "RoleName AssumeRolePolicyDocument Policies ManagedPolicyArns Path Description MaxSessionDuration "
        "PermissionsBoundary Tags",
        update=_update_role,
        delete=_delete_role,
        read=_read_role,
    ),
    "AWS::IAM::Policy": resource_type(
        _policy, "PolicyName PolicyDocument Roles", update=_update_policy, delete=_delete_policy
    ),
    "AWS::IAM::ManagedPolicy": resource_type(
        _managed_policy,
        "ManagedPolicyName PolicyDocument Path Description",
        update=_update_managed_policy,
        delete=_delete_managed_policy,
    ),
    "AWS::IAM::OIDCProvider": resource_type(
        _provider,
        "Url ClientIdList ThumbprintList Tags",
        update=_update_provider,
        delete=deleting("iam", "DeleteOpenIDConnectProvider", "OpenIDConnectProviderArn"),
        read=_read_provider,
    ),
}
