"""`loglake export`: which request is put, and what is said about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.fakes.fakes import START_MS
from support.worlds.operated import deploy, loglake_on_lake
from support.worlds.worlds import DAYS, PAY, SHOP, World

from loglake.core.ledger.row import WindowState
from loglake.core.requests.requests import parse_request
from loglake.core.state_items import CATALOG_GAP, PAUSED, StateItem
from loglake.core.stored_state import values
from loglake.core.units import MS_PER_DAY, MS_PER_MINUTE, EpochMs, format_instant, parse_instant
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError
from loglake_cli.operations.job_settings import JobSettings

pytestmark = pytest.mark.unit


def denied() -> Iterator[Any]:
    raise AccessDeniedError("logs:DescribeLogGroups on *: no")


def ask(*more: str) -> tuple[str, ...]:
    return ("export", "/app/*", "--from", "2020-11-01", "--to", "2020-11-02T12:00Z", *more)


def test_a_request_is_put_and_its_key_is_printed(world: World) -> None:
    done = loglake_on_lake(*ask("*/shop"))
    assert done.exit_code == 0
    key = done.stdout.splitlines()[0]
    request = parse_request(key, world.control.get(key))
    assert request.log_groups == ("/app/*", "*/shop")
    assert request.window == Window(parse_instant("2020-11-01"), parse_instant("2020-11-02T12:00"))
    assert not request.reexport
    assert done.stderr == ""


def test_a_pattern_that_matches_no_log_group_is_refused_with_the_nearest_names(world: World) -> None:
    for pattern, meant in (("/app/shpo", "is /app/shop or /app/pay meant?"), ("x", "there are /app/pay, /app/shop.")):
        done = loglake_on_lake(*ask(pattern))
        assert (done.exit_code, done.stderr) == (2, f"loglake: No log group matches {pattern}: {meant}\n")
    assert not world.control.objects


def test_what_is_there_already_may_be_replaced(world: World) -> None:
    done = loglake_on_lake(*ask("--replace", "--json"))
    document = json.loads(done.stdout)
    assert (document["bucket"], document["warnings"]) == ("control", [])
    assert parse_request(document["key"], world.control.get(document["key"])).reexport


def test_times_may_be_said_by_the_present_one(world: World) -> None:
    done = loglake_on_lake("export", SHOP, "--from", "-7d", "--to", "today", "--json")
    assert done.exit_code == 0, done.stderr
    key = json.loads(done.stdout)["key"]
    now = world.clock.now_ms()
    assert now % MS_PER_DAY == 0
    assert parse_request(key, world.control.get(key)).window == Window(EpochMs(now - 7 * MS_PER_DAY), now)


def test_a_dry_run_says_what_would_be_asked_for_and_puts_nothing(world: World) -> None:
    world.export()
    world.convert()
    objects, rows = dict(world.control.objects), dict(world.ledger.stored)
    times = ("--from", format_instant(START_MS), "--to", format_instant(EpochMs(START_MS + MS_PER_DAY)))
    done = loglake_on_lake("export", "/app/*", *times, "--dry-run")
    asked = "/app/* from 2026-11-21T00:00:00.000Z to 2026-11-22T00:00:00.000Z would be asked for."
    assert done.stdout.splitlines() == [
        asked,
        "Log groups: /app/pay, /app/shop",
        "2 windows of that time in the table already would stay.",
        "Dry run: nothing was changed.",
    ]
    replaced = loglake_on_lake("export", "/app/*", *times, "--dry-run", "--replace")
    assert "2 windows of that time in the table already would be exported again" in replaced.stdout
    document = json.loads(loglake_on_lake("export", SHOP, *times, "--dry-run", "--json").stdout)
    assert (document["dry_run"], document["log_groups"], document["windows_in_table"]) == (True, [SHOP], 1)
    assert document["request"]["log_groups"] == [SHOP]
    assert (world.control.objects, world.ledger.stored) == (objects, rows)


def test_a_dry_run_without_the_right_to_list_log_groups_says_what_is_known(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.tasks, "log_groups", denied)
    done = loglake_on_lake(*ask("--dry-run"))
    assert (done.exit_code, "Log groups" in done.stdout, "is not known" in done.stderr) == (0, False, True)


def test_a_request_of_a_paused_group_warns(world: World) -> None:
    world.ledger.put(PAUSED, SHOP, EpochMs(START_MS))
    assert "/app/shop is paused: resume it and ask again" in loglake_on_lake(*ask()).stderr


def test_a_request_is_put_if_log_groups_may_not_be_listed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.tasks, "log_groups", denied)
    done = loglake_on_lake(*ask())
    assert (done.exit_code, "is not known" in done.stderr) == (0, True)


@pytest.mark.parametrize(
    ("lag_minutes", "end", "said"),
    [
        (30, "now", "what is younger than 30 minutes when the job plans is left to the schedule"),
        (30, "-1h", ""),
        (90, "-1h", "what is younger than 90 minutes when the job plans is left to the schedule"),
        (0, "now", ""),
    ],
)
def test_what_is_younger_than_the_deployments_lag_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch, lag_minutes: int, end: str, said: str
) -> None:
    deploy(monkeypatch, world, world.tasks, settings=JobSettings(lag_ms=lag_minutes * MS_PER_MINUTE))
    done = loglake_on_lake("export", PAY, "--from", "-2d", "--to", end)
    assert (done.exit_code, done.stderr) == (0, f"loglake: {said}\n" if said else "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("", "--from", "2020-11-01", "--to", "2020-11-02"),
        ("/app/*", "--from", "soon", "--to", "2020-11-02"),
        ("/app/*", "--from", "2020-11-01"),
        ("--from", "2020-11-01", "--to", "2020-11-02"),
    ],
)
def test_bad_usage_puts_nothing(world: World, arguments: tuple[str, ...]) -> None:
    assert loglake_on_lake("export", *arguments).exit_code == 2
    assert world.control.objects == {}


def waiting(world: World, monkeypatch: pytest.MonkeyPatch, *steps: Callable[[], object]) -> None:
    """Has something happen at each look of a command that waits."""
    left, slept = list(steps), world.clock.sleep

    def sleep(_seconds: float) -> None:
        with monkeypatch.context() as inner:
            inner.setattr(world.clock, "sleep", slept)  # the jobs sleep, too
            left.pop(0)()

    monkeypatch.setattr(world.clock, "sleep", sleep)


RANGE = ("--from", format_instant(DAYS.from_ms), "--to", format_instant(DAYS.to_ms), "--wait")


def test_waiting_ends_when_all_can_be_queried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.is_crawled = False

    def crawl() -> None:
        world.catalog.crawl(values(world.ledger, CATALOG_GAP))
        world.convert()

    waiting(world, monkeypatch, world.run_export, world.convert, crawl)
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[2:] == [
        "Waiting for the export job to take the request",
        "0 of 2 windows done",
        "Waiting for the crawler to bring in app_shop",
        "2 windows of that time can be queried.",
    ]
    assert world.states() == {WindowState.CONVERTED}


def test_waiting_ends_with_what_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose() -> None:
        world.run_export()
        for item in list(world.raw.list("exports/")):
            world.raw.delete([item.key])

    waiting(world, monkeypatch, lose, world.convert)
    done = loglake_on_lake("export", SHOP, *RANGE, "--json")
    assert done.exit_code == 1
    document = json.loads(done.stdout)
    assert (document["windows"], len(document["failed"])) == (2, 2)
    assert done.stderr.count(f"! {SHOP} [") == 2
    assert "To see what to do: loglake status --aws lake" in done.stderr


def test_what_is_paused_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.ledger.save(StateItem(PAUSED, SHOP, EpochMs(7)), 0)
    waiting(world, monkeypatch, world.run_export)
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert (done.exit_code, SHOP in done.stderr) == (1, True)


def test_ctrl_c_ends_the_waiting_and_the_request_stands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(world.clock, "sleep", stop)
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert done.exit_code == 130
    assert "the request stands, and goes on without this command; see loglake status --aws lake" in done.stderr
    assert "nothing is left running" not in done.stderr
    assert len(list(world.control.list("requests/"))) == 1
