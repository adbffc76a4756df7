"""From what is rescued to the command that sets types, and to nothing that is rescued."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from support.fakes.fakes import START_MS
from support.worlds.operated import deploy, loglake_on_lake
from support.worlds.worlds import SHOP, World

from loglake.core.requests.requests import request_body
from loglake.core.schema.datasets import load_datasets
from loglake.core.schema.schema import TableSchema
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window
from loglake_cli.operations.tables.suggest import Suggestions, suggest

pytestmark = pytest.mark.unit

DAY_BEFORE = Window(EpochMs(START_MS - MS_PER_DAY), START_MS)
EVENTS = [
    '{"n": 1.5, "fresh": true, "user": {"id": 1, "age": 30}}',
    '{"n": "many", "http.status": 404}',
    '{"n": 3, "ok": true, "ok": false}',
]


@pytest.fixture
def world(catalog: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """A frozen table, and a day of events that want more columns and wider ones."""
    world = World()
    world.export(SHOP)
    world.convert()
    world.datasets = load_datasets({"datasets": [{"log_groups": ["/app/*"], "schema": "freeze"}]})
    events = [(DAY_BEFORE.from_ms + at, text) for at, text in enumerate(EVENTS)]
    world.tasks.add_group(SHOP, {"web/2": events}, created_ms=DAY_BEFORE.from_ms)
    world.control.put("requests/requested/2", request_body([SHOP], DAY_BEFORE))
    world.run_export("jr_e2")
    world.convert("jr_d")
    deploy(monkeypatch, world, world.tasks, catalog)
    return world


def suggestions(world: World, days: int = 7, asked: list[str] | None = None) -> Suggestions:
    def ask(statement: str) -> Sequence[Sequence[Any]]:
        """Answers as the engine does; tests/local/test_landing_run.py has the engine itself."""
        if asked is not None:
            asked.append(statement)
        found = [row for row in world.rows("app_shop").to_pylist() if row["_rescued"]]
        counts = Counter(row["_rescued"] for row in found)
        raws = {row["_rescued"]: row["raw"] for row in found}
        return [(raws[text], text, count) for text, count in counts.most_common()]

    schema = world.ledger.latest("app_shop")
    made = suggest(schema, world.ledger.all_rows(), days, ask, "--aws lake")
    assert made
    return made


def test_the_command_sets_all_types_and_nothing_that_fits_stays_rescued(world: World) -> None:
    found = suggestions(world)
    assert {each.name: each.type and each.type.value for each in found.fields} == {
        "n": "string",
        "fresh": "boolean",
        "user.age": "bigint",
        "http.status": "bigint",
        "ok": None,
    }
    assert (found.rows, found.more) == (3, False)
    done = loglake_on_lake(*shlex.split(found.command.replace(" --aws lake", ""))[1:])
    assert done.exit_code == 0, done.stderr
    assert done.stdout.endswith("from version 2 on: 3 windows to be converted again\n")
    world.convert("jr_f")
    rows = world.rows("app_shop").to_pylist()
    assert [row["_rescued"] for row in rows if row["_rescued"]] == ['{"ok":true}']
    assert {row["http_status"] for row in rows} == {404, None}
    assert {row["user_age"] for row in rows} == {30, None}
    left = suggestions(world)
    assert ([each.name for each in left.fields], left.command) == (["ok"], "")


def test_each_field_has_a_command_of_its_own(world: World) -> None:
    commands = {each["field"]: each["command"] for each in suggestions(world).to_json()["fields"]}
    assert commands == {
        "n": "loglake schema set app_shop n=string --aws lake",
        "fresh": "loglake schema set app_shop fresh=boolean --add --aws lake",
        "user.age": "loglake schema set app_shop user.age=bigint --add --aws lake",
        '["http.status"]': "loglake schema set app_shop '[\"http.status\"]=bigint' --add --aws lake",
        "ok": None,
    }


def test_only_the_newest_days_are_read(world: World) -> None:
    asked: list[str] = []
    suggestions(world, 1, asked)
    assert suggestions(world, 2, asked).since == "2026-11-21"
    assert ["\"dt\" >= '2026-11-22'" in asked[0], "\"dt\" >= '2026-11-21'" in asked[1]] == [True, True]


def test_a_table_without_rows_has_no_day() -> None:
    assert suggest(TableSchema("app"), [], 7, lambda _: [], "") is None
