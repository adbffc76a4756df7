"""AWS::IAM::OIDCProvider: lets another system's tokens assume a role."""

from __future__ import annotations

from loglake_cli.local.templates.resource_types.base import (
    Context,
    Created,
    DeployedResource,
    Properties,
    ResourceType,
    changed,
    deleting,
    picked,
    resource_type,
)


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
    "AWS::IAM::OIDCProvider": resource_type(
        _provider,
        "Url ClientIdList ThumbprintList Tags",
        update=_update_provider,
        delete=deleting("iam", "DeleteOpenIDConnectProvider", "OpenIDConnectProviderArn"),
        read=_read_provider,
    ),
}
