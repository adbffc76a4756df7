"""Reads the model from the deployed stacks, so that a workflow has only one description."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any

from athena_duckdb.errors import ConfigError
from gluelocal.model.model import (
    DEFAULT_BATCH_WINDOW_S,
    DEFAULT_GLUE_VERSION,
    Action,
    Condition,
    Crawler,
    EventBatchingCondition,
    Job,
    Model,
    Predicate,
    Rule,
    ScheduledCall,
    Trigger,
    Workflow,
)
from gluelocal.model.rules import check_model, idle_triggers, unsupported
from gluelocal.templates.intrinsics import text
from gluelocal.templates.provision import DeployedStack

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
"""What a reader raises about properties that are missing or have another type."""


def build_model(stacks: Iterable[DeployedStack], *, idle_triggers_too: bool = False) -> Model:
    """The model of some stacks, checked.

    Args:
        stacks: the deployed stacks.
        idle_triggers_too: also accept triggers that fire only after somebody starts them, as Glue does.

    Raises:
        ConfigError: with a sentence for everything that Glue would refuse, that would never fire, or that the local
            runtime can't execute.
    """
    model = read_model(stacks)
    problems = [*check_model(model), *([] if idle_triggers_too else idle_triggers(model)), *unsupported(model)]
    if problems:
        raise ConfigError("\n".join(problems))
    return model


def read_model(stacks: Iterable[DeployedStack]) -> Model:
    """The model of some stacks, unchecked.

    Raises:
        ConfigError: with a sentence for each resource with a property that can't be read, or a name that another has.
    """
    found: dict[str, dict[str, Any]] = {members: {} for members, _ in _READERS.values()}
    problems: list[str] = []
    for stack in stacks:
        for logical_id, resource in stack.resources.items():
            if resource.type not in _READERS:
                continue
            (members, read), name = _READERS[resource.type], resource.physical_id
            origin = f"{stack.template}: {logical_id}"
            if name in found[members]:
                kind = resource.type.rpartition("::")[2]
                problems.append(f"{origin}: there is already a {kind} named {name}; rename one")
                continue
            try:
                found[members][name] = read(name, resource.properties, origin)
            except UNREADABLE as error:
                problems.append(f"{origin}: a property of {resource.type} is missing or wrong: {what_is_wrong(error)}")
                continue
            wrong = ", ".join(map(repr, _no_texts(found[members][name])))
            if wrong:
                problems.append(f"{origin}: a property of {resource.type} has to be text, and is {wrong}")
    if problems:
        raise ConfigError("\n".join(problems))
    return Model(**{members: MappingProxyType(items) for members, items in found.items()})


def what_is_wrong(error: Exception) -> str:
    """What an error of a reader says, for a person."""
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)


def _no_texts(value: Any) -> Iterator[Any]:
    """What has another type than text where an item of the model has text."""
    for each in fields(value):
        found = getattr(value, each.name)
        if each.type == "str" and not isinstance(found, str):
            yield found
        for inner in found if isinstance(found, tuple) else (found,):
            if is_dataclass(inner):
                yield from _no_texts(inner)


def read_workflow(name: str, properties: Mapping[str, Any], origin: str) -> Workflow:
    """A workflow, from the properties of a template or the parameters of CreateWorkflow."""
    limit = properties.get("MaxConcurrentRuns")
    return Workflow(
        name=name,
        default_run_properties=_strings(properties.get("DefaultRunProperties")),
        max_concurrent_runs=None if limit is None else int(limit),
        origin=origin,
    )


def read_trigger(name: str, properties: Mapping[str, Any], origin: str) -> Trigger:
    """A trigger, from the properties of a template or the parameters of CreateTrigger."""
    batching = properties.get("EventBatchingCondition")
    predicate = properties.get("Predicate")
    return Trigger(
        name=name,
        type=properties["Type"],
        workflow_name=properties.get("WorkflowName", ""),
        actions=tuple(map(_action, properties["Actions"])),
        predicate=None
        if predicate is None
        else Predicate(predicate.get("Logical", "AND"), tuple(map(_condition, predicate["Conditions"]))),
        event_batching_condition=None
        if batching is None
        else EventBatchingCondition(
            int(batching["BatchSize"]), int(batching.get("BatchWindow", DEFAULT_BATCH_WINDOW_S))
        ),
        start_on_creation=text(properties.get("StartOnCreation", False)) == "true",
        origin=origin,
        schedule=properties.get("Schedule", ""),
    )


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


def read_job(name: str, properties: Mapping[str, Any], origin: str) -> Job:
    """A job, from the properties of a template or the parameters of CreateJob."""
    command, capacity = properties["Command"], properties.get("MaxCapacity")
    version = text(properties.get("GlueVersion", DEFAULT_GLUE_VERSION))
    return Job(
        name=name,
        command=command["Name"],
        script_location=command["ScriptLocation"],
        python_version=text(command.get("PythonVersion", "3")),
        role=properties["Role"],
        default_arguments=_strings(properties.get("DefaultArguments")),
        non_overridable_arguments=_strings(properties.get("NonOverridableArguments")),
        max_retries=int(properties.get("MaxRetries", 0)),
        timeout_minutes=int(properties.get("Timeout", _default_timeout(command["Name"], version))),
        max_concurrent_runs=int(properties.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)),
        origin=origin,
        glue_version=version,
        max_capacity=None if capacity is None else float(capacity),
        job_run_queuing=text(properties.get("JobRunQueuingEnabled", False)) == "true",
        execution_class=properties.get("ExecutionClass", Job.execution_class),
        worker_type=properties.get("WorkerType", Job.worker_type),
        number_of_workers=int(properties.get("NumberOfWorkers", Job.number_of_workers)),
    )


def _default_timeout(command: str, glue_version: str) -> int:
    """Minutes: 480 for Spark jobs from Glue 5.0 on; 2,880 for older ones and Python shell (Glue API, Job.Timeout)."""
    return 480 if command == "glueetl" and float(glue_version) >= 5 else 2880


def read_crawler(name: str, properties: Mapping[str, Any], origin: str) -> Crawler:
    """A crawler, from the properties of a template or the parameters of CreateCrawler."""
    schedule = properties.get("Schedule", "")
    if isinstance(schedule, Mapping):  # a template wraps the API's value
        schedule = schedule.get("ScheduleExpression", "")
    return Crawler(name, MappingProxyType(dict(properties)), origin, schedule)


def _rule(name: str, properties: Mapping[str, Any], origin: str) -> Rule:
    return Rule(
        name=name,
        state=properties.get("State", "ENABLED"),
        event_pattern=MappingProxyType(properties.get("EventPattern", {})),
        targets=tuple(MappingProxyType(dict(target)) for target in properties.get("Targets", [])),
        origin=origin,
    )


def _schedule(name: str, properties: Mapping[str, Any], origin: str) -> ScheduledCall:
    target = properties["Target"]
    retries, window = target.get("RetryPolicy", {}), properties.get("FlexibleTimeWindow", {})
    return ScheduledCall(
        name=name,
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
        window_minutes=int(window.get("MaximumWindowInMinutes", 0)) if window.get("Mode") == "FLEXIBLE" else 0,
        max_retries=int(retries.get("MaximumRetryAttempts", ScheduledCall.max_retries)),
        max_event_age_s=int(retries.get("MaximumEventAgeInSeconds", ScheduledCall.max_event_age_s)),
        parameters=MappingProxyType({**target.get("SqsParameters", {}), **target.get("EventBridgeParameters", {})}),
        group=properties.get("GroupName", ScheduledCall.group),
    )


def _strings(value: Mapping[str, Any] | None) -> Mapping[str, str]:
    return MappingProxyType({key: text(item) for key, item in (value or {}).items()})


_READERS: Mapping[str, tuple[str, Callable[[str, Mapping[str, Any], str], Any]]] = {
    "AWS::Glue::Workflow": ("workflows", read_workflow),
    "AWS::Glue::Trigger": ("triggers", read_trigger),
    "AWS::Glue::Job": ("jobs", read_job),
    "AWS::Glue::Crawler": ("crawlers", read_crawler),
    "AWS::Events::Rule": ("rules", _rule),
    "AWS::Scheduler::Schedule": ("schedules", _schedule),
}
"""By resource type: where the model has such resources, and what reads one."""
