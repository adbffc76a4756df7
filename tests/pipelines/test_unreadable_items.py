"""An unreadable item is reported and stops nothing else. Once it is put back, the next run does the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, MemoryLedger, silent
from support.fakes.item_ledger import Item, ItemLedger, emptied, having, item_ledger, without
from support.worlds.worlds import DAYS, SHOP, World

from loglake.config import ExportConfig
from loglake.core.keys import REQUESTS
from loglake.core.ledger.row_json import FORMAT
from loglake.core.requests.requests import request_body
from loglake.core.run.outcome import Outcome
from loglake.pipelines.convert.report import ConvertReport
from loglake.pipelines.export.job import ExportReport, run_export
from loglake.pipelines.ports import ExportPorts

pytestmark = pytest.mark.unit

Damage = Callable[[Item], Item]


def in_attempt(**values: Any) -> Damage:
    """Gives fields of a row's attempt other values."""
    return lambda item: {**item, "attempt": {**item["attempt"], **values}}


def sleeping(item: Item) -> Item:
    """Gives a row a state of a newer version, also in the index of pending rows."""
    return in_attempt(state="SLEEPING")({**item, "pending_state": "SLEEPING"})


ROW_DAMAGES: dict[str, tuple[Damage, str]] = {
    "emptied": (emptied, "it has no format"),
    "no field": (without("queue"), "it has no field 'queue'"),
    "no field of the attempt": (lambda item: in_attempt()({**item, "attempt": {}}), "it has no field 'state'"),
    "another type": (having(version="seven"), "version is 'seven', which is not a number"),
    "another type inside": (in_attempt(objects=[1]), r"objects is [1], which is not a number"),
    "no mapping": (having(attempt="EXPORTED"), ""),
    "unknown state": (sleeping, "its state is 'SLEEPING', which this version does not know: a newer loglake may"),
    "a state that no attempt has": (in_attempt(state="UNREADABLE"), "its attempt is UNREADABLE"),
    "unknown queue": (having(queue="express"), "its queue is 'express', which this version does not know"),
    "a field of a newer version": (in_attempt(colour="red"), "it has a field 'colour' that this version does not know"),
    "too big a number": (having(updated_at_ms=10**30), "updated_at_ms is 1000000000000000000000000000000"),
    "a newer format": (having(format=9), "it has format 9, and this loglake reads format 8: a newer loglake wrote it"),
    "nothing in it": (having(attempt=None), "it has no version of the window, no attempt at one, and no failure"),
}


@pytest.fixture
def ledger() -> Iterator[ItemLedger]:
    with item_ledger() as found:
        yield found


@pytest.fixture
def world(ledger: ItemLedger) -> World:
    """Two log groups of two days."""
    return World(ledger=cast("MemoryLedger", ledger))


def convert(world: World, ledger: ItemLedger, run: str) -> ConvertReport:
    """A run in a process of its own."""
    world.ledger = cast("MemoryLedger", ledger.again())
    return world.convert(run)


def texts(world: World, table: str) -> int:
    return world.rows(table).num_rows if list(world.lake.list(f"tables/{table}/")) else 0


def name(item: Item) -> str:
    return f"{item['pk']} {item['sk']}"


def assert_named(report: ConvertReport, key: str, reason: str) -> None:
    assert report.outcome is Outcome.PARTIAL
    assert list(report.unreadable) == [key]
    (remark,) = report.remarks
    assert remark.startswith(f"{key} can't be read: ")
    assert reason in remark
    assert report.failed == []


@pytest.mark.parametrize("kind", ROW_DAMAGES)
def test_a_row_that_cannot_be_read_stops_no_other(world: World, ledger: ItemLedger, kind: str) -> None:
    damage, reason = ROW_DAMAGES[kind]
    world.export()
    first, _ = ledger.items(f"group#{SHOP}")
    ledger.damage(first, damage)
    assert_named(convert(world, ledger, "jr_1"), name(first), reason)
    assert (texts(world, "app_pay"), texts(world, "app_shop")) == (2, 24)
    ledger.put(first)
    assert convert(world, ledger, "jr_2").outcome is Outcome.OK
    assert (texts(world, "app_pay"), texts(world, "app_shop")) == (2, 48)


def export(world: World, ledger: ItemLedger) -> ExportReport:
    """A run that goes on with what is pending, in a process of its own."""
    found = cast("MemoryLedger", ledger.again())
    clock = world.clock
    ports = ExportPorts(
        found, world.catalog, world.control, clock, silent(clock), world.tasks, world.raw, FakeEventReader(world.tasks)
    )
    return run_export(ports, world.datasets, ExportConfig("control", "raw", "t", "s3://x/y", "jr_e", 36000, 5, 30))


def request(world: World) -> None:
    world.control.put(f"{REQUESTS}requested/1", request_body(["/app/*"], DAYS))


@pytest.mark.parametrize("kind", ["emptied", "unknown state", "a newer format"])
def test_a_window_whose_row_cannot_be_read_is_not_planned_a_second_time(
    world: World, ledger: ItemLedger, kind: str
) -> None:
    world.export(SHOP)
    rows = ledger.items(f"group#{SHOP}")
    ledger.damage(rows[0], ROW_DAMAGES[kind][0])
    request(world)
    report = export(world, ledger)
    assert (report.outcome, report.exported) == (Outcome.PARTIAL, 2)  # the other group's
    assert [remark.partition(" can't be read")[0] for remark in report.remarks] == [name(rows[0])]
    assert [name(item) for item in ledger.items(f"group#{SHOP}")] == [name(item) for item in rows]
    ledger.put(rows[0])
    assert convert(world, ledger, "jr_1").outcome is Outcome.OK
    assert (texts(world, "app_pay"), texts(world, "app_shop")) == (2, 48)


STATE_DAMAGES: dict[str, Damage] = {
    "emptied": emptied,
    "another type": having(value="late"),
    "no field": having(value={}),
    "too big a number": having(value={"at_ms": 10**30, "start_ms": 10**30}),
    "a newer format": having(format=9),
}


@pytest.mark.parametrize("damage", STATE_DAMAGES)
@pytest.mark.parametrize("kind", ["watermark", "paused"])
def test_a_log_group_whose_note_cannot_be_read_is_left_and_the_others_are_exported(
    world: World, ledger: ItemLedger, kind: str, damage: str
) -> None:
    values = {
        "watermark": {"start_ms": START_MS, "settled_until_ms": START_MS, "final_until_ms": START_MS},
        "paused": {"at_ms": 0},
    }
    item = {"pk": kind, "sk": SHOP, "format": FORMAT, "version": 1, "value": values[kind]}
    ledger.damage(item, STATE_DAMAGES[damage])
    request(world)
    report = export(world, ledger)
    assert (report.outcome, report.exported, ledger.items(f"group#{SHOP}")) == (Outcome.PARTIAL, 2, [])
    assert report.remarks[0].startswith(f"{kind} {SHOP} can't be read: ")
    ledger.put(item)
    assert (export(world, ledger).outcome, len(ledger.items(f"group#{SHOP}"))) == (Outcome.OK, 2)


SCHEMA_DAMAGES: dict[str, Damage] = {
    "emptied": emptied,
    "another type": having(schema=[1]),
    "unknown type of a column": lambda item: {
        **item,
        "schema": {**item["schema"], "columns": [{"name": "n", "path": ["n"], "type": "uuid", "json": False}]},
    },
    "columns are not a list": lambda item: {**item, "schema": {**item["schema"], "columns": {"n": "bigint"}}},
}


@pytest.mark.parametrize("damage", SCHEMA_DAMAGES)
def test_a_table_whose_schema_cannot_be_read_waits(world: World, ledger: ItemLedger, damage: str) -> None:
    world.export()
    world.convert("jr_0")
    world.control.put(f"{REQUESTS}requested/2", request_body(["/app/*"], DAYS, reexport=True))
    export(world, ledger)
    (item,) = ledger.items("table#app_shop")
    before = [each.key for each in world.lake.list("tables/app_shop/")]
    ledger.damage(item, SCHEMA_DAMAGES[damage])
    report = convert(world, ledger, "jr_1")
    assert_named(report, name(item), "")
    assert (report.converted, report.remaining) == (2, 2)
    assert [each.key for each in world.lake.list("tables/app_shop/")] == before
    ledger.put(item)
    assert convert(world, ledger, "jr_2").outcome is Outcome.OK
    assert (texts(world, "app_pay"), texts(world, "app_shop")) == (2, 48)


@pytest.mark.parametrize("kind", ["catalog-gap", "check"])
def test_a_note_on_a_table_that_cannot_be_read_keeps_no_other_table(
    world: World, ledger: ItemLedger, kind: str
) -> None:
    world.export()
    damaged = {"pk": kind, "sk": "app_shop", "format": FORMAT, "version": 1, "value": {"at_ms": "noon"}}
    ledger.put(damaged)
    report = convert(world, ledger, "jr_1")
    assert_named(report, f"{kind} app_shop", "")
    assert (texts(world, "app_pay"), texts(world, "app_shop")) == (2, 0 if kind == "catalog-gap" else 48)
    assert ledger.items(kind)[-1] == damaged
    value = {"table": "app_shop", "missing": {"partitions": [], "columns": []}, "wakes": 0, "given_up": False}
    ledger.put({**damaged, "value": value if kind == "catalog-gap" else {"at_ms": 1}})
    assert convert(world, ledger, "jr_2").outcome is Outcome.OK
    assert (texts(world, "app_pay"), texts(world, "app_shop")) == (2, 48)


MANIFEST_DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda _body: b"",
    "cut": lambda body: body[: len(body) // 2],
    "another type": lambda _body: b"[]",
    "nested too deeply": lambda _body: b"[" * 100_000,
    "no field": lambda body: body.replace(b'"files"', b'"flies"'),
    "no list": lambda body: body.replace(b'"supersedes": []', b'"supersedes": "all"'),
    "too big a number": lambda body: body.replace(b'"generation": 1', b'"generation": ' + b"9" * 40),
    "a newer format": lambda body: body.replace(b'"format": 2', b'"format": 3'),
}


@pytest.mark.parametrize("damage", MANIFEST_DAMAGES)
def test_a_window_whose_manifest_cannot_be_read_waits(world: World, ledger: ItemLedger, damage: str) -> None:
    world.export()
    rows = ledger.items(f"group#{SHOP}")
    world.convert("jr_0")
    # As if the run had ended right after its decision.
    decisions = ledger.items(f"group#{SHOP}")[0]["decisions"]
    ledger.put({**rows[0], "decisions": decisions, "attempt": {**rows[0]["attempt"], "owner": "jr_0"}})
    (key,) = [item.key for item in world.lake.list("commits/app_shop/")]
    body = world.lake.get(key)
    world.lake.put(key, MANIFEST_DAMAGES[damage](body))
    assert world.lake.get(key) != body
    report = convert(world, ledger, "jr_1")
    assert_named(report, key, "")
    assert (report.converted, report.remaining) == (0, 1)
    world.lake.put(key, body)
    report = convert(world, ledger, "jr_2")
    assert (report.outcome, report.rolled_forward) == (Outcome.OK, 1)
    assert texts(world, "app_shop") == 48
