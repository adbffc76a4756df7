"""Windows without ledger rows come back whole: from decisions, from raw objects, or from their files as they are."""

from __future__ import annotations

import gzip
import io
import json
from contextlib import suppress
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.deployments.operated import ASKED, deploy, loglake_on_lake
from support.fakes.fakes import START_MS, FakeExportTasks
from support.fakes.mortal import CrashError, mortal
from support.lakes.damages import COMPACTED, DECIDED, shop_file
from support.lakes.decisions import decision_of, forget
from support.lakes.killed import Killed, killed_before
from support.lakes.verified import DATASETS, LIVE, WEB_A, WEB_B, contents, keys, row, whole_lake
from support.tiles import tile
from support.worlds.landed import landed_event, payload
from support.worlds.landing_world import SHOP as LANDED
from support.worlds.landing_world import LandingWorld
from support.worlds.ledger_rows import ledger_row
from support.worlds.worlds import DAYS, PAY, SHOP, World

from loglake.core.keys import REMOVED, STAGING, TABLES
from loglake.core.ledger.row import SUPERSEDED_MS, LedgerRow, WindowState
from loglake.core.requests.requests import request_body
from loglake.core.state_items import CHECK
from loglake.core.units import EPOCH, MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.object_lists import read_object_list
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.repair.plan import plan_repair, repair

pytestmark = pytest.mark.unit

GROUPS = [SHOP, PAY, WEB_A, LIVE]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A whole lake, deployed."""
    world = whole_lake()
    deploy(monkeypatch, world, world.tasks)
    return world


def lose(world: World, log_group: LogGroupName, *, decisions: bool = True) -> None:
    """Deletes all rows of a log group, and its decisions."""
    rows = world.ledger.rows(log_group)
    for each in rows:
        del world.ledger.stored[each.name]
    if decisions:
        forget(world.lake, rows)


def lose_raw(world: World, log_group: LogGroupName) -> None:
    for each in world.ledger.rows(log_group):
        world.raw.delete(raw.key for raw in read_object_list(world.control, each))


def lose_lists(world: World, log_group: LogGroupName) -> None:
    world.control.delete(each.keys.object_list for each in world.ledger.rows(log_group))


def found() -> list[dict[str, Any]]:
    damage: list[dict[str, Any]] = json.loads(loglake_on_lake("verify", "--deep", "--json").stdout)["damage"]
    return damage


def repaired(world: World) -> None:
    """Runs the one command that all damage names, and what it wakes."""
    (fix,) = {each["fix"] for each in found()}
    assert "--remove-unnamed" not in fix
    done = loglake_on_lake(*fix.removesuffix(" --lake aws:lake").split()[1:])
    assert (done.exit_code, done.stderr) == (0, ASKED), done.output
    world.convert("jr_repair")


@pytest.mark.parametrize("group", GROUPS)
def test_without_rows_and_decisions_a_log_group_is_converted_again(group: LogGroupName, world: World) -> None:
    before = contents(world)
    lose(world, group)
    assert {each["kind"] for each in found()} == {"window-gone"}
    repaired(world)
    assert (found(), contents(world)) == ([], before)
    assert loglake_on_lake("rerun", "--damaged").stdout == "Nothing is damaged.\n"


def test_a_dry_run_changes_nothing(world: World) -> None:
    lose(world, SHOP)
    stored, lake, control = dict(world.ledger.stored), dict(world.lake.objects), dict(world.control.objects)
    done = loglake_on_lake("rerun", "--damaged", "--dry-run")
    assert (done.exit_code, done.stdout.count(f"would be converted again: {SHOP} ")) == (0, 2)
    assert (dict(world.ledger.stored), world.lake.objects, world.control.objects) == (stored, lake, control)


@pytest.mark.parametrize("group", [SHOP, PAY])
def test_a_missing_file_comes_back_from_raw_objects(group: LogGroupName, world: World) -> None:
    """No decision says that it was there."""
    before, (first, *_) = contents(world), keys(world, f"{TABLES}{group[1:].replace('/', '_')}/")
    lose(world, group)
    world.lake.put(first, b"PAR1")
    repaired(world)
    assert (found(), contents(world)) == ([], before)


@pytest.mark.parametrize("group", GROUPS)
def test_raw_objects_without_a_list_are_found_in_their_bucket(group: LogGroupName, world: World) -> None:
    before = contents(world)
    lose_lists(world, group)
    lose(world, group)
    repaired(world)
    assert (found(), contents(world)) == ([], before)
    assert all(each.live and each.live.objects for each in world.ledger.rows(group))


@pytest.mark.parametrize("lists", [True, False])
@pytest.mark.parametrize("group", GROUPS)
def test_without_raw_objects_files_are_adopted_as_they_are(group: LogGroupName, lists: bool, world: World) -> None:
    before = contents(world)
    lose_raw(world, group)
    if not lists:
        lose_lists(world, group)
    lose(world, group)
    repaired(world)
    assert (found(), contents(world)) == ([], before)
    assert {each.state for each in world.ledger.rows(group)} == {WindowState.CONVERTED}
    assert {bool(each.landed) for each in world.ledger.rows(group)} == {group == LIVE}


@pytest.mark.parametrize("group", GROUPS)
def test_rows_come_from_decisions_if_they_are_there(group: LogGroupName, world: World) -> None:
    before = contents(world)
    versions = {each.name: each.live for each in world.ledger.rows(group)}
    lose_raw(world, group)
    lose(world, group, decisions=False)
    assert {each["kind"] for each in found()} == {"ledger-row-gone"}
    repaired(world)
    assert (found(), contents(world)) == ([], before)
    for each in world.ledger.rows(group):
        noted = versions[each.name]
        assert each.live
        assert noted
        assert each.live.accounting == noted.accounting


def test_decisions_without_files_are_found_too(world: World) -> None:
    """The row comes back, and shows that the window has to be converted again."""
    before = contents(world)
    world.lake.delete([*keys(world, f"{TABLES}app_shop/")])
    lose(world, SHOP, decisions=False)
    assert {each["kind"] for each in found()} == {"ledger-row-gone"}
    repaired(world)
    assert (found(), contents(world)) == ([], before)


def test_a_decided_commit_is_completed(world: World) -> None:
    """A run was killed before it had copied all files, and then the row was lost, too."""
    before = contents(world)
    data = json.loads(world.lake.get(decision_of(row(world, SHOP))))
    for staged in (staged for part in data["windows"] for staged in part["files"]):
        assert staged["staged_key"].startswith(STAGING)
        world.lake.put(staged["staged_key"], world.lake.get(staged["final_key"]))
        world.lake.delete([staged["final_key"]])
    lose_raw(world, SHOP)
    lose(world, SHOP, decisions=False)
    loglake_on_lake("rerun", "--damaged")
    assert {each["kind"] for each in found()} <= {"staging-left"}
    assert contents(world) == before


def test_a_window_whose_time_another_one_has_does_not_come_back(world: World) -> None:
    """Its rows would be there twice."""
    before = contents(world)
    key = shop_file(world)
    narrower = key.replace("20261121T000000000Z-20261122T000000000Z", "20261121T000000000Z-20261121T010000000Z")
    world.lake.put(narrower, world.lake.get(key))
    (damage,) = found()
    assert (damage["kind"], damage["key"]) == ("file-unnamed", narrower)
    assert "--remove-unnamed" in damage["fix"]
    assert loglake_on_lake("rerun", "--damaged", "--remove-unnamed", "--yes").exit_code == 0
    assert (found(), contents(world)) == ([], before)


def test_a_window_that_is_exported_again_is_left_to_that(world: World) -> None:
    before = contents(world)
    lose(world, SHOP)
    for day in tile(DAYS):
        world.control.put(f"requests/requested/{day.from_ms}", request_body([SHOP], day))
    world.run_export()
    assert found() == []
    world.convert("jr_again")
    assert {each["kind"] for each in found()} == {"file-unnamed"}
    assert loglake_on_lake("rerun", "--damaged", "--remove-unnamed", "--yes").exit_code == 0
    assert (found(), len(contents(world)["app_shop"])) == ([], len(before["app_shop"]))


def test_files_of_windows_that_are_exported_again_as_one_go_once_that_one_has_their_rows(world: World) -> None:
    before = contents(world)
    lose(world, SHOP)
    world.export(SHOP)
    done = loglake_on_lake("rerun", "--damaged")
    assert (done.exit_code, done.output.count("not repaired: ")) == (1, 2)
    assert "once it is CONVERTED, run this again" in done.output
    world.convert("jr_again")
    assert {each["kind"] for each in found()} == {"file-unnamed"}
    assert loglake_on_lake("rerun", "--damaged", "--remove-unnamed", "--yes").exit_code == 0
    assert (found(), len(contents(world)["app_shop"])) == ([], len(before["app_shop"]))


@pytest.mark.parametrize("same", [True, False])
def test_a_row_that_another_run_adds_meanwhile_counts(
    same: bool, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    """Another repair of the same damage, or an export."""
    before = contents(world)
    lose(world, SHOP)
    add = world.ledger.add

    def too_late(row: LedgerRow) -> bool:
        add(row if same else ledger_row(row.log_group, row.window, row.table))
        return add(row)

    with monkeypatch.context() as patch:
        patch.setattr(world.ledger, "add", too_late)
        assert "it has a row in the ledger by now" in loglake_on_lake("rerun", "--damaged").stderr
    if not same:
        world.run_export()
    world.convert("jr_again")
    if found():
        assert loglake_on_lake("rerun", "--damaged", "--remove-unnamed", "--yes").exit_code == 0
        world.convert("jr_repair")
    rows = contents(world)["app_shop"]
    assert (found(), len(rows), len(set(rows))) == ([], len(before["app_shop"]), len(before["app_shop"]))


@pytest.mark.parametrize("decisions", [True, False])
def test_a_window_of_which_another_one_has_a_part_is_not_removed(decisions: bool, world: World) -> None:
    """Somebody exported an hour of a lost day."""
    before, (day, _) = contents(world), tile(DAYS)
    lose(world, SHOP, decisions=decisions)
    hour = Window(day.from_ms, EpochMs(day.from_ms + MS_PER_HOUR))
    world.control.put("requests/requested/hour", request_body([SHOP], hour))
    world.run_export()
    world.convert("jr_hour", compaction=False)
    done = loglake_on_lake("rerun", "--damaged", "--remove-unnamed", "--yes")
    assert (done.exit_code, keys(world, REMOVED)) == (1, [])
    assert set(before["app_shop"]) <= set(contents(world)["app_shop"])
    _, _, command = done.stderr.strip().rpartition(f"{hour} has a part of its time. To export the rest: loglake ")
    assert loglake_on_lake(*command.split()).exit_code == 0
    world.run_export()
    world.convert("jr_rest", compaction=False)
    (damage,) = found()  # by now all rows of the day are elsewhere, too
    assert damage["kind"] == "file-unnamed"
    assert loglake_on_lake("rerun", "--damaged", "--remove-unnamed", "--yes").exit_code == 0
    rows = contents(world)["app_shop"]
    assert (found(), len(rows), len(set(rows))) == ([], len(before["app_shop"]), len(before["app_shop"]))


def test_an_old_plan_leaves_the_decision_of_a_later_export(world: World) -> None:
    """A person answered hours later."""
    lose(world, SHOP)
    deployment = Deployment(world.ledger, world.control, world.raw, world.lake, None, "lake", world.clock, world.tasks)
    plan = plan_repair(deployment)
    world.export(SHOP)
    world.convert("jr_again", compaction=False)
    before = {key: world.lake.get(key) for key in keys(world, "commits/")}
    done = repair(deployment, plan)
    assert [line.rpartition(": ")[2] for line in done.left] == ["it has a row in the ledger by now"] * 2
    assert {key: world.lake.get(key) for key in keys(world, "commits/")} == before


@pytest.mark.parametrize("decisions", [True, False])
def test_the_next_version_gets_a_number_that_nothing_has(decisions: bool, world: World) -> None:
    """An object of somebody's may have any number."""
    before, mine = contents(world), row(world, SHOP)
    lose(world, SHOP, decisions=decisions)
    world.control.put(f"ledger/{mine.key_prefix}/g20000.json", world.control.get(mine.keys.object_list))
    loglake_on_lake("rerun", "--damaged")
    world.lake.delete([shop_file(world)])
    loglake_on_lake("rerun", "--damaged")
    world.convert("jr_repair", compaction=False)
    assert (found(), contents(world), row(world, SHOP).generation) == ([], before, 2)


def test_files_that_nothing_can_read_are_moved_only_if_a_person_says_so(world: World) -> None:
    before, file = contents(world), shop_file(world)
    lose_raw(world, SHOP)
    lose(world, SHOP)
    world.lake.put(file, b"PAR1")
    done = loglake_on_lake("rerun", "--damaged")
    assert (done.exit_code, done.stderr.count("--remove-unnamed moves it to removed/")) == (1, 1)
    assert world.lake.exists(file)
    asked = loglake_on_lake("rerun", "--damaged", "--remove-unnamed", answer="n\n")
    assert (asked.exit_code, world.lake.exists(file)) == (1, True)
    assert "Move 1 file with 0 rows to removed/; 1 file can't be read?" in asked.stdout
    assert loglake_on_lake("rerun", "--damaged", "--remove-unnamed", answer="y\n").exit_code == 0
    (moved,) = keys(world, REMOVED)
    assert (found(), world.lake.get(moved), moved.endswith(f"Z/{file}")) == ([], b"PAR1", True)
    assert len(contents(world)["app_shop"]) == len(before["app_shop"]) // 2


@pytest.mark.parametrize("name", ["mine.parquet", "a\x1b]52;c;x\x07b", "%2e%2e/%00", "ü" * 480, "x\n--remove-unnamed"])
def test_removed_files_keep_their_content_whatever_their_names(name: str, world: World) -> None:
    before, key = contents(world), f"{TABLES}app_shop/{name}"
    for body in (b"one", b"another"):
        world.lake.put(key, body)
        assert loglake_on_lake("rerun", "--damaged", "--remove-unnamed", "--yes").exit_code == 0
        world.clock.sleep(0.001)
    assert [world.lake.get(moved) for moved in keys(world, REMOVED)] == [b"one", b"another"]
    assert all(len(moved.encode()) <= 1024 for moved in keys(world, REMOVED))
    assert (found(), contents(world)) == ([], before)


def test_what_is_asked_has_the_rows_and_a_document_asks_nothing(world: World) -> None:
    stray = shop_file(world).replace(".g1.", ".g7.")
    world.lake.put(stray, world.lake.get(shop_file(world)))
    done = loglake_on_lake("rerun", "--damaged", "--remove-unnamed", answer="n\n")
    assert f"{stray} (24 rows)\nMove 1 file with 24 rows to removed/?" in done.stdout
    assert loglake_on_lake("rerun", "--damaged", "--remove-unnamed", "--json").exit_code == 2
    assert loglake_on_lake("rerun", "--damaged", "--yes").exit_code == 2
    done = loglake_on_lake("rerun", "--damaged", "--remove-unnamed", "--json", "--yes")
    assert json.loads(done.stdout)["removed"] == [{"key": stray, "rows": 24}]


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("lost", [(WEB_A,), (WEB_A, WEB_B)])
def test_a_compaction_without_a_decision_shows_whose_rows_it_has(
    lost: tuple[LogGroupName, ...], raw: bool, world: World
) -> None:
    before = contents(world)
    world.lake.delete([DECIDED])
    for group in lost:
        if not raw:
            lose_raw(world, group)
        lose(world, group)
    assert {each["kind"] for each in found()} == {"decision-gone"}
    repaired(world)
    assert (found(), contents(world), keys(world, REMOVED)) == ([], before, [])


def test_a_compacted_file_stays_if_nothing_else_has_its_rows(world: World) -> None:
    """It is there twice, so its decision can't be made from it; and of one log group nothing else is there."""
    world.lake.delete([DECIDED])
    lose(world, WEB_A)
    world.lake.put(COMPACTED.replace("c000001", "c000002"), world.lake.get(COMPACTED))
    done = loglake_on_lake("rerun", "--damaged", "--remove-unnamed", "--yes")
    assert f"has rows of {WEB_A} that nothing else has: they stay there" in done.stderr
    assert (done.exit_code, world.lake.exists(COMPACTED), keys(world, REMOVED)) == (1, True, [])


def test_rows_of_a_lost_landed_window_in_a_compacted_file_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """They don't say their window, and another one of their log group would be converted again, or go on without."""
    world = World(datasets=DATASETS)
    for hour in (0, 5):
        events = [landed_event(3 * hour + n, START_MS + hour * MS_PER_HOUR + 1000 * n) for n in range(3)]
        world.raw.put(f"landing/pay/{hour}", payload(LIVE, events))
    world.convert()
    world.clock.sleep(40 * MS_PER_DAY / 1000)
    world.ledger.put(CHECK, "live_pay", EPOCH)
    world.convert("jr_compact")
    deploy(monkeypatch, world, world.tasks)
    before, (first, second) = contents(world), world.ledger.rows(LIVE)
    del world.ledger.stored[second.name]
    world.lake.delete([decision_of(second), *keys(world, "commits/_compacted/")])
    for raw in (True, False):
        if not raw:
            world.raw.objects.clear()
            world.control.delete([first.keys.object_list])
        done = loglake_on_lake("rerun", "--damaged", "--remove-unnamed", "--yes")
        assert f"has rows of {LIVE} that nothing else has: they stay there" in done.stderr
        loglake_on_lake("accept", LIVE, "--yes")
        assert (contents(world), keys(world, REMOVED)) == (before, [])


@pytest.mark.parametrize("seed", range(16))
def test_whatever_rows_and_decisions_are_lost_no_row_of_a_table_is(seed: int, world: World) -> None:
    """With raw objects or, for every second seed, without."""
    chance, before = Random(seed), contents(world)
    if seed % 2:
        world.raw.objects.clear()
    lost = [each for each in world.ledger.stored.values() if chance.random() < 0.5]
    for each in lost:
        del world.ledger.stored[each.name]
    decisions = [key for key in keys(world, "commits/") if chance.random() < 0.5]
    for key in decisions:
        if seed % 3:
            world.lake.delete([key])
        else:
            world.lake.put(key, b"{")
    for step in range(3):
        if found():
            loglake_on_lake("rerun", "--damaged", *(["--remove-unnamed", "--yes"] if seed % 5 else []))
            world.convert(f"jr_{step}", compaction=False)
    assert (found(), contents(world), keys(world, REMOVED)) == ([], before, []), (lost, decisions)


@pytest.mark.parametrize("group", [SHOP, WEB_A])
@pytest.mark.parametrize("raw", [True, False])
def test_a_repair_that_is_killed_before_any_write_goes_on(
    raw: bool, group: LogGroupName, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = contents(whole_lake())
    for write in range(100):
        world = whole_lake()
        deploy(monkeypatch, world, world.tasks)
        stray = f"{TABLES}app_shop/mine.parquet"
        world.lake.put(stray, b"PAR1")
        if group == WEB_A:
            world.lake.delete([DECIDED])
        if not raw:
            lose_raw(world, group)
        lose(world, group)
        command = ("rerun", "--damaged", "--remove-unnamed", "--yes")
        ended = False
        with suppress(Killed), killed_before(world, write) as done:
            ended = loglake_on_lake(*command).exit_code == 0
        assert loglake_on_lake(*command).exit_code == 0
        world.convert("jr_repair")
        assert (found(), contents(world)) == ([], whole), (write, done)
        assert {world.lake.get(key) for key in keys(world, REMOVED)} == {b"PAR1"}
        if ended:
            assert write > 5
            return
    raise AssertionError("it never ends")


def test_a_damaged_compacted_file_is_kept_whenever_a_repair_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as a decision is there, any run deletes what it names."""
    whole = contents(whole_lake())
    for write in range(100):
        world = whole_lake()
        deploy(monkeypatch, world, world.tasks)
        damaged = world.lake.get(COMPACTED)[:-1]
        world.lake.put(COMPACTED, damaged)
        ended = False
        with suppress(Killed), killed_before(world, write):
            ended = loglake_on_lake("rerun", "--damaged").exit_code == 0
        for step in range(2):
            world.ledger.put(CHECK, "web", EPOCH)
            world.convert(f"jr_{step}")
            loglake_on_lake("rerun", "--damaged")
        assert contents(world) == whole
        assert {world.lake.get(key) for key in keys(world, REMOVED)} == {damaged}, write
        if ended:
            return
    raise AssertionError("it never ends")


def test_half_of_the_raw_objects_replace_no_rows(world: World) -> None:
    """Without a list nobody knows that some are missing; but the files have more events."""
    before = contents(world)
    (first, *_) = (item.key for item in world.raw.list("exports/app-shop") if item.key.endswith(".gz"))
    events = world.raw.get(first)
    lose_lists(world, SHOP)
    lose(world, SHOP)
    world.raw.put(first, gzip.compress(gzip.decompress(events)[:200].rpartition(b"\n")[0] + b"\n"))
    loglake_on_lake("rerun", "--damaged")
    world.convert("jr_repair")
    assert contents(world) == before


@pytest.mark.parametrize("lost", [True, False])
def test_a_copy_that_somebody_made_of_a_file_is_none_of_ours(lost: bool, world: World) -> None:
    """Whatever a repair does with a window, a backup beside its file is neither adopted nor removed."""
    before, mine = contents(world), shop_file(world)
    copies = {f"{mine}{end}": world.lake.get(mine) for end in (".bak", ".mine", ".crc")}
    for key, body in copies.items():
        world.lake.put(key, body)
    if lost:
        lose(world, SHOP)
    else:
        world.lake.delete([decision_of(row(world, SHOP))])
    for step in range(3):
        loglake_on_lake("rerun", "--damaged")
        world.convert(f"jr_{step}", compaction=False)
    assert {key: world.lake.get(key) for key in copies} == copies
    world.lake.delete(copies)
    assert (found(), contents(world)) == ([], before)


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize(
    "columns",
    [{"x": [1]}, {"log_group": [1], "_source": [2]}, {"log_group": [None], "_source": [None]}, {"log_group": [[1]]}],
)
def test_foreign_files_with_names_of_ours_stop_no_repair(
    columns: dict[str, list[Any]], lost: bool, world: World
) -> None:
    before = contents(world)
    body = io.BytesIO()
    pq.write_table(pa.table(columns), body)
    strays = [shop_file(world).replace(".g1.", ".g7."), shop_file(world).replace(".parquet", ".1.parquet")]
    strays += [
        COMPACTED.replace("c000001", "c000009"),
        f"{TABLES}app_shop/dt=2026-11-21/compacted.c000001.0000.parquet",
    ]
    for key in strays:
        world.lake.put(key, body.getvalue())
    prefix = row(world, SHOP).key_prefix
    for name in ("g\u00b2.json", "g.json", "g-1.json", "g99999999999999999999.json", "x"):
        world.lake.put(f"commits/app_shop/{name}", b"{")
        world.control.put(f"ledger/{prefix}/{name}", b"{")
    if lost:
        lose(world, SHOP)
        lose(world, WEB_B)
        world.lake.delete([DECIDED])
    for step in range(4):
        loglake_on_lake("rerun", "--damaged", "--remove-unnamed", "--yes")
        world.convert(f"jr_{step}", compaction=False)
    assert (found(), contents(world)) == ([], before)


def test_a_landed_day_whose_commit_waits_for_days_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hours' rows have expired by then, and their files are still the table's."""
    seen = 0
    for call in range(0, 80, 3):
        world = LandingWorld()
        for number in range(4):
            event = landed_event(number, START_MS + number * MS_PER_HOUR)
            world.land(str(number), payload(LANDED, [event]))
        world.run()
        world.clock.time_ms = EpochMs(START_MS + 2 * MS_PER_DAY)
        with suppress(CrashError):
            mortal(world, call).run()
        rows = world.ledger.rows(LANDED)
        if not any(each.superseded_by for each in rows) or any(each.live for each in rows):
            continue
        world.clock.sleep(SUPERSEDED_MS / 1000 + 60)
        seen += 1
        with monkeypatch.context() as patch:
            deploy(patch, world, FakeExportTasks(world.raw))
            damage = json.loads(loglake_on_lake("verify", "--json").stdout)["damage"]
        assert damage == [], call
    assert seen
