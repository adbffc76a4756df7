"""The stacks, in the order in which they deploy, and how the outputs of one become parameters of the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglake.errors import ConfigError
from loglake_cli.project_files import (
    ACCESS_TEMPLATE,
    BUDGET_TEMPLATE,
    EVENTS_TEMPLATE,
    LOG_LAKE_TEMPLATE,
    MONITORING_TEMPLATE,
    QUERY_TEMPLATE,
    STORAGE_TEMPLATE,
    STREAMING_TEMPLATE,
)


@dataclass(frozen=True)
class StackTemplate:
    """One CloudFormation stack: its name behind the prefix, and its template.

    CloudFormation takes letters, digits and hyphens in the name of a stack (CreateStack, StackName).

    Attributes:
        name: the stack's name after the prefix.
        path: the template.
        optional: whether it is deployed only on request.
    """

    name: str
    path: Path
    optional: bool = False

    def stack_name(self, prefix: str) -> str:
        """The name of the stack in an account."""
        return f"{prefix}-{self.name}"


STACKS: tuple[StackTemplate, ...] = (
    StackTemplate("storage", STORAGE_TEMPLATE),
    StackTemplate("access", ACCESS_TEMPLATE),
    StackTemplate("log-lake", LOG_LAKE_TEMPLATE),
    StackTemplate("events", EVENTS_TEMPLATE),
)
"""What the pipeline runs on; the local runtime deploys these."""

EXTRA_STACKS: tuple[StackTemplate, ...] = (
    StackTemplate("query", QUERY_TEMPLATE),
    StackTemplate("streaming", STREAMING_TEMPLATE, optional=True),
    StackTemplate("monitoring", MONITORING_TEMPLATE),
    StackTemplate("budget", BUDGET_TEMPLATE, optional=True),
)
"""What an account has besides. Any of them can be left out: what one takes from another has a default."""

DEPLOYER = "deployer"
"""The stack of whoever deploys from a pipeline (`infra/deployer.yaml`), behind the prefix. No command deploys it."""

ALL_STACKS = STACKS + EXTRA_STACKS
"""In the order in which they deploy; they go in the opposite one."""


def database_name(prefix: str) -> str:
    """The Glue database of a prefix, as the stack storage outputs it."""
    return prefix.replace("-", "_")


def parameters_for(
    declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, str], outputs: Mapping[str, str]
) -> dict[str, str]:
    """The parameter values of a stack: the given value, else an earlier stack's output of the same name.

    A parameter without a value but with a default is left out: CloudFormation uses the default.

    Args:
        declared: a template's Parameters section.
        given: values that a person or the deployment chose, for all stacks; some names may belong to other stacks.
        outputs: the outputs of all stacks deployed so far.

    Raises:
        ConfigError: parameters have neither a value nor a default; names all of them.
    """
    known = {**outputs, **given}
    missing = [name for name, definition in declared.items() if name not in known and "Default" not in definition]
    if missing:
        raise ConfigError(
            f"no value for {', '.join(missing)}: give one, or deploy the stack that puts it out first "
            f"(the order is {', '.join(template.name for template in ALL_STACKS)})"
        )
    return {name: known[name] for name in declared if name in known}
