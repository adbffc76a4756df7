"""Which files are compacted, when, and how many in one run."""

from __future__ import annotations

import pytest
from support.fakes.steps import Steps
from support.worlds.compacting import EVENTS, PLACE, compacted_world, files, live, old_world
from support.worlds.ledger_rows import ledger_row
from support.worlds.settling import DAY, SettlingWorld, event, hour

from loglake.core.cloud_types import ObjectInfo
from loglake.core.compaction.decision import Part
from loglake.core.compaction.keys import is_compacted
from loglake.core.keys import WindowKeys, decision_name, shared_file
from loglake.core.ledger.watermark import Watermark
from loglake.core.run.outcome import Outcome
from loglake.core.state_items import CHECK, values
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import ThrottledError
from loglake.pipelines.compaction.eligibility import FAR_LARGER, MANY, SMALL_BYTES, WAIT_MS, Compactable

pytestmark = pytest.mark.unit

LAST_MS = EpochMs(DAY.to_ms + 15 * MS_PER_DAY)
"""When nothing of the day can come any more."""


def file(number: int, size_bytes: int = 100, window: Window = DAY) -> ObjectInfo:
    """A file of a log group of its own."""
    keys = WindowKeys(LogGroupName(f"/app/{number}"), window, 1)
    return ObjectInfo(keys.table_file(PLACE.table, PLACE.partition, 0), size_bytes)


def watermark(last_ms: int) -> dict[LogGroupName, Watermark]:
    """The final watermark of one log group."""
    return {LogGroupName("/app/1"): Watermark(EpochMs(0), EpochMs(max(last_ms, DAY.to_ms)), EpochMs(last_ms))}


def nothing(_: str) -> tuple[Part, ...]:
    """No file is shared."""
    return ()


def test_a_day_is_compacted_when_its_final_pass_is_done() -> None:
    day = [file(1), file(2)]
    assert Compactable(EpochMs(LAST_MS - 1), {}, (), nothing).choose(day) == []
    assert Compactable(LAST_MS, {}, (), nothing).choose(day) == day
    assert Compactable(LAST_MS, watermark(DAY.from_ms), (), nothing).choose(day) == []
    assert Compactable(LAST_MS, watermark(DAY.to_ms), (), nothing).choose(day) == day


def test_a_log_group_that_is_paused_or_gone_is_not_waited_for_for_ever() -> None:
    day = [file(1), file(2)]
    assert Compactable(EpochMs(LAST_MS + WAIT_MS - 1), watermark(DAY.from_ms), (), nothing).choose(day) == []
    assert Compactable(EpochMs(LAST_MS + WAIT_MS), watermark(DAY.from_ms), (), nothing).choose(day) == day


def test_a_window_that_is_under_way_is_waited_for() -> None:
    day = [file(1), file(2)]
    for window, chosen in ((DAY, []), (hour(3), []), (Window(DAY.to_ms, EpochMs(DAY.to_ms + 1)), day)):
        row = ledger_row(LogGroupName("/app/2"), window, PLACE.table)
        assert Compactable(LAST_MS, {}, [row], nothing).choose(day) == chosen


def test_what_wrong_clocks_go_on_writing_to_is_compacted_now_and_then() -> None:
    fresh = file(0, window=Window(EpochMs(LAST_MS - MS_PER_HOUR), LAST_MS))
    some, many = ([file(number) for number in range(1, count + 1)] for count in (MANY - 1, MANY))
    assert Compactable(LAST_MS, {}, (), nothing).choose([fresh, *some]) == []
    assert Compactable(LAST_MS, {}, (), nothing).choose([fresh, *many]) == many


def test_a_file_that_windows_share_is_final_when_all_of_them_are() -> None:
    shared = ObjectInfo(shared_file(PLACE.table, PLACE.partition, decision_name(LAST_MS, "shop"), 0), 100)
    asked: list[str] = []

    def parts_of(key: str) -> list[Part]:
        asked.append(key)
        return [Part(file(number).key, LogGroupName(f"/app/{number}"), 1) for number in (1, 2)]

    files = [file(3), shared]
    assert Compactable(EpochMs(LAST_MS - 1), {}, (), parts_of).choose(files) == []
    assert asked == []
    assert Compactable(LAST_MS, watermark(DAY.from_ms), (), parts_of).choose(files) == []
    assert Compactable(LAST_MS, {}, (), parts_of).choose(files) == files
    assert asked == [shared.key] * 2
    assert Compactable(LAST_MS, {}, (), nothing).choose(files) == []


def test_a_file_alone_in_its_partition_is_not_asked_about() -> None:
    shared = ObjectInfo(shared_file(PLACE.table, PLACE.partition, decision_name(LAST_MS, "shop"), 0), 100)
    asked: list[str] = []

    def parts_of(key: str) -> list[Part]:
        asked.append(key)
        return []

    assert Compactable(EpochMs(LAST_MS + WAIT_MS), {}, (), parts_of).choose([shared]) == []
    assert asked == []


def test_a_file_is_not_written_again_for_less_than_its_size() -> None:
    small = [file(1, 20), file(2, 30)]
    large, other = file(3, 50 * FAR_LARGER + 1), file(4, 2)
    assert Compactable(LAST_MS, {}, (), nothing).choose([*small, large]) == small
    assert Compactable(LAST_MS, {}, (), nothing).choose([*small, large, other]) == [*small, large, other]
    assert Compactable(LAST_MS, {}, (), nothing).choose([large, other]) == []


def test_large_files_and_other_ones_stay() -> None:
    day = [file(1), file(2, SMALL_BYTES), ObjectInfo(f"{PLACE.prefix}other.parquet", 1)]
    assert Compactable(LAST_MS, {}, (), nothing).choose(day) == []
    assert Compactable(LAST_MS, {}, (), nothing).choose([*day, file(3)]) == [file(1), file(3)]
    compacted = ObjectInfo(PLACE.file(1, 0), 100)
    assert Compactable(LAST_MS, {}, (), nothing).choose([compacted]) == []
    assert Compactable(LAST_MS, {}, (), nothing).choose([*day, compacted]) == [file(1), compacted]


def two_days() -> SettlingWorld:
    """Hours of two days are due for compaction."""
    world = old_world()
    for number in (24, 25):
        world.export(hour(number), [event(number)])
    world.ledger.forget(CHECK)
    world.convert()
    world.ledger.put(CHECK, PLACE.table, EpochMs(0))
    return world


def test_what_a_run_has_no_time_for_is_for_the_next_one() -> None:
    world = two_days()
    copy = world.lake.copy

    def slow(source_key: str, key: str) -> None:
        world.clock.sleep(150)  # a quarter of what a run may take
        copy(source_key, key)

    world.lake.copy = slow  # type: ignore[method-assign]
    assert world.convert().compaction.partitions == 1
    assert sum(is_compacted(key) for key in files(world)) == 1
    assert values(world.ledger, CHECK) == {PLACE.table: world.clock.now_ms()}
    assert world.convert().compaction.partitions == 1
    assert sum(is_compacted(key) for key in files(world)) == 2
    assert world.convert().compaction.partitions == 0
    assert values(world.ledger, CHECK) == {PLACE.table: world.clock.now_ms() + 6 * MS_PER_HOUR}


def test_a_fault_is_raised_in_the_end_and_the_table_is_checked_again() -> None:
    world = old_world()

    def fail() -> None:
        raise ThrottledError("slow down")

    calls = Steps()
    old_world().convert(calls)
    with pytest.raises(ThrottledError):
        world.convert(Steps(calls.calls - 5, fail))
    world.overtake()
    assert [is_compacted(key) for key in files(world)] == [True]
    assert world.staged() == []


def test_a_compacted_file_that_somebody_removed_is_reported_and_stops_no_other_partition() -> None:
    world = two_days()
    decided = compacted_world().lake.objects
    for key in (PLACE.decision(1), PLACE.reservation(1)):
        world.lake.put(key, decided[key])
    report = world.convert()
    assert report.outcome is Outcome.PARTIAL
    assert f"names {PLACE.file(1, 0)}, which is neither staged nor in the lake" in report.compaction.refused[0]
    assert (len(report.compaction.refused), report.compaction.partitions) == (1, 1)


def test_a_window_that_can_not_be_taken_out_fails_and_is_taken_out_by_a_retry() -> None:
    world = compacted_world()
    body = world.lake.get(PLACE.file(1, 0))
    world.lake.delete([PLACE.file(1, 0)])
    world.export(hour(1), [event(1)])
    report = world.convert()
    assert "somebody removed it. Put it back" in report.failed[0]
    world.lake.put(PLACE.file(1, 0), body)
    world.export(hour(1), [event(1)])
    world.convert()
    assert sorted(world.visible().elements()) == EVENTS
    assert live(world)
