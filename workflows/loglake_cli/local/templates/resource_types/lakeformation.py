"""AWS::LakeFormation::PrincipalPermissions. The embedded AWS keeps the grants, and nothing here enforces them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loglake_cli.local.templates.resource_types.base import Context, Created, ResourceType, resource_type


def _principal_permissions(context: Context, properties: Mapping[str, Any]) -> Created:
    context.call("lakeformation", "GrantPermissions", properties)
    return Created(context.name({}, "Id"))


TYPES: dict[str, ResourceType] = {
    "AWS::LakeFormation::PrincipalPermissions": resource_type(
        _principal_permissions, "Principal Resource Permissions PermissionsWithGrantOption"
    ),
}
