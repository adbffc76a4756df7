"""One behaviour suite for every ledger, schema registry and store of landed objects: in memory and in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import boto3
import pytest
from moto import mock_aws
from support.fakes.fakes import MemoryLedger

from loglake.aws.ledger_store import DynamoLedger
from loglake.core.accounting import Accounting
from loglake.core.catalog_gaps import Missing, Uncrawled
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.landing.settling import LandedDays
from loglake.core.ledger.row import LedgerRow, Line, WindowState
from loglake.core.ledger.set_aside import SetAside
from loglake.core.ledger.watermark import Mark
from loglake.core.outcome import CONVERT, EXPORT, Outcome, RunNote
from loglake.core.ports.catalog import CrawlNotes
from loglake.core.ports.landing import LandedObjects
from loglake.core.ports.ledger import CompactionNotes, Ledger, Pauses, PlanningNotes, RunNotes
from loglake.core.ports.schemas import SchemaHistory
from loglake.core.schema.schema import Column, ColumnType, TableSchema
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import LedgerConflictError, NotFoundError

pytestmark = pytest.mark.contract

SHOP = LogGroupName("/app/shop")


class Store(
    Ledger, SchemaHistory, LandedObjects, Pauses, PlanningNotes, CrawlNotes, CompactionNotes, RunNotes, Protocol
):
    """All of these ports, as one DynamoDB table keeps them."""


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-central-1")
        client.create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "pending_state")
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "pending",
                    "KeySchema": [
                        {"AttributeName": "pending_state", "KeyType": "HASH"},
                        {"AttributeName": "sk", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        yield DynamoLedger(client, "ledger")


def row(day: int = 0, group: LogGroupName = SHOP) -> LedgerRow:
    return LedgerRow(group, Window(EpochMs(day * 86_400_000), EpochMs((day + 1) * 86_400_000)), "shop")


def converted(planned: LedgerRow) -> LedgerRow:
    """A row with every field set, as far from PLANNED as it gets."""
    exporting = planned.advance(WindowState.EXPORTING, EpochMs(1), attempts=1, task_id="t-1")
    exported = exporting.advance(WindowState.EXPORTED, EpochMs(2), objects=3, size_bytes=999)
    converting = exported.advance(WindowState.CONVERTING, EpochMs(3), owner="jr_1", lease_until_ms=EpochMs(9))
    return converting.advance(
        WindowState.CONVERTED, EpochMs(4), accounting=Accounting(5, 5), partitions=("dt=1970-01-01",), reason="ok"
    )


def test_a_row_comes_back_as_it_was_written(store: Store) -> None:
    assert store.add(row())
    assert store.rows(SHOP) == [row()]
    done = converted(row())
    for version in range(2, done.version):
        store.replace(LedgerRow(SHOP, row().window, "shop", version=version))
    store.replace(done)
    assert store.rows(SHOP) == [done]


def test_a_window_is_added_once(store: Store) -> None:
    assert store.add(row())
    store.replace(row().advance(WindowState.EXPORTING, EpochMs(1)))
    assert not store.add(row())
    assert store.rows(SHOP)[0].state is WindowState.EXPORTING


def test_of_two_writers_one_gets_the_change(store: Store) -> None:
    store.add(row())
    store.replace(row().advance(WindowState.EXPORTING, EpochMs(1), task_id="a"))
    with pytest.raises(LedgerConflictError):
        store.replace(row().advance(WindowState.EXPORTING, EpochMs(1), task_id="b"))
    with pytest.raises(LedgerConflictError):
        store.replace(row(day=5).advance(WindowState.EXPORTING, EpochMs(1)))
    assert store.rows(SHOP)[0].task_id == "a"


def test_rows_are_ordered_by_window_and_kept_apart_by_group(store: Store) -> None:
    for day in (10, 2, 7):
        store.add(row(day))
    store.add(row(3, LogGroupName("/app/shop2")))
    assert [found.window for found in store.rows(SHOP)] == [row(day).window for day in (2, 7, 10)]
    assert store.rows(LogGroupName("/nobody")) == []


def test_a_row_is_told_as_it_stands_now(store: Store) -> None:
    store.add(row())
    changed = row().advance(WindowState.EXPORTING, EpochMs(1), task_id="a")
    store.replace(changed)
    assert store.current(row()) == changed
    with pytest.raises(NotFoundError):
        store.current(row(day=9))


def test_pending_rows_are_found_by_state(store: Store) -> None:
    for day in (1, 0):
        store.add(row(day))
    store.add(row(0, LogGroupName("/app/pay")))
    store.replace(row(1).advance(WindowState.EXPORTING, EpochMs(1)))
    planned = store.in_states(WindowState.PLANNED)
    assert [(found.log_group, found.window.from_ms) for found in planned] == [("/app/pay", 0), ("/app/shop", 0)]
    assert len(store.in_states(WindowState.PLANNED, WindowState.EXPORTING)) == 3
    done = converted(row(0))
    for version in range(2, done.version):
        store.replace(LedgerRow(SHOP, row().window, "shop", version=version))
    store.replace(done)
    assert [found.log_group for found in store.in_states(WindowState.PLANNED)] == ["/app/pay"]
    with pytest.raises(ValueError, match="not indexed"):
        store.in_states(WindowState.CONVERTED)


def test_schemas_have_versions_and_each_is_published_once(store: Store) -> None:
    assert store.latest("shop") == TableSchema("shop")
    versions = [
        TableSchema("shop", number, tuple(Column(f"c{i}", ("a", f"{i}"), ColumnType.BIGINT) for i in range(number)))
        for number in range(1, 12)
    ]
    for schema in versions:
        store.publish(schema)
        assert store.latest("shop") == schema
    with pytest.raises(LedgerConflictError):
        store.publish(versions[-1])
    assert store.latest("pay") == TableSchema("pay")


def test_what_is_known_of_landed_objects_comes_back_in_the_order_of_keys(store: Store) -> None:
    assert list(store.landed_objects()) == []
    keys = ["landing/b", "landing/a/2", "landing/a-1", "landing/\uffff", "landing/\U0001f600", f"landing/{'x' * 1016}"]
    for key in keys:
        store.put_landed_object(LandedObject(key, 1, LandedState.FAILED, reason="no permission"))
    whole = LandedObject(
        "landing/b", 10, LandedState.SURVEYED, 7, 1, 2, 3, {"/app": 4, "": 2}, 1, ("",), "d1", "", EpochMs(9)
    )  # fmt: skip
    store.put_landed_object(whole)
    store.add(row())
    found = list(store.landed_objects())
    assert [known.key for known in found] == sorted(keys, key=lambda key: key.encode())
    assert [known for known in found if known.state is LandedState.SURVEYED] == [whole]
    assert store.rows(SHOP) == [row()]


def test_more_landed_objects_than_a_page_has_are_all_told(store: Store) -> None:
    names = {f"/{n}/{'g' * 500}": n for n in range(20)}
    for n in range(150):  # 1.5 MB: DynamoDB answers with 1 MB at a time
        store.put_landed_object(LandedObject(f"landing/{n:04d}", n, LandedState.SURVEYED, events=names))
    assert [known.size_bytes for known in store.landed_objects()] == list(range(150))


def test_a_log_group_is_paused_from_a_time_on_until_it_is_resumed(store: Store) -> None:
    assert store.paused() == {}
    assert not store.resume(SHOP)
    assert store.pause(SHOP, EpochMs(7))
    assert not store.pause(SHOP, EpochMs(9))
    assert store.pause(LogGroupName("/app/pay"), EpochMs(8))
    store.add(row())
    assert list(store.paused().items()) == [("/app/pay", 8), (SHOP, 7)]
    assert store.rows(SHOP) == store.all_rows() == [row()]
    assert store.resume(SHOP)
    assert not store.resume(SHOP)
    assert store.paused() == {"/app/pay": 8}


def test_rows_are_read_from_a_time_on_and_up_to_another(store: Store) -> None:
    for day in (0, 1, 2, 3):
        store.add(row(day))
    store.add(row(1, LogGroupName("/app/shop2")))
    second, fourth = row(1).window.from_ms, row(3).window.from_ms
    assert store.rows_between(SHOP, EpochMs(0)) == [row(day) for day in (0, 1, 2, 3)]
    assert store.rows_between(SHOP, second) == [row(day) for day in (1, 2, 3)]
    assert store.rows_between(SHOP, EpochMs(second + 1)) == [row(day) for day in (2, 3)]
    assert store.rows_between(SHOP, second, fourth) == [row(day) for day in (1, 2)]
    assert store.rows_between(SHOP, second, EpochMs(fourth + 1)) == [row(day) for day in (1, 2, 3)]
    assert store.rows_between(SHOP, second, second) == []


def test_a_mark_moves_only_from_where_it_is(store: Store) -> None:
    assert store.marks() == {}
    first, second, third = (Mark(EpochMs(1), EpochMs(n), EpochMs(2)) for n in (3, 4, 5))
    assert not store.move_mark(SHOP, first, second)
    assert store.move_mark(SHOP, None, first)
    assert not store.move_mark(SHOP, None, second)
    assert store.move_mark(SHOP, first, second)
    assert not store.move_mark(SHOP, first, third)
    assert store.move_mark(LogGroupName("/app/pay"), None, third)
    assert store.marks() == {"/app/pay": third, SHOP: second}
    assert store.rows(SHOP) == []


def test_a_look_moves_only_from_where_it_is(store: Store) -> None:
    assert store.looks() == {}
    first, second = EpochMs(5), EpochMs(6)
    assert not store.move_look("shop", first, second)
    assert store.move_look("shop", None, first)
    assert not store.move_look("shop", None, second)
    assert store.move_look("shop", first, second)
    assert not store.move_look("shop", first, second)
    assert store.move_look("pay", None, first)
    assert store.looks() == {"pay": first, "shop": second}
    assert store.marks() == {}


def test_the_last_turn_of_each_log_group_is_noted(store: Store) -> None:
    assert store.turns() == {}
    store.take_turn(SHOP, EpochMs(7))
    store.take_turn(LogGroupName("/app/pay"), EpochMs(8))
    store.take_turn(SHOP, EpochMs(9))
    assert store.turns() == {SHOP: 9, "/app/pay": 8}


def test_the_line_of_a_window_is_kept(store: Store) -> None:
    settling = LedgerRow(SHOP, row().window, "shop", line=Line.SETTLED, events_before=7)
    store.add(settling)
    assert store.rows(SHOP) == [settling]


def test_a_row_of_before_landing_is_not_landed() -> None:
    old = {name: value for name, value in row().to_json().items() if name != "landed"}
    assert LedgerRow.from_json(old) == row()


def test_a_table_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws(), pytest.raises(NotFoundError, match="dynamodb:Query on nowhere"):
        DynamoLedger(boto3.client("dynamodb", region_name="eu-central-1"), "nowhere").rows(SHOP)


def test_all_rows_and_those_of_a_table(store: Store) -> None:
    shop, pay = (LedgerRow(LogGroupName(name), Window(EpochMs(0), EpochMs(9)), name[1:]) for name in ("/shop", "/pay"))
    late = LedgerRow(shop.log_group, Window(EpochMs(9), EpochMs(12)), "shop")
    for row in (late, shop, pay):
        assert store.add(row)
    store.publish(TableSchema("shop", 1))
    assert store.all_rows() == [pay, shop, late]
    assert store.all_rows("shop") == [shop, late]
    assert store.all_rows("other") == []


def test_the_history_of_a_schema(store: Store) -> None:
    first = TableSchema("shop", 1, (Column("a", ("a",), ColumnType.BIGINT),))
    second = TableSchema("shop", 2, (*first.columns, Column("b", ("b",), ColumnType.STRING)))
    assert store.history("shop") == []
    for schema in (first, second, TableSchema("shop_b", 1)):
        store.publish(schema)
    assert store.history("shop") == [first, second]


def test_rows_inside_a_window_are_found_without_those_around_it(store: Store) -> None:
    def span(start: int, end: int) -> LedgerRow:
        return LedgerRow(SHOP, Window(EpochMs(start), EpochMs(end)), "shop")

    inside = [span(100, 101), span(100, 150), span(150, 200)]
    around = [span(0, 100), span(100, 200), span(150, 201), span(200, 300), span(0, 300)]
    for each in [*around, *inside]:
        assert store.add(each)
    assert store.add(row(0, LogGroupName("/app/shop2")))
    assert store.rows_inside(SHOP, span(100, 200).window) == inside
    assert store.rows_inside(SHOP, span(100, 101).window) == []


def test_what_waits_for_a_crawl_is_noted_by_one_writer_at_a_time(store: Store) -> None:
    assert store.uncrawled() == {}
    first = Uncrawled("shop").plus(Missing(("dt=2026-11-21", "dt=2026-11-22"), ("n",)))
    assert store.note_uncrawled(first)
    assert not store.note_uncrawled(first)  # another run was first
    assert store.note_uncrawled(Uncrawled("app").plus(Missing((), ("m",))))
    assert list(store.uncrawled().items())[1] == ("shop", first)
    assert list(store.uncrawled()) == ["app", "shop"]
    second = first.woken().only(Missing(("dt=2026-11-22",)))
    assert not store.note_uncrawled(second)  # it is two changes ahead
    assert store.note_uncrawled(first.woken())
    assert store.uncrawled()["shop"].wakes == 1
    assert store.note_uncrawled(second)
    assert store.uncrawled()["shop"] == Uncrawled("shop", Missing(("dt=2026-11-22",)), 0, 3)
    assert not store.note_uncrawled(first.woken())
    assert store.note_uncrawled(store.uncrawled()["shop"].give_up())
    assert store.uncrawled()["shop"].given_up


def test_how_the_last_run_of_each_job_went_is_noted(store: Store) -> None:
    assert store.runs() == {}
    failed = RunNote.of(EXPORT, Outcome.FAILED, EpochMs(5), error="no bucket of that name")
    store.note_run(failed)
    store.note_run(RunNote.of(CONVERT, Outcome.OK, EpochMs(6)))
    assert store.runs() == {CONVERT: RunNote.of(CONVERT, Outcome.OK, EpochMs(6)), EXPORT: failed}
    said = RunNote.of(EXPORT, Outcome.PARTIAL, EpochMs(7), ["/app/shp: no log group has this name"])
    store.note_run(said)
    store.note_run(RunNote.of(EXPORT, Outcome.OK, EpochMs(8)))
    assert store.runs()[EXPORT] == RunNote(EXPORT, Outcome.OK, EpochMs(8), "", said.remarks, EpochMs(7))


def test_landed_days_are_noted_by_one_writer_at_a_time(store: Store) -> None:
    assert store.landed_days() == {}
    assert store.landed_days_of(SHOP) == LandedDays(SHOP)
    first = LandedDays(SHOP).plus(EpochMs(86_400_000)).plus(EpochMs(0))
    assert not store.note_landed_days(first)  # it is two changes ahead
    one = LandedDays(SHOP).plus(EpochMs(86_400_000))
    assert store.note_landed_days(one)
    assert not store.note_landed_days(one)
    planned = one.plan([Window(EpochMs(86_400_000), EpochMs(90_000_000))])
    assert store.note_landed_days(planned)
    assert store.landed_days() == {SHOP: planned}
    assert store.landed_days_of(SHOP) == planned
    assert store.note_landed_days(planned.settled(EpochMs(86_400_000)))
    assert store.landed_days()[SHOP] == LandedDays(SHOP, version=3)


def test_the_landed_days_of_a_log_group_are_its_own(store: Store) -> None:
    names = [SHOP, LogGroupName("/app/shop/2"), LogGroupName("/app")]
    for day, name in enumerate(names):
        assert store.note_landed_days(LandedDays(name).plus(EpochMs(day)))
    assert [store.landed_days_of(name) for name in names] == [store.landed_days()[name] for name in names]
    assert list(store.landed_days()) == sorted(names)
    assert store.landed_days_of(LogGroupName("/app/shop/")) == LandedDays(LogGroupName("/app/shop/"))


def test_a_window_in_the_place_of_landed_hours_comes_back_as_it_was_written(store: Store) -> None:
    settled = replace(row(), landed=True, includes=((0, 3_600_000, 2), (3_600_000, 7_200_000, 1)))
    assert store.add(settled)
    assert store.current(settled) == settled


@pytest.mark.parametrize("events_before", [None, 7])
def test_a_failed_export_that_is_set_aside_comes_back_as_it_was_written(
    store: Store, events_before: int | None
) -> None:
    failed = replace(row(), generation=3, events_before=events_before, reason="why", updated_at_ms=EpochMs(5))
    reopened = replace(row(), set_aside=SetAside.of(failed))
    assert store.add(reopened)
    assert store.current(reopened) == reopened
