"""AWS::IAM::OIDCProvider: lets another system's tokens assume a role."""

from __future__ import annotations

from loglake_cli.local.templates.resource_types.base import (
    Context,
    Created,
    Existing,
    Properties,
    ResourceType,
    changed,
    resource_type,
)


def _provider(context: Context, properties: Properties) -> Created:
    """If no thumbprint is given, IAM finds it itself (API reference); moto's IAM requires a list."""
    thumbprints = {"ThumbprintList": properties.get("ThumbprintList", [])}
    clients = {"ClientIDList": properties.get("ClientIdList", [])}
    tags = {"Tags": properties["Tags"]} if "Tags" in properties else {}
    parameters = {"Url": properties["Url"], **clients, **thumbprints, **tags}
    arn = context.call("iam", "CreateOpenIDConnectProvider", parameters)["OpenIDConnectProviderArn"]
    return Created(arn, {"Arn": arn})


def _update_provider(context: Context, existing: Existing, properties: Properties) -> None:
    if changed(existing, properties, "ClientIdList", "Tags"):
        raise context.error("the local runtime can change the ThumbprintList alone")
    if properties.get("ThumbprintList"):
        named = {"OpenIDConnectProviderArn": existing.ref, "ThumbprintList": properties["ThumbprintList"]}
        context.call("iam", "UpdateOpenIDConnectProviderThumbprint", named)


def _delete_provider(context: Context, existing: Existing) -> None:
    context.call("iam", "DeleteOpenIDConnectProvider", {"OpenIDConnectProviderArn": existing.ref})


def _read_provider(context: Context, existing: Existing) -> Properties:
    found = context.call("iam", "GetOpenIDConnectProvider", {"OpenIDConnectProviderArn": existing.ref})
    return {"ClientIdList": found.get("ClientIDList", [])}


TYPES: dict[str, ResourceType] = {
    "AWS::IAM::OIDCProvider": resource_type(
        _provider,
        "Url ClientIdList ThumbprintList Tags",
        update=_update_provider,
        delete=_delete_provider,
        read=_read_provider,
    ),
}
