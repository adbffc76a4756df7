"""`loglake pause` and `resume`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.deployments.operated import ASKED, loglake_on_lake
from support.worlds.ledger_rows import ledger_row
from support.worlds.worlds import SHOP, World

from loglake.core.state_items import paused
from loglake.core.units import EpochMs
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError

pytestmark = pytest.mark.unit


def wakes(world: World) -> int:
    return len(list(world.control.list("requests/continue/")))


def test_a_group_is_paused_and_resumed(world: World) -> None:
    done = loglake_on_lake("pause", "/app/shop")
    assert (done.exit_code, done.stderr) == (0, ASKED)
    assert done.stdout == (
        "/app/shop is paused since 2026-11-24T00:00:00.000Z. Until loglake resume /app/shop --lake aws:lake, its "
        "retention may drop what was not exported.\n"
    )
    assert list(paused(world.ledger)) == [SHOP]
    again = json.loads(loglake_on_lake("pause", "/app/shop", "--json").stdout)
    assert again == {"dry_run": False, "log_group": "/app/shop", "paused": True, "changed": False}
    assert "/app/shop is paused since" in loglake_on_lake("status").stdout
    assert "resumed" in loglake_on_lake("resume", "/app/shop").stdout
    assert wakes(world) == 1
    assert "/app/shop is not paused" in loglake_on_lake("resume", "/app/shop").stdout
    assert wakes(world) == 1


def test_a_dry_run_of_a_pause_pauses_nothing(world: World) -> None:
    done = loglake_on_lake("pause", SHOP, "--dry-run")
    assert done.stdout.splitlines() == [
        "/app/shop would be paused. Its retention may drop what is not exported until loglake resume /app/shop "
        "--lake aws:lake.",
        "Dry run: nothing was changed.",
    ]
    assert json.loads(loglake_on_lake("pause", SHOP, "--dry-run", "--json").stdout)["changed"] is True
    assert paused(world.ledger) == {}


def test_a_dry_run_of_a_resume_resumes_nothing(world: World) -> None:
    assert loglake_on_lake("resume", SHOP, "--dry-run").stdout.startswith("/app/shop is not paused\n")
    loglake_on_lake("pause", SHOP)
    done = loglake_on_lake("resume", SHOP, "--dry-run")
    assert done.stdout.startswith("/app/shop would be resumed: the next scheduled request plans what was missed\n")
    assert json.loads(loglake_on_lake("resume", SHOP, "--dry-run", "--json").stdout)["changed"] is True
    assert (list(paused(world.ledger)), wakes(world)) == ([SHOP], 0)


def test_a_group_that_nobody_knows_is_not_paused(world: World) -> None:
    done = loglake_on_lake("pause", "/app/shp")
    assert (done.exit_code, paused(world.ledger)) == (2, {})
    assert done.stderr == f"{ASKED}loglake: No log group matches /app/shp: did you mean /app/shop or /app/pay?\n"


def test_a_group_that_only_the_ledger_knows_is_paused(world: World) -> None:
    world.tasks.groups.pop(SHOP)
    world.ledger.add(ledger_row(SHOP, Window(EpochMs(0), EpochMs(1)), "app"))
    assert loglake_on_lake("pause", "/app/shop").stderr == ASKED


def test_a_group_is_paused_if_log_groups_may_not_be_listed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied() -> Iterator[Any]:
        raise AccessDeniedError("logs:DescribeLogGroups on *: no")

    monkeypatch.setattr(world.tasks, "log_groups", denied)
    assert loglake_on_lake("pause", "/app/other").exit_code == 0


def test_a_pattern_is_refused(world: World) -> None:
    assert loglake_on_lake("pause", "/app/*").exit_code == 2
    assert paused(world.ledger) == {}
