"""Each kind of damage is reported by itself, and the named command repairs it: the rows are as before."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.deployments.operated import ASKED, deploy, loglake_on_lake
from support.lakes.damages import Case, cases, quarantine_file, shop_file
from support.lakes.decisions import decision_of
from support.lakes.verified import contents, whole_lake
from support.worlds.worlds import SHOP, World

from loglake.core.keys import TABLES
from loglake.core.ledger.row import LedgerRow
from loglake.core.unreadable import UnreadableItem

pytestmark = pytest.mark.unit


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A whole lake, deployed."""
    world = whole_lake()
    deploy(monkeypatch, world, world.tasks)
    return world


@pytest.mark.parametrize("deep", [False, True])
def test_nothing_is_found_on_a_whole_lake(deep: bool, world: World) -> None:
    done = loglake_on_lake("verify", *(["--deep"] if deep else []))
    assert (done.exit_code, done.stdout.count("\n")) == (0, 1)
    how = "every byte" if deep else "sizes and row counts"
    assert done.stdout.startswith("Looked at 7 windows, 6 files, ")
    assert done.stdout.endswith(f" bytes: {how}. All is as it should be.\n")
    assert loglake_on_lake("rerun", "--damaged").stdout == "Nothing is damaged.\n"


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_a_damage_is_named_alone_and_repaired_by_the_command_that_is_named(case: Case, world: World) -> None:
    before = contents(world)
    named = case.make(world)
    found = verified(deep=case.deep)
    assert [(each["kind"], each["key"]) for each in found] == sorted(named, key=lambda each: each[1])
    (fix,) = {each["fix"] for each in found}
    if case.deep:
        assert verified() == []  # the shallow check does not read the files' content
    rows = dict(world.ledger.stored)
    foreseen = loglake_on_lake(*fix.removesuffix(" --lake aws:lake").split()[1:], "--dry-run")
    assert (foreseen.exit_code, dict(world.ledger.stored)) == (0, rows), foreseen.output
    done = loglake_on_lake(*fix.removesuffix(" --lake aws:lake").split()[1:], answer="y\n")
    assert (done.exit_code, done.stderr) == (0, ASKED), done.output
    world.convert("jr_repair")
    assert verified(deep=True) == []
    assert contents(world) == before


def verified(*, deep: bool = False) -> list[dict[str, str]]:
    """The damage in the document."""
    done = loglake_on_lake("verify", "--json", *(["--deep"] if deep else []))
    document = json.loads(done.stdout)
    assert done.exit_code == (1 if document["damage"] else 0)
    damage: list[dict[str, str]] = document["damage"]
    return damage


def test_a_row_that_cant_be_read_is_named_alone_and_left_to_a_person(world: World) -> None:
    """Nobody knows what a newer version meant by it, so its window is not reported as damaged, and not touched."""
    before, row = contents(world), world.ledger.rows(SHOP)[0]
    item = UnreadableItem("group#/app/shop 1", "its state is 'ARCHIVED', which this version does not know")
    lost = LedgerRow(row.log_group, row.window, "", unreadable=item)
    world.ledger.stored[row.log_group, row.window] = lost
    (found,) = verified(deep=True)
    fix = "put it back as it was; if a newer loglake wrote it, deploy that one"
    assert (found["kind"], found["key"], found["fix"]) == ("item-unreadable", item.key, fix)
    done = loglake_on_lake("rerun", "--damaged", "--remove-unnamed")
    assert (done.exit_code, done.stderr) == (
        1,
        f"{ASKED}not repaired: {item.key} can't be read: {item.reason}: {fix}\n",
    )
    assert world.ledger.stored[row.log_group, row.window] is lost
    world.ledger.stored[row.log_group, row.window] = row
    assert (verified(deep=True), contents(world)) == ([], before)


def test_what_no_decision_names_stays_unless_a_person_says_yes(world: World) -> None:
    key = f"{TABLES}app_shop/mine.parquet"
    world.lake.put(key, b"PAR1")
    done = loglake_on_lake("rerun", "--damaged")
    assert (done.exit_code, done.stderr) == (
        1,
        f"{ASKED}not repaired: {key} is named by no decision: --remove-unnamed moves it to removed/\n",
    )
    assert world.lake.exists(key)
    assert loglake_on_lake("rerun", "--damaged", "--log-group", SHOP).stdout == "Nothing is damaged.\n"


def test_a_verification_is_of_a_table_if_that_is_named(world: World) -> None:
    world.lake.delete([shop_file(world), quarantine_file(world)])
    done = loglake_on_lake("verify", "app_shop")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (
        1,
        "To repair this: loglake rerun --damaged --table app_shop --lake aws:lake",
    )
    assert done.stdout.splitlines()[1].startswith(f"  {shop_file(whole_lake())} is gone: 24 rows of /app/shop [")
    assert done.stdout.splitlines()[2].endswith("sizes and row counts. 1 thing is not as it should be.")


def test_a_table_or_a_log_group_that_is_not_there_is_bad_usage(world: World) -> None:
    for arguments in (["verify", "app_shopp"], ["rerun", "--damaged", "--table", "app_shopp"]):
        done = loglake_on_lake(*arguments)
        assert (done.exit_code, "there is no table app_shopp" in done.stderr) == (2, True)
    done = loglake_on_lake("rerun", "--damaged", "--log-group", "/app/shopp")
    assert (done.exit_code, "No log group matches /app/shopp" in done.stderr) == (2, True)
    for flags in (["--damaged", "--quarantined"], ["--deep"], ["--remove-unnamed"]):
        assert loglake_on_lake("rerun", *flags).exit_code == 2


def test_a_window_that_is_being_converted_is_left_to_that(world: World) -> None:
    key = shop_file(world)
    world.lake.delete([key])
    assert loglake_on_lake("rerun", "--damaged").exit_code == 0
    done = loglake_on_lake("rerun", "--damaged")
    assert done.exit_code == 1
    assert "it is EXPORTED, and what is tried comes first" in done.stderr
    world.convert("jr_repair")
    assert verified() == []


def test_files_of_before_there_were_checksums_are_decoded(world: World) -> None:
    row = world.ledger.rows(SHOP)[0]
    assert row.current
    world.ledger.stored[row.name] = replace(row, current=replace(row.current, decision=""))
    key = decision_of(row)
    data = json.loads(world.lake.get(key))
    for staged in data["windows"][0]["files"]:
        del staged["sha256"]
    world.lake.put(key, json.dumps(data).encode())
    done = loglake_on_lake("verify", "app_shop", "--deep")
    assert done.exit_code == 0
    assert done.stdout.endswith(" 1 file has no checksum, since an older version wrote it: it was decoded instead.\n")
    body = world.lake.get(shop_file(world))
    world.lake.put(shop_file(world), body[:4] + bytes(200) + body[204:])
    assert [each["kind"] for each in verified(deep=True)] == ["file-unreadable"]
