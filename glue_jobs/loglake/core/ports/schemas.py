"""The stored schemas of all tables."""

from __future__ import annotations

from typing import Protocol

from loglake.core.schema.schema import TableSchema


class SchemaRegistry(Protocol):
    """The schemas of all tables, which the writer obeys. Versions are kept."""

    def latest(self, table: str) -> TableSchema:
        """The newest version; version 0 without columns if the table has none yet.

        Raises UnreadableItemError if it can't be read.
        """

    def publish(self, schema: TableSchema) -> None:
        """Adds a version. Raises LedgerConflictError if that version exists: another writer was first."""


class SchemaHistory(SchemaRegistry, Protocol):
    """A registry with its history, for inspection."""

    def history(self, table: str) -> list[TableSchema]:
        """All versions of a table's schema, the oldest first; none if the table has none.

        Raises UnreadableItemError if one of them can't be read.
        """
