"""If the raw objects are gone too, the damage is reported, and `loglake accept` goes on without the rows."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from support.deployments.operated import ASKED, deploy, loglake_on_lake
from support.lakes.damages import COMPACTED, changed_alike, quarantine_file, shop_file
from support.lakes.decisions import decision_of
from support.lakes.verified import WEB_A, WEB_B, contents, row, whole_lake
from support.worlds.worlds import PAY, SHOP, World

from loglake.core.units import LogGroupName
from loglake.pipelines.object_lists import read_object_list
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.repair.lost_rows import accept_lost, plan_lost

pytestmark = pytest.mark.unit

DAY = "[2026-11-21T00:00:00.000Z, 2026-11-22T00:00:00.000Z)"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A whole lake of a local run, without its log groups."""
    world = whole_lake()
    deploy(monkeypatch, world)
    return world


def lose_raw(world: World, log_group: LogGroupName) -> None:
    """Removes the raw objects of a log group's first day."""
    world.raw.delete(raw.key for raw in read_object_list(world.control, row(world, log_group)))


def damage() -> list[str]:
    return [each["key"] for each in json.loads(loglake_on_lake("verify", "--deep", "--json").stdout)["damage"]]


def test_a_window_goes_on_without_rows_that_nothing_brings_back(world: World) -> None:
    before = contents(world)
    lose_raw(world, SHOP)
    file = shop_file(world)
    world.lake.put(file, b"")
    done = loglake_on_lake("rerun", "--damaged")
    assert (done.exit_code, damage()) == (1, [file])
    assert done.stderr.startswith(f"{ASKED}not repaired: {SHOP} {DAY}: ")
    assert done.stderr.endswith(f"To go on without what is lost: loglake accept {SHOP}\n")
    said = f"{SHOP} {DAY}: 24 of its 24 rows go; their files are gone or damaged, and raw objects are gone\n"
    asked = loglake_on_lake("accept", SHOP, "--dry-run")
    assert asked.stdout.startswith(f"{said}{SHOP}: 1 window would go on without these rows.\n")
    assert loglake_on_lake("accept", SHOP, answer="n\n").exit_code == 1
    assert damage() == [file]
    done = loglake_on_lake("accept", SHOP, "--yes")
    assert (done.exit_code, done.stdout) == (0, f"{said}{SHOP}: 1 window goes on without these rows.\n")
    assert damage() == []
    live = row(world, SHOP).live
    assert live
    assert (live.accounting.rows_out, live.accounting.balanced, live.partitions) == (0, True, ())
    after = contents(world)
    assert Counter(before["app_shop"]) - Counter(after["app_shop"]) != Counter()
    assert (len(after["app_shop"]), after["web"], after["app_pay"]) == (24, before["web"], before["app_pay"])
    assert loglake_on_lake("accept", SHOP, "--yes").stdout.startswith(f"{SHOP} has no failed window")


def test_of_a_compacted_file_only_rows_without_raw_objects_go(world: World) -> None:
    before = contents(world)
    lose_raw(world, WEB_A)
    world.lake.put(COMPACTED, b"PAR1")
    done = loglake_on_lake("rerun", "--damaged")
    assert done.exit_code == 1
    first, second = sorted(done.stderr.removeprefix(ASKED).splitlines())
    assert first.endswith(f"To go on without what is lost: loglake accept {WEB_A}")
    assert f"{WEB_B} {DAY}: it has rows in a shared file that stays" in second
    assert damage() == [COMPACTED]
    assert loglake_on_lake("accept", WEB_A, "--yes").exit_code == 0
    world.convert("jr_again")
    assert damage() == []
    rows = [json.loads(each)["log_group"] for each in contents(world)["web"]]
    assert rows == [WEB_B] * 3
    assert contents(world)["app_shop"] == before["app_shop"]


def test_a_decision_is_written_again_without_raw_objects(world: World) -> None:
    """The files are whole, so nothing is lost."""
    before = contents(world)
    lose_raw(world, PAY)
    world.lake.put(decision_of(row(world, PAY)), b"{")
    done = loglake_on_lake("rerun", "--damaged")
    assert (done.exit_code, done.stderr) == (0, ASKED)
    assert damage() == []
    assert contents(world) == before


def test_a_changed_decision_is_not_believed_without_raw_objects(world: World) -> None:
    """Its files may be changed alike, so a person has to say that they are right."""
    lose_raw(world, SHOP)
    ((_, key),) = changed_alike(world)
    done = loglake_on_lake("rerun", "--damaged")
    assert (done.exit_code, damage()) == (1, [key])
    assert done.stderr.endswith(f"To go on without what is lost: loglake accept {SHOP}\n")
    done = loglake_on_lake("accept", SHOP, "--yes")
    assert "0 of its 24 rows go; their decision was changed, and raw objects are gone" in done.stdout
    assert (done.exit_code, damage()) == (0, [])


@pytest.mark.parametrize("body", [None, b"{"])
def test_a_repair_of_a_decision_goes_on_if_it_is_killed(
    body: bytes | None, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, key = contents(world), decision_of(row(world, SHOP))
    lose_raw(world, SHOP)
    world.lake.delete([key])
    if body:
        world.lake.put(key, body)
    with monkeypatch.context() as patch:
        patch.setattr(world.lake, "put", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        loglake_on_lake("rerun", "--damaged")
    assert damage() == [key]
    assert loglake_on_lake("rerun", "--damaged").exit_code == 0
    assert (damage(), contents(world)) == ([], before)


def test_what_is_accepted_late_leaves_a_window_that_another_run_changed(world: World) -> None:
    """Somebody put the raw objects back meanwhile, and it is about to be converted again."""
    before, file, key = contents(world), shop_file(world), decision_of(row(world, SHOP))
    (raw,) = (each.key for each in read_object_list(world.control, row(world, SHOP)))
    decided, body = world.lake.get(key), world.raw.get(raw)
    lose_raw(world, SHOP)
    world.lake.put(file, b"")
    deployment = Deployment(world.ledger, world.control, world.raw, world.lake, None, "lake", world.clock)
    plan = plan_lost(deployment, SHOP)
    world.raw.put(raw, body)
    assert loglake_on_lake("rerun", "--damaged").exit_code == 0
    accept_lost(deployment, plan)
    assert world.lake.get(key) == decided
    world.convert("jr_repair", compaction=False)
    assert (damage(), contents(world)) == ([], before)


def test_quarantine_goes_too(world: World) -> None:
    lose_raw(world, PAY)
    world.lake.delete([quarantine_file(world)])
    done = loglake_on_lake("accept", PAY, "--yes")
    assert "0 of its 1 row go; their files, and 1 entry of quarantine are gone or damaged" in done.stdout
    assert damage() == []
    live = row(world, PAY).live
    assert live
    assert (live.accounting.rows_out, live.accounting.quarantined, live.accounting.balanced) == (1, 0, True)


def test_a_window_is_exported_again_where_its_log_group_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    world = whole_lake()
    deploy(monkeypatch, world, world.tasks)
    before = contents(world)
    lose_raw(world, SHOP)
    world.lake.delete([shop_file(world)])
    done = loglake_on_lake("rerun", "--damaged", "--log-group", SHOP)
    assert (done.exit_code, done.stdout.splitlines()[1]) == (0, f"exported again: {SHOP} {DAY}")
    world.export("/nothing/else")
    world.convert("jr_again")
    assert damage() == []
    assert len(contents(world)["app_shop"]) == len(before["app_shop"])
