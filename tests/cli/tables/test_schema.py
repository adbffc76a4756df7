"""`loglake schema` on a deployment: its output and exit statuses."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from support.deployments.operated import ASKED, deploy, loglake_on_lake
from support.fakes.fakes import START_MS
from support.worlds.worlds import DAYS, PAY, SHOP, World

from loglake.core.ledger.row import WindowState
from loglake.core.requests.requests import request_body
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.schema import Column, ColumnType, TableSchema
from loglake.core.units import EpochMs
from loglake.core.windows import Window
from loglake.pipelines.object_lists import read_object_list
from loglake_cli.cli.shared import athena

pytestmark = pytest.mark.unit

FIRST_DAY = "/app/shop [2026-11-21T00:00:00.000Z, 2026-11-22T00:00:00.000Z)"


@pytest.fixture
def world(catalog: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """A deployment of the prefix ``lake`` with a table, which was not crawled yet."""
    world = World()
    world.export(SHOP)
    world.convert()
    deploy(monkeypatch, world, world.tasks, catalog)
    return world


def crawled(world: World, **retyped: str) -> dict[str, Any]:
    """The arguments of the call by which a crawler writes the table, perhaps with some columns of other types."""
    kinds = {**world.ledger.latest("app_shop").glue_types(), **retyped}
    descriptor = {"Columns": [{"Name": name, "Type": kind} for name, kind in kinds.items()]}
    return {"DatabaseName": "lake", "TableInput": {"Name": "app_shop", "StorageDescriptor": descriptor}}


def lose_raw_object(world: World) -> str:
    """Removes the object of the shop's first day; returns its key."""
    (raw,) = read_object_list(world.control, world.ledger.rows(SHOP)[0])
    world.raw.delete([raw.key])
    return raw.key


def test_columns_are_shown_with_their_paths(world: World) -> None:
    done = loglake_on_lake("schema", "show", "app_shop")
    assert done.exit_code == 1  # not crawled yet
    head, _, *rows = done.stdout.splitlines()
    assert head == "app_shop, version 1: 3 columns of its own, beside those that every table has"
    assert [row.split() for row in rows] == [
        ["n", "bigint", "n"],
        ["user_id", "bigint", "user.id"],
        ["ok", "boolean", "ok"],
    ]


def test_a_table_of_text_has_no_columns_of_its_own(world: World) -> None:
    world.ledger.publish(TableSchema("plain", 1, (), "day"))
    done = loglake_on_lake("schema", "show", "plain")
    assert done.stdout == "plain, version 1: no column of its own, beside those that every table has\n"


def test_a_difference_is_status_1_and_agreement_is_0(world: World, catalog: Any) -> None:
    done = loglake_on_lake("schema", "show", "app_shop")
    assert (done.exit_code, done.stderr) == (1, ASKED + "the catalog has no such table: it was not crawled yet\n")
    catalog.create_table(**crawled(world, n="string"))
    done = loglake_on_lake("schema", "show", "app_shop", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["differences"] == ["n is bigint, and string in the catalog"]
    catalog.update_table(**crawled(world))
    done = loglake_on_lake("schema", "show", "app_shop")
    assert (done.exit_code, done.stderr) == (0, ASKED)


def test_a_new_type_is_set_and_the_run_that_converts_is_woken(world: World) -> None:
    done = loglake_on_lake("schema", "set", "app_shop", "n=string")
    assert done.exit_code == 0
    assert done.stdout == ("app_shop.n is string from version 2 on: 2 windows to be converted again\n")
    assert [key for key in world.control.objects if key.startswith("requests/continue/")]
    reported = json.loads(loglake_on_lake("schema", "show", "app_shop", "--json").stdout)["history"]
    assert reported[-1] == {"version": 2, "changes": ["~ n bigint -> string"]}


def test_several_types_are_set_at_once_and_columns_are_added(world: World) -> None:
    done = loglake_on_lake("schema", "set", "app_shop", "n=double", "user.id=string", "user.age=bigint", "--add")
    assert done.exit_code == 0
    changes = ", ".join(f"app_shop.{what}" for what in ("n is double", "user_id is string", "user_age is bigint"))
    assert done.stdout == f"{changes} from version 2 on: 2 windows to be converted again\n"
    columns = {column.name: (column.path, column.type.value) for column in world.ledger.latest("app_shop").columns}
    assert columns["user_age"] == (("user", "age"), "bigint")


def test_windows_without_raw_objects_are_left_only_where_that_is_said(world: World) -> None:
    key = lose_raw_object(world)
    before = dict(world.ledger.stored)
    refused = loglake_on_lake("schema", "set", "app_shop", "n=string")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "1 window can't be converted again, and nothing was changed" in refused.stderr
    assert f"{FIRST_DAY}: {key} is gone" in refused.stderr
    assert "--leave-missing" in refused.stderr
    assert (world.ledger.stored, world.ledger.latest("app_shop").version) == (before, 1)

    done = loglake_on_lake("schema", "set", "app_shop", "n=string", "--leave-missing", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "what": "app_shop.n is string from version 2 on",
        "windows": 1,
        "gone": [FIRST_DAY],
        "unfinished": [],
        "dry_run": False,
    }
    assert [row.state for row in world.ledger.rows(SHOP)] == [WindowState.CONVERTED, WindowState.EXPORTED]


def test_what_is_left_as_it_is_has_a_line(world: World) -> None:
    lose_raw_object(world)
    done = loglake_on_lake("schema", "set", "app_shop", "n=string", "--leave-missing")
    assert done.stdout.splitlines()[1:] == [f"left as it is, its raw objects are gone: {FIRST_DAY}"]


def test_violations_are_shown_with_key_line_and_value(world: World) -> None:
    done = loglake_on_lake("schema", "violations", "app_shop")
    assert (done.exit_code, done.stdout) == (0, "app_shop: no value broke the schema setting of the dataset\n")
    world.datasets = load_datasets({"datasets": [{"log_groups": ["/app/*"], "schema": {"columns": {"n": "freeze"}}}]})
    events = [(DAYS.to_ms + 5, '{"n": "seven"}'), (DAYS.to_ms + 6, '{"n": [8]}')]
    world.tasks.add_group(PAY, {"pay": events}, created_ms=START_MS)
    world.control.put("requests/requested/2", request_body([PAY], Window(DAYS.to_ms, EpochMs(DAYS.to_ms + 3_600_000))))
    world.ledger.publish(TableSchema("app_pay", 1, (Column("n", ("n",), ColumnType.BIGINT),), "day"))
    world.run_export("jr_e2")
    world.convert("jr_d")
    done = loglake_on_lake("schema", "violations", "app_pay", "--json")
    assert done.exit_code == 1
    (window,) = json.loads(done.stdout)["windows"]
    assert (window["log_group"], window["from"], window["violations"]) == ("/app/pay", "2026-11-23T00:00:00.000Z", 2)
    (field,) = window["fields"]
    assert world.raw.exists(field.pop("source"))
    assert field == {"field": "n", "events": 2, "mode": "freeze", "type": "bigint", "line": 1, "value": '"seven"'}
    done = loglake_on_lake("schema", "violations", "app_pay")
    assert done.stdout.startswith("app_pay: 2 values broke the schema setting of the dataset, in 1 window\n")
    assert "000000.gz:1" in done.stdout


def test_names_in_the_setting_that_match_nothing_are_noted(world: World) -> None:
    columns = {"nn": "freeze", "shop.id": "freeze", "n": "evolve"}
    world.datasets = load_datasets({"datasets": [{"log_groups": ["/app/*"], "schema": {"columns": columns}}]})
    world.tasks.add_group(PAY, {"pay": [(DAYS.to_ms + 5, '{"n": 7}')]}, created_ms=START_MS)
    world.control.put("requests/requested/2", request_body([PAY], Window(DAYS.to_ms, EpochMs(DAYS.to_ms + 3_600_000))))
    world.run_export("jr_e2")
    assert world.convert("jr_d").unmatched == {"app_pay": ("nn", "shop.id")}
    done = loglake_on_lake("schema", "violations", "app_pay")
    assert (done.exit_code, done.stdout.splitlines()) == (
        0,
        [
            "app_pay: no value broke the schema setting of the dataset",
            "Note: the schema setting of the dataset names nn, but app_pay has no such column: did you mean n?",
            "Note: the schema setting of the dataset names shop.id, but app_pay has no such column: that part of the"
            " setting does nothing yet",
        ],
    )
    hour = 3_600_000
    quiet = Window(EpochMs(DAYS.to_ms + hour), EpochMs(DAYS.to_ms + 2 * hour))  # has no events, and no columns to name
    world.control.put("requests/requested/3", request_body([PAY], quiet))
    world.run_export("jr_e3")
    world.convert("jr_d2")
    latest = world.ledger.latest("app_pay")
    world.ledger.publish(
        replace(latest, version=2, columns=(*latest.columns, Column("nn", ("nn",), ColumnType.BIGINT)))
    )
    assert json.loads(loglake_on_lake("schema", "violations", "app_pay", "--json").stdout)["unmatched"] == ["shop.id"]


def test_a_suggestion_says_what_it_leaves_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = world.ledger.rows(SHOP)[0]
    assert row.current
    broken = replace(row.current.accounting, quarantined=1, violations=1)
    world.ledger.stored[SHOP, row.window] = replace(row, current=replace(row.current, accounting=broken))
    rows = [("a", "***", 1500)]
    monkeypatch.setattr(athena, "in_athena", lambda *_args, **_options: (SimpleNamespace(rows=rows), ""))
    done = loglake_on_lake("schema", "suggest", "app_shop")
    assert (done.exit_code, done.stderr) == (0, ASKED)
    assert "Left out, since _rescued can't be read as a JSON object: 1,500 rows.\n" in done.stdout
    assert done.stdout.splitlines()[-1] == (
        "Events that break the schema setting may be in quarantine: see loglake schema violations app_shop --lake "
        "aws:lake"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["schema", "violations", "other"], "no table other: take one of app_shop"),
        (["schema", "show", "other"], "no table other: take one of app_shop"),
        (["schema", "show", "app_shp"], "no table app_shp: did you mean app_shop?"),
        (["schema", "suggest", "appshop"], "no table appshop: did you mean app_shop?"),
        (["schema", "violations", "APP_SHOPS"], "no table APP_SHOPS: did you mean app_shop?"),
        (["schema", "set", "app_sho", "n=double"], "no table app_sho: did you mean app_shop?"),
        (["schema", "set", "app_shop", "n=number"], "'number' is not a type: use one of boolean, bigint, double"),
        (["schema", "set", "app_shop", "n"], "'n' is no column with a type: write it as status=double"),
        (["schema", "set", "app_shop", "=string"], "'=string' is no column with a type"),
        (["schema", "set", "app_shop", "[7]=string", "--add"], "[7] is not the path of a field: write user.id, or ["),
        (["schema", "set", "app_shop", "n=bigint", "ok=boolean"], "column n of app_shop is bigint, ok of app_shop is"),
        (["schema", "set", "app_shop", "new=string"], "or add --add to make one of the field of that name"),
        (["schema", "suggest", "other"], "no table other: take one of app_shop"),
        (["schema", "set", "app_shop", "other=string"], "no column other"),
    ],
)
def test_bad_usage_is_status_2(world: World, arguments: list[str], said: str) -> None:
    done = loglake_on_lake(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_dry_run_of_a_new_type_changes_nothing(world: World, catalog: Any) -> None:
    catalog.create_table(**crawled(world))
    before = (dict(world.ledger.stored), dict(world.control.objects))
    done = loglake_on_lake("schema", "set", "app_shop", "n=string", "--dry-run")
    assert (done.exit_code, done.stdout.splitlines()) == (
        0,
        [
            "app_shop.n would be string from version 2 on: 2 windows would be converted again",
            "Dry run: nothing was changed.",
        ],
    )
    document = json.loads(loglake_on_lake("schema", "set", "app_shop", "n=string", "--dry-run", "--json").stdout)
    assert (document["dry_run"], document["windows"]) == (True, 2)
    assert (world.ledger.stored, world.control.objects) == before
    assert world.ledger.latest("app_shop").version == 1
    assert loglake_on_lake("schema", "show", "app_shop").exit_code == 0
    lose_raw_object(world)
    assert loglake_on_lake("schema", "set", "app_shop", "n=string", "--dry-run").exit_code == 1
