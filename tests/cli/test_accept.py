"""`loglake accept`: which rows would be removed, and how a person confirms it."""

from __future__ import annotations

import json

import pytest
from support.deployments.operated import deploy, loglake_on_lake
from support.fakes.fakes import START_MS
from support.fakes.refused import RefusedWorld, refused_world
from support.worlds.ledger_rows import changed, ledger_row
from support.worlds.worlds import PAY, SHOP, World

from loglake.core.ledger.row import WindowState
from loglake.core.planning.replacing import accepted_fewer
from loglake.core.units import EpochMs
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

NOTHING = "/app/pay has no failed window that would remove rows, and no damaged one that can't be repaired.\n"


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> RefusedWorld:
    """A deployment of the prefix ``lake`` with a day whose final pass has 23 events, and the table 24."""
    world = refused_world()
    deploy(monkeypatch, world, world.tasks)
    return world


def loss(world: RefusedWorld) -> str:
    return f"/app/shop {world.refused.window}: 1 of its 24 rows goes; 24 events before, 23 now"


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_rows_stay_unless_a_person_says_yes(refused: RefusedWorld, answer: str) -> None:
    before = dict(refused.ledger.stored)
    done = loglake_on_lake("accept", SHOP, answer=answer)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[0] == loss(refused)
    assert "Let these rows go? [y/N]" in done.stdout
    assert done.stdout.endswith("Nothing was changed.\n")
    assert refused.ledger.stored == before


def test_a_person_is_asked_and_says_yes(refused: RefusedWorld) -> None:
    done = loglake_on_lake("accept", SHOP, answer="y\n")
    assert (done.exit_code, done.stdout.splitlines()[-2:]) == (
        0,
        [
            "Opened again: 1 window to be converted, 0 windows to be exported.",
            "The workflow was woken for it.",
        ],
    )
    refused.convert("jr_again")
    assert refused.refused.state is WindowState.CONVERTED
    assert len(refused.numbers()) == 47


def test_yes_asks_nothing(refused: RefusedWorld) -> None:
    done = loglake_on_lake("accept", SHOP, "--yes", "--json")
    document = json.loads(done.stdout)
    (lost,) = document["losses"]
    assert (lost["rows_in_table"], lost["rows_going"], lost["why"]) == (24, 1, "24 events before, 23 now")
    assert (document["dry_run"], len(document["converted_again"]), document["left"]) == (False, 1, [])
    assert refused.refused.state is WindowState.EXPORTED


def test_a_dry_run_asks_nothing_and_changes_nothing(refused: RefusedWorld) -> None:
    before = dict(refused.ledger.stored)
    done = loglake_on_lake("accept", SHOP, "--dry-run")
    assert (done.exit_code, done.stdout.splitlines()) == (
        0,
        [
            loss(refused),
            f"would convert again: /app/shop {refused.refused.window}",
            "Dry run: nothing was changed.",
        ],
    )
    assert len(json.loads(loglake_on_lake("accept", SHOP, "--dry-run", "--json").stdout)["losses"]) == 1
    assert refused.ledger.stored == before


def test_a_document_needs_the_answer_beforehand(refused: RefusedWorld) -> None:
    done = loglake_on_lake("accept", SHOP, "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--json asks nothing: add --yes, or --dry-run" in done.stderr
    assert refused.refused.state is WindowState.FAILED


def test_a_pass_that_is_exported_again_may_take_any_row(refused: RefusedWorld) -> None:
    """For example, an export that was empty twice."""
    empty = changed(refused.refused, objects=0, size_bytes=0, digest="", reason="the export was empty twice")
    refused.control.delete([empty.keys.object_list])
    refused.ledger.stored[SHOP, empty.window] = empty
    done = loglake_on_lake("accept", SHOP, "--yes")
    assert done.stdout.splitlines()[:2] == [
        f"/app/shop {empty.window}: any of its 24 rows may go; it is known once CloudWatch has exported it again",
        "Opened again: 0 windows to be converted, 1 window to be exported.",
    ]
    assert (refused.refused.is_retried, accepted_fewer(refused.refused)) == (True, True)


def test_a_window_that_failed_by_something_else_is_for_rerun(world: World) -> None:
    row = ledger_row(PAY, Window(START_MS, EpochMs(START_MS + 1)), "app_pay", WindowState.FAILED, reason="x")
    world.ledger.add(row)
    done = loglake_on_lake("accept", PAY)
    assert (done.exit_code, done.stdout) == (
        1,
        "/app/pay has no failed window that would remove rows, and no damaged one that can't be repaired.\n",
    )
    assert "1 window failed for another reason: loglake rerun --log-group /app/pay --lake aws:lake" in done.stderr
    assert world.ledger.rows(PAY) == [row]


def test_without_failures_there_is_nothing_to_accept(world: World) -> None:
    world.export()
    world.convert()
    done = loglake_on_lake("accept", PAY)
    assert (done.exit_code, done.stdout) == (
        0,
        "/app/pay has no failed window that would remove rows, and no damaged one that can't be repaired.\n",
    )
    for name in ("/app/shpo", "/app/*"):
        assert loglake_on_lake("accept", name, "--yes").exit_code == 2
