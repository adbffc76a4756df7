"""A wider window does not replace a window with an unreadable row or unreadable compacted files."""

from __future__ import annotations

import pytest
from support.worlds.compacting import EVENTS, PLACE, compact, compacted_world, live
from support.worlds.ledger_rows import ledger_row
from support.worlds.settling import DAY, SHOP, SettlingWorld, event, hour

from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import Outcome

pytestmark = pytest.mark.unit


def test_a_day_waits_for_the_row_of_an_hour_that_cannot_be_read() -> None:
    world = SettlingWorld()
    for number in (0, 1):
        world.export(hour(number), [event(number)])
    world.convert()
    world.export(DAY, [event(0), event(1), event(2)])
    kept = world.row(hour(0))
    world.ledger.stored[SHOP, hour(0)] = ledger_row(SHOP, hour(0), "app_shop", WindowState.UNREADABLE)
    report = world.convert()
    assert (report.outcome, report.failed, report.remaining) == (Outcome.PARTIAL, [], 1)
    assert report.remarks == [
        "group#x 0#1 can't be read: damaged. Put it back as it was: what depends on it waits until then."
    ]
    assert (world.state(DAY), world.staged(), sorted(world.visible())) == (
        WindowState.EXPORTED,
        [],
        [event(0), event(1)],
    )
    world.ledger.stored[SHOP, hour(0)] = kept
    assert world.convert().outcome is Outcome.OK
    assert sorted(world.visible()) == [event(0), event(1), event(2)]


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"format": 2}'])
def test_a_partition_whose_decision_cannot_be_read_stays_as_it_is(body: bytes) -> None:
    world = compacted_world()
    decided = live(world)
    assert decided is not None
    key = PLACE.decision(decided.number)
    kept = world.lake.get(key)
    world.lake.put(key, body)
    world.reopen(hour(1))
    report = compact(world)
    assert (report.outcome, report.failed, report.converted) == (Outcome.PARTIAL, [], 0)
    assert list(report.unreadable) == [key]
    assert report.remarks[0].startswith(f"{key} can't be read: ")
    world.lake.put(key, kept)
    assert compact(world).outcome is Outcome.OK
    assert sorted(world.visible()) == EVENTS
