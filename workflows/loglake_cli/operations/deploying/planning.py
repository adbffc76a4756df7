"""Plans the changes of a deployment, stack by stack; changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from loglake.errors import AccessDeniedError, NotFoundError
from loglake_cli.deploy.calls import Clients, DecisionError, StackError, call
from loglake_cli.deploy.change_sets.changes import KEPT_TYPES, Change, StackState, Standing
from loglake_cli.deploy.change_sets.cloudformation import CloudFormation, ToImport
from loglake_cli.deploy.job_logs import kept_forever
from loglake_cli.operations.deploying.blueprints import Blueprint
from loglake_cli.operations.deploying.plan import LEFT_OUT, Plan, Setting, StackPlan, missing_objects
from loglake_cli.operations.deploying.target import Target


@dataclass(frozen=True)
class Planner:
    """Reads the stacks of an account."""

    cloudformation: CloudFormation
    clients: Clients
    target: Target

    def plan(self) -> Plan:
        """The planned changes.

        For an existing stack, a change set is made, read and deleted. A new stack gets everything in its template; a
        change set would leave an empty stack behind if it were interrupted.

        Raises:
            StackError: a stack can't be changed as it is.
        """
        outputs: dict[str, str] = {}
        plans = []
        for blueprint in self.target.blueprints:
            state = self.settled(blueprint)
            if state is None or state.standing is not Standing.READY:
                plans.append(self._new(blueprint, state, outputs))
                continue
            plans.append(self._existing(blueprint, state, outputs))
            outputs.update(state.outputs)
        removed = tuple(each for blueprint in self.target.removed for each in self._removed(blueprint))
        left_out = tuple(
            StackPlan(
                name,
                f"{self.target.prefix}-{name}",
                LEFT_OUT,
                note=f"CloudFormation in {self.target.place.region} has no {types}, so this stack is left out.",
            )
            for name, types in self.target.left_out.items()
        )
        missing = missing_objects(self.clients("s3"), self.target.artifacts)
        endless = kept_forever(self.clients("logs"))
        return Plan(
            self.target.place,
            self.target.prefix,
            (*plans, *removed, *left_out),
            missing,
            endless,
            self.target.shared_log_days,
        )

    def settled(self, blueprint: Blueprint) -> StackState | None:
        """A stack after its running change has ended; None if there is none.

        Raises:
            StackError: its rollback has to be continued first.
        """
        name = self.target.stack_name(blueprint)
        state = self.cloudformation.settled(name)
        if state and state.standing is Standing.STUCK:
            raise StackError(
                f"{name} is {state.status}, so CloudFormation changes nothing of it: "
                f"{self.cloudformation.why(state)}. Fix that, and run `aws cloudformation continue-update-rollback "
                f"--stack-name {name}`."
            )
        return state

    def to_import(self, blueprint: Blueprint, outputs: Mapping[str, str], had: frozenset[str]) -> tuple[ToImport, ...]:
        """Existing buckets, policies and tables without a stack that the stack should own.

        Args:
            blueprint: of the stack.
            outputs: of the stacks before it.
            had: the logical ids of its resources.
        """
        wanted = blueprint.kept(
            self.target.values(blueprint, outputs), self.target.place, self.target.stack_name(blueprint)
        )
        found = (each for each in wanted if each.logical_id not in had)
        return tuple(existing_data(self.clients, self.cloudformation, found, self.target.stack_name(blueprint)))

    def _new(self, blueprint: Blueprint, state: StackState | None, outputs: Mapping[str, str]) -> StackPlan:
        name, values = self.target.stack_name(blueprint), self.target.values(blueprint, outputs)
        imports = {each.logical_id for each in self.to_import(blueprint, outputs, frozenset())}
        changes = tuple(
            replace(change, action="Import") if change.logical_id in imports else change
            for change in blueprint.additions(values, self.target.place, name)
        )
        note = ""
        if state and state.standing is Standing.BROKEN:
            note = f"It is {state.status}: {self.cloudformation.why(state)}. So it is deleted first."
        own = {each: values[each] for each in values if "Default" in blueprint.declared[each]}
        defaults = {each: str(item["Default"]) for each, item in blueprint.declared.items() if "Default" in item}
        settings = tuple(Setting(each, None, value) for each, value in own.items() if value != defaults[each])
        return StackPlan(blueprint.name, name, "create", changes, settings, note)

    def _existing(self, blueprint: Blueprint, state: StackState, outputs: Mapping[str, str]) -> StackPlan:
        name, settings = state.name, tuple(self._settings(blueprint, state, outputs))
        unknown = set(blueprint.declared) - set(self.target.values(blueprint, outputs)) - set(state.parameters)
        if any("Default" not in blueprint.declared[each] for each in unknown):
            note = "What changes is known only once the stacks before it are deployed."
            return StackPlan(blueprint.name, name, "update", (), settings, note)
        imports = self.to_import(blueprint, outputs, frozenset(self.cloudformation.resources(name)))
        if imports:
            found = tuple(Change("Import", each.logical_id, each.type) for each in imports)
            note = "What else changes is known only once that is imported."
            return StackPlan(blueprint.name, name, "update", found, settings, note)
        self.cloudformation.drop_leftovers(name)
        needed = {name for name, item in blueprint.declared.items() if "Default" not in item}
        # What was passed before stands in for the outputs of stacks that don't exist yet.
        passed_on = {name: value for name, value in state.parameters.items() if name in needed}
        order = self.target.order(blueprint, {**passed_on, **outputs})
        change_set = self.cloudformation.change_set(order, "UPDATE", revert_drift=self.target.revert_drift)
        self.cloudformation.drop(change_set)
        drift = () if self.target.revert_drift else self.cloudformation.drift(order)
        kind = "unchanged" if change_set.empty else "update"
        shown = settings if kind == "update" else ()
        return StackPlan(blueprint.name, name, kind, change_set.changes, shown, drift=drift)

    def _settings(self, blueprint: Blueprint, state: StackState, outputs: Mapping[str, str]) -> Iterator[Setting]:
        values = self.target.values(blueprint, outputs)
        for name, item in blueprint.declared.items():
            after = values.get(name, str(item["Default"]) if "Default" in item else state.parameters.get(name))
            before = state.parameters.get(name)
            if before != after:
                yield Setting(name, before, after)

    def _removed(self, blueprint: Blueprint) -> Iterator[StackPlan]:
        state = self.settled(blueprint)
        if state is not None:
            resources = self.cloudformation.resources(state.name)
            gone = {name: found for name, found in resources.items() if name not in blueprint.retained}
            changes = tuple(Change("Remove", name, kind, physical_id) for name, (kind, physical_id) in gone.items())
            stays = {physical_id: None for name, (_, physical_id) in resources.items() if name not in gone}
            note = "The settings file turns it off." + (f" {', '.join(stays)} stays." if stays else "")
            yield StackPlan(blueprint.name, state.name, "remove", changes, (), note)


def existing_data(
    clients: Clients, cloudformation: CloudFormation, wanted: Iterable[ToImport], stack_name: str
) -> Iterator[ToImport]:
    """The wanted resources that exist and can be imported.

    Raises:
        DecisionError: one belongs to another stack or account.
    """
    for each in wanted:
        (name,) = each.identifier.values()
        if not _is_there(clients, each.type, name):
            continue
        owner = cloudformation.owner_of(name)
        if owner and owner != stack_name:
            kind = KEPT_TYPES[each.type][1]
            raise DecisionError(
                f"the {kind} {name} belongs to the stack {owner}, so {stack_name} can't have it: choose another "
                "--prefix, or take it out of that stack. Nothing was changed."
            )
        if not owner:
            yield each


def _is_there(clients: Clients, kind: str, name: str) -> bool:
    look: dict[str, tuple[str, str, dict[str, Any]]] = {
        "AWS::S3::Bucket": ("s3", "head_bucket", {"Bucket": name}),
        "AWS::S3::BucketPolicy": ("s3", "get_bucket_policy", {"Bucket": name}),
        "AWS::DynamoDB::Table": ("dynamodb", "describe_table", {"TableName": name}),
    }
    service, operation, parameters = look[kind]
    try:
        call(clients(service), operation, name, **parameters)
    except AccessDeniedError as error:
        if kind == "AWS::S3::Bucket":
            raise DecisionError(
                f"the bucket {name} is there and can't be looked at: it is somebody else's, or s3:ListBucket on it is "
                "not granted. Nothing was changed."
            ) from error
        raise
    except NotFoundError:
        return False
    return True
