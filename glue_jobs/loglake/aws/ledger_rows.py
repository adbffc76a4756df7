"""Items of the ledger's table as rows, schemas, landed objects and notes, unreadable ones included."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, Callable, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.closed import (
    ClosedMonth,
    MonthTotal,
    month_window,
    stretches_from_json,
    with_noted,
    with_totals,
)
from loglake.core.ledger.row import CLOSED, LedgerRow
from loglake.core.ledger.row_json import row_from_json, row_to_json
from loglake.core.schema.schema import TableSchema
from loglake.core.state_items import StateKind, StateOfKind, state_from_json
from loglake.core.units import EPOCH, EpochMs, LogGroupName, day_of
from loglake.core.unreadable import LAST_MS, UnreadableItem, parse, texts, unreadable
from loglake.core.windows import Window
from loglake.errors import UnreadableItemError

GROUP, TABLE, LANDED, CLOSED_MONTH = "group#", "table#", "landed#", "closed#"

_IN_KEY = ("log_group", "from_ms", "to_ms")
"""Fields of a row that only its key has."""

_VERSIONS, _DIGESTS = {"current", "attempt", "failure"}, ("digest", "decision")
_SHA_256 = re.compile("[0-9a-f]{64}")

LANDED_OPEN = "LANDED"
"""The `pending_state` of landed objects that every run looks at again."""

T = TypeVar("T")

_WINDOW = re.compile(r"(\d{14})#(\d{14})")
_ALL_TIME = Window(EPOCH, EpochMs(LAST_MS))


def row_place(log_group: LogGroupName, window: Window) -> tuple[str, str]:
    """The key of a row's item."""
    return f"{GROUP}{log_group}", f"{window.from_ms:014d}#{window.to_ms:014d}"


def row_item(row: LedgerRow) -> dict[str, Any]:
    """The item of a row. It is in the index of pending rows unless CLOSED, and DynamoDB deletes it once it expires."""
    pk, sk = row_place(row.log_group, row.window)
    pending = {} if row.state in CLOSED else {"pending_state": row.state.value}
    said = {name: value for name, value in row_to_json(row).items() if name not in _IN_KEY}
    versions = {name: _with_bytes(said[name]) for name in _VERSIONS & said.keys()}
    return {"pk": pk, "sk": sk, **said, **versions, **pending}


def row_of(item: Mapping[str, Any]) -> LedgerRow:
    """The row of an item; an unreadable row if the item is not what was written.

    Its window comes from its key. If even that can't be read, the window is all of time, so that no time of its log
    group looks free.
    """
    log_group, window = LogGroupName(item["pk"][len(GROUP) :]), _window(item["sk"])
    named = dict(zip(_IN_KEY, (log_group, window.from_ms, window.to_ms)))
    try:
        return parse(_key(item), lambda: row_from_json({**item, **_with_text(item), **named}))
    except UnreadableItemError as error:
        table = item.get("table")
        return LedgerRow(log_group, window, table if isinstance(table, str) else "", unreadable=unreadable(error))


def _with_bytes(version: Mapping[str, Any]) -> dict[str, Any]:
    """A version of a window whose SHA-256 digests take half as much."""
    digests = {name: bytes.fromhex(text) for name in _DIGESTS if _SHA_256.fullmatch(text := version.get(name, ""))}
    return {**version, **digests}


def _with_text(item: Mapping[str, Any]) -> dict[str, Any]:
    """The versions of a row's item, with their digests as `_with_bytes` found them."""
    found: dict[str, Any] = {}
    for version in _VERSIONS & item.keys():
        said = item[version]
        if isinstance(said, dict):
            digests = {name: each.hex() for name in _DIGESTS if isinstance(each := said.get(name), bytes)}
            found[version] = {**said, **digests}
    return found


def closed_month_of(item: Mapping[str, Any]) -> ClosedMonth:
    """The closed month of an item. If that is not what was written, an unreadable row holds all of its time."""
    log_group, name = LogGroupName(item["pk"][len(CLOSED_MONTH) :]), str(item["sk"])
    try:
        return parse(_key(item), lambda: ClosedMonth.from_json(log_group, name, item))
    except UnreadableItemError as error:
        row = LedgerRow(log_group, month_window(name) or _ALL_TIME, "", unreadable=unreadable(error))
        return ClosedMonth(log_group, name, {row.window: row})


def month_total_of(item: Mapping[str, Any]) -> MonthTotal:
    """The total of a closed month's item. If that can't be read, it has no stretches, so the month itself is read."""
    log_group = LogGroupName(item["pk"][len(CLOSED_MONTH) :])
    total = MonthTotal(log_group, str(item["sk"]), partial(closed_month_of, item))
    with suppress(UnreadableItemError):
        return replace(total, stretches=parse(_key(item), lambda: stretches_from_json(log_group, item)))
    return total


def schema_of(item: Mapping[str, Any]) -> TableSchema:
    """The schema of an item.

    Raises:
        UnreadableItemError: it is not what was written.
    """

    def read() -> TableSchema:
        schema = TableSchema.from_json(item["schema"])
        if (f"{TABLE}{schema.table}", f"schema#{schema.version:06d}") != (item["pk"], item["sk"]):
            raise ValueError(f"it is version {schema.version} of {schema.table}, which is not what its key says")
        return schema

    return parse(_key(item), read)


def landed_partition(day: EpochMs) -> str:
    """The partition of the landed objects of a day."""
    return f"{LANDED}{day_of(day)}"


def landed_place(known: LandedObject) -> tuple[str, str]:
    """The key of a landed object's item."""
    return landed_partition(known.arrived_ms), known.key


def landed_item(known: LandedObject) -> dict[str, Any]:
    """The item of a landed object. DynamoDB deletes it some time after `expires_at`, which is in seconds."""
    pk, sk = landed_place(known)
    pending = {"pending_state": LANDED_OPEN} if known.is_open else {}
    expiry = {} if known.expires_ms is None else {"expires_at": known.expires_ms // 1000}
    return {"pk": pk, "sk": sk, **known.to_json(), **pending, **expiry}


def landed_object_of(item: Mapping[str, Any]) -> tuple[LandedObject, UnreadableItem | None]:
    """The landed object of an item; UNREADABLE if the item is not what was written."""

    def read() -> LandedObject:
        known = LandedObject.from_json(item)
        if landed_place(known) != (item["pk"], item["sk"]):
            raise ValueError(f"it is about {known.key}, which is not what its key says")
        return known

    try:
        return parse(_key(item), read), None
    except UnreadableItemError as error:
        return LandedObject(item["sk"], 0, LandedState.UNREADABLE, reason=str(error)), unreadable(error)


def state_of_kind(kind: StateKind[T], items: Iterable[Mapping[str, Any]]) -> StateOfKind[T]:
    """The items of a kind, as the table has them."""
    found: StateOfKind[T] = StateOfKind()
    for item in items:
        try:
            found[item["sk"]] = state_from_json(kind, item["sk"], item)
        except UnreadableItemError as error:
            found.unreadable[item["sk"]] = unreadable(error)
    return found


def serialize(item: dict[str, Any]) -> dict[str, Any]:
    """An item of plain Python values as DynamoDB takes it."""
    serializer = TypeSerializer()
    return {name: serializer.serialize(value) for name, value in item.items()}


def plain_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as DynamoDB gives it, as plain Python values. Several times as fast as boto3's `TypeDeserializer`.

    Raises:
        ValueError, TypeError, AttributeError, ArithmeticError: it is not in DynamoDB's form.
    """
    return {name: _plain(value) for name, value in item.items()}


_SIMPLE: Mapping[str, Callable[[Any], Any]] = {
    "S": lambda content: content,
    "BOOL": lambda content: content,
    "NULL": lambda _: None,
    "B": lambda content: content if isinstance(content, bytes) else b64decode(content),  # text in a kept run
}


def _plain(value: Any) -> Any:
    """Numbers are integers, as all of ours are, if they can be."""
    ((kind, content),) = value.items()
    if kind == "M":
        return plain_item(content)
    if kind == "L":
        return [_plain(element) for element in content]
    if kind == "N":
        if content.isdecimal():  # nearly always, and several times as fast
            return int(content)
        number = Decimal(content)
        return int(number) if number == number.to_integral_value() else number
    return _SIMPLE[kind](content) if kind in _SIMPLE else TypeDeserializer().deserialize(value)


def _key(item: Mapping[str, Any]) -> str:
    return f"{item['pk']} {item['sk']}"


def _window(sort_key: str) -> Window:
    found = _WINDOW.fullmatch(sort_key)
    try:
        return Window(EpochMs(int(found[1])), EpochMs(int(found[2]))) if found else _ALL_TIME
    except ValueError:
        return _ALL_TIME


class LedgerContents:
    """All items of a table, read as `DynamoLedger` reads them.

    Attributes:
        unreadable: items that could not be read so far, by their keys.
    """

    def __init__(self) -> None:
        self.unreadable: dict[str, UnreadableItem] = {}
        self._rows: list[LedgerRow] = []
        self._months: list[MonthTotal] = []
        self._items: list[dict[str, Any]] = []

    def add(self, item: Mapping[str, Any]) -> None:
        """Adds an item as DynamoDB gives it. A row takes a fraction of its item's memory.

        Raises:
            ValueError, KeyError, TypeError, AttributeError, ArithmeticError: it is not in DynamoDB's form.
        """
        plain = plain_item(item)
        texts([plain["pk"], plain["sk"]])
        if plain["pk"].startswith(GROUP):
            self._rows.append(row_of(plain))
        elif plain["pk"].startswith(CLOSED_MONTH):
            self._months.append(month_total_of(plain))
        else:
            self._items.append(plain)

    def all_rows(self, table: str | None = None) -> list[LedgerRow]:
        """All rows of a table's windows, or of all, and those that can't be read; ordered by log group and window."""
        rows = self._noting(with_noted(self._rows, (total.month() for total in self._months)))
        return [row for row in rows if row.unreadable or table in {None, row.table}]

    def rows_and_totals(self, settle_after_ms: int) -> list[LedgerRow]:
        """All rows, but closed months as stretches; ordered by log group and window."""
        return self._noting(with_totals(self._rows, self._months, settle_after_ms))

    def landed_objects(self, *, lasting: bool = False) -> list[LandedObject]:
        """What is known of all landed objects."""
        found = [landed_object_of(item) for item in self._items if item["pk"].startswith(LANDED)]
        self._note(unread for _, unread in found)
        return [known for known, _ in found]

    def landed_on(self, day: EpochMs) -> Iterator[LandedObject]:
        """What is known of the objects that arrived on a day."""
        return (known for known in self.landed_objects() if day_of(known.arrived_ms) == day_of(day))

    def open_landed(self) -> list[LandedObject]:
        """The objects that every run looks at again."""
        return [known for known in self.landed_objects() if known.is_open]

    def schemas(self) -> list[TableSchema]:
        """All versions of all tables' schemas that can be read, by version."""
        found = []
        for item in self._items:
            if item["pk"].startswith(TABLE):
                try:
                    found.append(schema_of(item))
                except UnreadableItemError as error:
                    self._note([unreadable(error)])
        return sorted(found, key=lambda schema: schema.version)

    def history(self, table: str) -> list[TableSchema]:
        """All versions of a table's schema that can be read, the oldest first."""
        return [schema for schema in self.schemas() if schema.table == table]

    def load_all(self, kind: StateKind[T]) -> StateOfKind[T]:
        """All state items of a kind by their keys, in order."""
        items = (item for item in self._items if item["pk"] == kind.name)
        found = state_of_kind(kind, sorted(items, key=lambda item: str(item["sk"])))
        self._note(found.unreadable.values())
        return found

    def _noting(self, rows: list[LedgerRow]) -> list[LedgerRow]:
        self._note(row.unreadable for row in rows)
        return rows

    def _note(self, items: Iterable[UnreadableItem | None]) -> None:
        self.unreadable.update({item.key: item for item in items if item})
