"""A commit notes catalog gaps before its rows appear, and not if it is refused."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from support.fakes.steps import Call, CrashError, Steps, crash
from support.lakes.decisions import decision_of
from support.worlds.claiming import claim
from support.worlds.committers import SCHEMA, committer_of
from support.worlds.settling import DAY, SHOP, SettlingWorld, event, hour
from support.worlds.worlds import World

from loglake.core.accounting import Accounting
from loglake.core.keys import COMMITS, REQUESTS, TABLES
from loglake.core.ledger.manifest import Batch
from loglake.core.ledger.row import Current, LedgerRow, WindowState
from loglake.core.schema.conversion import BundleResult, StagedFile
from loglake.core.state_items import CATALOG_GAP, values
from loglake.errors import FewerEventsError, LoglakeError, UnbalancedError, WindowBusyError
from loglake.pipelines.commit.leases import Leases

pytestmark = pytest.mark.unit

LEASE_S = 60
ONE = Accounting(events_in=1, rows_out=1)


def exported_world(windows: int = 2) -> SettlingWorld:
    world = SettlingWorld()
    for number in range(windows):
        world.export(hour(24 * number), [event(24 * number)])
    return world


def result(row: LedgerRow, accounting: Accounting = ONE) -> BundleResult:
    final = row.keys.table_file("app_shop", "dt=2026-11-21", 0)
    staged = StagedFile(row.keys.staged("a", final), final, 1, 10, "dt=2026-11-21")
    return BundleResult(row.log_group, row.window, 0, (staged,), accounting)


def noted_by_commit(
    world: SettlingWorld, row: LedgerRow, refused: type[LoglakeError], *, counts: Accounting = ONE
) -> list[tuple[str, tuple[str, ...]]]:
    """The notes of a refused commit."""
    noted: list[tuple[str, tuple[str, ...]]] = []
    mine = Leases(world.ledger, world.clock, "a", LEASE_S)
    claimed = claim(mine, row)
    assert claimed
    with pytest.raises(refused):
        committer_of(world.lake, mine, "a", noted).commit(claimed, [result(claimed, counts)], SCHEMA)
    assert not world.lake.exists(decision_of(claimed))
    return noted


def test_a_commit_that_is_refused_notes_nothing() -> None:
    world = exported_world()
    first = world.row(hour(0))
    assert noted_by_commit(world, first, UnbalancedError, counts=Accounting(events_in=2, rows_out=1)) == []
    world = exported_world()
    more = replace(world.row(hour(0)), current=Current(0, accounting=Accounting(2, 2)))
    assert noted_by_commit(world, more, FewerEventsError) == []
    world = exported_world()
    assert noted_by_commit(world, world.export(DAY, [event(0)]), WindowBusyError) == []


def test_a_day_that_is_refused_wakes_nobody_for_what_it_would_have_brought() -> None:
    world = World()
    world.export(SHOP)
    for row in world.ledger.rows(SHOP):
        world.ledger.stored[SHOP, row.window] = replace(row, current=Current(0, accounting=Accounting(25, 25)))
    report = world.convert()
    assert (len(report.failed), report.catalog_gaps, values(world.ledger, CATALOG_GAP)) == (2, 0, {})
    assert list(world.control.list(f"{REQUESTS}continue/")) == []


def steps() -> list[Call]:
    counting = Steps()
    exported_world().convert(counting)
    return counting.points()


@pytest.mark.parametrize("at", steps(), ids=str)
def test_whatever_step_a_converter_is_killed_at_what_it_decided_is_noted(at: int) -> None:
    world = exported_world()
    with suppress(CrashError):
        world.convert(Steps(at, crash))
    batches = [Batch.from_bytes(world.lake.get(item.key)) for item in world.lake.list(COMMITS)]
    decided = [part for batch in batches for part in batch.windows]
    partitions = {partition for manifest in decided for partition in manifest.partitions}
    notes = values(world.ledger, CATALOG_GAP)
    assert partitions <= set(notes["app_shop"].missing.partitions if notes else ())
    assert decided or not list(world.lake.list(TABLES))
    world.overtake()
    assert world.states() == {hour(0): WindowState.CONVERTED, hour(24): WindowState.CONVERTED}
