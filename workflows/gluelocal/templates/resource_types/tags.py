"""Tags of resources: as a template and as the APIs have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gluelocal.templates.intrinsics import text
from gluelocal.templates.resource_types.base import Context, DeployedResource, Properties


def tag_map(properties: Mapping[str, Any]) -> dict[str, str]:
    """``Tags: [{Key, Value}]`` as the map that some APIs need; Glue's are a map in the template, too."""
    tags = properties.get("Tags", {})
    pairs = tags.items() if isinstance(tags, Mapping) else ((tag["Key"], tag["Value"]) for tag in tags)
    return {text(key): text(value) for key, value in pairs}


def retag(
    context: Context,
    existing: DeployedResource,
    properties: Properties,
    service: str,
    resource: Mapping[str, str],
    *,
    kind: str = "Resource",
    keys: str = "TagKeys",
    tags: str = "Tags",
    listed: bool = True,
) -> None:
    """Changes the tags of a resource. A tag with another value is removed first: the embedded DynamoDB would keep both.

    Args:
        context: makes the calls.
        existing: the resource.
        properties: has the new tags.
        service: has the calls.
        resource: the member that names the resource in the calls.
        kind: the calls are named after it, such as UntagResource.
        keys: the member for the keys of removed tags.
        tags: the member for new tags.
        listed: new tags are a list, not a map.
    """
    before, after = tag_map(existing.properties), tag_map(properties)
    gone = sorted(key for key, value in before.items() if after.get(key) != value)
    if gone:
        context.call(service, f"Untag{kind}", {**resource, keys: gone})
    new = {key: value for key, value in after.items() if before.get(key) != value}
    if new:
        given = [{"Key": key, "Value": value} for key, value in new.items()] if listed else new
        context.call(service, f"Tag{kind}", {**resource, tags: given})
