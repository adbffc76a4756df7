"""The ledger, the schema registry, the landed objects and the state items in one DynamoDB table.

::

    pk                 sk                          item
    group#<log group>  <from_ms>#<to_ms>           a ledger row; `pending_state` is there unless CLOSED
    table#<table>      schema#<version>            one version of a table's schema
    landed#<day>       <key of the object>         what is known of a landed object; it expires, or is pending
    <kind>             <key>                       a state item (`core.state_items`)

The index `pending` (pending_state, sk) is sparse, so it stays as small as the open work. Sort keys and S3 keys both
have at most 1,024 bytes and sort by bytes: the listing and a day of the ledger can be read side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from loglake.aws.dynamo_items import DynamoItems
from loglake.aws.faults import translated
from loglake.aws.ledger_rows import (
    GROUP,
    LANDED,
    LANDED_OPEN,
    TABLE,
    landed_item,
    landed_object_of,
    landed_partition,
    plain_item,
    row_of,
    row_place,
    schema_of,
    serialize,
)
from loglake.core.landing.objects import LandedObject
from loglake.core.ledger.row import CLOSED, LedgerRow, WindowState, all_readable
from loglake.core.ledger.row_json import row_to_json
from loglake.core.ports.clock import Clock
from loglake.core.schema.schema import TableSchema
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.unreadable import LAST_MS, unreadable
from loglake.core.windows import Window
from loglake.errors import LedgerConflictError, NotFoundError, UnreadableItemError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PENDING_INDEX = "pending"

_IN_TRANSACTION = 100
"""Items that TransactWriteItems takes."""


class DynamoLedger(DynamoItems):
    """Implements all ports of `core.ports` on the ledger's table."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock) -> None:
        super().__init__(client, table)
        self._clock = clock

    def add(self, row: LedgerRow) -> bool:
        """Adds a row; False if the window has one already."""
        return self._put_new(_row_item(row))

    def replace(self, row: LedgerRow) -> None:
        """Writes a row over its version before."""
        self._put_over(_row_item(row), row.version - 1)

    def replace_all(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Writes rows over their versions before. Those of a transaction that another run forestalls go one by one."""
        written: list[LedgerRow] = []
        for start in range(0, len(rows), _IN_TRANSACTION):
            part = rows[start : start + _IN_TRANSACTION]
            try:
                self._put_all_over([(_row_item(row), row.version - 1) for row in part])
                written += part
            except LedgerConflictError:
                for row in part if len(part) > 1 else ():
                    with suppress(LedgerConflictError):
                        self.replace(row)
                        written.append(row)
        return written

    def remove(self, rows: Sequence[LedgerRow]) -> None:
        """Removes rows of these versions; one that is gone or has another version by now is left alone."""
        for row in rows:
            with suppress(LedgerConflictError):
                self._delete(row_place(row.log_group, row.window), row.version)

    def rows(self, log_group: LogGroupName) -> list[LedgerRow]:
        """All rows of a log group, ordered by window."""
        return self._rows(
            self._query(
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"{GROUP}{log_group}"}},
                ConsistentRead=True,
            )
        )

    def rows_between(
        self, log_group: LogGroupName, since_ms: EpochMs, until_ms: EpochMs | None = None
    ) -> list[LedgerRow]:
        """A log group's rows with windows that begin at or after a time, and before another one, ordered by window."""
        if until_ms is not None and until_ms <= since_ms:
            return []
        end = LAST_MS if until_ms is None else until_ms
        # Without the #, so the end comes before all windows that begin then.
        return self._between(log_group, f"{since_ms:014d}", f"{end:014d}")

    def rows_inside(self, log_group: LogGroupName, window: Window) -> list[LedgerRow]:
        """The rows of a log group inside a wider window, without that window's own, ordered by window."""
        rows = self._between(log_group, f"{window.from_ms:014d}#", f"{window.to_ms:014d}#")
        return [row for row in rows if window.holds(row.window) and row.window != window]

    def _between(self, log_group: LogGroupName, start: str, end: str) -> list[LedgerRow]:
        return self._rows(
            self._query(
                KeyConditionExpression="pk = :pk AND sk BETWEEN :start AND :end",
                ExpressionAttributeValues={
                    ":pk": {"S": f"{GROUP}{log_group}"},
                    ":start": {"S": start},
                    ":end": {"S": end},
                },
                ConsistentRead=True,
            )
        )

    def all_rows(self, table: str | None = None) -> list[LedgerRow]:
        """All rows of a table's windows, or of all, ordered by log group and window."""
        rows = self._rows(self._scan(GROUP))
        return sorted((row for row in rows if row.unreadable or table in {None, row.table}), key=lambda row: row.name)

    def row(self, log_group: LogGroupName, window: Window) -> LedgerRow:
        """A row as it stands now."""
        item = self._get(*row_place(log_group, window))
        rows = all_readable(self._rows([item] if item else []))
        if not rows:
            raise NotFoundError(f"the ledger has no row for {log_group} {window}", log_group)
        return rows[0]

    def in_states(self, *states: WindowState) -> list[LedgerRow]:
        """All rows in any of these states. The index lags behind by moments; `replace` notices."""
        rows: list[LedgerRow] = []
        for state in states:
            if state in CLOSED:
                raise ValueError(f"{state.value} rows are not indexed: ask by log group")
            items = self._query(
                IndexName=PENDING_INDEX,
                KeyConditionExpression="pending_state = :state",
                ExpressionAttributeValues={":state": {"S": state.value}},
            )
            rows.extend(row for row in self._rows(items) if not row.unreadable)
        return sorted(rows, key=lambda row: row.name)

    def latest(self, table: str) -> TableSchema:
        """The newest version of a table's schema."""
        newest = self._schemas(table, ScanIndexForward=False, Limit=1)
        return newest[0] if newest else TableSchema(table)

    def history(self, table: str) -> list[TableSchema]:
        """All versions of a table's schema, the oldest first."""
        return self._schemas(table)

    def publish(self, schema: TableSchema) -> None:
        """Adds a version of a table's schema."""
        item = {
            "pk": f"{TABLE}{schema.table}",
            "sk": f"schema#{schema.version:06d}",
            "schema": schema.to_json(),
        }
        if not self._put_new(item):
            raise LedgerConflictError(f"{schema.table}: schema version {schema.version} was published by another run")

    def landed_on(self, day: EpochMs) -> Iterator[LandedObject]:
        """What is known of the objects that arrived on a UTC day, in the order of their keys."""
        pages = self._pages(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": landed_partition(day)}},
            ConsistentRead=True,
        )
        return (self._landed(item) for page in pages for item in page)

    def open_landed(self) -> list[LandedObject]:
        """The objects that every run looks at again. The index lags behind by moments."""
        items = self._query(
            IndexName=PENDING_INDEX,
            KeyConditionExpression="pending_state = :state",
            ExpressionAttributeValues={":state": {"S": LANDED_OPEN}},
        )
        return [known for known in map(self._landed, items) if known.is_open]

    def landed_objects(self) -> Iterator[LandedObject]:
        """What is known of all landed objects."""
        return map(self._landed, self._scan(LANDED))

    def put_landed_object(self, known: LandedObject) -> None:
        """Writes what is known of a landed object."""
        with translated("dynamodb:PutItem", self._table):
            self._client.put_item(TableName=self._table, Item=serialize(landed_item(known)))

    def _landed(self, item: Mapping[str, Any]) -> LandedObject:
        known, unread = landed_object_of(item)
        if unread:
            self.unreadable[unread.key] = unread
        return known

    def _scan(self, partitions: str) -> Iterator[dict[str, Any]]:
        """The items of all partitions whose keys begin so. Reads the whole table."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="begins_with(pk, :begin)",
            ExpressionAttributeValues={":begin": {"S": partitions}},
            ConsistentRead=True,
        )
        with translated("dynamodb:Scan", self._table):
            for page in pages:
                yield from map(plain_item, page["Items"])

    def _rows(self, items: Iterable[Mapping[str, Any]]) -> list[LedgerRow]:
        """DynamoDB deletes what has expired some days later, so it is left out here."""
        now_ms = self._clock.now_ms()
        rows = [row for row in map(row_of, items) if row.expires_ms is None or row.expires_ms > now_ms]
        self.unreadable.update({row.unreadable.key: row.unreadable for row in rows if row.unreadable})
        return rows

    def _schemas(self, table: str, **order: Any) -> list[TableSchema]:
        items = self._query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :kind)",
            ExpressionAttributeValues={":pk": {"S": f"{TABLE}{table}"}, ":kind": {"S": "schema#"}},
            ConsistentRead=True,
            **order,
        )
        try:
            return [schema_of(item) for item in items]
        except UnreadableItemError as error:
            self.unreadable[error.key] = unreadable(error)
            raise


def _row_item(row: LedgerRow) -> dict[str, Any]:
    pk, sk = row_place(row.log_group, row.window)
    pending = {} if row.state in CLOSED else {"pending_state": row.state.value}
    expiry = {} if row.expires_ms is None else {"expires_at": row.expires_ms // 1000}
    return {"pk": pk, "sk": sk, **row_to_json(row), **pending, **expiry}
