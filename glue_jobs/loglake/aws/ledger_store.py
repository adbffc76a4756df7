"""The ledger, the schema registry, the landed objects and the state items in one DynamoDB table.

::

    pk                 sk                          item
    group#<log group>  <from_ms>#<to_ms>           a ledger row; `pending_state` is there unless CLOSED
    closed#<log group> <month>                     rows of a month that rest (`closed_months`)
    table#<table>      schema#<version>            one version of a table's schema
    landed#<day>       <key of the object>         what is known of a landed object; it expires, or is pending
    <kind>             <key>                       a state item (`core.state_items`)

The index `pending` (pending_state, sk) is sparse, so it stays as small as the open work. Sort keys and S3 keys both
have at most 1,024 bytes and sort by bytes: the listing and a day of the ledger can be read side by side.

Rows of closed months are like all others for those who call: they are found, and a write takes one out again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from loglake.aws.closed_months import IN_TRANSACTION, ClosedMonths
from loglake.aws.faults import translated
from loglake.aws.ledger_rows import (
    CLOSED_MONTH,
    GROUP,
    LANDED,
    LANDED_OPEN,
    TABLE,
    landed_item,
    landed_object_of,
    landed_partition,
    month_total_of,
    plain_item,
    row_item,
    row_of,
    row_place,
    schema_of,
    serialize,
)
from loglake.core.landing.objects import LandedObject
from loglake.core.ledger.closed import ClosedMonth, MonthTotal, with_noted, with_totals
from loglake.core.ledger.row import CLOSED, LedgerRow, WindowState, all_readable
from loglake.core.schema.schema import TableSchema
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.unreadable import LAST_MS, unreadable
from loglake.core.windows import Window
from loglake.errors import LedgerConflictError, NotFoundError, UnreadableItemError

PENDING_INDEX = "pending"


class DynamoLedger(ClosedMonths):
    """Implements all ports of `core.ports` on the ledger's table."""

    def add(self, row: LedgerRow) -> bool:
        """Adds a row; False if the window has one already."""
        if self._may_be_closed(row.window) and self._noted(row.log_group, row.window):
            return False
        return self._put_new(row_item(row), self._clock.now_ms())

    def replace(self, row: LedgerRow) -> None:
        """Writes a row over its version before."""
        item, before = row_item(row), row.version - 1
        if row.superseded_by and self._may_be_closed(row.window):
            self._write_without_note(row, before, item)
            return
        try:
            self._put_over(item, before)
        except LedgerConflictError:
            noted = self._noted(row.log_group, row.window) if self._may_be_closed(row.window) else None
            if noted is None or noted.version != before or not self._put_new(item):
                raise

    def replace_all(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Writes rows over their versions before, none of them SUPERSEDED.

        Those of a transaction that another run forestalls go one by one.
        """
        written: list[LedgerRow] = []
        for start in range(0, len(rows), IN_TRANSACTION):
            part = rows[start : start + IN_TRANSACTION]
            try:
                self._put_all_over([(row_item(row), row.version - 1) for row in part])
                written += part
            except LedgerConflictError:
                for row in part:
                    with suppress(LedgerConflictError):
                        self.replace(row)
                        written.append(row)
        return written

    def remove(self, rows: Sequence[LedgerRow]) -> None:
        """Removes rows of these versions; one that is gone or has another version by now is left alone."""
        for row in rows:
            with suppress(LedgerConflictError):
                if self._may_be_closed(row.window):
                    self._write_without_note(row, row.version, None)
                else:
                    self._delete(row_place(row.log_group, row.window), row.version)

    def rows(self, log_group: LogGroupName) -> list[LedgerRow]:
        """All rows of a log group, ordered by window."""
        rows = self._rows(
            self._query(
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"{GROUP}{log_group}"}},
                ConsistentRead=True,
            )
        )
        return with_noted(rows, self._noted_months(self._months(log_group, 0, LAST_MS)))

    def open_rows(self, log_group: LogGroupName, until_ms: EpochMs) -> list[LedgerRow]:
        """The rows of windows that begin before a time and that are not only noted in a month, ordered by window."""
        return self._between(log_group, 0, until_ms)

    def rows_between(
        self, log_group: LogGroupName, since_ms: EpochMs, until_ms: EpochMs | None = None
    ) -> list[LedgerRow]:
        """A log group's rows with windows that begin at or after a time, and before another one, ordered by window."""
        end_ms = LAST_MS if until_ms is None else until_ms
        if end_ms <= since_ms:
            return []
        months = self._noted_months(self._months(log_group, since_ms, end_ms))
        return with_noted(self._between(log_group, since_ms, end_ms), months, since_ms, end_ms)

    def rows_inside(self, log_group: LogGroupName, window: Window) -> list[LedgerRow]:
        """The rows of a log group inside a wider window, without that window's own, ordered by window."""
        rows = self.rows_between(log_group, window.from_ms, window.to_ms)
        return [row for row in rows if _is_month(row) or (window.holds(row.window) and row.window != window)]

    def _between(self, log_group: LogGroupName, since_ms: int, until_ms: int) -> list[LedgerRow]:
        return self._rows(
            self._query(
                KeyConditionExpression="pk = :pk AND sk BETWEEN :start AND :end",
                ExpressionAttributeValues={
                    ":pk": {"S": f"{GROUP}{log_group}"},
                    # Without the #, so the end comes before all windows that begin then.
                    ":start": {"S": f"{since_ms:014d}"},
                    ":end": {"S": f"{until_ms:014d}"},
                },
                ConsistentRead=True,
            )
        )

    def all_rows(self, table: str | None = None) -> list[LedgerRow]:
        """All rows of a table's windows, or of all, ordered by log group and window."""
        rows, totals = self._rows_and_months()
        every = with_noted(rows, self._noted_months([total.month() for total in totals]))
        return [row for row in every if row.unreadable or table in {None, row.table}]

    def rows_and_totals(self, settle_after_ms: int) -> list[LedgerRow]:
        """All rows, but closed months as stretches; ordered by log group and window."""
        every = with_totals(*self._rows_and_months(), settle_after_ms)
        self._note_unreadable(every)
        return every

    def _rows_and_months(self) -> tuple[list[LedgerRow], list[MonthTotal]]:
        rows: list[LedgerRow] = []
        totals: list[MonthTotal] = []
        for item in self._scan(GROUP, CLOSED_MONTH):
            if item["pk"].startswith(GROUP):
                rows += self._rows([item])
            else:
                totals.append(month_total_of(item))
        return rows, totals

    def row(self, log_group: LogGroupName, window: Window) -> LedgerRow:
        """A row as it stands now."""
        item = self._get(*row_place(log_group, window))
        rows = all_readable(self._rows([item] if item else []))
        row = rows[0] if rows else self._noted(log_group, window) if self._may_be_closed(window) else None
        if row is None:
            raise NotFoundError(f"the ledger has no row for {log_group} {window}", log_group)
        return row

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

    def landed_objects(self, *, lasting: bool = False) -> Iterator[LandedObject]:
        """What is known of all landed objects, or of those that never expire: DynamoDB sends no others then."""
        return map(self._landed, self._scan(LANDED, lasting=lasting))

    def put_landed_object(self, known: LandedObject) -> None:
        """Writes what is known of a landed object."""
        with translated("dynamodb:PutItem", self._table):
            self._client.put_item(TableName=self._table, Item=serialize(landed_item(known)))

    def _landed(self, item: Mapping[str, Any]) -> LandedObject:
        known, unread = landed_object_of(item)
        if unread:
            self.unreadable[unread.key] = unread
        return known

    def _scan(self, *partitions: str, lasting: bool = False) -> Iterator[dict[str, Any]]:
        """The items of all partitions whose keys begin so, or those that don't expire. Reads the whole table."""
        names = [f":begin{number}" for number in range(len(partitions))]
        begins = " OR ".join(f"begins_with(pk, {name})" for name in names)
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression=f"({begins}) AND attribute_not_exists(expires_at)" if lasting else begins,
            ExpressionAttributeValues={name: {"S": begin} for name, begin in zip(names, partitions)},
            ConsistentRead=True,
        )
        with translated("dynamodb:Scan", self._table):
            for page in pages:
                yield from map(plain_item, page["Items"])

    def _rows(self, items: Iterable[Mapping[str, Any]]) -> list[LedgerRow]:
        """DynamoDB deletes what has expired some days later, so it is left out here."""
        now_ms = self._clock.now_ms()
        rows = [row for row in map(row_of, items) if row.expires_ms is None or row.expires_ms > now_ms]
        self._note_unreadable(rows)
        return rows

    def _noted_months(self, months: Sequence[ClosedMonth]) -> Sequence[ClosedMonth]:
        for month in months:
            self._note_unreadable(month.rows.values())
        return months

    def _note_unreadable(self, rows: Iterable[LedgerRow]) -> None:
        self.unreadable.update({row.unreadable.key: row.unreadable for row in rows if row.unreadable})

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


def _is_month(row: LedgerRow) -> bool:
    """Whether it stands for all rows of a closed month that can't be read."""
    return row.unreadable is not None and row.unreadable.key.startswith(CLOSED_MONTH)
