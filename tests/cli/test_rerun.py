"""`loglake rerun` of failed windows and of windows with quarantined input."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from support.deployments.operated import ASKED, loglake, loglake_on_lake
from support.fakes.fakes import START_MS
from support.worlds.ledger_rows import ledger_row
from support.worlds.worlds import PAY, SHOP, World

from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import CONVERT, Outcome, RunNote
from loglake.core.state_items import PAUSED, RUN
from loglake.core.units import EpochMs
from loglake.core.windows import Window
from loglake.pipelines.object_lists import read_object_list

pytestmark = pytest.mark.unit

FAILED = ledger_row(PAY, Window(START_MS, EpochMs(START_MS + 1)), "app_pay", WindowState.FAILED, reason="x")


def damaged_pay() -> tuple[World, str, bytes]:
    """A world with a quarantined event on /app/pay's first day; also its raw object, and the undamaged content."""
    world = World()
    world.export()
    (key,) = [raw.key for raw in read_object_list(world.control, world.ledger.rows(PAY)[0])]
    whole = world.raw.get(key)
    world.raw.put(key, whole[:-12])
    world.convert()
    return world, key, whole


def test_what_failed_is_opened_again_and_that_is_said(world: World) -> None:
    assert loglake_on_lake("rerun").stdout == "Nothing has failed.\n"
    world.ledger.add(FAILED)
    world.ledger.put_landed_object(LandedObject("landing/x", 3, LandedState.FAILED, reason="denied"))
    world.raw.put("landing/x", b"abc")
    mistyped = loglake_on_lake("rerun", "--log-group", "/web/*")
    assert (mistyped.exit_code, mistyped.stdout) == (2, "")
    assert mistyped.stderr == f"{ASKED}loglake: No log group matches /web/*: there are /app/pay, /app/shop.\n"
    elsewhere = "loglake: these log groups have failures but match no --log-group or --table: /app/pay\n"
    assert loglake_on_lake("rerun", "--table", "app_shop").stderr == ASKED + elsewhere
    assert loglake_on_lake("rerun", "--log-group", "/app/shop").stderr == ASKED + elsewhere
    done = loglake_on_lake("rerun")
    assert done.exit_code == 0
    assert done.stdout == (
        "Opened again: 0 windows to be converted, 1 window to be exported.\n"
        "1 landed object could not be read: each run reads them again.\n"
        "The workflow was woken for it.\n"
    )
    assert world.ledger.rows(PAY)[0].is_retried


def test_a_table_means_its_windows_alone(world: World) -> None:
    world.ledger.add(FAILED)
    world.ledger.put_landed_object(LandedObject("landing/x", 3, LandedState.FAILED, reason="denied"))
    world.raw.put("landing/x", b"abc")
    done = json.loads(loglake_on_lake("rerun", "--table", "app_pay", "--json").stdout)
    assert (len(done["exported_again"]), done["landed_objects"]) == (1, 0)


def test_a_dry_run_says_what_would_be_done_again_and_changes_nothing(world: World) -> None:
    world.ledger.add(FAILED)
    world.ledger.put_landed_object(LandedObject("landing/x", 3, LandedState.FAILED, reason="denied"))
    world.raw.put("landing/x", b"abc")
    world.ledger.put(RUN, CONVERT, RunNote.of(CONVERT, Outcome.FAILED, world.clock.now_ms(), error="no"))
    rows = dict(world.ledger.stored)
    done = loglake_on_lake("rerun", "--dry-run")
    assert (done.exit_code, done.stdout.splitlines()) == (
        0,
        [
            f"would export again: /app/pay {FAILED.window}",
            "would take up what the last run of the convert job left",
            "would look again at 1 landed object",
            "Dry run: nothing was changed.",
        ],
    )
    document = json.loads(loglake_on_lake("rerun", "--dry-run", "--json").stdout)
    assert (document["dry_run"], document["exported_again"]) == (True, [f"/app/pay {FAILED.window}"])
    assert loglake_on_lake("rerun", "--dry-run", "--table", "x").stdout.splitlines()[0] == "Nothing has failed."
    assert (world.ledger.stored, world.control.objects) == (rows, {})


def test_a_dry_run_of_many_windows_names_the_first_ones(world: World) -> None:
    for n in range(23):
        world.ledger.add(ledger_row(PAY, Window(EpochMs(n), EpochMs(n + 1)), "app_pay", WindowState.FAILED))
    lines = loglake_on_lake("rerun", "--dry-run").stdout.splitlines()
    assert (len(lines), lines[-2]) == (22, "would export again: 3 more; --json has all")


def test_a_window_that_waits_for_a_person_is_status_1(world: World) -> None:
    world.ledger.add(FAILED)
    world.ledger.put(PAUSED, PAY, START_MS)
    for dry_run, not_done in ((["--dry-run"], "would not be done again"), ([], "not done again")):
        done = loglake_on_lake("rerun", "--json", *dry_run)
        document = json.loads(done.stdout)
        assert (done.exit_code, document["converted_again"], len(document["exported_again"])) == (1, [], 1)
        assert document["left"] == [f"/app/pay {FAILED.window}: its log group is paused"]
        assert f"{not_done}: {document['left'][0]}" in done.stderr


def test_nothing_is_started_if_nothing_has_failed(kept: Callable[..., str]) -> None:
    folder = kept(ledger_row(SHOP, Window(EpochMs(0), EpochMs(1)), "app_shop", WindowState.CONVERTED))
    assert loglake("rerun", "--lake", folder).stdout == "Nothing has failed.\n"
    assert loglake("status", "--lake", folder).exit_code == 0


def test_a_mistyped_log_group_of_a_local_run_is_refused_with_the_nearest_name(kept: Callable[..., str]) -> None:
    failed = ledger_row(SHOP, Window(EpochMs(0), EpochMs(1)), "app_shop", WindowState.FAILED, reason="broke")
    done = loglake("rerun", "--lake", kept(failed), "--log-group", "/app/shpo")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[1] == "loglake: No log group matches /app/shpo: did you mean /app/shop?"


def test_without_quarantined_input_nothing_is_done_again(world: World) -> None:
    world.export()
    world.convert()
    before = list(world.control.list("requests/continue/"))
    done = loglake_on_lake("rerun", "--quarantined")
    assert (done.exit_code, done.stdout) == (0, "0 entries in quarantine: 0 windows to be converted again.\n")
    assert list(world.control.list("requests/continue/")) == before


def test_quarantined_input_is_converted_again_by_log_group_and_table(
    deployed: Callable[[World], None],
) -> None:
    world, _, whole = damaged_pay()
    deployed(world)
    for other in (["--log-group", SHOP], ["--table", "app_shop"], ["--log-group", PAY, "--table", "app_shop"]):
        assert json.loads(loglake_on_lake("rerun", "--quarantined", *other, "--json").stdout)["entries"] == 0
    foreseen = loglake_on_lake("rerun", "--quarantined", "--log-group", "/app/p*", "--dry-run")
    row = world.ledger.rows(PAY)[0]
    assert (foreseen.exit_code, foreseen.stdout.splitlines()) == (
        0,
        [
            "1 entry in quarantine: 1 window would be converted again.",
            f"would convert again: /app/pay {row.window}",
            "Dry run: nothing was changed.",
        ],
    )
    assert world.ledger.rows(PAY)[0] == row
    done = json.loads(loglake_on_lake("rerun", "--quarantined", "--table", "app_pay", "--json").stdout)
    assert done == {
        "dry_run": False,
        "entries": 1,
        "converted_again": [f"/app/pay {row.window}"],
        "landed_objects": 0,
        "gone": [],
        "left": [],
    }
    assert world.ledger.rows(PAY)[0].state is WindowState.EXPORTED
    assert len(whole) > 0


def test_quarantined_input_that_is_gone_is_left_only_if_that_is_said(deployed: Callable[[World], None]) -> None:
    world, key, _ = damaged_pay()
    deployed(world)
    world.raw.delete([key])
    for dry_run in (["--dry-run"], []):
        refused = loglake_on_lake("rerun", "--quarantined", *dry_run)
        assert (refused.exit_code, f"{key} is gone" in refused.stderr) == (1, True)
    done = loglake_on_lake("rerun", "--quarantined", "--leave-missing")
    window = world.ledger.rows(PAY)[0].window
    assert (done.exit_code, done.stdout.splitlines()[1:]) == (
        0,
        [f"left as it is, its raw objects are gone: /app/pay {window}"],
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--damaged", "--quarantined"], "--quarantined, --redact and --damaged exclude each other"),
        (["--leave-missing"], "--leave-missing belongs to --quarantined"),
        (["--quarantined", "--datasets", "x.yaml"], "--datasets is for a local run"),
    ],
)
def test_options_that_do_not_go_together_are_refused(world: World, arguments: list[str], said: str) -> None:
    done = loglake_on_lake("rerun", *arguments)
    assert (done.exit_code, done.stdout, said in done.stderr) == (2, "", True)
