"""AWS::Athena::*: workgroups and saved queries. The embedded Athena stores them."""

from __future__ import annotations

from loglake_cli.local.templates.intrinsics import text
from loglake_cli.local.templates.resource_types.base import (
    Context,
    Created,
    Existing,
    Properties,
    ResourceType,
    resource_type,
    without,
)

_WORK_GROUP = "Name State RecursiveDeleteOption WorkGroupConfiguration"


def _work_group(context: Context, properties: Properties) -> Created:
    given = without(properties, *_WORK_GROUP.split())
    configuration = properties.get("WorkGroupConfiguration", {})
    parameters = {**given, "Name": properties["Name"], "Configuration": configuration}
    context.call("athena", "CreateWorkGroup", parameters)
    if properties.get("State", "ENABLED") != "ENABLED":  # a new one is enabled
        context.call("athena", "UpdateWorkGroup", {"WorkGroup": properties["Name"], "State": properties["State"]})
    return Created(text(properties["Name"]))


def _update_work_group(context: Context, existing: Existing, properties: Properties) -> None:
    parameters = {
        "WorkGroup": existing.ref,
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


def _delete_work_group(context: Context, existing: Existing) -> None:
    recursive = text(existing.properties.get("RecursiveDeleteOption", False)) == "true"
    parameters = {"WorkGroup": existing.ref, "RecursiveDeleteOption": recursive}
    context.call("athena", "DeleteWorkGroup", parameters)


def _read_work_group(context: Context, existing: Existing) -> Properties:
    found = context.call("athena", "GetWorkGroup", {"WorkGroup": existing.ref})["WorkGroup"]
    return {
        **{key: found[key] for key in ("Name", "Description", "State") if key in found},
        "WorkGroupConfiguration": found.get("Configuration", {}),
    }


def _named_query(context: Context, properties: Properties) -> Created:
    named = {**properties, "Name": context.name(properties, "Name", longest=128)}
    query = context.call("athena", "CreateNamedQuery", named)["NamedQueryId"]
    return Created(query, {"NamedQueryId": query})


def _delete_named_query(context: Context, existing: Existing) -> None:
    context.call("athena", "DeleteNamedQuery", {"NamedQueryId": existing.ref})


def _read_named_query(context: Context, existing: Existing) -> Properties:
    found = context.call("athena", "GetNamedQuery", {"NamedQueryId": existing.ref})["NamedQuery"]
    return {key: found[key] for key in ("Name", "Description", "Database", "QueryString", "WorkGroup") if key in found}


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
        "Name Description Database QueryString WorkGroup",
        delete=_delete_named_query,
        read=_read_named_query,
    ),
}
