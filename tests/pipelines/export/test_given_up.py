"""A window that can't be converted is FAILED, whatever stops its converter."""

from __future__ import annotations

from collections import Counter

import pytest
from support.fakes.steps import CrashError, Steps, crash
from support.worlds.settling import SettlingWorld, event, hour

from loglake.core.keys import COMMITS
from loglake.core.ledger.row import WindowState

pytestmark = pytest.mark.unit


def broken_world() -> SettlingWorld:
    """An hour without its raw object."""
    world = SettlingWorld()
    world.export(hour(0), [event(0)])
    world.raw.objects.clear()
    return world


def test_a_window_that_failed_is_converted_once_it_is_exported_again() -> None:
    world = broken_world()
    world.convert()
    assert world.state(hour(0)) is WindowState.FAILED
    assert list(world.lake.list(COMMITS)) == []
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
