"""The target of a deployment: stacks with their parameters, tags, and the files of the jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from loglake.errors import ConfigError
from loglake_cli.deploy.artifacts import Artifacts
from loglake_cli.deploy.calls import Place
from loglake_cli.deploy.change_sets.changes import StackState
from loglake_cli.deploy.change_sets.cloudformation import Order
from loglake_cli.deploy.settings.settings import Settings
from loglake_cli.deploy.stacks import parameters_for
from loglake_cli.operations.deploying.blueprints import Blueprint

SCHEDULE = "ScheduleState"
"""This parameter stays unless the settings file names it: loglake deploy --enable-schedule sets it."""

OF_ROLES = ("PermissionsBoundaryArn", "RolePath", "RoleNamePrefix")
"""Parameters of the roles. The stack deployer outputs them: with other values its role may not make a role."""

TAG = "loglake"
"""The key of the tag that all resources of a deployment have; its value is the prefix."""


@dataclass(frozen=True)
class Target:
    """The target.

    Attributes:
        blueprints: the templates, in the order of deployment.
        removed: templates of the stacks that the settings file turns off.
        given: parameters that are known before anything is deployed.
        left_out: the resource types that the Region lacks, by the optional stack that needs them.
        revert_drift: whether manual changes are undone.
        shared_log_days: the retention of shared log groups of Glue that have none; 0 leaves them alone.
    """

    place: Place
    prefix: str
    blueprints: tuple[Blueprint, ...]
    removed: tuple[Blueprint, ...]
    given: Mapping[str, str]
    tags: Mapping[str, str]
    artifacts: Artifacts
    left_out: Mapping[str, str] = field(default_factory=dict)
    revert_drift: bool = False
    shared_log_days: int = 0

    def stack_name(self, blueprint: Blueprint) -> str:
        """The name of a stack in the account."""
        return blueprint.stack.stack_name(self.prefix)

    def values(self, blueprint: Blueprint, outputs: Mapping[str, str]) -> dict[str, str]:
        """The known parameters of a stack."""
        known = {**outputs, **self.given}
        return {name: known[name] for name in blueprint.declared if name in known}

    def order(self, blueprint: Blueprint, outputs: Mapping[str, str]) -> Order:
        """What CloudFormation gets.

        Raises:
            ConfigError: a parameter has no value.
        """
        values = parameters_for(blueprint.declared, self.given, outputs)
        return Order(self.stack_name(blueprint), blueprint.text, values, self.tags, blueprint.capabilities)


def choose_stacks(
    blueprints: Iterable[Blueprint], wanted: Mapping[str, bool], deployed: Iterable[str]
) -> tuple[tuple[Blueprint, ...], tuple[Blueprint, ...]]:
    """The stacks to deploy, and those to remove. An optional stack that is not named stays as it is."""
    there, chosen, removed = set(deployed), [], []
    for each in blueprints:
        if wanted.get(each.name, not each.stack.optional or each.name in there):
            chosen.append(each)
        elif each.name in there:
            removed.append(each)
    return tuple(chosen), tuple(removed)


def idle_parameters(
    blueprints: Iterable[Blueprint], chosen: Iterable[Blueprint], named: Iterable[str]
) -> dict[str, list[str]]:
    """The parameters that a settings file names and that only a stack has which is off, by that stack."""
    used = {name for each in chosen for name in each.declared}
    idle = {each.name: [name for name in named if name in each.declared and name not in used] for each in blueprints}
    return {name: parameters for name, parameters in idle.items() if parameters}


def given_parameters(
    settings: Settings,
    blueprints: Sequence[Blueprint],
    states: Mapping[str, StackState],
    artifacts: Artifacts,
    deployer: Mapping[str, str],
) -> dict[str, str]:
    """The chosen parameters.

    With a settings file they come from the file and the templates' defaults; without one they stay as they are. The
    state of the schedule always stays unless the file names it. Those of the roles come from the stack deployer unless
    the file names them.

    Args:
        settings: those of the file, or empty ones.
        blueprints: all templates.
        states: the stacks that are there, by their names behind the prefix.
        artifacts: the uploaded files.
        deployer: the outputs of the stack deployer; none if there is no such stack.

    Raises:
        ConfigError: loglake does not run on the Glue version, or a service can't deliver into an encrypted bucket.
    """
    passed_on = {name for each in blueprints for name in each.outputs}
    before = {
        name: value
        for state in states.values()
        for name, value in state.parameters.items()
        if name not in passed_on and (settings.parameters is None or name == SCHEDULE)
    }
    if "events" in states and SCHEDULE in states["events"].parameters:
        before[SCHEDULE] = states["events"].parameters[SCHEDULE]
    roles = {name: deployer[name] for name in OF_ROLES if name in deployer}
    given = {**before, **roles, **(settings.parameters or {}), "Prefix": settings.prefix}
    _check_delivery(given)
    return {**given, **artifacts.parameters(_glue_version(given, blueprints))}


def _check_delivery(given: Mapping[str, str]) -> None:
    """Load balancers and S3 deliver only into a bucket with keys of S3 (SSE-S3)."""
    refused = sorted({"ALB", "S3AccessLogs"} & set(given.get("DirectDelivery", "").split(",")))
    if refused and given.get("KmsKeyArn"):
        raise ConfigError(
            f"{' and '.join(refused)} can't deliver into a bucket with a KMS key: take it out of DirectDelivery, or "
            "leave KmsKeyArn empty."
        )


def _glue_version(given: Mapping[str, str], blueprints: Iterable[Blueprint]) -> str:
    declared = next(each.declared["GlueVersion"] for each in blueprints if "GlueVersion" in each.declared)
    return given.get("GlueVersion", str(declared["Default"]))
