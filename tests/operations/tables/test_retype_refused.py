"""`schema set` and `rerun` on a day with a failed final pass: its rows come from the export before."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.fakes.refused import CART, TABLE, RefusedWorld, refused_world
from support.worlds.ledger_rows import changed, ledger_row
from support.worlds.worlds import PAY, SHOP, World
from typer.testing import CliRunner, Result

from loglake.core.ledger.row import Current, Version, WindowState
from loglake.core.requests.requests import request_body
from loglake.core.units import EpochMs
from loglake.core.windows import Window
from loglake.pipelines.object_lists import read_object_list
from loglake_cli.cli.app import app
from loglake_cli.cli.shared import deployments
from loglake_cli.operations import rerun as operations_rerun
from loglake_cli.operations.deployment import Deployment

pytestmark = pytest.mark.unit

NUMBERS = [str(n) for n in range(48)]
FEWER = NUMBERS[1:]


@pytest.fixture
def world(catalog: Any, monkeypatch: pytest.MonkeyPatch) -> RefusedWorld:
    world = refused_world()

    monkeypatch.setattr(deployments, "on_aws", lambda _prefix, _database: deployed(world, catalog))
    return world


def deployed(world: World, catalog: Any) -> Deployment:
    stores = (world.control, world.raw, world.lake)
    return Deployment(world.ledger, *stores, catalog, "loglake", world.clock, world.tasks)


def loglake(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--lake", "aws:lake"])


def failed(world: RefusedWorld) -> list[dict[str, Any]]:
    """The output of `status` about the shop's failed windows."""
    groups: list[dict[str, Any]] = json.loads(loglake("status", "--json").stdout)["log_groups"]
    reported: list[dict[str, Any]] = next(group["failed"] for group in groups if group["log_group"] == SHOP)
    assert all(row.is_trouble is bool(reported) for row in world.ledger.in_states(WindowState.FAILED))
    return reported


def retype(world: RefusedWorld, kind: str = "string", column: str = "n") -> Result:
    done = loglake("schema", "set", TABLE, f"{column}={kind}", "--leave-missing")
    world.convert(f"jr_{kind}", compaction=False)
    return done


def lose_raw_of(world: RefusedWorld, generation: int) -> str:
    """Removes a raw object of a generation of the refused day; returns its key."""
    (raw,) = read_object_list(world.control, world.refused, Version(generation))
    world.raw.delete([raw.key])
    return raw.key


def test_the_rows_that_stand_get_the_type_and_the_refused_pass_is_reported_as_before(world: RefusedWorld) -> None:
    reported, before = failed(world), world.refused
    assert "has 23 events, and 24 of this time are in the table" in reported[0]["reason"]
    done = retype(world)
    assert (done.exit_code, done.stdout) == (0, "app.n is string from version 2 on: 4 windows to be converted again\n")
    assert (world.types(), world.numbers(), world.numbers(CART)) == ({"string"}, NUMBERS, NUMBERS)
    after = world.refused
    assert failed(world) == reported
    assert after.live
    assert before.live
    assert after.live.exported_at_ms == before.live.exported_at_ms
    differs = {name for name, value in vars(after).items() if value != getattr(before, name)}
    assert differs - {"updated_at_ms"} == {
        "version",
        "generation",
        "current",
        "decisions",
    }  # so the failure is what it was
    assert read_object_list(world.control, after) == read_object_list(world.control, before)


def test_all_of_the_partition_can_be_compacted_afterwards(world: RefusedWorld) -> None:
    retype(world)
    for number in range(3):
        world.clock.sleep(7 * 86_400)  # whatever the watermarks say
        report = world.convert(f"jr_compact_{number}")
        assert report.compaction.refused == []
    assert len(list(world.lake.list(f"tables/{TABLE}/dt=2026-11-21/"))) == 1
    assert (world.types(), world.numbers(), world.numbers(CART)) == ({"string"}, NUMBERS, NUMBERS)
    retype(world, "double")  # again, for rows in a compacted file
    assert (world.types(), len(world.numbers()), len(world.numbers(CART))) == ({"double"}, 48, 48)


def test_the_column_has_its_type_from_then_on(world: RefusedWorld) -> None:
    retype(world)
    done = loglake("schema", "set", TABLE, "n=string")
    assert (done.exit_code, "is string already" in done.stderr) == (2, True)


def test_the_refused_pass_is_refused_again_where_nobody_accepts_it(world: RefusedWorld) -> None:
    retype(world)
    reported = failed(world)
    assert loglake("rerun").exit_code == 0
    world.convert("jr_rerun")
    assert (failed(world), world.types(), world.numbers()) == (reported, {"string"}, NUMBERS)
    retype(world, "double")
    assert (failed(world), world.types(), len(world.numbers())) == (reported, {"double"}, 48)


def test_a_person_may_accept_it_afterwards(world: RefusedWorld) -> None:
    retype(world)
    assert loglake("accept", SHOP, "--yes").exit_code == 0
    world.convert("jr_rerun")
    assert (failed(world), world.types(), world.numbers()) == ([], {"string"}, FEWER)


def test_a_pass_that_was_refused_is_asked_for_again_afterwards(world: RefusedWorld) -> None:
    retype(world)
    world.control.put("requests/requested/again", request_body([SHOP], world.refused.window, reexport=True))
    world.export_what_is_due()
    assert world.refused.state is WindowState.EXPORTED
    world.convert("jr_again")
    assert (failed(world), world.types(), world.numbers()) == ([], {"string"}, FEWER)


def test_a_day_that_is_ignored_stays_so(world: RefusedWorld) -> None:
    assert loglake("ignore", SHOP).exit_code == 0
    before = world.refused
    retype(world)
    assert (world.refused.is_ignored, world.refused.failure) == (True, before.failure)
    assert (world.types(), failed(world)) == ({"string"}, [])


def test_a_day_whose_standing_raw_is_gone_is_reported_as_any_other(world: RefusedWorld) -> None:
    key = lose_raw_of(world, world.refused.live.generation if world.refused.live else 0)
    before = world.refused
    done = loglake("schema", "set", TABLE, "n=string")
    assert (done.exit_code, f"{SHOP} {before.window}: {key} is gone" in done.stderr) == (1, True)
    assert world.refused == before
    done = retype(world)
    assert done.exit_code == 0
    assert f"left as it is, its raw objects are gone: {SHOP} {before.window}" in done.stdout
    assert (world.refused, world.types()) == (before, {"int64", "string"})


def test_the_raw_of_the_refused_pass_is_not_needed(world: RefusedWorld) -> None:
    lose_raw_of(world, world.refused.generation)
    world.control.delete([world.refused.keys.object_list])
    reported = failed(world)
    retype(world)
    assert (failed(world), world.types(), world.numbers()) == (reported, {"string"}, NUMBERS)
    done = loglake("rerun")  # it has to be exported again
    assert (done.exit_code, world.refused.is_retried) == (0, True)
    world.export_what_is_due()
    world.convert("jr_rerun")
    assert (failed(world), world.types(), world.numbers()) == (reported, {"string"}, NUMBERS)


def test_a_day_whose_second_export_failed_gets_the_type_too(world: RefusedWorld) -> None:
    world.control.put("requests/requested/again", request_body([SHOP], world.refused.window, reexport=True))
    world.tasks.fail_next = 5
    for _ in range(5):
        world.export_what_is_due()
    reported = failed(world)
    assert (world.refused.newest.objects, "internal error" in reported[0]["reason"]) == (0, True)
    retype(world)
    assert (failed(world), world.types(), world.numbers()) == (reported, {"string"}, NUMBERS)
    loglake("rerun")
    assert world.refused.is_retried


def test_what_breaks_meanwhile_is_reported_and_tried_again_by_a_rerun(world: RefusedWorld) -> None:
    reported = failed(world)
    loglake("schema", "set", TABLE, "n=string")
    (raw,) = read_object_list(world.control, world.refused)
    body = world.raw.get(raw.key)
    world.raw.delete([raw.key])
    world.convert("jr_broken")
    assert "while what is in the table was converted again; before that: the export has" in failed(world)[0]["reason"]
    assert world.types() == {"int64", "string"}
    world.raw.put(raw.key, body)
    loglake("accept", SHOP, "--yes")  # of the current rows, and there are no fewer of these
    world.convert("jr_repaired")
    assert (failed(world), world.types(), world.numbers()) == (reported, {"string"}, NUMBERS)
    loglake("rerun")
    world.convert("jr_rerun")
    assert (failed(world), world.numbers()) == (reported, NUMBERS)


def test_what_breaks_for_good_leaves_the_refused_pass(world: RefusedWorld) -> None:
    reported = failed(world)
    loglake("schema", "set", TABLE, "n=string")
    (raw,) = read_object_list(world.control, world.refused)
    world.raw.delete([raw.key])
    world.convert("jr_broken")
    world.tasks.groups[SHOP] = replace(world.tasks.groups[SHOP], retention_days=1)
    loglake("rerun")
    assert (world.refused.state, world.refused.trying.reconverts) == (WindowState.EXPORTED, False)
    world.convert("jr_rerun")
    assert (failed(world), world.types()) == (reported, {"int64", "string"})
    loglake("accept", SHOP, "--yes")
    world.convert("jr_accepted")
    assert (failed(world), world.types(), world.numbers()) == ([], {"string"}, FEWER)


def quarantined_and_refused() -> tuple[World, str, bytes]:
    """A day with a quarantined event, and with another export that failed.

    Returns:
        The world, and the damaged raw object of what is in the table, with what it was.
    """
    world = World()
    world.export(PAY)
    (damaged,) = [raw.key for raw in read_object_list(world.control, world.ledger.rows(PAY)[0])]
    whole = world.raw.get(damaged)
    world.raw.put(damaged, whole[:-12])
    world.convert("jr_1")
    world.tasks.events[PAY] = {"pay": []}
    world.control.put("requests/requested/again", request_body([PAY], world.ledger.rows(PAY)[0].window, reexport=True))
    world.export("/nothing/else")
    exported = world.ledger.rows(PAY)[0]
    world.ledger.stored[PAY, exported.window] = changed(exported, accepts_fewer=False)
    world.convert("jr_2")
    assert world.ledger.rows(PAY)[0].state is WindowState.FAILED
    return world, damaged, whole


def test_quarantine_beside_a_refused_pass_is_converted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world, damaged, whole = quarantined_and_refused()
    monkeypatch.setattr(deployments, "on_aws", lambda _prefix, _database: deployed(world, None))
    before = world.ledger.rows(PAY)[0]
    assert loglake("rerun", "--quarantined").stdout == "1 entry in quarantine: 1 window to be converted again.\n"
    world.convert("jr_3")
    assert [item.key for item in world.lake.list("quarantine/")]
    world.raw.put(damaged, whole)
    loglake("rerun", "--quarantined")
    world.convert("jr_4")
    texts = ["plain text\n  and more", "ERROR broke"]
    assert world.rows("app_pay").column("raw").to_pylist() == texts
    assert [item.key for item in world.lake.list("quarantine/")] == []
    assert loglake("rerun", "--quarantined").stdout == "0 entries in quarantine: 0 windows to be converted again.\n"
    loglake("rerun")
    world.convert("jr_5")
    after = world.ledger.rows(PAY)[0]
    assert after.live
    assert (after.state, after.reason, after.live.generation > before.generation) == (before.state, before.reason, True)
    assert world.rows("app_pay").column("raw").to_pylist() == texts


@pytest.mark.parametrize("standing", [3, 1])
def test_a_local_run_has_converted_what_stands(monkeypatch: pytest.MonkeyPatch, standing: int) -> None:
    reopened = ledger_row(SHOP, Window(EpochMs(0), EpochMs(1)), "app", WindowState.EXPORTED, generation=3)
    now = ledger_row(SHOP, reopened.window, "app", WindowState.FAILED, generation=4, reason="why")
    now = replace(now, current=Current(standing))
    monkeypatch.setattr(operations_rerun, "kept_contents", lambda _keep: SimpleNamespace(all_rows=lambda: [now]))
    reported = [] if standing == 3 else [f"{SHOP} {now.window} is FAILED: why"]
    assert operations_rerun.unfinished([reopened], Path()) == reported
