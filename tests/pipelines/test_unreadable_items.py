"""An item that can't be read is named, and stops nothing else; when it is put back, the next run does the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from support.fakes.fakes import START_MS, MemoryLedger
from support.fakes.item_ledger import Item, ItemLedger, emptied, having, item_ledger, without
from support.worlds.worlds import SHOP, World

from loglake.core.outcome import Outcome
from loglake.pipelines.convert.report import ConvertReport

pytestmark = pytest.mark.unit

Damage = Callable[[Item], Item]


def in_attempt(**values: Any) -> Damage:
    """Gives fields of a row's attempt other values."""
    return lambda item: {**item, "attempt": {**item["attempt"], **values}}


def sleeping(item: Item) -> Item:
    """A state that only a newer version has, in the index of pending rows too."""
    return in_attempt(state="SLEEPING")({**item, "pending_state": "SLEEPING"})


ROW_DAMAGES: dict[str, tuple[Damage, str]] = {
    "emptied": (emptied, "it has no format"),
    "no field": (without("from_ms"), "it has no field 'from_ms'"),
    "no field of the attempt": (lambda item: in_attempt()({**item, "attempt": {}}), "it has no field 'state'"),
    "another type": (having(version="seven"), "version is 'seven', which is no number"),
    "another type inside": (in_attempt(objects=[1]), r"objects is [1], which is no number"),
    "no mapping": (having(attempt="EXPORTED"), ""),
    "unknown state": (sleeping, "its state is 'SLEEPING', which this version does not know: a newer loglake may"),
    "a state that no attempt has": (in_attempt(state="UNREADABLE"), "its attempt is UNREADABLE"),
    "unknown queue": (having(queue="express"), "its queue is 'express', which this version does not know"),
    "a field of a newer version": (in_attempt(colour="red"), "it has a field 'colour' that this version does not know"),
    "too big a number": (having(updated_at_ms=10**30), "updated_at_ms is 1000000000000000000000000000000"),
    "a newer format": (having(format=3), "it has format 3, and this loglake reads format 2: a newer loglake wrote it"),
    "another window": (having(from_ms=START_MS + 1), "which is not what its key says"),
    "nothing in it": (having(attempt=None), "it has no version of the window, no attempt at one, and no failure"),
}


@pytest.fixture
def ledger() -> Iterator[ItemLedger]:
    with item_ledger() as found:
        yield found


@pytest.fixture
def world(ledger: ItemLedger) -> World:
    """Two log groups of two days."""
    return World(ledger=cast("MemoryLedger", ledger))


def convert(world: World, ledger: ItemLedger, run: str) -> ConvertReport:
    """A run in a process of its own."""
    world.ledger = cast("MemoryLedger", ledger.again())
    return world.convert(run)


def texts(world: World, table: str) -> int:
    return world.rows(table).num_rows if list(world.lake.list(f"tables/{table}/")) else 0


def name(item: Item) -> str:
    return f"{item['pk']} {item['sk']}"


def assert_named(report: ConvertReport, key: str, reason: str) -> None:
    assert report.outcome is Outcome.PARTIAL
    assert list(report.unreadable) == [key]
    (remark,) = report.remarks
    assert remark.startswith(f"{key} can't be read: ")
    assert reason in remark
    assert report.failed == []


@pytest.mark.parametrize("kind", ROW_DAMAGES)
def test_a_row_that_cannot_be_read_stops_no_other(world: World, ledger: ItemLedger, kind: str) -> None:
    damage, reason = ROW_DAMAGES[kind]
    world.export()
    first, second = ledger.items(f"group#{SHOP}")
    ledger.damage(first, damage)
    assert_named(convert(world, ledger, "jr_1"), name(first), reason)
    assert (texts(world, "app_pay"), texts(world, "app_shop")) == (2, 24)
    ledger.put(first)
    assert convert(world, ledger, "jr_2").outcome is Outcome.OK
    assert (texts(world, "app_pay"), texts(world, "app_shop")) == (2, 48)
