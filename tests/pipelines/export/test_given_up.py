"""A window that can't be converted: its generation is closed before it becomes FAILED."""

from __future__ import annotations

from collections import Counter

import pytest
from support.fakes.steps import CrashError, Steps, crash
from support.fakes.stores import MemoryStore
from support.worlds.committers import SCHEMA, committer_of
from support.worlds.ledger_rows import ledger_row
from support.worlds.settling import SHOP, SettlingWorld, event, hour

from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import WindowState
from loglake.errors import AccessDeniedError, LeaseLostError, PermanentError
from loglake.pipelines.commit.leases import Leases

pytestmark = pytest.mark.unit


class Guarded(MemoryStore):
    """Refuses manifests."""

    def put_new(self, key: str, body: bytes) -> None:
        raise AccessDeniedError("grant s3:PutObject on commits/*")


def broken_world() -> SettlingWorld:
    """An hour without its raw object."""
    world = SettlingWorld()
    world.export(hour(0), [event(0)])
    world.raw.objects.clear()
    return world


def manifest_of(world: SettlingWorld) -> Manifest:
    return Manifest.from_bytes(world.lake.get(world.row(hour(0)).keys.manifest))


def test_a_failure_is_written_into_the_lake_with_its_reason() -> None:
    world = broken_world()
    world.convert()
    row, manifest = world.row(hour(0)), manifest_of(world)
    assert row.state is WindowState.FAILED
    assert (manifest.closed, manifest.files, manifest.owner) == (row.reason, (), "jr_1")
    world.export(hour(0), [event(0)])
    world.convert()
    assert (world.state(hour(0)), world.visible()) == (WindowState.CONVERTED, Counter([event(0)]))


def test_a_converter_that_is_killed_at_any_step_of_a_failure_is_followed_by_one_that_says_the_same() -> None:
    steps = Steps()
    undisturbed = broken_world()
    undisturbed.convert(steps)
    for at in steps.points():
        world = broken_world()
        with pytest.raises(CrashError):
            world.convert(Steps(at, crash))
        world.overtake()
        assert world.row(hour(0)).reason == undisturbed.row(hour(0)).reason
        assert manifest_of(world).closed == undisturbed.row(hour(0)).reason


def test_a_generation_that_was_given_up_is_not_converted_and_says_why() -> None:
    world = broken_world()
    world.convert()
    world.ledger.stored[SHOP, hour(0)] = ledger_row(SHOP, hour(0), "app_shop", WindowState.EXPORTED, version=50)
    leases = Leases(world.ledger, world.clock, "b", 60)
    row = leases.claim(world.row(hour(0)))
    assert row
    with pytest.raises(PermanentError, match="does not exist"):
        committer_of(world.lake, leases, "b").commit(row, [], SCHEMA)
    world.clock.sleep(60)
    assert Leases(world.ledger, world.clock, "c", 60).claim(world.row(hour(0)))
    with pytest.raises(LeaseLostError):
        committer_of(world.lake, leases, "b").roll_forward(row, manifest_of(world))


def test_a_failure_that_the_lake_does_not_take_is_reported_all_the_same() -> None:
    world = broken_world()
    world.lake = Guarded("lake")
    world.convert()
    row = world.row(hour(0))
    assert row.state is WindowState.FAILED
    assert row.reason.endswith("(and that could not be written into the lake: grant s3:PutObject on commits/*)")
