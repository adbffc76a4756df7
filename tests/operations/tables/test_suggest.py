"""From what is rescued to the command that sets types, and to nothing that is rescued."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from support.deployments.operated import deploy, loglake_on_lake
from support.fakes.fakes import START_MS
from support.worlds.ledger_rows import changed, ledger_row
from support.worlds.worlds import SHOP, World

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import WindowState
from loglake.core.requests.requests import request_body
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.schema import MAX_KEYS, ColumnType, InferredType, TableSchema, grow
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window
from loglake_cli.operations.tables.suggest import Suggestions, suggest, why_no_rows

pytestmark = pytest.mark.unit

DAY_BEFORE = Window(EpochMs(START_MS - MS_PER_DAY), START_MS)
EVENTS = [
    '{"n": 1.5, "fresh": true, "user": {"id": 1, "age": 30}}',
    '{"n": "many", "http.status": 404}',
    '{"n": 3, "ok": true, "ok": false}',
]


LANDED = ledger_row(
    SHOP, DAY_BEFORE, "t", WindowState.CONVERTED, partitions=("dt=2026-11-21",), accounting=Accounting(1, 1)
)


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
    made = suggest(schema, world.ledger.all_rows(), days, ask, today="2026-11-22", where="--lake aws:lake")
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
    done = loglake_on_lake(*shlex.split(found.command.replace(" --lake aws:lake", ""))[1:])
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
        "n": "loglake schema set app_shop n=string --lake aws:lake",
        "fresh": "loglake schema set app_shop fresh=boolean --add --lake aws:lake",
        "user.age": "loglake schema set app_shop user.age=bigint --add --lake aws:lake",
        '["http.status"]': "loglake schema set app_shop '[\"http.status\"]=bigint' --add --lake aws:lake",
        "ok": None,
    }


def test_a_field_named_as_another_ones_column_gets_a_column_of_its_own() -> None:
    kinds = {("user", "id"): InferredType(ColumnType.BIGINT), ("Status",): InferredType(ColumnType.BIGINT)}
    schema = grow(TableSchema("t"), kinds)
    event = '{"user_id":"u1","status":"ok"}'
    found = suggest(schema, [LANDED], 7, lambda _: [(event, event, 1)], today="2026-11-22", where="")
    assert found
    assert found.command == """loglake schema set t '["user_id"]=string' '["status"]=string' --add"""
    single = [field["command"] for field in found.to_json()["fields"]]
    assert single == [f"loglake schema set t '[\"{name}\"]=string' --add" for name in ("user_id", "status")]


def test_only_the_newest_days_are_read(world: World) -> None:
    asked: list[str] = []
    suggestions(world, 1, asked)
    assert suggestions(world, 2, asked).since == "2026-11-21"
    assert ["\"dt\" >= '2026-11-22'" in asked[0], "\"dt\" >= '2026-11-21'" in asked[1]] == [True, True]


def test_a_table_without_rows_has_no_day() -> None:
    assert suggest(TableSchema("app"), [], 7, lambda _: [], today="2026-11-22", where="") is None


def test_a_table_whose_events_all_went_elsewhere_says_where() -> None:
    counts = (Accounting(0, 0), Accounting(2, 0, quarantined=2), Accounting(2, 0, quarantined=2, violations=2))
    said = [
        why_no_rows("t", [changed(LANDED, partitions=(), accounting=its), changed(LANDED, table="u")], where="--x y")
        for its in counts
    ]
    assert said == [
        "t has no rows yet: see loglake status --x y",
        "t has no rows, because its events are in quarantine: see loglake quarantine --x y",
        "t has no rows, because its events broke the schema setting of their dataset: "
        "see loglake schema violations t --x y",
    ]


@pytest.mark.parametrize(
    ("partitions", "since"),
    [
        (("dt=2026-11-21/hour=08", "dt=2026-11-20/hour=23", "dt=2031-01-01/hour=00"), "2026-11-20"),
        (("dt=2026-11-22", "dt=2026-11-23"), "2026-11-21"),
        (("dt=2031-01-01", "dt=2032-01-01"), "2030-12-31"),
    ],
)
def test_a_day_in_the_future_does_not_hide_the_newest_days(partitions: tuple[str, ...], since: str) -> None:
    landed = changed(LANDED, partitions=partitions)
    found = suggest(TableSchema("t"), [landed], 2, lambda _: [], today="2026-11-22", where="")
    assert found
    assert found.since == since


def test_rescued_values_that_are_no_json_are_left_out_and_counted() -> None:
    event = '{"":1}'
    answer = [("a", "***", 5), (event, event, 2), ("b", '{"a":' * 100_000, 1)]
    found = suggest(TableSchema("t"), [LANDED], 7, lambda _: answer, today="2026-11-22", where="")
    assert found
    assert (found.rows, found.unread, [each.events for each in found.fields]) == (8, 6, [2])
    assert found.command == """loglake schema set t '[""]=bigint' --add"""


def test_a_table_with_discarded_rows_points_to_its_violations() -> None:
    broken = Accounting(2, 1, quarantined=1, violations=1)
    seen = [
        suggest(TableSchema("t"), [changed(LANDED, accounting=its)], 7, lambda _: [], today="2026-11-22", where="--x y")
        for its in (Accounting(1, 1), Accounting(1, 1, violations=1), broken)
    ]
    assert [each and each.violations for each in seen] == ["", "", "loglake schema violations t --x y"]


def test_the_keys_of_an_object_with_too_many_are_not_proposed_one_by_one() -> None:
    rescued = [(f'{{"by_user":{{"u{at}":1}},"n":2}}', f'{{"by_user.u{at}":1,"n":2}}', 1) for at in range(MAX_KEYS + 1)]
    made = suggest(TableSchema("t"), [LANDED], 7, lambda _: rescued, today="2026-11-22", where="")

    assert made
    assert [each.name for each in made.fields] == ["n"]
    assert made.objects == {"by_user": MAX_KEYS + 1}
    assert made.to_json()["objects"] == made.objects
