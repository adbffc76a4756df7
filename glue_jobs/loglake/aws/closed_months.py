"""The closed months of the ledger's table, and rows that go there and come out again (`core.ledger.closed`).

An item has the log group, as in ``closed#<log group>``, and the month, such as ``2026-11``, as its key. Which months
may be closed follows from the time, so whoever asks for newer rows makes no request for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any

from loglake.aws.dynamo_items import DynamoItems
from loglake.aws.ledger_rows import CLOSED_MONTH, closed_month_of, row_place
from loglake.core.ledger.closed import NOTED_MS, ClosedMonth, closed_until, month_of
from loglake.core.ledger.row import LedgerRow, all_readable
from loglake.core.units import LogGroupName
from loglake.core.windows import Window
from loglake.errors import LedgerConflictError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from loglake.core.ports.clock import Clock

IN_TRANSACTION = 100
"""Items that TransactWriteItems takes."""


class ClosedMonths(DynamoItems):
    """Reads and writes closed months."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock) -> None:
        super().__init__(client, table)
        self._clock = clock

    def close_rows(self, rows: Sequence[LedgerRow]) -> int:
        """Deletes rows of one log group that their months noted long enough ago, and has months note the others."""
        deleted = 0
        for name, group in groupby(rows, lambda row: month_of(row.window.from_ms)):
            mine = list(group)
            month = self._month(mine[0].log_group, name)
            noted = [row for row in mine if month.rows.get(row.window) == row]
            if month.changed_ms + NOTED_MS <= self._clock.now_ms():
                deleted += self._delete_noted(noted)
            self._note(month, [row for row in mine if row not in noted])
        return deleted

    def _note(self, month: ClosedMonth, rows: Sequence[LedgerRow]) -> None:
        """Notes rows, on condition that neither the month nor they were changed meanwhile."""
        for start in range(0, len(rows), IN_TRANSACTION - 1):
            part = rows[start : start + IN_TRANSACTION - 1]
            more = month.plus(part, self._clock.now_ms())
            if more is None:
                return  # these stay rows
            checks = [self._at(row_place(row.log_group, row.window), row.version) for row in part]
            self._transact([self._write_month(month, more), *({"ConditionCheck": each} for each in checks)])
            month = more

    def _delete_noted(self, rows: Sequence[LedgerRow]) -> int:
        """Deletes rows of these versions. If one was changed meanwhile, those of its request stay until tomorrow."""
        deleted = 0
        for start in range(0, len(rows), IN_TRANSACTION):
            part = rows[start : start + IN_TRANSACTION]
            with suppress(LedgerConflictError):
                places = (self._at(row_place(row.log_group, row.window), row.version) for row in part)
                self._transact([{"Delete": each} for each in places])
                deleted += len(part)
        return deleted

    def _may_be_closed(self, window: Window) -> bool:
        return window.from_ms < closed_until(self._clock.now_ms())

    def _noted(self, log_group: LogGroupName, window: Window) -> LedgerRow | None:
        """The note of a window.

        Raises:
            UnreadableItemError: its month can't be read.
        """
        return self._month(log_group, month_of(window.from_ms)).rows.get(window)

    def _write_without_note(self, row: LedgerRow, before: int, item: dict[str, Any] | None) -> None:
        """Writes a row over a version, or deletes that, and removes its note in the same transaction.

        Raises:
            LedgerConflictError: another run changed the row or its month first.
            UnreadableItemError: its month can't be read.
        """
        month = self._month(row.log_group, month_of(row.window.from_ms))
        noted = month.rows.get(row.window)
        is_noted = noted is not None and noted.version == before
        if item is None:
            first: Any = {"Delete": self._at(row_place(row.log_group, row.window), before, or_none=is_noted)}
        else:
            first = {"Put": self._over(item, before, or_none=is_noted)}
        rest = month.without(row.window, self._clock.now_ms()) if noted else month
        self._transact([first, self._write_month(month, rest)])

    def _write_month(self, before: ClosedMonth, after: ClosedMonth) -> Any:
        """A month's write over its version before; only a check if it is the same. A month without notes is deleted."""
        place, on = (f"{CLOSED_MONTH}{after.log_group}", after.name), (before.changed_ms, not before.changed_ms)
        if after is before:
            return {"ConditionCheck": self._at(place, on[0], or_none=on[1])}
        if not after.rows:
            return {"Delete": self._at(place, on[0], or_none=on[1])}
        item = {"pk": place[0], "sk": place[1], **after.to_json()}
        return {"Put": self._over(item, on[0], or_none=on[1])}

    def _month(self, log_group: LogGroupName, name: str) -> ClosedMonth:
        item = self._get(f"{CLOSED_MONTH}{log_group}", name)
        month = closed_month_of(item) if item else ClosedMonth(log_group, name)
        all_readable(month.rows.values())
        return month

    def _months(self, log_group: LogGroupName, since_ms: int, until_ms: int) -> list[ClosedMonth]:
        """The months with windows that begin at or after a time, and before another one."""
        end_ms = min(until_ms, closed_until(self._clock.now_ms()))
        if since_ms >= end_ms:
            return []
        items = self._query(
            KeyConditionExpression="pk = :pk AND sk BETWEEN :start AND :end",
            ExpressionAttributeValues={
                ":pk": {"S": f"{CLOSED_MONTH}{log_group}"},
                ":start": {"S": month_of(since_ms)},
                ":end": {"S": month_of(end_ms - 1)},
            },
            ConsistentRead=True,
        )
        return [closed_month_of(item) for item in items]
