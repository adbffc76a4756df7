"""A ledger's table that was read whole, such as that of a kept local run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from loglake.aws.dynamo_items import plain_item
from loglake.aws.ledger_notes import state_item
from loglake.aws.ledger_store import GROUP, LANDED, TABLE
from loglake.core.landing.objects import LandedObject
from loglake.core.ledger.row import LedgerRow
from loglake.core.ledger.row_json import row_from_json
from loglake.core.schema.schema import TableSchema
from loglake.core.state_items import StateItem, StateKind

T = TypeVar("T")


class LedgerContents:
    """All items of a table, read as `DynamoLedger` reads them."""

    def __init__(self, items: Iterable[Mapping[str, Any]]) -> None:
        """`items`: as DynamoDB gives them."""
        self._items = [plain_item(dict(item)) for item in items]

    def all_rows(self) -> list[LedgerRow]:
        """All rows, ordered by log group and window."""
        rows = (row_from_json(item) for item in self._items if item["pk"].startswith(GROUP))
        return sorted(rows, key=lambda row: (row.log_group, row.window))

    def landed_objects(self) -> list[LandedObject]:
        """What is known of all landed objects."""
        return [LandedObject.from_json(item) for item in self._items if item["pk"] == LANDED]

    def schemas(self) -> list[TableSchema]:
        """All versions of all tables' schemas, by version."""
        found = (TableSchema.from_json(item["schema"]) for item in self._items if item["pk"].startswith(TABLE))
        return sorted(found, key=lambda schema: schema.version)

    def load_all(self, kind: StateKind[T]) -> dict[str, StateItem[T]]:
        """All state items of a kind by their keys, in order."""
        found = (state_item(kind, item) for item in self._items if item["pk"] == kind.name)
        return {item.key: item for item in sorted(found, key=lambda item: item.key)}
