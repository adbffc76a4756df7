"""The order in which CloudFormation makes a workflow and its triggers; pure.

Glue refuses a change of a workflow during another change of it (ConcurrentModificationException), and each
CreateTrigger changes its workflow. CloudFormation makes independent resources at the same time, and does not retry. So
a workflow and its triggers must form one chain of dependencies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluelocal.templates.provision import DeployedStack

_WORKFLOW, _TRIGGER = "AWS::Glue::Workflow", "AWS::Glue::Trigger"


def chain_problems(stack: DeployedStack, dependencies: Mapping[str, list[str]]) -> list[str]:
    """A sentence for each trigger that may be made at the same time as its workflow or another trigger of it.

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
