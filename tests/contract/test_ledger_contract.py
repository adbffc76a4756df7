"""One behaviour suite for every ledger, schema registry and store of landed objects: in memory and in DynamoDB.

The ledger in DynamoDB is called here, and from Python shell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol
from unittest import mock

import boto3
import pytest
from moto import mock_aws
from support.fakes.fakes import MemoryLedger
from support.worlds.ledger_rows import changed, ledger_row

from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.moto_application import quicken_moto
from loglake.aws.ledger_rows import LedgerContents
from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.system_clock import SystemClock
from loglake.core.accounting import Accounting
from loglake.core.catalog_gaps import CatalogGap, Missing
from loglake.core.landing.days import LandedTotal, SkippedDays
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.landing.settling import LandedDays
from loglake.core.ledger.row import Attempt, LedgerRow, Queue, WindowState
from loglake.core.ledger.row_json import row_from_json, row_to_json
from loglake.core.ledger.watermark import Watermark
from loglake.core.ports.ledger import LandedObjects, Ledger, SchemaHistory
from loglake.core.run.outcome import EXPORT, Outcome, RunNote
from loglake.core.schema.schema import Column, ColumnType, TableSchema
from loglake.core.state_items import (
    CATALOG_GAP,
    CHECK,
    LANDED_DAYS,
    LANDED_LOOK,
    LANDED_TOTAL,
    LEASES,
    LEDGER,
    PAUSED,
    RUN,
    SKIPPED,
    WATERMARK,
    StateItem,
    StateItems,
    StateKind,
    change,
    check_ledger,
    claim_ledger,
    of_groups,
    paused,
    values,
)
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import LedgerConflictError, NotFoundError, OtherVersionLedgerError, UnreadableItemError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.contract

SHOP = LogGroupName("/app/shop")


class Store(Ledger, SchemaHistory, LandedObjects, StateItems, Protocol):
    """All ports that one DynamoDB table implements."""


@pytest.fixture(params=["memory", "dynamodb", "dynamodb from Python shell"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryLedger(SystemClock())
        return
    if request.param == "dynamodb from Python shell":
        shell = request.getfixturevalue("shell")
        with EmbeddedAws(SystemClock()) as aws:
            create_table(aws.client("dynamodb"))
            yield shell.adapter(aws, "ledger", "ledger")
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    quicken_moto()
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(client)
        yield DynamoLedger(client, "ledger", SystemClock())


def create_table(client: DynamoDBClient) -> None:
    client.create_table(
        TableName="ledger",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "pending_state")],
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


def row(day: int = 0, group: LogGroupName = SHOP) -> LedgerRow:
    return ledger_row(group, Window(EpochMs(day * 86_400_000), EpochMs((day + 1) * 86_400_000)), "shop")


def converted(planned: LedgerRow) -> LedgerRow:
    """A row in its last state."""
    exporting = planned.advance(WindowState.EXPORTING, EpochMs(1), tries=1, task_id="t-1")
    exported = exporting.advance(WindowState.EXPORTED, EpochMs(2), objects=3, size_bytes=999)
    converting = exported.advance(WindowState.CONVERTING, EpochMs(3), owner="jr_1")
    return converting.succeed(EpochMs(4), Accounting(5, 5), ("dt=1970-01-01",), events_before=4)


def test_a_row_is_removed_in_the_version_that_was_read(store: Store) -> None:
    planned, other = row(0), row(1)
    for each in (planned, other):
        store.add(each)
    exporting = planned.advance(WindowState.EXPORTING, EpochMs(1), tries=1)
    store.replace(exporting)
    store.remove([planned, other, row(2)])  # one has changed, one was never there
    assert store.rows(SHOP) == [exporting]
    store.remove([exporting])
    assert (store.rows(SHOP), store.in_states(WindowState.EXPORTING)) == ([], [])
    assert store.add(planned)


def test_of_rows_that_are_written_together_each_is_written_on_its_own_condition(store: Store) -> None:
    rows = [row(day) for day in range(103)]  # more than a transaction takes
    for each in rows:
        store.add(each)
    later = [ledger_row(SHOP, each.window, "shop", WindowState.EXPORTED, version=2) for each in rows]
    assert store.replace_all(later) == later
    stale, fresh = later[0], replace(later[1], version=3)
    assert store.replace_all([stale, fresh]) == [fresh]
    assert store.replace_all([stale]) == []
    assert store.rows(SHOP) == [stale, fresh, *later[2:]]
    assert store.replace_all([]) == []


def test_a_row_comes_back_as_it_was_written(store: Store) -> None:
    assert store.add(row())
    assert store.rows(SHOP) == [row()]
    done = converted(row())
    for version in range(2, done.version):
        store.replace(ledger_row(SHOP, row().window, "shop", version=version))
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
    assert store.rows(SHOP)[0].newest.task_id == "a"


def test_rows_are_ordered_by_window_and_kept_apart_by_group(store: Store) -> None:
    for day in (10, 2, 7):
        store.add(row(day))
    store.add(row(3, LogGroupName("/app/shop2")))
    assert [found.window for found in store.rows(SHOP)] == [row(day).window for day in (2, 7, 10)]
    assert store.rows(LogGroupName("/nobody")) == []


def test_a_row_is_read_as_it_is_now(store: Store) -> None:
    store.add(row())
    changed = row().advance(WindowState.EXPORTING, EpochMs(1), task_id="a")
    store.replace(changed)
    assert store.row(SHOP, row().window) == changed
    with pytest.raises(NotFoundError):
        store.row(SHOP, row(day=9).window)


def test_pending_rows_are_found_by_state(store: Store) -> None:
    for day in (1, 0):
        store.add(row(day))
    store.add(row(0, LogGroupName("/app/pay")))
    store.replace(row(1).advance(WindowState.EXPORTED, EpochMs(1)))
    planned = store.in_states(WindowState.EXPORTING)
    assert [(found.log_group, found.window.from_ms) for found in planned] == [("/app/pay", 0), ("/app/shop", 0)]
    assert len(store.in_states(WindowState.EXPORTED, WindowState.EXPORTING)) == 3
    done = converted(row(0))
    for version in range(2, done.version):
        store.replace(ledger_row(SHOP, row().window, "shop", version=version))
    store.replace(done)
    assert [found.log_group for found in store.in_states(WindowState.EXPORTING)] == ["/app/pay"]
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
    assert list(store.landed_objects()) == list(store.landed_on(EPOCH)) == []
    keys = ["landing/b", "landing/a/2", "landing/a-1", "landing/\uffff", "landing/\U0001f600", f"landing/{'x' * 1016}"]
    for key in keys:
        store.put_landed_object(LandedObject(key, 1, LandedState.FAILED, reason="no permission"))
    whole = LandedObject("landing/b", 10, LandedState.SCANNED, 7, 1, {"/app": 4, "": 2}, 1, ("",), "d1", "", 9)
    store.put_landed_object(whole)
    store.add(row())
    found = list(store.landed_on(EPOCH))
    assert [known.key for known in found] == sorted(keys, key=lambda key: key.encode())
    assert [known for known in found if known.state is LandedState.SCANNED] == [whole]
    assert sorted(known.key for known in store.landed_objects()) == sorted(keys)
    assert store.rows(SHOP) == [row()]


def test_landed_objects_are_found_by_the_day_on_which_they_arrived(store: Store) -> None:
    day = EpochMs(MS_PER_DAY)
    known = [
        LandedObject("landing/a", n, LandedState.SCANNED, arrived_ms=EpochMs(day + n)) for n in (0, MS_PER_DAY - 1)
    ]
    for each in known:
        store.put_landed_object(each)
    later = LandedObject("landing/b", 1, LandedState.SCANNED, arrived_ms=EpochMs(2 * day))
    store.put_landed_object(later)
    assert (list(store.landed_on(day)), list(store.landed_on(EpochMs(2 * day)))) == ([known[1]], [later])


def test_open_landed_objects_are_those_that_are_not_done(store: Store) -> None:
    states = [state for state in LandedState if state is not LandedState.UNREADABLE]
    for state in states:
        store.put_landed_object(LandedObject(f"landing/{state.value}", 1, state))
    assert {known.state for known in store.open_landed()} == set(states) - {LandedState.SCANNED, LandedState.GONE}
    for known in store.open_landed():
        store.put_landed_object(replace(known, state=LandedState.SCANNED))
    assert store.open_landed() == []


@pytest.mark.parametrize("store", ["dynamodb"], indirect=True)
def test_dynamodb_deletes_what_is_done_after_a_month(store: DynamoLedger) -> None:
    done = LandedObject("landing/a", 1, LandedState.SCANNED, arrived_ms=EpochMs(MS_PER_DAY + 999))
    for each in (done, replace(done, key="landing/b", skipped_groups=1, skipped=("/app",))):
        store.put_landed_object(each)
    items = {item["sk"]["S"]: item.get("expires_at") for item in store._client.scan(TableName="ledger")["Items"]}
    assert items == {"landing/a": {"N": str(31 * 86_400)}, "landing/b": None}


def test_landed_objects_about_which_something_is_left_to_do_are_found_without_the_others(store: Store) -> None:
    done = LandedObject("landing/a", 1, LandedState.SCANNED, arrived_ms=SystemClock().now_ms())
    stay = [
        replace(done, key="landing/b", state=LandedState.FAILED),
        replace(done, key="landing/c", quarantined=1),
        replace(done, key="landing/d", skipped_groups=1, skipped=("/x",)),
    ]
    for known in [done, *stay]:
        store.put_landed_object(known)
    assert sorted(store.landed_objects(lasting=True), key=lambda known: known.key) == stay


def test_more_landed_objects_than_a_page_has_are_all_reported(store: Store) -> None:
    names = {f"/{n}/{'g' * 500}": n for n in range(20)}
    for n in range(150):  # 1.5 MB: DynamoDB answers with 1 MB at a time
        store.put_landed_object(LandedObject(f"landing/{n:04d}", n, LandedState.SCANNED, events=names))
    assert [known.size_bytes for known in store.landed_on(EPOCH)] == list(range(150))
    assert sorted(known.size_bytes for known in store.landed_objects()) == list(range(150))


DAYS = LandedDays(SHOP, (EpochMs(86_400_000),), (Window(EpochMs(86_400_000), EpochMs(90_000_000)),))
VALUES: list[tuple[StateKind[Any], Any, Any]] = [
    (WATERMARK, Watermark(EpochMs(1), EpochMs(3), EpochMs(2)), Watermark(EpochMs(1), EpochMs(4), EpochMs(2))),
    (PAUSED, EpochMs(7), EpochMs(0)),
    (LANDED_DAYS, DAYS, DAYS.settled(EpochMs(86_400_000))),
    (LANDED_TOTAL, LandedTotal(1, 2, 3, 0), LandedTotal(2, 5, 9, 1)),
    (LANDED_LOOK, EpochMs(7), EpochMs(8)),
    (SKIPPED, SkippedDays((EpochMs(0), EpochMs(86_400_000))), SkippedDays()),
    (CHECK, EpochMs(5), EpochMs(6)),
    (LEASES, {"jr_1": EpochMs(5)}, {"jr_1": EpochMs(6), "jr_2": EpochMs(5)}),
    (CATALOG_GAP, CatalogGap("shop", Missing(("dt=2026-11-21",), ("n",))), CatalogGap("shop", wakes=2, given_up=True)),
    (
        RUN,
        RunNote.of(EXPORT, Outcome.PARTIAL, EpochMs(7), ["/app/shp: no log group has this name"]),
        RunNote.of(EXPORT, Outcome.FAILED, EpochMs(8), error="no bucket of that name"),
    ),
]


@pytest.mark.parametrize(("kind", "first", "second"), VALUES, ids=[kind.name for kind, *_ in VALUES])
def test_a_state_item_is_written_by_one_writer_at_a_time(
    store: Store, kind: StateKind[Any], first: object, second: object
) -> None:
    assert (store.load(kind, SHOP), store.load_all(kind)) == (None, {})
    assert not store.save(StateItem(kind, SHOP, first), 1)  # there is none yet
    assert store.save(StateItem(kind, SHOP, first), 0)
    assert not store.save(StateItem(kind, SHOP, second), 0)  # another run was first
    assert store.load(kind, SHOP) == StateItem(kind, SHOP, first, 1)
    assert store.save(StateItem(kind, SHOP, second), 1)
    assert not store.save(StateItem(kind, SHOP, first), 1)
    assert store.load(kind, SHOP) == StateItem(kind, SHOP, second, 2)


def test_items_that_are_read_ahead_are_those_that_are_there(store: Store) -> None:
    store.save(StateItem(PAUSED, SHOP, EpochMs(1)), 0)
    store.save(StateItem(CHECK, "shop", EpochMs(2)), 0)
    store.read_ahead((PAUSED, SHOP), (CHECK, "shop"), (CHECK, "other"))
    assert store.load(PAUSED, SHOP) == StateItem(PAUSED, SHOP, EpochMs(1), 1)
    assert store.load(CHECK, "shop") == StateItem(CHECK, "shop", EpochMs(2), 1)
    assert store.load(CHECK, "other") is None


@pytest.mark.parametrize("store", ["dynamodb"], indirect=True)
def test_items_are_read_ahead_in_one_request_and_changed_only_as_they_are_by_then(store: DynamoLedger) -> None:
    store.save(StateItem(CHECK, "shop", EpochMs(1)), 0)
    store.save(StateItem(CHECK, "pay", EpochMs(1)), 0)
    store.read_ahead((CHECK, "shop"), (CHECK, "pay"))
    DynamoLedger(store._client, "ledger", SystemClock()).save(StateItem(CHECK, "pay", EpochMs(5)), 1)
    with mock.patch.object(store._client, "get_item", side_effect=AssertionError):
        assert store.load(CHECK, "shop") == StateItem(CHECK, "shop", EpochMs(1), 1)
    seen: list[int] = []

    def more(ms: EpochMs) -> EpochMs:
        seen.append(ms)
        return EpochMs(ms + 1)

    assert change(store, CHECK, "pay", EpochMs(0), more) == 6
    assert seen == [1, 5]
    assert values(store, CHECK) == {"pay": 6, "shop": 1}


@pytest.mark.parametrize("store", ["dynamodb"], indirect=True)
def test_what_dynamodb_leaves_out_of_many_items_is_read_alone(store: DynamoLedger) -> None:
    store.save(StateItem(CHECK, "shop", EpochMs(1)), 0)
    none: Any = {"Responses": {"ledger": []}, "UnprocessedKeys": {"ledger": {"Keys": []}}}
    with mock.patch.object(store._client, "batch_get_item", return_value=none):
        store.read_ahead((CHECK, "shop"))
    assert store.load(CHECK, "shop") == StateItem(CHECK, "shop", EpochMs(1), 1)


@pytest.mark.parametrize("store", ["dynamodb"], indirect=True)
def test_an_item_that_can_not_be_read_stops_no_other_that_is_read_ahead(store: DynamoLedger) -> None:
    store.save(StateItem(CHECK, "shop", EpochMs(1)), 0)
    store._client.put_item(TableName="ledger", Item={"pk": {"S": "check"}, "sk": {"S": "pay"}, "value": {"S": "?"}})
    store.read_ahead((CHECK, "pay"), (CHECK, "shop"))
    assert store.load(CHECK, "shop") == StateItem(CHECK, "shop", EpochMs(1), 1)
    with pytest.raises(UnreadableItemError, match="check pay can't be read"):
        store.load(CHECK, "pay")
    assert list(store.unreadable) == ["check pay"]


def test_state_items_are_kept_apart_by_kind_and_ordered_by_key(store: Store) -> None:
    names = [SHOP, "/app/shop/2", "/app"]
    for number, name in enumerate(names):
        assert store.save(StateItem(PAUSED, name, EpochMs(number)), 0)
    assert store.save(StateItem(CHECK, "shop", EpochMs(9)), 0)
    store.add(row())
    assert list(values(store, PAUSED).items()) == [("/app", 2), (SHOP, 0), ("/app/shop/2", 1)]
    assert of_groups(store, PAUSED) == values(store, PAUSED)
    assert values(store, CHECK) == {"shop": 9}
    assert store.load(PAUSED, "/app/shop/") is None
    assert store.rows(SHOP) == store.all_rows() == [row()]


def test_a_value_is_changed_whoever_else_does_at_the_same_time(store: Store) -> None:
    others = [EpochMs(100), EpochMs(200)]

    def later(ms: EpochMs) -> EpochMs:
        if others:
            stored = store.load(CHECK, "shop")
            assert store.save(StateItem(CHECK, "shop", others.pop()), stored.version if stored else 0)
        return EpochMs(ms + 1)

    assert change(store, CHECK, "shop", EpochMs(0), later) == 101
    assert change(store, CHECK, "shop", EpochMs(0), lambda ms: ms) == 101
    assert store.load(CHECK, "shop") == StateItem(CHECK, "shop", EpochMs(101), 3)


def test_a_log_group_is_paused_until_it_is_resumed(store: Store) -> None:
    assert store.save(StateItem(PAUSED, SHOP, EpochMs(7)), 0)
    assert store.save(StateItem(PAUSED, "/app/pay", EpochMs(8)), 0)
    assert list(paused(store).items()) == [("/app/pay", 8), (SHOP, 7)]
    assert store.save(StateItem(PAUSED, SHOP, EPOCH), 1)
    assert paused(store) == {"/app/pay": 8}


@pytest.mark.parametrize("store", ["dynamodb"], indirect=True)
def test_a_table_that_is_read_whole_reports_the_same_as_one_that_is_asked(store: DynamoLedger) -> None:
    for each in (row(1), row(0), row(0, LogGroupName("/app/pay"))):
        store.add(each)
    store.put_landed_object(LandedObject("landing/a", 3, LandedState.SCANNED))
    for version in (1, 2):
        store.publish(TableSchema("shop", version))
    for kind, value, _ in VALUES:
        store.save(StateItem(kind, SHOP, value), 0)
    read = LedgerContents()
    for item in store._client.scan(TableName="ledger")["Items"]:
        read.add(item)
    assert read.all_rows() == store.all_rows()
    assert read.landed_objects() == list(store.landed_objects())
    assert read.schemas() == store.history("shop")
    for kind, *_ in VALUES:
        assert read.load_all(kind) == store.load_all(kind)


@pytest.mark.parametrize("store", ["dynamodb"], indirect=True)
def test_a_state_item_of_another_version_of_loglake_is_reported_in_a_sentence(store: DynamoLedger) -> None:
    old: dict[str, Any] = {"pk": {"S": "watermark"}, "sk": {"S": SHOP}, "start_ms": {"N": "1"}}
    store._client.put_item(TableName="ledger", Item=old)
    with pytest.raises(UnreadableItemError, match=r"^watermark /app/shop can't be read: it has no format"):
        store.load(WATERMARK, SHOP)


def test_the_first_run_writes_which_format_the_ledger_has(store: Store) -> None:
    check_ledger(store)
    claim_ledger(store, EpochMs(7))
    claim_ledger(store, EpochMs(8))
    check_ledger(store)
    assert store.load_all(LEDGER) == {"format": StateItem(LEDGER, "format", EpochMs(7), 1)}


@pytest.mark.parametrize("store", ["dynamodb"], indirect=True)
@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("9", r"a newer loglake wrote it, so deploy that one\."),
        ("7", "an older loglake wrote it, so deploy this one with"),
    ],
)
def test_a_ledger_of_another_version_is_refused_before_anything_is_written(
    store: DynamoLedger, number: str, why: str
) -> None:
    other: dict[str, Any] = {"pk": {"S": "ledger"}, "sk": {"S": "format"}, "format": {"N": number}}
    store._client.put_item(TableName="ledger", Item=other)
    with pytest.raises(OtherVersionLedgerError, match=rf"reads format 8: {why}.* Nothing was done"):
        check_ledger(store)
    with pytest.raises(OtherVersionLedgerError, match=f"has format {number}"):
        claim_ledger(store, EpochMs(7))
    assert store._client.scan(TableName="ledger")["Items"] == [other]


@pytest.mark.parametrize("store", ["dynamodb"], indirect=True)
def test_a_damaged_format_stops_nothing(store: DynamoLedger) -> None:
    damaged: dict[str, Any] = {"pk": {"S": "ledger"}, "sk": {"S": "format"}, "format": {"N": "8"}}
    store._client.put_item(TableName="ledger", Item=damaged)
    claim_ledger(store, EpochMs(7))
    assert list(store.unreadable) == ["ledger format"]


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


def test_the_queue_of_a_window_is_kept(store: Store) -> None:
    settling = ledger_row(SHOP, row().window, "shop", queue=Queue.SETTLED)
    store.add(settling)
    assert store.rows(SHOP) == [settling]


def test_a_table_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws(), pytest.raises(NotFoundError, match="dynamodb:Query on nowhere"):
        DynamoLedger(boto3.client("dynamodb", region_name="eu-central-1"), "nowhere", SystemClock()).rows(SHOP)


def test_all_rows_and_those_of_a_table(store: Store) -> None:
    shop, pay = (ledger_row(LogGroupName(name), Window(EpochMs(0), EpochMs(9)), name[1:]) for name in ("/shop", "/pay"))
    late = ledger_row(shop.log_group, Window(EpochMs(9), EpochMs(12)), "shop")
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
        return ledger_row(SHOP, Window(EpochMs(start), EpochMs(end)), "shop")

    inside = [span(100, 101), span(100, 150), span(150, 200)]
    around = [span(0, 100), span(100, 200), span(150, 201), span(200, 300), span(0, 300)]
    for each in [*around, *inside]:
        assert store.add(each)
    assert store.add(row(0, LogGroupName("/app/shop2")))
    assert store.rows_inside(SHOP, span(100, 200).window) == inside
    assert store.rows_inside(SHOP, span(100, 101).window) == []


def test_a_window_in_the_place_of_landed_hours_comes_back_as_it_was_written(store: Store) -> None:
    settled = changed(row(), landed=True, includes=((0, 3_600_000, 2), (3_600_000, 7_200_000, 1)))
    assert store.add(settled)
    assert store.row(settled.log_group, settled.window) == settled


def test_current_attempt_and_failure_come_back_beside_each_other(store: Store) -> None:
    failed = converted(row()).begin(Attempt(2, state=WindowState.EXPORTING), EpochMs(5)).fail(EpochMs(6), "why")
    tried = failed.begin(Attempt(3, state=WindowState.EXPORTED, reconverts=True, accepts_fewer=True), EpochMs(7))
    assert tried.current
    assert tried.failure
    assert store.add(tried)
    assert store.row(SHOP, tried.window) == tried
    assert [each.state for each in store.in_states(WindowState.EXPORTED)] == [WindowState.EXPORTED]
    assert store.in_states(WindowState.FAILED) == []


def test_a_window_whose_place_another_took_comes_back_as_it_was_written(store: Store) -> None:
    now_ms = SystemClock().now_ms()
    taken = converted(row()).supersede(now_ms, Window(EpochMs(0), EpochMs(10**9)))
    assert store.add(taken)
    assert store.row(SHOP, taken.window) == taken


def test_a_window_whose_place_another_took_is_gone_three_days_later(store: Store) -> None:
    """DynamoDB still has the item for some days, as the table in memory has for good. It is in the way of no other."""
    old_ms, kept = EpochMs(SystemClock().now_ms() - 3 * MS_PER_DAY - 2000), converted(row(1))
    gone = converted(row()).supersede(old_ms, Window(EpochMs(0), EpochMs(10**9)))
    assert store.add(gone)
    assert store.add(kept)
    assert store.rows(SHOP) == store.all_rows() == store.rows_between(SHOP, EPOCH) == [kept]
    assert store.rows_inside(SHOP, Window(EPOCH, EpochMs(2 * MS_PER_DAY))) == [kept]
    with pytest.raises(NotFoundError):
        store.row(SHOP, gone.window)
    assert store.add(row())
    assert store.row(SHOP, gone.window) == row()
    assert not store.add(row())


@pytest.mark.parametrize("store", ["dynamodb"], indirect=True)
def test_dynamodb_deletes_the_small_item_of_a_replaced_window(store: DynamoLedger) -> None:
    now_ms, done = SystemClock().now_ms(), converted(row())
    store.add(done)
    store.replace(done.supersede(now_ms, Window(EpochMs(0), EpochMs(10**9))))
    (item,) = store._client.scan(TableName="ledger")["Items"]
    assert item["expires_at"] == {"N": str((now_ms + 3 * MS_PER_DAY) // 1000)}
    assert not {"current", "attempt", "failure"} & item.keys()


def test_an_item_of_another_version_of_loglake_is_reported_in_a_sentence() -> None:
    old = {name: value for name, value in row_to_json(row()).items() if name != "format"}
    with pytest.raises(ValueError, match="has no format, and this loglake reads format 8: an older loglake wrote it"):
        row_from_json(old)
    with pytest.raises(ValueError, match="has format 9, and this loglake reads format 8: a newer loglake wrote it, so"):
        row_from_json({**old, "format": 9})


@pytest.mark.parametrize("store", ["dynamodb"], indirect=True)
def test_dynamodb_has_digests_as_bytes(store: DynamoLedger) -> None:
    digest = sha256(b"objects").hexdigest()
    done = changed(converted(row()), digest=digest)
    store.add(done)
    (item,) = store._client.scan(TableName="ledger")["Items"]
    assert item["current"]["M"]["digest"] == {"B": bytes.fromhex(digest)}
    assert store.row(*done.name) == done
