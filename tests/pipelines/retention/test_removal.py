"""What datasets no longer keep leaves: days, windows and raw objects; killed anywhere, the next run goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.fakes.catalogs import MemoryCatalog
from support.fakes.fakes import START_MS
from support.fakes.steps import Call, CrashError, Steps, crash
from support.worlds.copies import made_once
from support.worlds.settling import SettlingWorld

from loglake.core.compaction.keys import Place, decision_of_shared, is_compacted, place_of
from loglake.core.keys import group_slug, parse_decision_key, time_of
from loglake.core.ledger.manifest import Batch
from loglake.core.ledger.row import LedgerRow
from loglake.core.ledger.watermark import Watermark
from loglake.core.run.outcome import Outcome
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import CHECK, KEPT_FROM, WATERMARK, values
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName, day_of
from loglake.core.windows import Window
from loglake.errors import PermanentError, TransientError, UnreadableItemError
from loglake.pipelines.commit.decisions import newest_commit
from loglake.pipelines.compaction.log import CompactionLog
from loglake.pipelines.compaction.row_deletion import RowDeletion
from loglake.pipelines.retention.past import Past, Places, Rows

if TYPE_CHECKING:
    from support.fakes.plain_stage import Event

pytestmark = pytest.mark.unit

SHORT, LONG, FREE = LogGroupName("/app/short"), LogGroupName("/app/long"), LogGroupName("/app/free")
TABLES = {SHORT: "shared", LONG: "shared", FREE: "free"}
DAYS = 12
KEPT = {SHORT: 3, LONG: 6, FREE: DAYS}
"""Days of each that stay, with today."""

DATASETS = load_datasets(
    {
        "datasets": [
            {"log_groups": [SHORT], "table": "shared", "retention_days": 2},
            {"log_groups": ["/app/lon?"], "table": "shared", "retention_days": "5 days"},
            {"log_groups": [FREE], "table": "free"},
        ]
    }
)
TODAY = EpochMs(START_MS + (DAYS - 1) * MS_PER_DAY)


def day(number: int, days: int = 1) -> Window:
    start = START_MS + number * MS_PER_DAY
    return Window(EpochMs(start), EpochMs(start + days * MS_PER_DAY))


LONG_WINDOW = day(0, 8)


def events_of(group: LogGroupName, number: int) -> list[Event]:
    return [(START_MS + number * MS_PER_DAY + 1000, f"{group} {number}")]


@made_once
def world_of_days() -> SettlingWorld:
    """Twelve days of three log groups, two of them in one table; the first four days of one are one window."""
    return days_of(SettlingWorld(datasets=Datasets(DATASETS.entries[2:])))


@made_once
def sharing() -> SettlingWorld:
    """The same; the log groups of the shared table share their files."""
    world = days_of(SettlingWorld(datasets=Datasets(DATASETS.entries[2:]), shares=True))
    assert sum(bool(decision_of_shared(item.key)) for item in world.lake.list("tables/shared/")) == DAYS
    return world


def days_of(world: SettlingWorld) -> SettlingWorld:
    for group, table in TABLES.items():
        wide = 8 if group == LONG else 1  # the fifth day of it stays
        first = [event for number in range(wide) for event in events_of(group, number)]
        world.export(day(0, wide), first, group=group, table=table)
        for number in range(wide, DAYS):
            world.export(day(number), events_of(group, number), group=group, table=table)
        world.ledger.put(WATERMARK, group, Watermark.at(START_MS))
    world.convert()
    world.clock.sleep((TODAY + 3600_000 - world.clock.now_ms()) / 1000)
    world.datasets = DATASETS
    return world


@made_once
def compacted() -> SettlingWorld:
    """The same; the files of all partitions of the shared table are merged, and something is left in staging."""
    world = world_of_days()
    world.datasets = Datasets(DATASETS.entries[2:])
    world.clock.sleep(40 * MS_PER_DAY / 1000)
    for table in ("shared", "free"):
        world.ledger.put(CHECK, table, EpochMs(0))
    world.convert()
    assert sum(is_compacted(item.key) for item in world.lake.list("tables/shared/")) == DAYS
    world.clock.sleep(-40 * MS_PER_DAY / 1000)
    world.ledger.put(CHECK, "shared", EpochMs(TODAY + 30 * MS_PER_DAY))
    world.ledger.put(CHECK, "free", EpochMs(TODAY + 30 * MS_PER_DAY))
    world.datasets = DATASETS
    for group, table in TABLES.items():
        for number in range(DAYS):
            keys = world.ledger.row(group, LONG_WINDOW if group == LONG and number < 8 else day(number)).keys
            world.lake.put(keys.quarantine_file(table, day_of(day(number).from_ms), 0), b"bad")
    row = world.ledger.rows(SHORT)[0]
    final = row.keys.table_file("shared", f"dt={day_of(START_MS)}", 0)
    world.lake.put(row.keys.staged("jr_dead", final), b"left")
    world.lake.put(f"removed/20261124T000000000000Z/{final}", b"damaged")
    return world


def kept(group: LogGroupName) -> range:
    return range(DAYS - KEPT[group], DAYS)


def assert_removed(world: SettlingWorld) -> None:
    """Exactly the days before the cuts are gone, everywhere."""
    expected = Counter(event for group in TABLES for number in kept(group) for event in events_of(group, number))
    assert world.visible() == expected
    partitions = {f"dt={day_of(START_MS + number * MS_PER_DAY)}" for number in kept(LONG)}
    assert set(world.catalog.tables["shared"].partitions) == partitions
    assert len(world.catalog.tables["free"].partitions) == DAYS
    for group, table in TABLES.items():
        cut = day(kept(group)[0]).from_ms
        slug = group_slug(group)
        rows = world.ledger.rows(group)
        assert all(row.window.to_ms > cut for row in rows)
        assert sum(row.live.accounting.rows_out for row in rows if row.live) == KEPT[group]
        assert all(row.live and row.live.accounting.balanced for row in rows)
        for store, folder in ((world.raw, "exports/"), (world.control, "ledger/")):
            times = [time_of(item.key) for item in store.list(f"{folder}{slug}/")]
            assert {time for time in times if time} == {row.window for row in rows}
        bad = [time_of(item.key) for item in world.lake.list(f"quarantine/{table}/") if slug in item.key]
        assert not bad or bad == [day(number) for number in kept(group)]
    assert world.staged() == []
    assert list(world.lake.list("removed/")) == []
    named = {name for row in world.ledger.all_rows() for name in row.decisions}
    decided = [parse_decision_key(item.key) for item in world.lake.list("commits/")]
    assert {found[1] for found in decided if found} == named
    for item in world.lake.list("commits/_compacted/"):
        time = time_of(item.key)
        assert time
        assert time.from_ms >= day(0 if "/free/" in item.key else kept(LONG)[0]).from_ms


@pytest.mark.parametrize("make", [world_of_days, compacted, sharing])
def test_days_leave_by_the_dataset_of_their_log_group(make: Callable[[], SettlingWorld]) -> None:
    world = make()
    report = world.convert()
    assert_removed(world)
    assert report.outcome is Outcome.OK
    (said,) = report.remarks
    assert said.startswith("Removed by retention_days and delete_raw_after: partitions 6, files ")
    assert values(world.ledger, KEPT_FROM) == {group: day(kept(group)[0]).from_ms for group in (LONG, SHORT)}


def test_rows_of_a_month_do_not_leave_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may share an item of the ledger: of two that are written at once, one would be refused."""
    world, asked = world_of_days(), list[tuple[str, int]]()
    remove = world.ledger.remove

    def noting(rows: Sequence[LedgerRow]) -> None:
        asked.extend({(row.log_group, len(rows)) for row in rows})
        remove(rows)

    monkeypatch.setattr(world.ledger, "remove", noting)
    world.convert()
    assert asked == [(SHORT, DAYS - KEPT[SHORT])]


@pytest.mark.parametrize("make", [world_of_days, compacted, sharing])
def test_the_dry_run_counts_what_then_leaves_and_changes_nothing(make: Callable[[], SettlingWorld]) -> None:
    world = make()
    before = [dict(store.objects) for store in (world.lake, world.raw, world.control)]
    stored = dict(world.ledger.stored)
    places = Places(world.ledger, world.raw, world.lake, world.control)
    counted = Past.read(places, DATASETS, world.clock.now_ms()).amounts()
    assert [dict(store.objects) for store in (world.lake, world.raw, world.control)] == before
    assert dict(world.ledger.stored) == stored
    assert world.convert().retention.removed == counted
    amount = counted["shared"]
    assert (amount["partitions"], amount["windows"], amount["raw_objects"]) == (
        DAYS - KEPT[LONG],
        DAYS - KEPT[SHORT],
        9,
    )


def batches(world: SettlingWorld) -> list[Batch]:
    keys = [item.key for item in world.lake.list("commits/") if parse_decision_key(item.key)]
    return [Batch.from_bytes(world.lake.objects[key]) for key in keys]


def assert_said(world: SettlingWorld) -> None:
    """A window without all of its files is one that the ledger has noted to be going."""
    files = [item.key for item in world.lake.list("tables/")]
    decided = [CompactionLog(world.lake, place, "").read().live for place in {place_of(key) for key in files} if place]
    merged = [file for live in decided if live for file in live.files]
    merged += [file for batch in batches(world) for file in batch.shared_files]
    merged = [file for file in merged if {file.final_key, file.staged_key} & {*files, *world.staged()}]
    there = {*files, *(part.key for file in merged for part in file.parts)}
    kept_from = values(world.ledger, KEPT_FROM)
    for row in world.ledger.all_rows():
        manifest = newest_commit(world.lake, row)
        is_whole = manifest is not None and {staged.final_key for staged in manifest.files} <= there
        assert is_whole or row.has_days_before(kept_from.get(row.log_group, EpochMs(0)))


def calls(make: Callable[[], SettlingWorld]) -> list[Call]:
    steps = Steps()
    make().convert(steps)
    return steps.points(least=80)


@pytest.mark.parametrize("make", [compacted, sharing])
def test_killed_before_any_call_the_next_run_removes_the_rest(make: Callable[[], SettlingWorld]) -> None:
    for call in calls(make):
        world = make()
        with pytest.raises(CrashError):
            world.convert(Steps(call, crash))
        assert_said(world)
        world.clock.sleep(60)
        world.ledger.put(
            CHECK, "shared", EpochMs(0)
        )  # what was staged for partitions that stay is compaction's to tidy
        world.convert()
        assert_removed(world)


def test_a_day_is_done_once() -> None:
    world = world_of_days()
    world.convert()
    world.lake.put(f"removed/20261124T000000000000Z/{next(iter(world.lake.objects))}", b"")
    steps = Steps()
    report = world.convert(steps)
    assert (report.retention.removed, "raw.list" in steps.names) == ({}, False)
    world.clock.sleep(MS_PER_DAY / 1000)
    assert world.convert().retention.removed["shared"]["windows"] == 1


def test_a_partition_that_can_not_be_read_stays_with_its_rows_and_stops_no_other() -> None:
    world = compacted()
    kept_free = {"log_groups": [FREE], "table": "free", "retention_days": 2}
    world.datasets = load_datasets({"datasets": [*DATASETS.to_json()["datasets"][:2], kept_free]})
    decision = f"commits/_compacted/shared/dt={day_of(START_MS)}/c000001.json"
    body = world.lake.objects[decision]
    world.lake.put(decision, b"damaged")
    before = {group: world.ledger.rows(group) for group in (SHORT, LONG)}
    report = world.convert()
    assert (len(report.retention.refused), report.outcome) == (1, Outcome.PARTIAL)
    assert decision in report.retention.refused[0]
    there = {f"dt={day_of(day(number).from_ms)}" for number in (0, *kept(LONG))}
    assert {item.key.split("/")[2] for item in world.lake.list("tables/shared/")} == there
    with pytest.raises(UnreadableItemError):
        Past.read(Places(world.ledger, world.raw, world.lake, world.control), world.datasets, TODAY).amounts()
    assert {group: world.ledger.rows(group) for group in before} == before
    assert len(world.ledger.rows(FREE)) == 3
    world.lake.objects[decision] = body
    assert world.convert().retention.removed == {}  # the day is done
    world.clock.sleep(MS_PER_DAY / 1000)
    assert world.convert().retention.refused == []
    assert len(world.ledger.rows(SHORT)) == KEPT[SHORT] - 1


def test_a_table_that_fails_for_a_moment_stops_no_other_and_is_done_by_the_next_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = world_of_days()
    unregister = MemoryCatalog.unregister

    def fail(catalog: MemoryCatalog, table: str, partitions: Sequence[str]) -> None:
        if table == "shared":
            raise TransientError("Glue is throttled")
        unregister(catalog, table, partitions)

    kept_free = {"log_groups": [FREE], "table": "free", "retention_days": 2}
    world.datasets = load_datasets({"datasets": [*DATASETS.to_json()["datasets"][:2], kept_free]})
    with monkeypatch.context() as patch:
        patch.setattr(MemoryCatalog, "unregister", fail)
        with pytest.raises(TransientError, match="throttled"):
            world.convert()
    assert len(world.ledger.rows(FREE)) == 3
    world.convert()
    assert len(world.ledger.rows(SHORT)) == KEPT[SHORT]


def test_a_partition_that_another_run_writes_to_meanwhile_stays_in_the_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of_days()
    partition = f"dt={day_of(START_MS)}"
    remove = RowDeletion.remove

    def written(deletion: RowDeletion, keys: Iterable[str]) -> None:
        keys = list(keys)
        remove(deletion, keys)
        if any(partition in key for key in keys):
            world.lake.put(f"tables/shared/{partition}/other.parquet", b"")

    with monkeypatch.context() as patch:
        patch.setattr(RowDeletion, "remove", written)
        world.convert()
    assert partition in world.catalog.tables["shared"].partitions


def test_a_decision_stays_as_long_as_one_of_its_shared_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repaired windows name decisions of their own. Only the old one says what else a shared file has."""
    world = sharing()
    for row in [row for row in world.ledger.all_rows() if row.log_group in (SHORT, LONG)]:
        manifest = newest_commit(world.lake, row)
        assert manifest
        assert row.live
        repaired = Batch.alone(replace(manifest, unmatched=("repaired",)))
        world.lake.put(repaired.key, repaired.to_bytes())
        world.ledger.replace(row.lose(world.clock.now_ms(), row.live, repaired.name))
    world.clock.sleep(30 * MS_PER_DAY / 1000)
    remove, partition = RowDeletion.remove, f"dt={day_of(day(0).from_ms)}"

    def stuck(deletion: RowDeletion, keys: Iterable[str]) -> None:
        keys = list(keys)
        if any(partition in key for key in keys):
            raise PermanentError("a file is gone")
        remove(deletion, keys)

    with monkeypatch.context() as patch:
        patch.setattr(RowDeletion, "remove", stuck)
        assert "a file is gone" in str(world.convert().remarks)
    assert [place for item in world.lake.list("tables/shared/") if (place := place_of(item.key))] == [
        Place("shared", partition)
    ]
    world.clock.sleep(MS_PER_DAY / 1000)
    world.convert()
    assert list(world.lake.list("tables/shared/")) == []
    world.clock.sleep(MS_PER_DAY / 1000)
    world.convert()
    assert [item.key for item in world.lake.list("commits/shared/")] == []


def test_a_window_that_was_busy_keeps_its_row_with_its_files() -> None:
    world = world_of_days()
    places = Places(world.ledger, world.raw, world.lake, world.control)
    row = world.ledger.row(SHORT, day(0))
    busy = frozenset({(row.keys.slug, row.window)})
    past = replace(Past.read(places, DATASETS, world.clock.now_ms()), busy=busy)
    steps = [step for phase in past.phases() for series in phase for step in series.steps]
    leaving = [step.what for step in steps if isinstance(step.what, Rows) and step.what.log_group == SHORT]
    windows = {each.window for what in leaving for each in what.whole}
    assert (row.window in windows, day(1) in windows) == (False, True)


def test_a_run_without_time_leaves_the_rest_to_the_next_one() -> None:
    world = world_of_days()
    report = world.convert(deadline_s=0)
    assert (report.retention.left, report.retention.removed, report.outcome) == (True, {}, Outcome.PARTIAL)
    world.convert()
    assert_removed(world)


def test_a_log_group_that_only_a_pattern_names_is_found_when_something_of_it_is_converted() -> None:
    world = world_of_days()
    world.ledger.forget(WATERMARK)
    world.convert()
    assert len(world.ledger.rows(SHORT)) == KEPT[SHORT]
    assert len(world.ledger.rows(LONG)) == 5  # its dataset says /app/lon?
    world.export(day(DAYS), events_of(LONG, DAYS), group=LONG, table="shared")
    world.clock.sleep(MS_PER_DAY / 1000)
    world.convert()
    assert [row.window for row in world.ledger.rows(LONG)] == [LONG_WINDOW, *map(day, range(8, DAYS + 1))]
    assert sum(row.live.accounting.rows_out for row in world.ledger.rows(LONG) if row.live) == KEPT[LONG]


def test_a_table_that_a_log_group_had_before_is_emptied_too() -> None:
    world = world_of_days()
    moved = {**DATASETS.to_json()["datasets"][0], "table": "other"}
    world.datasets = load_datasets({"datasets": [moved, *DATASETS.to_json()["datasets"][1:]]})
    world.convert()
    assert_removed(world)
