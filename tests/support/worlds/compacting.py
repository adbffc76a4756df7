"""A log group with hours that became final long ago; their partition is due for compaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from loglake.core.compaction.decision import Decision
from loglake.core.compaction.keys import Place, decision_of_shared, is_compacted
from loglake.core.state_items import CHECK
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.pipelines.commit.decisions import Decisions
from loglake.pipelines.compaction.compactor import PartitionCompactor
from loglake.pipelines.compaction.eligibility import Compactable
from loglake.pipelines.compaction.log import CompactionLog
from loglake.pipelines.convert.report import ConvertReport
from support.fakes.plain_stage import Event, PlainStage
from support.fakes.steps import Call, Steps
from support.worlds.copies import made_once
from support.worlds.settling import SettlingWorld, event, hour

PLACE = Place("app_shop", "dt=2026-11-21")
HOURS = range(4)
EVENTS = [event(number) for number in HOURS]
LATE = [event(number, "late") for number in HOURS]
NOW = EpochMs(0)


@made_once
def old_world() -> SettlingWorld:
    """Four hours of a day are in the table, and nothing is due for them any more."""
    return _old(SettlingWorld())


@made_once
def old_shared_world() -> SettlingWorld:
    """As `old_world`, and the hours share a file; one came later."""
    world = _old(SettlingWorld(shares=True))
    assert [bool(decision_of_shared(key)) for key in files(world)] == [True]
    world.export(hour(4), [event(4)])
    world.convert()
    world.clock.sleep(20 * MS_PER_DAY / 1000)
    return world


def _old(world: SettlingWorld) -> SettlingWorld:
    for number in HOURS:
        world.export(hour(number), [event(number)])
    world.convert()
    world.clock.sleep(20 * MS_PER_DAY / 1000)
    world.ledger.put(CHECK, PLACE.table, NOW)
    return world


@made_once
def compacted_world() -> SettlingWorld:
    """As `old_world`, after the compaction into one file."""
    world = old_world()
    world.convert()
    assert [is_compacted(key) for key in files(world)] == [True]
    return world


def compact(world: SettlingWorld, steps: Steps | None = None) -> ConvertReport:
    """A run that is due to check the table."""
    world.ledger.put(CHECK, PLACE.table, NOW)
    return world.convert(steps)


def compact_blindly(world: SettlingWorld, steps: Steps | None = None) -> None:
    """A compaction with a stale index of pending rows that does not clean up first."""
    wrap: Callable[..., Any] = steps.wrap if steps else lambda port: port
    lake, ledger = wrap(world.lake), wrap(world.ledger)
    world.runs += 1
    stage = PlainStage(world.raw, lake)
    compactor = PartitionCompactor(lake, ledger, stage, Decisions(lake), f"blind_{world.runs}")
    while compactor.step(PLACE, Compactable(world.clock.now_ms(), {}, (), compactor.parts_of)):
        continue


def files(world: SettlingWorld) -> list[str]:
    return [item.key for item in world.lake.list("tables/")]


def live(world: SettlingWorld) -> Decision | None:
    return CompactionLog(world.lake, PLACE, "test").read().live


def assert_same(world: SettlingWorld, events: list[Event]) -> None:
    """The table has these events, each once, and nothing is left anywhere."""
    assert world.visible() == Counter(events)
    assert world.staged() == []
    decision = live(world)
    named = {file.final_key for file in decision.files} if decision else set()
    assert {key for key in files(world) if is_compacted(key)} == named


def stopping_points(run: Callable[[SettlingWorld, Steps], object], make: Callable[[], SettlingWorld]) -> list[Call]:
    """Each call of a run in a world."""
    steps = Steps()
    run(make(), steps)
    return steps.points(least=21)
