"""The workload of what is deployed: its stacks, and their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loglake.errors import ConfigError
from loglake_cli.deploy.change_sets.cloudformation import CloudFormation
from loglake_cli.deploy.stacks import ALL_STACKS
from loglake_cli.operations.cost.settings import deployed_workload
from loglake_cli.operations.cost.workload import Workload


def stacks_workload(cloudformation: CloudFormation, prefix: str, volume: Mapping[str, Any]) -> Workload:
    """The workload of a deployment.

    Args:
        cloudformation: in the deployment's account and Region.
        prefix: of the deployment.
        volume: fields of `Workload`, which no stack has.

    Raises:
        ConfigError: nothing of it is deployed.
    """
    named = {each.name: cloudformation.stack(each.stack_name(prefix)) for each in ALL_STACKS}
    found = {name: state for name, state in named.items() if state is not None}
    if not found:
        raise ConfigError(f"there is no stack of {prefix} in this account and Region: check --lake and AWS_PROFILE.")
    parameters = {key: value for state in found.values() for key, value in state.parameters.items()}
    return deployed_workload(volume, {name: name in found for name in named}, parameters)
