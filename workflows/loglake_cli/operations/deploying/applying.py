"""Applies a deployment, stack by stack. After any interruption, the next one continues."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from gluelocal.templates.template_yaml import parse_yaml
from loglake.core.ports.clock import Clock
from loglake_cli.deploy.calls import DecisionError
from loglake_cli.deploy.change_sets.changes import DATA_TYPES, Change, StackState, Standing
from loglake_cli.deploy.change_sets.cloudformation import ChangeSet, Order, ToImport
from loglake_cli.deploy.job_logs import keep_for, kept_forever
from loglake_cli.operations.deploying.blueprints import Blueprint
from loglake_cli.operations.deploying.plan import LEFT_OUT, amounts, drift_of, missing_objects
from loglake_cli.operations.deploying.planning import Planner
from loglake_cli.operations.deploying.running import crawls, wait_until_idle
from loglake_cli.wording import counted

_CRAWLER = "AWS::Glue::Crawler"
"""Glue updates no crawler while it crawls (aws-cloudformation-coverage-roadmap #817), and any job while it runs: the
code of a run lies under a key of its content, so it stays.
"""

_MOST_CRAWL_S = 30 * 60


@dataclass(frozen=True)
class Applier(Planner):
    """Changes the stacks of an account.

    Attributes:
        replace_data: whether a bucket or a table may be replaced or leave its stack.
    """

    clock: Clock
    say: Callable[[str], None]
    replace_data: bool = False

    def apply(self, wanted: Callable[[Blueprint], bool] = lambda _: True) -> dict[str, str]:
        """Deploys the target's stacks in order; then removes those that it turns off, in reverse.

        The files of the jobs are uploaded as soon as there is a control bucket. Stacks that the target does not name
        stay as they are.

        Returns:
            By the stack's name: created, changed, unchanged, removed or left out.

        Raises:
            StackError: the change of a stack failed.
            DecisionError: a bucket or table would be replaced.
        """
        outputs: dict[str, str] = {}
        done: dict[str, str] = {}
        for number, blueprint in enumerate(self.target.blueprints):
            before = self.settled(blueprint)
            if not wanted(blueprint):
                outputs.update(before.outputs if before else {})
                continue
            found, outcome = self._stack(blueprint, before, outputs)
            outputs.update(found.outputs)
            done[blueprint.name] = outcome
            if number == 0:
                self._upload()
        for blueprint in reversed(self.target.removed):
            state = self.settled(blueprint)
            if state is not None:
                self.say(f"Deleting {state.name}")
                self.cloudformation.delete(state)
                done[blueprint.name] = "removed"
        return {**done, **dict.fromkeys(self.target.left_out, LEFT_OUT)}

    def _stack(self, blueprint: Blueprint, state: StackState | None, outputs: dict[str, str]) -> tuple[StackState, str]:
        order = self.target.order(blueprint, outputs)
        if state and state.standing is Standing.BROKEN:
            self.say(f"Deleting {state.name}, which is {state.status}")
            self.cloudformation.delete(state)
            state = None
        ready = state is not None and state.standing is Standing.READY
        had = frozenset(self.cloudformation.resources(order.stack_name) if ready else ())
        imports = self.to_import(blueprint, outputs, had)
        if imports:
            self._import(blueprint, order, state if ready else None, imports)
        exists = ready or bool(imports)
        reverts = exists and self.target.revert_drift
        change_set = self.cloudformation.change_set(order, "UPDATE" if exists else "CREATE", revert_drift=reverts)
        if change_set.empty:
            found = self.cloudformation.stack(order.stack_name)
            assert found is not None, "a stack without changes exists"
            return found, "changed" if imports else "unchanged"
        self._check(change_set, order, ready=ready)
        what = amounts(change_set.changes) or "its outputs"
        self.say(f"{'Changing' if exists else 'Creating'} {order.stack_name}: {what}")
        changed = self.cloudformation.execute(change_set, order.stack_name)
        for each in self.cloudformation.drift(order) if imports and not reverts else ():
            said = f"{each.logical_id}, which was imported, is not as the settings say ({', '.join(each.causes)})"
            self.say(f"{order.stack_name}: {said}. That stays; loglake deploy --revert-drift changes it")
        return changed, "changed" if ready else "created"

    def _check(self, change_set: ChangeSet, order: Order, *, ready: bool) -> None:
        """Stops before a change that nobody agreed to, and leaves no change set behind."""
        try:
            check_losses(order.stack_name, change_set.changes, allowed=self.replace_data)
            if ready and change_set.changes and not self.target.revert_drift:
                check_overwritten(order.stack_name, change_set.changes, self.cloudformation.drift(order))
            if any(change.type == _CRAWLER and change.action != "Add" for change in change_set.changes):
                crawling = partial(crawls, self.clients("glue"), self.target.prefix)
                wait_until_idle(crawling, self.clock, self.say, _MOST_CRAWL_S)
        except BaseException:
            self.cloudformation.drop(change_set)
            raise

    def _import(
        self, blueprint: Blueprint, order: Order, state: StackState | None, imports: tuple[ToImport, ...]
    ) -> None:
        """Imports existing resources into a stack; the update that follows makes, changes and tags the rest."""
        names = ", ".join(name for each in imports for name in each.identifier.values())
        self.say(f"Importing {names} into {order.stack_name}")
        deployed = parse_yaml(self.cloudformation.template(state), Path(state.name)) if state else {}
        importing = replace(
            order,
            template=blueprint.importing([each.logical_id for each in imports], deployed),
            parameters={**order.parameters, **(state.parameters if state else {})},
            tags=state.tags if state else {},
        )
        change_set = self.cloudformation.change_set(importing, "IMPORT", imports)
        self.cloudformation.execute(change_set, order.stack_name)

    def _upload(self) -> None:
        """Uploads missing files, and sets the retention of shared log groups if the settings ask for it."""
        missing = missing_objects(self.clients("s3"), self.target.artifacts)
        if missing:
            self.say(f"Uploading {counted(len(missing), 'file')} to {self.target.artifacts.bucket}")
            self.target.artifacts.put(self.clients("s3"), missing)
        if self.target.shared_log_days:
            logs = self.clients("logs")
            keep_for(logs, kept_forever(logs), self.target.shared_log_days)


def check_losses(stack_name: str, changes: Iterable[Change], *, allowed: bool) -> None:
    """Refuses changes that replace a bucket or table, or remove it from its stack.

    Raises:
        DecisionError: there are some, and nobody allows them.
    """
    losses = [each for each in changes if each.loses_data]
    if losses and not allowed:
        which = "; ".join(
            f"the {DATA_TYPES[each.type][1]} {each.physical_id or each.logical_id} would be {each.effect}"
            + (f" ({', '.join(each.causes)})" if each.causes else "")
            for each in losses
        )
        raise DecisionError(
            f"{stack_name} is left as it is: {which}. What it holds would stay, and the deployment would not find it "
            "any more. If that is meant, add --replace-data."
        )


def check_overwritten(stack_name: str, changes: Iterable[Change], drift: Iterable[Change]) -> None:
    """Refuses to change a resource that somebody else changed: CloudFormation would write all of it again.

    Raises:
        DecisionError: there is such a resource.
    """
    changed = {each.logical_id for each in changes}
    both = [each for each in drift if each.logical_id in changed]
    if both:
        which = "; ".join(f"{each.logical_id} {drift_of(each)}" for each in both)
        raise DecisionError(
            f"{stack_name} is left as it is: {which}, and this deployment would overwrite that. If that is meant, add "
            "--revert-drift, which undoes all such changes."
        )
