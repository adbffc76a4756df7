"""AWS::Glue::*: the catalog database, jobs, crawlers, workflows and triggers.

The embedded AWS keeps them so that the Glue API can be asked; the engine executes them, from the same properties.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loglake_cli.local.templates.resource_types.base import Context, Created, ResourceType, resource_type, without


def _database(context: Context, properties: Mapping[str, Any]) -> Created:
    database = dict(properties.get("DatabaseInput", {}))
    database["Name"] = context.name(database, "Name", lower=True)
    context.call("glue", "CreateDatabase", {**properties, "DatabaseInput": database})
    return Created(database["Name"])


def _job(context: Context, properties: Mapping[str, Any]) -> Created:
    return _named(context, "CreateJob", properties)


def _workflow(context: Context, properties: Mapping[str, Any]) -> Created:
    return _named(context, "CreateWorkflow", properties)


def _trigger(context: Context, properties: Mapping[str, Any]) -> Created:
    """Makes a trigger. Glue takes a single condition without a Logical (API Predicate); the embedded Glue does not."""
    parameters = dict(properties)
    if "Predicate" in properties:
        parameters["Predicate"] = {"Logical": "AND", **properties["Predicate"]}
    return _named(context, "CreateTrigger", parameters)


def _crawler(context: Context, properties: Mapping[str, Any]) -> Created:
    parameters = dict(properties)
    if "Schedule" in properties:  # the API takes the expression itself
        context.only(properties["Schedule"], {"ScheduleExpression"}, "Schedule")
        parameters["Schedule"] = properties["Schedule"]["ScheduleExpression"]
    return _named(context, "CreateCrawler", parameters)


def _named(context: Context, operation: str, properties: Mapping[str, Any]) -> Created:
    name = context.name(properties, "Name")
    context.call("glue", operation, {**without(properties, "Name"), "Name": name})
    return Created(name)


TYPES: dict[str, ResourceType] = {
    "AWS::Glue::Database": resource_type(_database, "CatalogId DatabaseInput"),
    "AWS::Glue::Job": resource_type(
        _job,
        "Name Description Role Command DefaultArguments NonOverridableArguments MaxRetries Timeout GlueVersion "
        "ExecutionProperty ExecutionClass WorkerType NumberOfWorkers MaxCapacity LogUri SecurityConfiguration "
        "Connections JobRunQueuingEnabled Tags",
    ),
    "AWS::Glue::Crawler": resource_type(
        _crawler,
        "Name Description Role DatabaseName Targets Schedule Classifiers TablePrefix SchemaChangePolicy RecrawlPolicy "
        "LineageConfiguration Configuration CrawlerSecurityConfiguration Tags",
    ),
    "AWS::Glue::Workflow": resource_type(_workflow, "Name Description DefaultRunProperties MaxConcurrentRuns Tags"),
    "AWS::Glue::Trigger": resource_type(
        _trigger,
        "Name Description Type WorkflowName Schedule Predicate Actions StartOnCreation EventBatchingCondition Tags",
    ),
}
