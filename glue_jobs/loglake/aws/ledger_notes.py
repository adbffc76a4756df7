"""The state items of the ledger's table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from loglake.aws.dynamo_items import DynamoItems
from loglake.core.ledger.row_json import FORMAT
from loglake.core.state_items import StateItem, StateKind, StateOfKind, state_from_json
from loglake.core.unreadable import unreadable
from loglake.errors import LedgerConflictError, UnreadableItemError

T = TypeVar("T")


class DynamoState(DynamoItems):
    """Implements `StateItems` of `core.ports`."""

    def load(self, kind: StateKind[T], key: str) -> StateItem[T] | None:
        """An item as it stands now."""
        item = self._get(kind.name, key)
        try:
            return state_from_json(kind, key, item) if item else None
        except UnreadableItemError as error:
            self._unreadable[error.key] = unreadable(error)
            raise

    def load_all(self, kind: StateKind[T]) -> StateOfKind[T]:
        """All items of a kind by their keys, in order."""
        items = self._query(
            KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": kind.name}}, ConsistentRead=True
        )
        found = state_of_kind(kind, items)
        self._unreadable.update({each.key: each for each in found.unreadable.values()})
        return found

    def save(self, item: StateItem[T], expected_version: int) -> bool:
        """Writes an item under the version after the expected one; False if the stored one has another."""
        value = dict(item.kind.to_json(item.value))
        data = {"pk": item.kind.name, "sk": item.key, "format": FORMAT, "version": expected_version + 1, "value": value}
        if not expected_version:
            return self._put_new(data)
        try:
            self._put_over(data, expected_version)
        except LedgerConflictError:
            return False
        return True


def state_of_kind(kind: StateKind[T], items: Iterable[Mapping[str, Any]]) -> StateOfKind[T]:
    """The items of a kind, as the table has them."""
    found: StateOfKind[T] = StateOfKind()
    for item in items:
        try:
            found[item["sk"]] = state_from_json(kind, item["sk"], item)
        except UnreadableItemError as error:
            found.unreadable[item["sk"]] = unreadable(error)
    return found
