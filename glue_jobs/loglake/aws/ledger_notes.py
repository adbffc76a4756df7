"""The state items of the ledger's table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from loglake.aws.dynamo_items import DynamoItems
from loglake.core.ledger.row_json import FORMAT, check_format
from loglake.core.state_items import StateItem, StateKind
from loglake.errors import LedgerConflictError

T = TypeVar("T")


class DynamoState(DynamoItems):
    """Implements `StateItems` of `core.ports`."""

    def load(self, kind: StateKind[T], key: str) -> StateItem[T] | None:
        """An item as it stands now."""
        item = self._get(kind.name, key)
        return state_item(kind, item) if item else None

    def load_all(self, kind: StateKind[T]) -> dict[str, StateItem[T]]:
        """All items of a kind by their keys, in order."""
        items = self._query(
            KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": kind.name}}, ConsistentRead=True
        )
        return {item["sk"]: state_item(kind, item) for item in items}

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


def state_item(kind: StateKind[T], item: Mapping[str, Any]) -> StateItem[T]:
    """An item of the table, as a kind has it."""
    check_format(item)
    return StateItem(kind, item["sk"], kind.from_json(item["value"]), item["version"])
