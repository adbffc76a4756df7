"""``loglake status`` reports unreadable items of a ledger, without a traceback and with the next step."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.deployments.operated import ASKED, loglake, loglake_on_lake
from support.fakes.fakes import START_MS
from support.worlds.ledger_rows import ledger_row
from support.worlds.worlds import PAY, SHOP, World

from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ledger.row_json import FORMAT
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
NEXT = Window(DAY.to_ms, EpochMs(DAY.to_ms + MS_PER_DAY))
KEY = f"group#{SHOP} {DAY.from_ms:014d}#{DAY.to_ms:014d}"


def rows() -> list[LedgerRow]:
    windows = [(SHOP, DAY), (SHOP, NEXT), (PAY, DAY)]
    return [ledger_row(group, window, "app", WindowState.CONVERTED) for group, window in windows]


def change(folder: str, how: Callable[[dict[str, Any]], object]) -> None:
    """Changes the kept items of the first window and of the paused log groups."""
    path = Path(folder) / "ledger.json"
    tables = json.loads(path.read_text())
    for item in tables["ledger"]:
        if f"{item['pk']['S']} {item['sk']['S']}" in {KEY, f"paused {PAY}"}:
            how(item)
    path.write_text(json.dumps(tables))


def test_a_kept_ledger_with_items_that_cannot_be_read_is_shown_with_what_to_do(kept: Callable[..., str]) -> None:
    folder = kept(*rows())
    change(folder, lambda item: item.update(format={"N": str(FORMAT + 1)}))
    done = loglake("status", "--lake", folder)
    assert (done.exit_code, done.stderr) == (1, f"Lake: the local run in {folder}\n")
    assert (
        f"! 2 items of the ledger can't be read: {KEY} (it has format {FORMAT + 1}, and this loglake reads"
        in done.stdout
    )
    assert f"; paused {PAY} (it has format {FORMAT + 1}" in done.stdout
    assert "What depends on them waits, and all else goes on. Put back what was in ledger.json, or start" in done.stdout
    assert "2 log groups, 3 windows: 2 CONVERTED, 1 UNREADABLE" in done.stdout
    done = loglake("rerun", "--lake", folder)
    assert (done.exit_code, done.stdout) == (1, "Nothing has failed.\n")
    assert f"not done again: {KEY} can't be read: it has format {FORMAT + 1}" in done.stderr
    found = json.loads(loglake("status", "--json", "--lake", folder).stdout)
    assert [item["key"] for item in found["unreadable_items"]] == [KEY, f"paused {PAY}"]
    assert [group["windows"]["CONVERTED"] for group in found["log_groups"]] == [1, 1]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda text: text[: len(text) // 2], "ledger.json can't be read: "),
        (lambda _text: "[]", "ledger.json can't be read: it is not a JSON object"),
        (lambda text: text.replace('"S"', '"Z"', 1), "ledger.json, ledger, item 1 can't be read: "),
        (
            lambda text: text.replace('"sk"', '"ks"', 1),
            "ledger.json, ledger, item 1 can't be read: it has no field 'sk'",
        ),
    ],
)
@pytest.mark.parametrize("command", ["status", "rerun"])
def test_a_kept_file_that_is_none_is_named(
    kept: Callable[..., str], command: str, damage: Callable[[str], str], reason: str
) -> None:
    path = Path(kept(*rows())) / "ledger.json"
    path.write_text(damage(path.read_text()))
    done = loglake(command, "--lake", str(path.parent))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith(f"loglake: {path.parent}/{reason}")
    assert "Put it back as it was" in done.stderr


def test_a_kept_catalog_that_is_none_is_named(kept: Callable[..., str]) -> None:
    path = Path(kept(*rows())) / "catalog.json"
    path.write_text("{")
    done = loglake("query", "--lake", str(path.parent), "select 1")
    assert done.exit_code != 0
    assert f"{path} can't be read: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_deployment_with_a_row_that_cannot_be_read_is_shown_with_what_to_do(world: World) -> None:
    world.export()
    world.ledger.stored[SHOP, DAY] = ledger_row(SHOP, DAY, "app_shop", WindowState.UNREADABLE)
    done = loglake_on_lake("status")
    assert done.exit_code == 1
    assert "! 1 item of the ledger can't be read: group#x 0#1 (damaged). What depends on it waits" in done.stdout
    assert "such as from a point-in-time restore of the ledger table, or deploy the newer loglake" in done.stdout


def test_a_window_whose_row_cannot_be_read_is_none_that_a_command_changes(world: World) -> None:
    world.export()
    world.convert()
    unread = ledger_row(SHOP, DAY, "app_shop", WindowState.UNREADABLE)
    world.ledger.stored[SHOP, DAY] = unread
    left = "not done again: group#x 0#1 can't be read: damaged. Put it back as it was"
    for arguments in (["rerun"], ["rerun", "--quarantined"]):
        done = loglake_on_lake(*arguments)
        assert done.exit_code == 1
        assert done.stderr.removeprefix(ASKED).startswith(left)
    for arguments in (["accept", SHOP], ["ignore", SHOP], ["pause", SHOP]):
        done = loglake_on_lake(*arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit)
        assert world.ledger.stored[SHOP, DAY] == unread
    done = loglake_on_lake("schema", "set", "app_shop", "n=string")
    assert "group#x 0#1 can't be read: damaged" in done.stderr
    assert done.exit_code == 1
