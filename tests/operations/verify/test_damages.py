"""Every kind of damage: it is named, and nothing else is; what mends it is a command, and the rows are as before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.worlds.damages import Case, cases
from support.worlds.operated import deploy, loglake_on_lake
from support.worlds.verified import contents, whole_lake

if TYPE_CHECKING:
    from support.worlds.worlds import World

pytestmark = pytest.mark.unit


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A whole lake, deployed."""
    world = whole_lake()
    deploy(monkeypatch, world, world.tasks)
    return world


@pytest.mark.parametrize("deep", [False, True])
def test_nothing_is_found_on_a_whole_lake(deep: bool, world: World) -> None:
    done = loglake_on_lake("verify", *(["--deep"] if deep else []))
    assert (done.exit_code, done.stdout.count("\n")) == (0, 1)
    how = "every byte" if deep else "sizes and row counts"
    assert done.stdout.startswith("Looked at 7 windows, 6 files, ")
    assert done.stdout.endswith(f" bytes: {how}. All is as it should be.\n")
    assert loglake_on_lake("rerun", "--damaged").stdout == "Nothing is damaged.\n"


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_a_damage_is_named_alone_and_mended_by_the_command_that_is_named(case: Case, world: World) -> None:
    before = contents(world)
    named = case.make(world)
    found = verified(deep=case.deep)
    assert [(each["kind"], each["key"]) for each in found] == sorted(named, key=lambda each: each[1])
    (fix,) = {each["fix"] for each in found}
    if case.deep:
        assert verified() == []  # the shallow look does not read what is in the files
    rows = dict(world.ledger.stored)
    foreseen = loglake_on_lake(*fix.removesuffix(" --aws lake").split()[1:], "--dry-run")
    assert (foreseen.exit_code, dict(world.ledger.stored)) == (0, rows), foreseen.output
    done = loglake_on_lake(*fix.removesuffix(" --aws lake").split()[1:])
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    world.convert("jr_mend")
    assert verified(deep=True) == []
    assert contents(world) == before


def verified(*, deep: bool = False) -> list[dict[str, str]]:
    """What is damaged, as the document has it."""
    done = loglake_on_lake("verify", "--json", *(["--deep"] if deep else []))
    document = json.loads(done.stdout)
    assert done.exit_code == (1 if document["damage"] else 0)
    damage: list[dict[str, str]] = document["damage"]
    return damage
