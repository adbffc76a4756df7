"""After an interruption at any call, the next deployment ends as if there had been none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.deployments.small_stacks import DATA, NAMES, SmallStacks

from loglake_cli.operations.deploying import destroy

if TYPE_CHECKING:
    from support.aws.checked_clients import MadeCall

pytestmark = pytest.mark.unit

READS = ("Describe", "List", "Get", "Head")
HOUR_MS = 60 * 60 * 1000


class Interrupts:
    """Ends the process before or after the call of a number."""

    def __init__(self, stacks: SmallStacks, number: int, *, after: bool) -> None:
        self._left, self._after = number, after
        self._answer = stacks.account.answer
        stacks.account.clients.answer = self

    def __call__(self, made: MadeCall) -> Any:
        self._left -= 1
        if self._left:
            return self._answer(made)
        if self._after:
            self._answer(made)
        raise KeyboardInterrupt


def went_on(stacks: SmallStacks) -> dict[str, str]:
    stacks.account.clients.answer = stacks.account.answer
    stacks.account.cloudformation.begin_all()
    stacks.account.clock.time_ms += 2 * HOUR_MS
    stacks.apply()
    stacks.plan()
    assert stacks.account.cloudformation.change_sets == {}, "leftovers are deleted"
    return stacks.states()


def changing_calls(stacks: SmallStacks) -> list[int]:
    """The numbers, from 1, of the calls that changed something; only these are worth interrupting."""
    made = enumerate(stacks.account.clients.calls, 1)
    return [number for number, call in made if not call.operation.startswith(READS)]


def fresh(_: SmallStacks) -> None:
    """An empty account."""


def changed(stacks: SmallStacks) -> None:
    """A complete deployment, with changes to a parameter and the data stack."""
    stacks.apply()
    stacks.given["Minutes"] = "90"
    stacks.texts["storage"] = DATA.replace("PolicyDocument: {}", "PolicyDocument: {Version: x}")


def left(stacks: SmallStacks) -> None:
    """Only the data of an earlier deployment is there."""
    stacks.apply()
    for name in reversed(NAMES):
        state = stacks.cloudformation.stack(name)
        assert state
        stacks.cloudformation.delete(state)


def broken(stacks: SmallStacks) -> None:
    """The creation of a stack has failed."""
    stacks.account.cloudformation.fails["Role"] = "Rate exceeded"
    with pytest.raises(Exception, match="Rate exceeded"):
        stacks.apply()
    stacks.account.cloudformation.fails.clear()


@pytest.mark.parametrize("prepare", [fresh, changed, left, broken])
def test_an_interrupted_deployment_goes_on(tmp_path: Path, prepare: Any) -> None:
    whole = SmallStacks(tmp_path)
    prepare(whole)
    whole.account.clients.calls.clear()
    whole.apply()
    for number in changing_calls(whole):
        stacks = SmallStacks(tmp_path)
        prepare(stacks)
        Interrupts(stacks, number, after=True)
        with pytest.raises(KeyboardInterrupt):
            stacks.apply()
        states = went_on(stacks)
        assert set(states) == set(NAMES), number
        assert set(states.values()) <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, number
        minutes = stacks.account.cloudformation.stacks["lake-log-lake"].parameters["Minutes"]
        assert minutes == stacks.given.get("Minutes", "60")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_interrupted_dry_run_leaves_nothing_that_matters(tmp_path: Path, after: bool) -> None:
    stacks = SmallStacks(tmp_path)
    stacks.apply()
    stacks.given["Minutes"] = "90"
    stacks.account.clients.calls.clear()
    stacks.plan()
    for number in changing_calls(stacks):
        Interrupts(stacks, number, after=after)
        with pytest.raises(KeyboardInterrupt):
            stacks.plan()
        stacks.account.clients.answer = stacks.account.answer
    assert set(stacks.states().values()) == {"CREATE_COMPLETE"}
    stacks.account.clock.time_ms += 2 * HOUR_MS
    stacks.plan()
    assert stacks.account.cloudformation.change_sets == {}


def test_what_somebody_else_has_begun_is_waited_for(tmp_path: Path) -> None:
    stacks = SmallStacks(tmp_path)
    stacks.apply()
    stacks.given["Minutes"] = "90"
    order = stacks.target.order(stacks.target.blueprints[2], {"RoleArn": "arn:aws:x:::role"})
    made = stacks.cloudformation.change_set(order, "UPDATE")
    stacks.account.clients("cloudformation").execute_change_set(StackName=made.stack_id, ChangeSetName=made.id)
    stacks.account.cloudformation.stacks["lake-log-lake"].steps.pop(0)()
    stacks.said.clear()
    stacks.apply()
    assert stacks.said[0] == "lake-log-lake is UPDATE_IN_PROGRESS: waiting until that has ended"


def test_an_interrupted_destruction_goes_on(tmp_path: Path) -> None:
    def take_out(stacks: SmallStacks) -> None:
        account = stacks.account
        destroying = destroy.prepare("lake", account.clients, account.clock, stacks.say)
        removal = destroying.look(count=True)
        destroying.destroy(removal, delete_data=True)

    whole = SmallStacks(tmp_path)
    whole.apply()
    whole.account.clients.calls.clear()
    take_out(whole)
    for number in changing_calls(whole):
        stacks = SmallStacks(tmp_path)
        stacks.apply()
        Interrupts(stacks, number, after=True)
        with pytest.raises(KeyboardInterrupt):
            take_out(stacks)
        stacks.account.clients.answer = stacks.account.answer
        stacks.account.cloudformation.begin_all()
        take_out(stacks)
        assert (stacks.states(), stacks.account.cloudformation.account) == ({}, set()), number
