"""Checks templates without deploying them: ``python -m gluelocal.runs.checks FILE...`` exits 1 on problems."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from athena_duckdb.errors import ConfigError
from gluelocal.model.reader import read_model
from gluelocal.model.rules import check_model, idle_triggers
from gluelocal.templates.intrinsics import text
from gluelocal.templates.provision import DeployedStack, look_up, unsupported
from gluelocal.templates.resource_types.base import DeployedResource
from gluelocal.templates.template import BoundTemplate, Template, load_template

_NAME_KEYS = ("Name", "BucketName", "TableName", "RoleName", "QueueName", "LogGroupName")
_PSEUDO = {
    f"AWS::{name}": f"${{AWS::{name}}}"
    for name in ("Region", "AccountId", "Partition", "URLSuffix", "StackName", "StackId")
}


def check_templates(paths: list[Path]) -> list[str]:
    """Finds what the local runtime can't deploy, what Glue would refuse and what would never run.

    The templates form one system: outputs of one are parameters of the others by name. Parameters without a value stay
    symbolic, and so do values that only AWS knows.

    Returns:
        A sentence per problem, with template and logical id; empty if there is none.
    """
    problems: list[str] = []
    stacks: list[DeployedStack] = []
    outputs: dict[str, str] = {}
    templates = []
    for path in paths:
        try:
            templates.append(load_template(path))
        except ConfigError as error:
            problems.append(str(error))
    while templates:
        template = _next(templates, outputs)
        templates.remove(template)
        try:
            problems += unsupported(template)
            problems += _chain_problems(template, outputs)
            stacks.append(dry_run(template, outputs))
            outputs.update(stacks[-1].outputs)
        except ConfigError as error:
            problems.append(str(error))
    try:
        model = read_model(stacks)
        problems += [*check_model(model), *idle_triggers(model)]
    except ConfigError as error:
        problems.append(str(error))
    return problems


def _next(templates: list[Template], outputs: Mapping[str, str]) -> Template:
    """The first template that has all required parameters, else the one that misses the fewest."""
    return min(templates, key=lambda template: len(template.required_parameters() - set(outputs)))


def _chain_problems(template: Template, outputs: Mapping[str, str]) -> list[str]:
    """Problems of trigger chains, with the defaults and with each other allowed value of a parameter."""
    known = [outputs]
    for name, definition in template.parameters.items():
        known += ({**outputs, name: text(value)} for value in definition.get("AllowedValues", []))
    found = {
        problem: None
        for values in known
        for problem in chain_problems(dry_run(template, values), _bound(template, values).dependencies())
    }
    return list(found)


def dry_run(template: Template, outputs: Mapping[str, str]) -> DeployedStack:
    """The stack that a template would become, with symbols for values that only AWS knows."""
    bound = _bound(template, outputs)
    bound.check_references()
    resources: dict[str, DeployedResource] = {}

    def attribute(logical_id: str, name: str | None) -> str:
        return look_up(resources, logical_id, None) if name is None else f"${{{logical_id}.{name}}}"

    for resource in bound.order():
        properties = bound.properties(resource, attribute)
        name = _name(properties) or f"{template.path.stem}-{resource.logical_id}"
        resources[resource.logical_id] = DeployedResource(resource.type, name, {}, properties)
    return DeployedStack(template.path.stem, template.path, bound.outputs(attribute), resources)


def _bound(template: Template, outputs: Mapping[str, str]) -> BoundTemplate:
    values = {name: _value(name, definition, outputs) for name, definition in template.parameters.items()}
    return BoundTemplate(template, {**_PSEUDO, **values})


def _value(name: str, definition: Mapping[str, Any], outputs: Mapping[str, str]) -> Any:
    if name in outputs:
        return outputs[name]
    symbol: Any = definition.get("MinValue", 1) if definition.get("Type") == "Number" else f"${{{name}}}"
    value = definition.get("Default", definition.get("AllowedValues", [symbol])[0])
    return str(value).split(",") if definition.get("Type") == "CommaDelimitedList" else value


def _name(properties: Mapping[str, Any]) -> str:
    names = (properties.get(key) for key in _NAME_KEYS)
    database = properties.get("DatabaseInput")
    return str(
        next((name for name in names if name), database.get("Name", "") if isinstance(database, Mapping) else "")
    )


_WORKFLOW, _TRIGGER = "AWS::Glue::Workflow", "AWS::Glue::Trigger"


def chain_problems(stack: DeployedStack, dependencies: Mapping[str, list[str]]) -> list[str]:
    """A sentence for each trigger that may be made at the same time as its workflow or another trigger of it.

    Glue refuses a change of a workflow during another change of it (ConcurrentModificationException), and each
    CreateTrigger changes its workflow. CloudFormation makes independent resources at the same time, and does not retry.
    So a workflow and its triggers must form one chain of dependencies.

    Args:
        stack: its resources, each after its dependencies.
        dependencies: the resources that each one refers to or depends on.
    """
    return [
        f"{stack.template}: {after}: it may be made at the same time as {before}, and Glue refuses "
        f"concurrent changes of the workflow {name}; add DependsOn: {before}"
        for name, chain in _chains(stack).items()
        for before, after in zip(chain, chain[1:])
        if before not in _reached(after, dependencies)
    ]


def _chains(stack: DeployedStack) -> dict[str, list[str]]:
    """By workflow name: the workflow's logical id, if it is in this template, and its triggers' logical ids."""
    resources = stack.resources.items()
    chains: dict[str, list[str]] = {
        resource.physical_id: [logical_id] for logical_id, resource in resources if resource.type == _WORKFLOW
    }
    for logical_id, resource in resources:
        name = resource.properties.get("WorkflowName") if resource.type == _TRIGGER else None
        if name:
            chains.setdefault(str(name), []).append(logical_id)
    return chains


def _reached(logical_id: str, dependencies: Mapping[str, list[str]]) -> set[str]:
    """Everything that a resource depends on, directly or indirectly."""
    found: set[str] = set()
    left = [logical_id]
    while left:
        new = [name for name in dependencies[left.pop()] if name not in found]
        found.update(new)
        left += new
    return found


def main(arguments: list[str] | None = None) -> int:
    """Prints each problem on a line of standard error. Returns 0 if there is none, else 1."""
    parser = argparse.ArgumentParser(prog="python -m gluelocal.runs.checks", description=__doc__)
    parser.add_argument("template", nargs="+", type=Path, help="a CloudFormation template (YAML)")
    problems = check_templates(parser.parse_args(arguments).template)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
