"""Reads the model from what the stacks deployed, so that there is no second description of a workflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from workflows.local.engine.model import (
    DEFAULT_BATCH_WINDOW_S,
    Action,
    Condition,
    Crawler,
    EventBatchingCondition,
    Job,
    Model,
    ModelError,
    Predicate,
    Rule,
    ScheduledCall,
    Trigger,
    Workflow,
)
from workflows.local.engine.model_rules import check_model, unsupported
from workflows.local.templates.intrinsics import text
from workflows.local.templates.provision import DeployedResource, DeployedStack


def build_model(stacks: Iterable[DeployedStack]) -> Model:
    """The model of some stacks, checked.

    Raises:
        ModelError: with a sentence for everything that Glue would refuse, that would never fire, or that the local
            runtime doesn't execute.
    """
    model = read_model(stacks)
    problems = [*check_model(model), *unsupported(model)]
    if problems:
        raise ModelError("\n".join(problems))
    return model


def read_model(stacks: Iterable[DeployedStack]) -> Model:
    """The model of some stacks, not checked.

    Raises:
        ModelError: a property can't be read, or a name is used twice.
    """
    found: dict[str, dict[str, Any]] = {
        "Workflow": {},
        "Trigger": {},
        "Job": {},
        "Crawler": {},
        "Rule": {},
        "Schedule": {},
    }
    for stack in stacks:
        for logical_id, resource in stack.resources.items():
            kind = resource.type.rpartition("::")[2] if resource.type in _READERS else ""
            if not kind:
                continue
            origin = f"{stack.template}: {logical_id}"
            if resource.physical_id in found[kind]:
                raise ModelError(f"{origin}: there is already a {kind} named {resource.physical_id}; rename one")
            try:
                found[kind][resource.physical_id] = _READERS[resource.type](resource, origin)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise ModelError(f"{origin}: a property of {resource.type} is missing or wrong: {error!r}") from error
    return Model(
        workflows=MappingProxyType(found["Workflow"]),
        triggers=MappingProxyType(found["Trigger"]),
        jobs=MappingProxyType(found["Job"]),
        crawlers=MappingProxyType(found["Crawler"]),
        rules=MappingProxyType(found["Rule"]),
        schedules=MappingProxyType(found["Schedule"]),
    )


def _workflow(resource: DeployedResource, origin: str) -> Workflow:
    properties = resource.properties
    limit = properties.get("MaxConcurrentRuns")
    return Workflow(
        name=resource.physical_id,
        default_run_properties=_strings(properties.get("DefaultRunProperties")),
        max_concurrent_runs=None if limit is None else int(limit),
        origin=origin,
    )


def _trigger(resource: DeployedResource, origin: str) -> Trigger:
    properties = resource.properties
    batching = properties.get("EventBatchingCondition")
    predicate = properties.get("Predicate")
    return Trigger(
        name=resource.physical_id,
        type=properties["Type"],
        workflow_name=properties.get("WorkflowName", ""),
        actions=tuple(_action(action) for action in properties["Actions"]),
        predicate=None if predicate is None else _predicate(predicate),
        event_batching_condition=None
        if batching is None
        else EventBatchingCondition(
            int(batching["BatchSize"]), int(batching.get("BatchWindow", DEFAULT_BATCH_WINDOW_S))
        ),
        start_on_creation=text(properties.get("StartOnCreation", False)) == "true",
        origin=origin,
        schedule=properties.get("Schedule", ""),
    )


def _predicate(value: Mapping[str, Any]) -> Predicate:
    return Predicate(value.get("Logical", "AND"), tuple(_condition(condition) for condition in value["Conditions"]))


def _condition(value: Mapping[str, Any]) -> Condition:
    return Condition(
        job_name=value.get("JobName", ""),
        crawler_name=value.get("CrawlerName", ""),
        state=value.get("State", ""),
        crawl_state=value.get("CrawlState", ""),
        logical_operator=value.get("LogicalOperator", "EQUALS"),
    )


def _action(value: Mapping[str, Any]) -> Action:
    return Action(
        job_name=value.get("JobName", ""),
        crawler_name=value.get("CrawlerName", ""),
        arguments=_strings(value.get("Arguments")),
        timeout_minutes=int(value["Timeout"]) if "Timeout" in value else None,
    )


def _job(resource: DeployedResource, origin: str) -> Job:
    properties = resource.properties
    command = properties["Command"]
    return Job(
        name=resource.physical_id,
        command=command["Name"],
        script_location=command["ScriptLocation"],
        python_version=text(command.get("PythonVersion", "3")),
        role=properties["Role"],
        default_arguments=_strings(properties.get("DefaultArguments")),
        non_overridable_arguments=_strings(properties.get("NonOverridableArguments")),
        max_retries=int(properties.get("MaxRetries", 0)),
        timeout_minutes=int(properties.get("Timeout", _default_timeout(command["Name"], properties))),
        max_concurrent_runs=int(properties.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)),
        origin=origin,
    )


def _default_timeout(command: str, properties: Mapping[str, Any]) -> int:
    """Minutes: 480 from Glue 5.0 on, 2,880 before; Python shell ignores GlueVersion (Glue API, Job.Timeout)."""
    return 480 if command == "glueetl" and float(properties.get("GlueVersion", 6)) >= 5 else 2880


def _crawler(resource: DeployedResource, origin: str) -> Crawler:
    return Crawler(resource.physical_id, MappingProxyType(dict(resource.properties)), origin)


def _rule(resource: DeployedResource, origin: str) -> Rule:
    properties = resource.properties
    return Rule(
        name=resource.physical_id,
        state=properties.get("State", "ENABLED"),
        event_pattern=MappingProxyType(properties.get("EventPattern", {})),
        targets=tuple(MappingProxyType(target) for target in properties.get("Targets", [])),
        event_bus_name=properties.get("EventBusName", "default"),
        origin=origin,
    )


def _schedule(resource: DeployedResource, origin: str) -> ScheduledCall:
    properties = resource.properties
    target = properties["Target"]
    return ScheduledCall(
        name=resource.physical_id,
        expression=properties["ScheduleExpression"],
        target=target["Arn"],
        role=target.get("RoleArn", ""),
        input=target.get("Input", "{}"),
        zone=properties.get("ScheduleExpressionTimezone", "UTC"),
        state=properties.get("State", "ENABLED"),
        dead_letter_queue=target.get("DeadLetterConfig", {}).get("Arn", ""),
        begins=properties.get("StartDate", ""),
        ends=properties.get("EndDate", ""),
        origin=origin,
    )


def _strings(value: Mapping[str, Any] | None) -> Mapping[str, str]:
    return MappingProxyType({key: text(item) for key, item in (value or {}).items()})


_READERS: Mapping[str, Any] = {
    "AWS::Glue::Workflow": _workflow,
    "AWS::Glue::Trigger": _trigger,
    "AWS::Glue::Job": _job,
    "AWS::Glue::Crawler": _crawler,
    "AWS::Events::Rule": _rule,
    "AWS::Scheduler::Schedule": _schedule,
}
