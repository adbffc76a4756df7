"""`loglake ignore` acknowledges windows that can't succeed any more, such as those of a deleted log group."""

from __future__ import annotations

import json

import pytest
from support.deployments.operated import deploy, loglake_on_lake
from support.fakes.fakes import START_MS
from support.worlds.ledger_rows import again, ledger_row
from support.worlds.worlds import PAY, SHOP, World

from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ledger.row_json import row_from_json, row_to_json
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName, format_instant
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

GONE = "the log group does not exist"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A deployment of the prefix ``lake``: three days of /app/pay and one of /app/shop failed."""
    world = World()
    deploy(monkeypatch, world, world.tasks)
    for group, number in [(PAY, 0), (PAY, 1), (PAY, 2), (SHOP, 0)]:
        world.ledger.add(failed(group, number))
    return world


def day(number: int) -> Window:
    return Window(EpochMs(START_MS + number * MS_PER_DAY), EpochMs(START_MS + (number + 1) * MS_PER_DAY))


def failed(group: LogGroupName, number: int) -> LedgerRow:
    table = group.strip("/").replace("/", "_")
    return ledger_row(group, day(number), table, WindowState.FAILED, reason=GONE, updated_at_ms=EpochMs(START_MS))


def test_status_counts_ignored_windows_and_reports_no_problem(world: World) -> None:
    before = loglake_on_lake("status", "--json")
    assert (before.exit_code, len(json.loads(before.stdout)["problems"])) == (1, 2)
    assert "If nothing is to be done: loglake ignore /app/pay --lake aws:lake;" in before.stdout
    assert loglake_on_lake("ignore", PAY).stdout == "/app/pay: 3 failed windows ignored.\n"
    assert loglake_on_lake("ignore", SHOP).stdout == "/app/shop: 1 failed window ignored.\n"
    after = loglake_on_lake("status", "--json")
    reported = json.loads(after.stdout)
    assert (after.exit_code, reported["problems"]) == (0, [])
    groups = {group["log_group"]: group for group in reported["log_groups"]}
    assert [(group["failed"], group["ignored"], group["last_error"]) for group in groups.values()] == [
        ([], 3, None),
        ([], 1, None),
    ]
    assert groups[PAY]["windows"]["FAILED"] == 3
    again = "To try again: loglake rerun --log-group /app/pay --lake aws:lake"
    assert any(note.startswith(f"/app/pay: 3 failed windows ignored. {again}") for note in reported["notes"])


def test_a_range_means_the_windows_that_lie_in_it_as_a_whole(world: World) -> None:
    start, end = (format_instant(EpochMs(START_MS + hours * MS_PER_DAY // 24)) for hours in (12, 72))
    done = loglake_on_lake("ignore", PAY, "--from", start, "--to", end)
    assert done.stdout == (
        "/app/pay: 2 failed windows ignored.\n1 failed window of it lies outside of that range, or failed meanwhile.\n"
    )
    assert [row.is_trouble for row in world.ledger.rows(PAY)] == [True, False, False]
    reported = json.loads(loglake_on_lake("ignore", PAY, "--json").stdout)
    assert reported == {"dry_run": False, "log_group": PAY, "ignored": [str(day(0))], "before": 2, "failed": 0}
    assert loglake_on_lake("ignore", PAY, "--from", end, "--to", start).exit_code == 2
    assert loglake_on_lake("ignore", "/app/*").exit_code == 2


def test_a_name_that_the_ledger_does_not_have_is_reported(world: World) -> None:
    typo = loglake_on_lake("ignore", "/app/shpo")
    assert (typo.exit_code, typo.stdout) == (2, "")
    assert "No log group matches /app/shpo: did you mean /app/shop or /app/pay?" in typo.stderr


def test_only_a_rerun_that_names_the_log_group_brings_it_back(world: World) -> None:
    loglake_on_lake("ignore", PAY)
    assert "1 window to be exported" in loglake_on_lake("rerun").stdout
    assert {row.state for row in world.ledger.rows(PAY)} == {WindowState.FAILED}
    assert "3 windows to be exported" in loglake_on_lake("rerun", "--log-group", PAY).stdout
    assert [(row.is_retried, row.is_ignored) for row in world.ledger.rows(PAY)] == [(True, False)] * 3


def test_a_ignored_window_that_fails_again_is_a_problem_again(world: World) -> None:
    row = failed(SHOP, 5)
    ignored = row.ignore(world.clock.now_ms())
    assert not ignored.is_trouble
    assert (ignored.version, ignored.updated_at_ms) == (row.version + 1, row.updated_at_ms)
    assert row_from_json(json.loads(json.dumps(row_to_json(ignored)))) == ignored
    opened = again(ignored, world.clock.now_ms())
    assert opened.fail(world.clock.now_ms(), GONE).is_trouble
    with pytest.raises(ValueError, match="is EXPORTING, and can't be ignored"):
        opened.ignore(world.clock.now_ms())


def test_a_window_that_another_run_changes_meanwhile_is_left_to_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = world.ledger.rows(PAY)
    world.ledger.replace(again(stale[1], world.clock.now_ms()))
    current = world.ledger.rows
    answers = iter([stale])
    monkeypatch.setattr(world.ledger, "rows", lambda name: next(answers, None) or current(name))
    assert loglake_on_lake("ignore", PAY).stdout == "/app/pay: 2 failed windows ignored.\n"
    assert [row.state for row in current(PAY)] == [WindowState.FAILED, WindowState.EXPORTING, WindowState.FAILED]


def test_a_dry_run_ignores_nothing(world: World) -> None:
    before = dict(world.ledger.stored)
    done = loglake_on_lake("ignore", PAY, "--dry-run", "--from", format_instant(day(1).from_ms))
    assert done.stdout.splitlines() == [
        "/app/pay: 2 failed windows would be ignored.",
        "1 failed window of it lies outside of that range, or failed meanwhile.",
        f"  {day(1)}",
        f"  {day(2)}",
        "Dry run: nothing was changed.",
    ]
    document = json.loads(loglake_on_lake("ignore", PAY, "--dry-run", "--json").stdout)
    assert (document["dry_run"], len(document["ignored"]), document["before"]) == (True, 3, 0)
    assert world.ledger.stored == before


def test_a_range_may_be_said_by_the_present_time(world: World) -> None:
    assert loglake_on_lake("ignore", PAY, "--from", "-30m").stdout.startswith("/app/pay: 0 failed windows ignored.")
    assert loglake_on_lake("ignore", PAY, "--to", "now").stdout.startswith("/app/pay: 3 failed windows ignored.")
