"""The convert run with the real kernels in this process: EXPORTED windows become committed rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pytest
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, MemoryLedger, silent
from support.fakes.newer_ledger import NewerLedger
from support.fakes.stores import MemoryStore
from support.lakes.decisions import part_of, tables_of
from support.worlds.claiming import claim
from support.worlds.ledger_rows import ledger_row
from support.worlds.worlds import DAYS, LEASE_S, PAY, SHOP, World

from loglake.config import ExportConfig
from loglake.core.accounting import Accounting
from loglake.core.keys import REQUESTS
from loglake.core.ledger.manifest import Batch, Manifest
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.requests.requests import request_body
from loglake.core.run.outcome import Outcome
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import StagedFile
from loglake.core.schema.datasets import Dataset, Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.schema import ColumnType, retype
from loglake.core.units import MS_PER_HOUR, EpochMs
from loglake.core.windows import Window
from loglake.errors import OtherVersionLedgerError, ThrottledError, TransientError
from loglake.kernels.quarantine import read_entries
from loglake.pipelines.commit.leases import Leases
from loglake.pipelines.convert.recent_schemas import RECENT_MS
from loglake.pipelines.export.job import run_export
from loglake.pipelines.ports import ExportPorts

pytestmark = pytest.mark.unit


@pytest.fixture
def world() -> World:
    return World()


def test_exported_windows_become_rows_with_typed_columns(world: World) -> None:
    world.export()
    report = world.convert()
    assert report.accounting == Accounting(events_in=50, rows_out=50)
    assert (report.converted, report.remaining, report.outcome) == (4, 0, Outcome.OK)
    assert world.states() == {WindowState.CONVERTED}
    shop = world.rows("app_shop")
    assert shop.column("n").to_pylist() == list(range(48))
    assert shop.column("user_id").to_pylist() == [7 * n for n in range(48)]
    assert [(shop.schema.field(name).type, name) for name in ("n", "ok")] == [(pa.int64(), "n"), (pa.bool_(), "ok")]
    assert set(shop.column("log_stream").to_pylist()) == {"web/1"}
    assert world.rows("app_pay").column("raw").to_pylist() == ["plain text\n  and more", "ERROR broke"]
    assert [item.key for item in world.lake.list("staging/")] == []


def test_a_window_without_events_is_converted_too(world: World) -> None:
    world.export(PAY)
    assert world.convert().converted == 2
    empty = world.ledger.rows(PAY)[1]
    assert (empty.state, empty.newest.objects, empty.accounting, empty.live and empty.live.partitions) == (
        WindowState.CONVERTED, 0, Accounting(), (),
    )  # fmt: skip


def test_a_run_tells_how_old_the_oldest_fresh_window_is_that_waits(world: World) -> None:
    world.export()
    assert world.convert().oldest_pending_age_s == 0
    window = Window(EpochMs(START_MS - MS_PER_HOUR), START_MS)
    world.ledger.add(ledger_row(SHOP, window, "app_shop"))
    age_s = (world.clock.now_ms() - START_MS) // 1000
    assert age_s > 0
    assert world.convert("jr_d").oldest_pending_age_s >= age_s


def test_a_ledger_of_a_newer_version_is_left_alone() -> None:
    world = World()
    world.export()
    newer = NewerLedger()
    for row in world.ledger.stored.values():
        newer.add(row)
    world.ledger, before = newer, dict(newer.stored)
    with pytest.raises(OtherVersionLedgerError, match="a newer loglake wrote it"):
        world.convert()
    assert (newer.stored, dict(world.lake.objects)) == (before, {})


def test_a_second_run_finds_nothing_to_do(world: World) -> None:
    world.export()
    world.convert()
    before = dict(world.lake.objects)
    report = world.convert("jr_d")
    assert (report.converted, report.outcome) == (0, Outcome.OK)
    assert world.lake.objects == before


def test_a_crash_in_the_middle_gives_the_windows_back_and_the_next_run_the_same_lake(world: World) -> None:
    world.export()
    undisturbed = World()
    undisturbed.export()
    undisturbed.convert()
    bundles: list[Bundle] = []

    def crash(bundle: Bundle) -> None:
        bundles.append(bundle)
        if len(bundles) == 3:
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        world.convert(interrupt=crash)
    assert world.states() == {WindowState.EXPORTED}  # windows end with their batch
    assert world.convert("jr_d").converted == 4
    assert tables_of(world.lake) == tables_of(undisturbed.lake)


def test_what_is_converted_before_a_fault_is_committed_without_the_rest_of_its_batch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loglake.core.schema.sharing.SHARED_BUNDLES", 1)
    world.export(SHOP)
    bundles: list[Bundle] = []

    def interrupt(bundle: Bundle) -> None:
        bundles.append(bundle)
        if len(bundles) == 2:
            raise TransientError("a worker was lost")

    with pytest.raises(TransientError, match="a worker was lost"):
        world.convert(interrupt=interrupt)
    assert [row.state for row in world.ledger.rows(SHOP)] == [WindowState.CONVERTED, WindowState.EXPORTED]
    assert [len(row.decisions) for row in world.ledger.rows(SHOP)] == [1, 0]
    assert world.convert("jr_d").converted == 1
    assert world.rows("app_shop").num_rows == 48


def test_a_killed_converters_windows_are_taken_over_once_its_lease_ran_out(world: World) -> None:
    world.export()
    dead = Leases(world.ledger, world.clock, "jr_dead", LEASE_S)
    for row in world.ledger.in_states(WindowState.EXPORTED):
        assert claim(dead, row)
    before_ms = world.clock.now_ms()
    report = world.convert()
    assert report.accounting.rows_out == 50
    assert world.clock.now_ms() - before_ms >= LEASE_S * 1000


def test_a_lease_that_outlives_the_run_is_left_alone(world: World) -> None:
    world.export()
    other = Leases(world.ledger, world.clock, "jr_other", 3600)
    for row in world.ledger.in_states(WindowState.EXPORTED):
        assert claim(other, row)
    report = world.convert(deadline_s=60)
    assert (report.converted, report.remaining, report.outcome) == (0, 4, Outcome.PARTIAL)


def test_a_converter_that_loses_its_lease_commits_nothing_and_says_so(world: World) -> None:
    world.export(SHOP)
    taken: list[LedgerRow] = []

    def steal(bundle: Bundle) -> None:
        if not taken:
            world.clock.sleep(LEASE_S)
            row = next(r for r in world.ledger.rows(SHOP) if r.window == bundle.window)
            claimed = claim(Leases(world.ledger, world.clock, "jr_thief", LEASE_S), row)
            assert claimed
            taken.append(claimed)

    report = world.convert(interrupt=steal, deadline_s=30)
    assert report.lost == 1
    stolen = next(r for r in world.ledger.rows(SHOP) if r.window == taken[0].window)
    assert (stolen.state, stolen.trying.owner) == (WindowState.CONVERTING, "jr_thief")


def test_a_committed_window_is_rolled_forward_without_its_raw_objects(world: World) -> None:
    world.export(SHOP)
    world.convert()
    for row in world.ledger.rows(SHOP):  # as after a crash between the copies and the mark
        values = {"owner": "jr_c", "decisions": row.decisions}
        crashed = ledger_row(SHOP, row.window, row.table, WindowState.EXPORTED, **values)
        world.ledger.stored[SHOP, row.window] = crashed
    world.raw.objects.clear()
    report = world.convert("jr_d")
    assert (report.rolled_forward, report.accounting.rows_out) == (2, 48)


def test_fields_of_a_later_batch_become_columns_and_old_types_stay(world: World) -> None:
    world.export(SHOP)
    world.convert()
    later = [(DAYS.to_ms + 1, '{"n": "text", "fresh": 1.5}'), (DAYS.to_ms + 2, '{"n": 2.5}')]
    world.tasks.add_group(SHOP, {"web/2": later}, created_ms=START_MS)
    window = Window(DAYS.to_ms, EpochMs(DAYS.to_ms + MS_PER_HOUR))
    world.control.put(f"{REQUESTS}requested/2", request_body([SHOP], window))
    ports = ExportPorts(
        world.ledger,
        world.catalog,
        world.control,
        world.clock,
        silent(world.clock),
        world.tasks,
        world.raw,
        FakeEventReader(world.tasks),
    )
    run_export(ports, world.datasets, ExportConfig("control", "raw", "t", "s3://x/y", "jr_e", 36000, 5, 30))
    report = world.convert("jr_d")
    assert report.accounting.rescued_values == 2
    fresh = world.rows("app_shop").slice(48).to_pylist()
    assert [(row["n"], row["fresh"], json.loads(row["_rescued"])) for row in fresh] == [
        (None, 1.5, {"n": "text"}),
        (None, None, {"n": 2.5}),
    ]
    schema = world.ledger.latest("app_shop")
    assert (schema.version, schema.by_path()["n",].type) == (2, ColumnType.BIGINT)


def test_an_event_of_another_window_is_a_row_there_and_counted_here(world: World) -> None:
    world.export(SHOP)
    first, second = world.ledger.rows(SHOP)
    (item,) = json.loads(world.control.get(second.keys.object_list))["objects"]
    (other,) = json.loads(world.control.get(first.keys.object_list))["objects"]
    world.raw.put(item["key"], world.raw.get(item["key"]) + world.raw.get(other["key"]))
    report = world.convert()
    assert report.accounting == Accounting(events_in=72, rows_out=48, out_of_window=24)


def damage(world: World) -> str:
    """Cuts the one object of the shop's first day; returns its key."""
    world.export(SHOP)
    (item,) = json.loads(world.control.get(world.ledger.rows(SHOP)[0].keys.object_list))["objects"]
    world.raw.put(item["key"], world.raw.get(item["key"])[:-60])
    return str(item["key"])


def test_a_damaged_object_gives_what_it_can_and_the_run_is_partial(world: World) -> None:
    key = damage(world)
    report = world.convert()
    assert report.outcome is Outcome.PARTIAL
    assert report.accounting.quarantined == 1
    assert report.accounting.balanced
    (quarantine,) = (world.lake.get(entry.key) for entry in world.lake.list("quarantine/app_shop/dt=2026-11-21/"))
    assert [entry["source"] for entry in read_entries(quarantine)] == [key]


def test_a_log_group_of_which_too_much_is_in_quarantine_is_not_hidden_by_the_others(world: World) -> None:
    damage(world)
    world.export(PAY)
    report = world.convert(max_quarantined_ratio=1 / 42)
    shop = sum(row.accounting.events_in for row in world.ledger.rows(SHOP) if row.accounting)
    assert 1 / report.accounting.events_in < 1 / 42 < 1 / shop
    assert report.outcome is Outcome.PARTIAL
    (reason,) = report.reasons
    assert report.remarks == [f"{SHOP} (table app_shop): 1 of {shop} events are in quarantine: {reason} (1)"]
    assert report.to_json()["remarks"] == report.remarks
    assert world.convert(max_quarantined_ratio=1 / 42).outcome is Outcome.OK  # nothing is left to do


def test_a_configured_pattern_that_matches_too_little_makes_the_run_partial(world: World) -> None:
    entries = (Dataset(("/app/pay",), format="regex", pattern=r"^order (?P<order>\d+)$"), Dataset(("/app/*",)))
    world.datasets = Datasets(entries)
    world.export(PAY, SHOP)
    report = world.convert()
    assert report.outcome is Outcome.PARTIAL
    assert report.remarks == [
        f"{PAY} (table app_pay): the configured format regex reads 0 of 2 events, the rest is plain text, such as "
        "'plain text\\n  and more', 'ERROR broke'"
    ]
    assert report.to_json()["read_as"]["app_pay"] == {"text": 2}
    (row,) = (row for row in world.ledger.rows(PAY) if row.accounting and row.accounting.rows_out)
    assert row.accounting
    assert row.accounting.read_as == {"text": 2}
    world.export(PAY, reexport=True)
    assert world.convert(min_read_ratio=0).outcome is Outcome.OK


def break_list(world: World) -> str:
    row = world.ledger.rows(PAY)[0]
    world.control.delete([row.keys.object_list])
    return "ledger/app-pay"


def break_raw_object(world: World) -> str:
    (item,) = json.loads(world.control.get(world.ledger.rows(PAY)[0].keys.object_list))["objects"]
    world.raw.delete([item["key"]])
    return "000000.gz"


def break_commit(world: World) -> str:
    row = world.ledger.rows(PAY)[0]
    staged = StagedFile("staging/gone", "tables/app_pay/dt=2026-11-21/gone.parquet", 1, 1, "dt=2026-11-21")
    manifest = Manifest(PAY, row.window, 1, "app_pay", "jr_0", 1, (staged,), Accounting(events_in=1, rows_out=1))
    batch = Batch.alone(manifest)
    world.lake.put(batch.key, batch.to_bytes())
    world.ledger.stored[row.name] = replace(row, decisions=(batch.name,))
    return "neither staged nor in the lake"


@pytest.mark.parametrize("break_it", [break_list, break_raw_object, break_commit])
def test_a_window_that_cant_be_converted_fails_alone_with_its_reason(
    world: World, break_it: Callable[[World], str]
) -> None:
    world.export()
    said = break_it(world)
    report = world.convert()
    assert world.rows("app_shop").num_rows == 48
    assert report.outcome is Outcome.PARTIAL
    assert said in report.failed[0]
    broken = world.ledger.rows(PAY)[0]
    assert (broken.state, said in broken.reason) == (WindowState.FAILED, True)
    assert world.convert("jr_d").converted == 0


def test_a_window_that_failed_is_exported_and_converted_again_on_request(world: World) -> None:
    world.export()
    break_commit(world)
    world.convert()
    world.export()
    assert world.convert("jr_d").accounting.rows_out == 2
    assert world.rows("app_pay").num_rows == 2
    assert world.ledger.rows(PAY)[0].generation == 2


def test_a_fault_that_may_pass_stops_no_other_window_and_is_raised_in_the_end(world: World) -> None:
    class Hiccup(MemoryStore):
        hiccups = 1

        def put_new(self, key: str, body: bytes) -> None:
            if self.hiccups:
                self.hiccups -= 1
                raise ThrottledError("slow down")
            super().put_new(key, body)

    world.lake = Hiccup("lake")
    world.export()
    with pytest.raises(ThrottledError):
        world.convert()
    states = [row.state for row in world.ledger.all_rows()]
    assert states == [WindowState.EXPORTED] * 2 + [WindowState.CONVERTED] * 2  # those of the other table
    assert world.convert("jr_d").converted == 2
    assert world.rows("app_shop").num_rows + world.rows("app_pay").num_rows == 50


def test_another_converter_that_is_alive_is_not_waited_for_twice(world: World) -> None:
    world.export(SHOP)
    alive = Leases(world.ledger, world.clock, "jr_alive", LEASE_S)
    assert alive.claim_all(world.ledger.in_states(WindowState.EXPORTED))
    sleep = world.clock.sleep

    def renew_and_sleep(seconds: float) -> None:
        sleep(seconds - 1)
        alive.renew()
        sleep(1)

    world.clock.sleep = renew_and_sleep  # type: ignore[method-assign]
    before_ms = world.clock.now_ms()
    report = world.convert(deadline_s=3600)
    assert (report.converted, report.remaining) == (0, 2)
    assert world.clock.now_ms() - before_ms <= 2 * LEASE_S * 1000


def test_a_window_of_its_own_that_the_index_still_has_is_not_waited_for(world: World) -> None:
    class Lagging(MemoryLedger):
        """A ledger with an index that reports CONVERTING rows as CONVERTING for ever."""

        def __init__(self) -> None:
            super().__init__()
            self.reported: dict[Window, LedgerRow] = {}

        def in_states(self, *states: WindowState) -> list[LedgerRow]:
            stale = [row for row in self.reported.values() if row.state in states]
            return stale or super().in_states(*states)

        def replace(self, row: LedgerRow) -> None:
            super().replace(row)
            if row.state is WindowState.CONVERTING:
                self.reported[row.window] = row

    world.ledger = Lagging()
    world.export(SHOP)
    before_ms = world.clock.now_ms()
    report = world.convert()
    assert (report.converted, report.remaining) == (2, 0)
    assert world.clock.now_ms() == before_ms


def test_an_event_that_belongs_to_a_failed_window_is_a_row_here(world: World) -> None:
    world.export(SHOP)
    first, second = world.ledger.rows(SHOP)
    (item,) = json.loads(world.control.get(second.keys.object_list))["objects"]
    (other,) = json.loads(world.control.get(first.keys.object_list))["objects"]
    world.raw.put(item["key"], world.raw.get(item["key"]) + world.raw.get(other["key"]))
    world.ledger.stored[SHOP, first.window] = ledger_row(SHOP, first.window, first.table, WindowState.FAILED)
    assert world.convert().accounting == Accounting(events_in=48, rows_out=48)


def test_work_left_after_progress_wakes_the_workflow_again(world: World) -> None:
    world.export()
    other = Leases(world.ledger, world.clock, "jr_other", 3600)
    assert claim(other, world.ledger.rows(PAY)[0])
    report = world.convert(deadline_s=60)
    assert (report.converted, report.remaining) == (3, 1)
    assert [item.key for item in world.control.list(REQUESTS)] == ["requests/continue/jr_c"]


def test_a_dataset_that_was_removed_leaves_its_windows_their_table(world: World) -> None:
    world.export(SHOP)
    world.datasets = load_datasets({"datasets": [{"log_groups": ["/nothing"]}]})
    assert world.convert().accounting.rows_out == 48
    assert world.rows("app_shop").num_rows == 48


def test_two_groups_share_a_table_and_hours_partition_it(world: World) -> None:
    world.datasets = load_datasets(
        {"datasets": [{"log_groups": ["/app/*"], "table": "all_apps", "partition_by": "hour"}]}
    )
    world.export()
    assert world.convert().accounting.rows_out == 50
    assert world.rows("all_apps").num_rows == 50
    folders = {item.key.split("/")[3] for item in world.lake.list("tables/all_apps/dt=2026-11-21/")}
    assert folders == {f"hour={hour:02d}" for hour in range(24)}
    live = world.ledger.rows(SHOP)[0].live
    assert live
    assert "dt=2026-11-21/hour=05" in live.partitions


def test_a_table_keeps_the_partitioning_that_it_began_with(world: World) -> None:
    world.export(SHOP)
    world.convert()
    assert world.ledger.latest("app_shop").partition_by == "day"
    entry = {"log_groups": ["/app/*"], "table": "app_shop", "ingest": "export", "partition_by": "hour"}
    world.datasets = load_datasets({"datasets": [entry]})
    world.export(PAY)
    report = world.convert("jr_d")

    assert len(report.failed) == 1
    assert "table app_shop is partitioned by day, and can't be by hour too: set partition_by: day" in report.failed[0]
    assert all("/hour=" not in key for key in world.lake.objects)


def test_a_table_of_plain_text_keeps_its_partitioning_too(world: World) -> None:
    world.export(PAY)
    world.convert()
    assert (world.ledger.latest("app_pay").partition_by, world.ledger.latest("app_pay").columns) == ("day", ())


def test_files_of_a_type_that_was_changed_meanwhile_are_not_committed(world: World) -> None:
    world.export(SHOP)

    def change(bundle: Bundle) -> None:
        latest = world.ledger.latest("app_shop")
        if latest.version == 1:
            world.ledger.publish(retype(latest, "n", ColumnType.STRING))
            world.clock.sleep(RECENT_MS / 1000)

    with pytest.raises(TransientError, match="n of app_shop got another type while it was converted"):
        world.convert(interrupt=change)
    assert world.states() == {WindowState.EXPORTED}
    assert [item.key for item in world.lake.list("tables/")] == []
    assert world.convert("jr_d").converted == 2
    assert world.rows("app_shop").column("n").to_pylist() == [str(n) for n in range(48)]


def test_the_share_of_quarantine_above_which_a_run_is_partial_is_a_setting(world: World) -> None:
    damage(world)
    report = world.convert(max_quarantined_ratio=0.5)
    assert (report.accounting.quarantined, report.outcome) == (1, Outcome.OK)
    assert list(report.to_json()["reasons"].values()) == [1]
    assert part_of(world.lake, world.ledger.rows(SHOP)[0]).reasons == report.reasons
