"""Compaction of real files: a table has the same rows before and after, column by column."""

from __future__ import annotations

import io
import json

import pyarrow.parquet as pq
import pytest
from support.worlds.ledger_rows import again
from support.worlds.worlds import PAY, SHOP, World, shop_events

from loglake.core.compaction.keys import is_compacted
from loglake.core.run.outcome import Outcome
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import CHECK
from loglake.core.units import MS_PER_DAY, EpochMs

pytestmark = pytest.mark.unit

ONE_TABLE = load_datasets({"datasets": [{"log_groups": ["/app/*"], "table": "app", "format": "json"}]})


@pytest.fixture
def world() -> World:
    """Two log groups of one table; the second one has an extra column, which came later."""
    world = World(datasets=ONE_TABLE)
    pay = [(ms + 1, json.dumps({"level": "warn", "n": n, "paid": n / 4})) for n, (ms, _) in enumerate(shop_events())]
    world.tasks.events[PAY] = {"pay": pay}
    for group in (SHOP, PAY):
        world.export(group)
        world.convert()
    world.clock.sleep(30 * MS_PER_DAY / 1000)
    return world


def check(world: World) -> None:
    world.ledger.put(CHECK, "app", EpochMs(0))


def keys(world: World) -> list[str]:
    return [item.key for item in world.lake.list("tables/")]


def test_a_compacted_table_has_the_same_rows(world: World) -> None:
    before = world.rows("app")
    assert len(keys(world)) == 4
    check(world)
    report = world.convert()
    assert report.outcome is Outcome.OK
    assert (report.compaction.partitions, report.compaction.rows) == (2, 96)
    assert [is_compacted(key) for key in keys(world)] == [True, True]
    after = world.rows("app")
    assert after.to_pylist() == before.to_pylist()
    assert after.schema == before.schema
    for key in keys(world):
        found = pq.read_table(io.BytesIO(world.lake.get(key)), columns=["log_group", "event_time"]).to_pylist()
        rows = [(row["log_group"], row["event_time"]) for row in found]
        assert rows == sorted(rows)


def test_a_log_group_that_is_exported_again_leaves_the_others_rows(world: World) -> None:
    before = {group: sorted(events, key=str) for group, events in rows_of(world).items()}
    check(world)
    world.convert()
    for row in world.ledger.rows(PAY):
        world.ledger.replace(again(row, world.clock.now_ms(), accepts_fewer=True))
    world.tasks.events[PAY]["pay"] = world.tasks.events[PAY]["pay"][::2]
    world.export(PAY)
    world.convert()
    after = {group: sorted(events, key=str) for group, events in rows_of(world).items()}
    assert after[SHOP] == before[SHOP]
    assert len(after[PAY]) == len(before[PAY]) / 2
    assert len([key for key in keys(world) if is_compacted(key)]) == 2
    check(world)
    world.convert()
    assert len(keys(world)) == 2
    assert {group: sorted(events, key=str) for group, events in rows_of(world).items()} == after


def rows_of(world: World) -> dict[str, list[dict[str, object]]]:
    rows = world.rows("app").to_pylist()
    return {group: [row for row in rows if row["log_group"] == group] for group in (SHOP, PAY)}


def test_it_can_be_switched_off(world: World) -> None:
    check(world)
    assert world.convert(compaction=False).compaction.partitions == 0
    assert len(keys(world)) == 4
