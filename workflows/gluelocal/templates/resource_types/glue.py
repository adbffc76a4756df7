"""AWS::Glue::*: the catalog database, jobs, crawlers, workflows and triggers; AWS::LakeFormation::PrincipalPermissions.

The embedded AWS stores them for Glue API calls; the engine executes them, from the same properties. The embedded AWS
stores grants of Lake Formation, but doesn't enforce them.
"""

from __future__ import annotations

from typing import Any

from moto.lakeformation.models import lakeformation_backends

from gluelocal.templates.resource_types.base import (
    Context,
    Created,
    DeployedResource,
    Properties,
    ResourceType,
    creating,
    deleting,
    picked,
    reading,
    resource_type,
    without,
)


def _database(context: Context, properties: Properties) -> Created:
    database = dict(properties.get("DatabaseInput", {}))
    database["Name"] = context.name(database, "Name", lower=True)
    context.call("glue", "CreateDatabase", {**properties, "DatabaseInput": database})
    _grant_by_default(context, database["Name"])
    return Created(database["Name"])


def _grant_by_default(context: Context, database: str) -> None:
    """Lake Formation's grants on each new database; by default everything, so that IAM alone decides.

    The service grants it itself, so the caller needs no permission for it.
    """
    service = lakeformation_backends[context.account_id][context.region]
    settings = service.get_data_lake_settings(context.account_id)
    for given in settings.get("CreateDatabaseDefaultPermissions", []):
        service.grant_permissions(
            catalog_id=context.account_id,
            principal=given["Principal"],
            resource={"Database": {"CatalogId": context.account_id, "Name": database}},
            permissions=given["Permissions"],
            permissions_with_grant_options=[],
        )


def _update_database(context: Context, existing: DeployedResource, properties: Properties) -> None:
    database = {"Name": existing.physical_id, **properties.get("DatabaseInput", {})}
    if database["Name"] != existing.physical_id:
        raise context.error(f"a database can't be renamed, from {existing.physical_id} to {database['Name']}")
    parameters = {**picked(properties, "CatalogId"), "Name": existing.physical_id, "DatabaseInput": database}
    context.call("glue", "UpdateDatabase", parameters)


def _read_database(context: Context, existing: DeployedResource) -> Properties:
    parameters = {**picked(existing.properties, "CatalogId"), "Name": existing.physical_id}
    return {"DatabaseInput": context.call("glue", "GetDatabase", parameters)["Database"]}


def _adopt_database(context: Context, name: str) -> Created:
    context.call("glue", "GetDatabase", {"Name": name})
    return Created(name)


def _update_job(context: Context, existing: DeployedResource, properties: Properties) -> None:
    """UpdateJob removes members that aren't given, or resets them to their defaults."""
    context.call(
        "glue", "UpdateJob", {"JobName": existing.physical_id, "JobUpdate": without(properties, "Name", "Tags")}
    )


def _update_workflow(context: Context, existing: DeployedResource, properties: Properties) -> None:
    cleared = {"Description": "", "DefaultRunProperties": {}}
    given = {**_missing(existing, properties, cleared), **without(properties, "Name", "Tags")}
    context.call("glue", "UpdateWorkflow", {"Name": existing.physical_id, **given})


def _trigger(context: Context, properties: Properties) -> Created:
    """Makes a trigger. Glue accepts a single condition without a Logical (API Predicate); moto's Glue does not."""
    return creating("glue", "CreateTrigger")(context, _with_logical(properties))


def _update_trigger(context: Context, existing: DeployedResource, properties: Properties) -> None:
    """UpdateTrigger overwrites the whole definition. StartOnCreation has no effect on an existing trigger."""
    update = without(_with_logical(properties), "Name", "Type", "WorkflowName", "StartOnCreation", "Tags")
    context.call("glue", "UpdateTrigger", {"Name": existing.physical_id, "TriggerUpdate": update})


def _with_logical(properties: Properties) -> dict[str, Any]:
    if "Predicate" not in properties:
        return dict(properties)
    return {**properties, "Predicate": {"Logical": "AND", **properties["Predicate"]}}


def _crawler(context: Context, properties: Properties) -> Created:
    return creating("glue", "CreateCrawler")(context, _with_schedule(context, properties))


def _update_crawler(context: Context, existing: DeployedResource, properties: Properties) -> None:
    """UpdateCrawler leaves members that aren't given as they are."""
    cleared = {"Description": "", "Schedule": {"ScheduleExpression": ""}, "Classifiers": [], "TablePrefix": ""}
    given = _with_schedule(context, {**_missing(existing, properties, cleared), **without(properties, "Name", "Tags")})
    context.call("glue", "UpdateCrawler", {"Name": existing.physical_id, **given})


def _with_schedule(context: Context, properties: Properties) -> dict[str, Any]:
    """The API's parameters; the API takes the expression directly."""
    if "Schedule" not in properties:
        return dict(properties)
    context.only(properties["Schedule"], {"ScheduleExpression"}, "Schedule")
    return {**properties, "Schedule": properties["Schedule"]["ScheduleExpression"]}


def _missing(existing: DeployedResource, properties: Properties, cleared: Properties) -> dict[str, Any]:
    """Empty values for properties that a resource had and loses."""
    return {key: value for key, value in cleared.items() if key in existing.properties and key not in properties}


def _read_crawler(context: Context, existing: DeployedResource) -> Properties:
    """The API adds a state to a crawler's schedule, and a lineage policy although none was given."""
    found = dict(reading("glue", "GetCrawler", "Name", "Crawler")(context, existing))
    schedule = found.pop("Schedule", None) or {}
    expression = schedule.get("ScheduleExpression", "") if isinstance(schedule, dict) else schedule
    return {**found, "Schedule": {"ScheduleExpression": expression} if expression else None}


def _principal_permissions(context: Context, properties: Properties) -> Created:
    context.call("lakeformation", "GrantPermissions", properties)
    return Created(context.name({}, "Id"))


def _revoke(context: Context, existing: DeployedResource) -> None:
    context.call("lakeformation", "RevokePermissions", existing.properties)


TYPES: dict[str, ResourceType] = {
    "AWS::Glue::Database": resource_type(
        _database,
        "CatalogId DatabaseInput",
        update=_update_database,
        delete=deleting("glue", "DeleteDatabase", "Name", CatalogId="CatalogId"),
        read=_read_database,
        adopt=_adopt_database,
    ),
    "AWS::Glue::Job": resource_type(
        creating("glue", "CreateJob"),
        "Name Description Role Command DefaultArguments NonOverridableArguments MaxRetries Timeout GlueVersion "
        "ExecutionProperty ExecutionClass WorkerType NumberOfWorkers MaxCapacity LogUri SecurityConfiguration "
        "Connections JobRunQueuingEnabled Tags",
        update=_update_job,
        delete=deleting("glue", "DeleteJob", "JobName"),
        read=reading("glue", "GetJob", "JobName", "Job"),
    ),
    "AWS::Glue::Crawler": resource_type(
        _crawler,
        "Name Description Role DatabaseName Targets Schedule Classifiers TablePrefix SchemaChangePolicy RecrawlPolicy "
        "LineageConfiguration Configuration CrawlerSecurityConfiguration Tags",
        update=_update_crawler,
        delete=deleting("glue", "DeleteCrawler", "Name"),
        read=_read_crawler,
    ),
    "AWS::Glue::Workflow": resource_type(
        creating("glue", "CreateWorkflow"),
        "Name Description DefaultRunProperties MaxConcurrentRuns Tags",
        update=_update_workflow,
        delete=deleting("glue", "DeleteWorkflow", "Name"),
        read=reading("glue", "GetWorkflow", "Name", "Workflow"),
    ),
    "AWS::Glue::Trigger": resource_type(
        _trigger,
        "Name Description Type WorkflowName Schedule Predicate Actions StartOnCreation EventBatchingCondition Tags",
        update=_update_trigger,
        delete=deleting("glue", "DeleteTrigger", "Name"),
        read=reading("glue", "GetTrigger", "Name", "Trigger"),
    ),
    "AWS::LakeFormation::PrincipalPermissions": resource_type(
        _principal_permissions, "Principal Resource Permissions PermissionsWithGrantOption", delete=_revoke
    ),
}
