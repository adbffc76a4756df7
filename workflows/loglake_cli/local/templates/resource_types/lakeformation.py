"""AWS::LakeFormation::PrincipalPermissions. The embedded AWS stores the grants, but doesn't enforce them."""

from __future__ import annotations

from loglake_cli.local.templates.resource_types.base import (
    Context,
    Created,
    DeployedResource,
    Properties,
    ResourceType,
    resource_type,
)


def _principal_permissions(context: Context, properties: Properties) -> Created:
    context.call("lakeformation", "GrantPermissions", properties)
    return Created(context.name({}, "Id"))


def _revoke(context: Context, existing: DeployedResource) -> None:
    context.call("lakeformation", "RevokePermissions", existing.properties)


TYPES: dict[str, ResourceType] = {
    "AWS::LakeFormation::PrincipalPermissions": resource_type(
        _principal_permissions, "Principal Resource Permissions PermissionsWithGrantOption", delete=_revoke
    ),
}
