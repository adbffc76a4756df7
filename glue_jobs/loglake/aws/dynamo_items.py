"""Items of one DynamoDB table: state items and others, and their values as plain Python ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from loglake.aws.faults import translated
from loglake.aws.ledger_rows import plain_item, serialize, state_of_kind
from loglake.core.ledger.row_json import FORMAT
from loglake.core.state_items import StateItem, StateKind, StateOfKind, state_from_json
from loglake.core.unreadable import UnreadableItem, unreadable
from loglake.errors import LedgerConflictError, UnreadableItemError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")


class DynamoItems:
    """A table whose keys are ``pk`` and ``sk``; implements `StateItems` of `core.ports`.

    Attributes:
        unreadable: all items that could not be read so far, by their keys.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self.unreadable: dict[str, UnreadableItem] = {}
        self._ahead: dict[tuple[str, str], dict[str, Any]] = {}

    def read_ahead(self, *items: tuple[StateKind[Any], str]) -> None:
        """Reads items in one request; the next `load` of each returns what was there. Up to 100."""
        keys = [serialize({"pk": kind.name, "sk": key}) for kind, key in items]
        with translated("dynamodb:BatchGetItem", self._table):
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
        # DynamoDB may leave some out: those are read alone, like those that are not there.
        self._ahead = {
            (item["pk"], item["sk"]): item for item in map(plain_item, answer["Responses"].get(self._table, ()))
        }

    def load(self, kind: StateKind[T], key: str) -> StateItem[T] | None:
        """An item as it stands now, or as it was read ahead."""
        item = self._ahead.pop((kind.name, key), None) or self._get(kind.name, key)
        try:
            return state_from_json(kind, key, item) if item else None
        except UnreadableItemError as error:
            self.unreadable[error.key] = unreadable(error)
            raise

    def load_all(self, kind: StateKind[T]) -> StateOfKind[T]:
        """All items of a kind by their keys, in order."""
        items = self._query(
            KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": kind.name}}, ConsistentRead=True
        )
        found = state_of_kind(kind, items)
        self.unreadable.update({each.key: each for each in found.unreadable.values()})
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

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        """The current item; None if there is none."""
        key = serialize({"pk": pk, "sk": sk})
        with translated("dynamodb:GetItem", self._table):
            item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return plain_item(item) if item else None

    def _put_new(self, item: dict[str, Any], now_ms: int = 0) -> bool:
        """Adds an item; False if there is one that had not expired at a time."""
        try:
            with translated("dynamodb:PutItem", self._table):
                self._client.put_item(
                    TableName=self._table,
                    Item=serialize(item),
                    ConditionExpression="attribute_not_exists(pk) OR expires_at < :now",
                    ExpressionAttributeValues={":now": {"N": str(now_ms // 1000)}},
                )
        except LedgerConflictError:
            return False
        return True

    def _put_over(self, item: dict[str, Any], version: int) -> None:
        """Replaces a version of an item. Raises LedgerConflictError if the stored version is another."""
        with translated("dynamodb:PutItem", self._table):
            self._client.put_item(**self._over(item, version))

    def _put_all_over(self, items: Sequence[tuple[dict[str, Any], int]]) -> None:
        """Replaces versions of items, all or none. Raises LedgerConflictError if a stored version is another."""
        if len(items) == 1:  # a transaction costs twice as much
            self._put_over(*items[0])
            return
        self._transact([{"Put": self._over(*each)} for each in items])

    def _transact(self, writes: Sequence[Any]) -> None:
        """Does up to 100 writes, all or none. Raises LedgerConflictError if the condition of one does not hold."""
        with translated("dynamodb:PutItem", self._table):
            self._client.transact_write_items(TransactItems=writes)

    def _delete(self, place: tuple[str, str], version: int) -> None:
        """Deletes a version of an item. Raises LedgerConflictError if the stored version is another, or none."""
        with translated("dynamodb:DeleteItem", self._table):
            self._client.delete_item(**self._at(place, version))

    def _over(self, item: dict[str, Any], version: int, *, or_none: bool = False) -> Any:
        return {"Item": serialize(item), **self._on(version, or_none=or_none)}

    def _at(self, place: tuple[str, str], version: int, *, or_none: bool = False) -> Any:
        return {"Key": serialize({"pk": place[0], "sk": place[1]}), **self._on(version, or_none=or_none)}

    def _on(self, version: int, *, or_none: bool) -> dict[str, Any]:
        """The table, and the condition that an item has a version, or else that there is none."""
        return {
            "TableName": self._table,
            "ConditionExpression": "#version = :before" + (" OR attribute_not_exists(pk)" if or_none else ""),
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":before": {"N": str(version)}},
        }

    def _query(self, **arguments: Any) -> list[dict[str, Any]]:
        """All items of a query, or the first `Limit`."""
        items: list[dict[str, Any]] = []
        for page in self._pages(**arguments):
            items.extend(page)
            if len(items) >= arguments.get("Limit", float("inf")):
                break
        return items

    def _pages(self, **arguments: Any) -> Iterator[list[dict[str, Any]]]:
        """A query's items, a page (1 MB at most) at a time."""
        while True:
            with translated("dynamodb:Query", self._table):
                page = self._client.query(TableName=self._table, **arguments)
            yield [plain_item(item) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]
