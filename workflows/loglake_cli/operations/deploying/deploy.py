"""``loglake deploy`` without its command line: target, plan, changes and checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from loglake.core.ports.clock import Clock
from loglake.core.schema.datasets import Datasets
from loglake.errors import ConfigError, PermanentError
from loglake.kernels.formats.registry import left_out as left_out_patterns
from loglake.pipelines.landing.subscribe import Report
from loglake_cli.deploy.artifacts import artifacts_for, read_datasets
from loglake_cli.deploy.calls import Clients, check_place, find_place
from loglake_cli.deploy.change_sets.changes import Standing
from loglake_cli.deploy.change_sets.cloudformation import CloudFormation
from loglake_cli.deploy.packaged_files import ExtraWheels, own_code
from loglake_cli.deploy.packaging import build_package
from loglake_cli.deploy.redact_key import for_jobs, key_parameters
from loglake_cli.deploy.settings.settings import Settings, check_patterns
from loglake_cli.deploy.stacks import ALL_STACKS, DEPLOYER
from loglake_cli.operations.deploying.applying import Applier, check_losses, check_overwritten
from loglake_cli.operations.deploying.blueprints import OPTIONAL, Blueprint, read_blueprints
from loglake_cli.operations.deploying.plan import Plan, leaving
from loglake_cli.operations.deploying.subscriptions import STREAMING, Subscriptions
from loglake_cli.operations.deploying.target import (
    SCHEDULE,
    TAG,
    Target,
    choose_stacks,
    given_parameters,
    idle_parameters,
)
from loglake_cli.operations.doctor.finding import Finding
from loglake_cli.project_files import DATASETS_FILE

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """The result of a deployment.

    Attributes:
        stacks: the result for each, by its name.
        findings: what the checks found, problems or not.
        schedule: enabled, disabled or unknown.
        filters: what became of subscription filters.
    """

    stacks: Mapping[str, str]
    findings: tuple[Finding, ...]
    schedule: str
    filters: Report

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What the checks found wrong."""
        return tuple(each for each in self.findings if each.result == "problem")


@dataclass(frozen=True)
class Deploying:
    """A deployment that is about to be made.

    Attributes:
        enable_schedule: the schedule is turned on at the end, if the checks find nothing wrong.
        datasets: those of the datasets file.
    """

    applier: Applier
    enable_schedule: bool
    datasets: Datasets

    def plan(self) -> Plan:
        """What would change of stacks and subscription filters, and what the datasets file then makes leave."""
        do = self.applier
        plan = replace(do.plan(), filters=self._filters())
        is_there = any(each.name == "storage" and each.kind != "create" for each in plan.stacks)
        if not self.datasets.expire or not is_there:
            return plan
        try:
            amounts = leaving(do.clients, plan.place, plan.prefix, self.datasets, do.clock)
        except PermanentError as error:  # such as no permission to read the ledger
            return replace(plan, leaving_unknown=str(error))
        return replace(plan, leaving=amounts)

    def _filters(self) -> Report:
        if not self._subscribes:
            return Report(removed=self._subscriptions.noted)
        return self._subscriptions.plan(self.datasets, self.applier.target.given.get("FilterPattern", ""))

    @property
    def _subscribes(self) -> bool:
        """Whether log groups get subscription filters, one by one."""
        target = self.applier.target
        is_on = any(each.name == STREAMING for each in target.blueprints)
        return is_on and target.given.get("Subscribe", "LogGroups") == "LogGroups"

    @property
    def _subscriptions(self) -> Subscriptions:
        do = self.applier
        return Subscriptions(do.cloudformation, do.clients, do.clock, do.say, do.target.place, do.target.prefix)

    def check(self, plan: Plan) -> None:
        """Refuses a plan by which data or another's change is lost, unless that is wanted.

        Raises:
            DecisionError: a bucket or a table would be replaced or leave its stack, or drift would be overwritten.
        """
        for each in plan.stacks:
            check_losses(each.stack_name, each.changes, allowed=self.applier.replace_data)
            check_overwritten(each.stack_name, each.changes, each.drift)

    @property
    def schedule_changes(self) -> bool:
        """Whether the schedule has to be turned on."""
        return self.enable_schedule and self.applier.target.given.get(SCHEDULE) != "ENABLED"

    def apply(self, check: Callable[[], tuple[Finding, ...]]) -> Outcome:
        """Deploys, checks, and then turns the schedule on if requested and if the checks find nothing wrong.

        Raises:
            StackError: a stack did not become what it was to be.
            DecisionError: a bucket or table would be replaced.
        """
        do, target = self.applier, self.applier.target
        if not self._subscribes:
            self._subscriptions.remove()  # before their stream goes
        stacks = do.apply()
        # A look may have begun meanwhile, and made some.
        filters = self._subscriptions.subscribe(self.datasets) if self._subscribes else self._subscriptions.remove()
        outcome = Outcome(stacks, check(), self._schedule(), filters)
        if not self.schedule_changes or outcome.problems:
            return outcome
        do.say("Turning the schedule on")
        enabled = replace(target, given={**target.given, SCHEDULE: "ENABLED"}, removed=())
        more = replace(do, target=enabled).apply(lambda blueprint: SCHEDULE in blueprint.declared)
        both = {name: more.get(name, was) if was == "unchanged" else was for name, was in stacks.items()}
        return replace(outcome, stacks=both, schedule="enabled")

    def _schedule(self) -> str:
        state = self.applier.cloudformation.stack(f"{self.applier.target.prefix}-events")
        return {"ENABLED": "enabled", "DISABLED": "disabled"}.get(
            state.parameters.get(SCHEDULE, "") if state else "", "unknown"
        )


def prepare(
    settings: Settings,
    clients: Clients,
    clock: Clock,
    say: Say,
    *,
    extra_wheels: ExtraWheels,
    enable_schedule: bool = False,
    revert_drift: bool = False,
    replace_data: bool = False,
) -> Deploying:
    """Finds out what to deploy, and where; changes nothing.

    Args:
        settings: those of the file, or empty ones.
        clients: makes the clients of AWS.
        clock: the clock.
        say: called with what happens.
        extra_wheels: gives the wheels that the jobs need besides.
        enable_schedule: the schedule is turned on at the end, if the checks find nothing wrong.
        revert_drift: what was changed without CloudFormation is undone; else it stays.
        replace_data: a bucket or a table may be replaced.

    Raises:
        ConfigError: the datasets file or a setting is wrong, or AWS can't be asked.
    """
    place = find_place(clients)
    check_place(place, settings.account, settings.region)
    if enable_schedule and (settings.parameters or {}).get(SCHEDULE) == "DISABLED":
        raise ConfigError(
            f"the settings file sets {SCHEDULE} to DISABLED, which the next deployment would do again: take that line "
            "out, or leave --enable-schedule out."
        )
    cloudformation = CloudFormation(clients("cloudformation"), clock, say)
    blueprints = read_blueprints(ALL_STACKS)
    states = {each.name: state for each in blueprints if (state := _deployed(cloudformation, each, settings.prefix))}
    deployer = cloudformation.stack(f"{settings.prefix}-{DEPLOYER}")
    chosen, removed = choose_stacks(blueprints, settings.stacks, states)
    for name, idle in idle_parameters(blueprints, chosen, settings.parameters or {}).items():
        say(f"The stack {name} is off, so {', '.join(idle)} does nothing. `{name}: on` under `stacks:` turns it on.")
    say("Having CloudFormation check the templates")
    left_out = _left_out(cloudformation, chosen, settings.prefix, place.region)
    datasets = for_jobs(read_datasets(settings.datasets or DATASETS_FILE))
    wrong = list(check_patterns(datasets))
    if wrong:
        raise ConfigError("\n  ".join([f"{settings.datasets} can't be used:", *wrong]))
    for said in left_out_patterns(datasets):
        say(said)
    code = own_code(datasets, (settings.datasets or DATASETS_FILE).parent)
    say("Building the package that jobs run")
    artifacts = artifacts_for(place.bucket(settings.prefix, "control"), build_package(extra_wheels), datasets, code)
    target = Target(
        place,
        settings.prefix,
        tuple(each for each in chosen if each.name not in left_out),
        removed,
        {
            **given_parameters(settings, blueprints, states, artifacts, deployer.outputs if deployer else {}),
            **key_parameters(datasets, place.partition, f"{place.region}:{place.account}"),
        },
        {TAG: settings.prefix, **settings.tags},
        artifacts,
        left_out=left_out,
        revert_drift=revert_drift,
        shared_log_days=settings.shared_log_days,
    )
    applier = Applier(cloudformation, clients, target, clock, say, replace_data=replace_data)
    return Deploying(applier, enable_schedule, datasets)


def _left_out(
    cloudformation: CloudFormation, blueprints: Iterable[Blueprint], prefix: str, region: str
) -> dict[str, str]:
    """The optional stacks that the Region can't have, each with the resource types that it lacks.

    Raises:
        ConfigError: the Region lacks a type of another stack.
    """
    found = {}
    for each in blueprints:
        lacking = cloudformation.lacking_types(each.stack.stack_name(prefix), each.text)
        if lacking and each.name not in OPTIONAL:
            raise ConfigError(
                f"CloudFormation in {region} has no {lacking}, and loglake needs it: choose another Region."
            )
        if lacking:
            found[each.name] = lacking
    return found


def _deployed(cloudformation: CloudFormation, blueprint: Blueprint, prefix: str) -> Any:
    state = cloudformation.stack(blueprint.stack.stack_name(prefix))
    return None if state is None or state.standing is Standing.EMPTY else state
