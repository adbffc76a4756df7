"""Windows with an outcome that the ledger refuses: the next run finds them again, and they keep their owner."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from support.fakes.fakes import MemoryLedger
from support.worlds.claiming import claim
from support.worlds.worlds import LEASE_S, PAY, SHOP, World

from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.schema.bundle import Bundle
from loglake.core.state_items import LEASE, LEASES, StateItem
from loglake.core.units import EpochMs
from loglake.errors import ThrottledError
from loglake.pipelines.commit.leases import Leases, leases_until

pytestmark = pytest.mark.unit


def lose_raw_object(world: World) -> LedgerRow:
    """Removes the object of the first window of `PAY`, which makes that window fail; returns its row."""
    row = world.ledger.rows(PAY)[0]
    (item,) = json.loads(world.control.get(row.keys.object_list))["objects"]
    world.raw.delete([item["key"]])
    return row


class ThrottledLedger(MemoryLedger):
    """Refuses rows in a state, `times` times."""

    def __init__(self, refused: WindowState, times: int) -> None:
        super().__init__()
        self._refused = refused
        self.times = times

    def replace(self, row: LedgerRow) -> None:
        if row.state is self._refused and self.times:
            self.times -= 1
            raise ThrottledError("slow down")
        super().replace(row)


def test_a_failure_that_cant_be_written_down_is_found_again_by_the_next_run() -> None:
    world = World(ledger=ThrottledLedger(WindowState.FAILED, 1))
    world.export()
    broken = lose_raw_object(world)
    with pytest.raises(ThrottledError):
        world.convert()
    assert world.ledger.row(broken.log_group, broken.window).state is WindowState.EXPORTED
    assert world.rows("app_shop").num_rows == 48
    report = world.convert("jr_d")
    assert len(report.failed) == 1
    assert world.ledger.row(broken.log_group, broken.window).state is WindowState.FAILED


def test_a_window_that_fails_here_after_it_was_taken_over_is_its_new_owners() -> None:
    world = World()
    world.export()
    broken = lose_raw_object(world)

    class Stealing(MemoryLedger):
        """Lets another converter take the broken window at the moment before it is marked."""

        def replace(self, row: LedgerRow) -> None:
            if row.state is WindowState.FAILED:
                current = self.row(row.log_group, row.window)
                self.put(LEASES, LEASE, {"jr_thief": EpochMs(world.clock.now_ms() + 3_600_000)})
                self.stored[row.log_group, row.window] = current.advance(
                    WindowState.CONVERTING, current.updated_at_ms, owner="jr_thief"
                )
            super().replace(row)

    stealing = Stealing()
    stealing.stored, world.ledger = world.ledger.stored, stealing
    report = world.convert(deadline_s=30)
    assert (report.lost, report.failed, report.outcome) == (1, [], Outcome.PARTIAL)
    now = world.ledger.row(broken.log_group, broken.window)
    assert (now.state, now.trying.owner) == (WindowState.CONVERTING, "jr_thief")


def test_leases_are_kept_though_the_ledger_is_slow_for_a_moment() -> None:
    class SlowLedger(MemoryLedger):
        times = 0

        def save(self, item: StateItem[Any], expected_version: int) -> bool:
            if self.times:
                self.times -= 1
                raise ThrottledError("slow down")
            return super().save(item, expected_version)

    ledger = SlowLedger()
    world = World(ledger=ledger)
    world.export(SHOP)
    (first, *_) = ledger.rows(SHOP)
    with Leases(ledger, world.clock, "jr_c", lease_s=0.06) as leases:
        claimed = claim(leases, first)
        assert claimed
        before, ledger.times = leases_until(ledger), 2
        world.clock.sleep(1)
        for _ in range(500):
            if leases_until(ledger) != before:
                break
            threading.Event().wait(0.01)
        assert leases_until(ledger)["jr_c"] > before["jr_c"]
        assert leases.holds(first)
    assert ledger.row(first.log_group, first.window).state is WindowState.EXPORTED  # given back


def test_what_another_converter_took_is_not_given_back() -> None:
    world = World()
    world.export(SHOP)
    taken: list[LedgerRow] = []

    def steal_and_crash(bundle: Bundle) -> None:
        world.clock.sleep(LEASE_S)
        for row in world.ledger.rows(SHOP):
            claimed = claim(Leases(world.ledger, world.clock, "jr_thief", LEASE_S), row)
            assert claimed
            taken.append(claimed)
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        world.convert(interrupt=steal_and_crash)
    assert world.ledger.rows(SHOP) == taken
    assert {row.trying.owner for row in taken} == {"jr_thief"}
