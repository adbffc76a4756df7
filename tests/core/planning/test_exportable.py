"""Whether a log group can be exported, and from which time on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.worlds.planned_world import SCHEDULED, PlannedWorld, request_for

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.exportable import find_dataset, span_of
from loglake.core.requests.requests import MOST_RUNS, Request, RequestKind, wait_until, wake_up
from loglake.core.schema.datasets import Dataset, Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import WATERMARK, of_groups
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

NOW = parse_instant("2026-11-24T10:20")
LAG_MS = 30 * MS_PER_MINUTE
SHOP = LogGroup(LogGroupName("/app/shop"), parse_instant("2026-11-20T15:00"))
ANY = Dataset(("/app/*",))


def start(group: LogGroup = SHOP, dataset: Dataset = ANY, watermark: Watermark | None = None) -> EpochMs:
    return span_of(group, dataset, watermark, NOW, LAG_MS).start_ms


def test_it_starts_14_days_before_the_group_or_at_the_edge_of_its_retention() -> None:
    assert start() == parse_instant("2026-11-06")
    assert start(replace(SHOP, retention_days=3)) == parse_instant("2026-11-21T10:00")
    assert start(replace(SHOP, retention_days=30)) == parse_instant("2026-11-06")


def test_the_dataset_may_say_a_later_start() -> None:
    assert start(dataset=replace(ANY, start="2026-11-22T08:00")) == parse_instant("2026-11-22T08:00")
    assert start(dataset=replace(ANY, start="2026-01-01")) == parse_instant("2026-11-06")


def test_once_planned_it_starts_where_it_did() -> None:
    watermark = Watermark.at(parse_instant("2026-11-10"))
    assert start(replace(SHOP, created_ms=parse_instant("2026-11-23")), watermark=watermark) == watermark.start_ms
    assert start(dataset=replace(ANY, start="2026-11-07"), watermark=watermark) == parse_instant("2026-11-07")


def test_an_empty_group_waits_for_its_first_event_and_no_longer() -> None:
    datasets = Datasets((ANY,))
    empty = replace(SHOP, stored_bytes=0)
    dataset, reason = find_dataset(empty, datasets, (), known=False)
    assert dataset is None
    assert "it is empty" in reason
    assert find_dataset(empty, datasets, (), known=True) == (ANY, "")
    assert find_dataset(replace(SHOP, stored_bytes=1), datasets, (), known=False) == (ANY, "")


def test_nothing_of_an_empty_group_is_lost() -> None:
    world = PlannedWorld()
    group = world.add_group("/app/new", world.clock.now_ms() - 5 * MS_PER_DAY, stored_bytes=0)
    assert world.plan().rows == ()
    assert (
        world.plan(request_for(group, Window(EpochMs(0), world.clock.now_ms())))
        .skipped[0]
        .startswith("/app/new: CloudWatch says that it is empty")
    )
    world.change(group, stored_bytes=9)
    first = world.plan().rows[0]
    assert first.window.from_ms < world.clock.now_ms() - 5 * MS_PER_DAY


def test_an_earlier_start_brings_in_what_is_before() -> None:
    def datasets(start: str) -> Datasets:
        return load_datasets({"datasets": [{"log_groups": ["/app/*"], "start": start}]})

    world = PlannedWorld(datasets=datasets("2026-11-18T12:00"))
    group = world.add_group("/app/shop", world.clock.now_ms() - 40 * MS_PER_DAY)
    world.plan()
    world.finish_all()
    assert world.rows(group)[0].window.from_ms == parse_instant("2026-11-18T12:00")
    world.datasets = datasets("2026-11-17")
    planned = world.plan()
    assert [row.window.from_ms for row in planned.rows][:1] == [parse_instant("2026-11-17")]
    world.finish_all()
    assert world.plan().rows == ()
    assert of_groups(world.ledger, WATERMARK)[group].start_ms == parse_instant("2026-11-17")


def test_what_retention_dropped_before_it_was_exported_is_reported_once() -> None:
    world = PlannedWorld()
    group = world.add_group("/app/shop", world.clock.now_ms() - 40 * MS_PER_DAY, retention_days=3)
    world.clock.time_ms += 40 * MS_PER_MINUTE
    world.plan()
    world.finish_all()
    end_ms = world.rows(group)[-1].window.to_ms
    world.clock.time_ms += 5 * MS_PER_DAY
    (reported,) = world.plan().skipped
    assert reported.startswith(f"/app/shop: {Window(end_ms, EpochMs(end_ms + 2 * MS_PER_DAY))}"[:60])
    assert "retention has dropped it before it was exported" in reported
    world.finish_all()
    world.clock.time_ms += MS_PER_HOUR
    assert world.plan().skipped == ()


def test_what_retention_has_dropped_of_a_request_is_reported() -> None:
    world = PlannedWorld()
    group = world.add_group("/app/shop", world.clock.now_ms() - 40 * MS_PER_DAY, retention_days=3)
    start_ms = EpochMs(world.clock.now_ms() - 10 * MS_PER_DAY)
    planned = world.plan(request_for(group, Window(start_ms, EpochMs(start_ms + MS_PER_DAY))))
    assert planned.rows == ()
    assert "retention has dropped it" in planned.skipped[0]


def test_days_that_their_dataset_no_longer_keeps_are_not_exported_though_cloudwatch_has_them() -> None:
    kept = load_datasets({"datasets": [{"log_groups": ["/app/*"], "retention_days": 20}]})
    world = PlannedWorld(datasets=kept)
    group = world.add_group("/app/shop", world.clock.now_ms() - 90 * MS_PER_DAY)
    first_ms = kept.entries[0].kept_from(world.clock.now_ms())
    world.plan()
    world.finish_all()
    assert world.rows(group)[0].window.from_ms == first_ms
    world.clock.time_ms += 2 * MS_PER_DAY
    before = Window(EpochMs(first_ms - MS_PER_DAY), first_ms)
    planned = world.plan(request_for(group, before), SCHEDULED)
    assert all(row.window.from_ms > first_ms for row in planned.rows)
    assert planned.skipped == (
        f"/app/shop: {before}: its dataset says retention_days: 20, so nothing that old is exported",
    )


def test_a_raised_retention_brings_back_what_a_person_asks_for_and_no_more() -> None:
    def datasets(days: int) -> Datasets:
        return load_datasets({"datasets": [{"log_groups": ["/app/*"], "retention_days": days}]})

    world = PlannedWorld(datasets=datasets(20))
    group = world.add_group("/app/shop", world.clock.now_ms() - 90 * MS_PER_DAY)
    world.plan()
    world.finish_all()
    first_ms = world.rows(group)[0].window.from_ms
    world.datasets = datasets(60)
    assert [row.window for row in world.plan().rows if row.window.from_ms < first_ms] == []
    before = Window(EpochMs(first_ms - 3 * MS_PER_DAY), EpochMs(first_ms - MS_PER_DAY))
    planned = world.plan(request_for(group, before))
    assert (min(row.window.from_ms for row in planned.rows), planned.skipped) == (before.from_ms, ())


def test_what_a_group_had_before_it_was_made_again_is_reported() -> None:
    world = PlannedWorld()
    group = world.add_group("/app/shop", world.clock.now_ms() - 40 * MS_PER_DAY)
    world.clock.time_ms += 40 * MS_PER_MINUTE
    world.plan()
    world.finish_all()
    world.clock.time_ms += 30 * MS_PER_HOUR
    world.change(group, created_ms=world.clock.now_ms())
    world.clock.time_ms += 2 * MS_PER_HOUR
    planned = world.plan()
    assert [row.window.to_ms - row.window.from_ms for row in planned.rows] == [31 * MS_PER_HOUR, MS_PER_HOUR]
    (reported,) = planned.skipped
    assert "the log group was deleted and made again then" in reported


def test_a_watermark_goes_back_and_keeps_its_order() -> None:
    watermark = Watermark(EpochMs(1), EpochMs(9), EpochMs(5))
    assert watermark.back_to(EpochMs(7)) == Watermark(EpochMs(1), EpochMs(7), EpochMs(5))
    assert watermark.back_to(EpochMs(3)) == Watermark(EpochMs(1), EpochMs(3), EpochMs(3))
    assert watermark.back_to(EpochMs(12)) == watermark
    with pytest.raises(ValueError, match="can't be ahead"):
        Watermark(EpochMs(1), EpochMs(4), EpochMs(5))


def test_a_chain_of_wake_ups_is_bounded() -> None:
    assert wait_until([]) == 0
    ahead = [Request("a", RequestKind.CONTINUE, not_before_ms=EpochMs(n), asked_ms=EpochMs(2)) for n in (9, 7)]
    assert wait_until(ahead) == 7
    assert wait_until([*ahead, SCHEDULED]) == 7  # it was there before
    assert wait_until([*ahead, replace(SCHEDULED, asked_ms=EpochMs(2))]) == 0  # in the same second
    assert wake_up(MOST_RUNS, False, NOW, 60_000) is None
    assert wake_up(MOST_RUNS, True, NOW, 60_000) is not None
    assert wake_up(MOST_RUNS - 1, False, NOW, 60_000) is not None
