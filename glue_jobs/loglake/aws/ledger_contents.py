"""A ledger's table read as a whole, such as that of a kept local run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from loglake.aws.dynamo_items import plain_item
from loglake.aws.ledger_rows import GROUP, LANDED, TABLE, landed_object_of, row_of, schema_of, state_of_kind
from loglake.core.landing.objects import LandedObject
from loglake.core.ledger.row import LedgerRow
from loglake.core.schema.schema import TableSchema
from loglake.core.state_items import StateKind, StateOfKind
from loglake.core.unreadable import UnreadableItem, unreadable
from loglake.errors import UnreadableItemError

T = TypeVar("T")


class LedgerContents:
    """All items of a table, read as `DynamoLedger` reads them.

    Attributes:
        unreadable: items that could not be read so far, by their keys.
    """

    def __init__(self, items: Iterable[Mapping[str, Any]]) -> None:
        """`items`: as DynamoDB gives them."""
        self.unreadable: dict[str, UnreadableItem] = {}
        self._items = [plain_item(dict(item)) for item in items]

    def all_rows(self, table: str | None = None) -> list[LedgerRow]:
        """All rows of a table's windows, or of all, and those that can't be read; ordered by log group and window."""
        rows = [row_of(item) for item in self._items if item["pk"].startswith(GROUP)]
        self._note(row.unreadable for row in rows)
        return sorted((row for row in rows if row.unreadable or table in {None, row.table}), key=lambda row: row.name)

    def landed_objects(self) -> list[LandedObject]:
        """What is known of all landed objects."""
        found = [landed_object_of(item) for item in self._items if item["pk"] == LANDED]
        self._note(unread for _, unread in found)
        return [known for known, _ in found]

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

    def _note(self, items: Iterable[UnreadableItem | None]) -> None:
        self.unreadable.update({item.key: item for item in items if item})
