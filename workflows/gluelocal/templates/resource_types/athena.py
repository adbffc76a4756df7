"""AWS::Athena::*: workgroups and saved queries. The embedded Athena stores them."""

from __future__ import annotations

from gluelocal.templates.intrinsics import text
from gluelocal.templates.resource_types.base import (
    Context,
    Created,
    DeployedResource,
    Properties,
    ResourceType,
    deleting,
    picked,
    reading,
    resource_type,
    without,
)

_WORK_GROUP = "Name State RecursiveDeleteOption WorkGroupConfiguration"
_NAMED_QUERY = "Name Description Database QueryString WorkGroup"


def _work_group(context: Context, properties: Properties) -> Created:
    given = without(properties, *_WORK_GROUP.split())
    parameters = {"Name": properties["Name"], "Configuration": properties.get("WorkGroupConfiguration", {})}
    context.call("athena", "CreateWorkGroup", {**given, **parameters})
    if properties.get("State", "ENABLED") != "ENABLED":  # a new one is enabled
        context.call("athena", "UpdateWorkGroup", {"WorkGroup": properties["Name"], "State": properties["State"]})
    return Created(text(properties["Name"]))


def _update_work_group(context: Context, existing: DeployedResource, properties: Properties) -> None:
    parameters = {
        "WorkGroup": existing.physical_id,
        "Description": properties.get("Description", ""),
        "State": properties.get("State", "ENABLED"),
        "ConfigurationUpdates": _updates(properties.get("WorkGroupConfiguration", {})),
    }
    context.call("athena", "UpdateWorkGroup", parameters)


def _updates(configuration: Properties) -> Properties:
    """A configuration in UpdateWorkGroup's form: only the member for the result location has another name."""
    updates = without(configuration, "ResultConfiguration")
    if "ResultConfiguration" in configuration:
        updates["ResultConfigurationUpdates"] = configuration["ResultConfiguration"]
    return updates


def _delete_work_group(context: Context, existing: DeployedResource) -> None:
    recursive = text(existing.properties.get("RecursiveDeleteOption", False)) == "true"
    context.call("athena", "DeleteWorkGroup", {"WorkGroup": existing.physical_id, "RecursiveDeleteOption": recursive})


def _read_work_group(context: Context, existing: DeployedResource) -> Properties:
    found = context.call("athena", "GetWorkGroup", {"WorkGroup": existing.physical_id})["WorkGroup"]
    configuration = found.get("Configuration", {})
    return {**picked(found, "Name", "Description", "State"), "WorkGroupConfiguration": configuration}


def _named_query(context: Context, properties: Properties) -> Created:
    named = {**properties, "Name": context.name(properties, "Name", longest=128)}
    query = context.call("athena", "CreateNamedQuery", named)["NamedQueryId"]
    return Created(query, {"NamedQueryId": query})


TYPES: dict[str, ResourceType] = {
    "AWS::Athena::WorkGroup": resource_type(
        _work_group,
        f"{_WORK_GROUP} Description Tags",
        update=_update_work_group,
        delete=_delete_work_group,
        read=_read_work_group,
    ),
    "AWS::Athena::NamedQuery": resource_type(
        _named_query,
        _NAMED_QUERY,
        delete=deleting("athena", "DeleteNamedQuery", "NamedQueryId"),
        read=reading("athena", "GetNamedQuery", "NamedQueryId", "NamedQuery"),
    ),
}
