"""Reads a table's schema once for the windows of some seconds."""

from __future__ import annotations

from loglake.core.ports.clock import Clock
from loglake.core.ports.ledger import SchemaRegistry
from loglake.core.schema.schema import TableSchema

RECENT_MS = 5000
"""So long what was read is taken for the newest."""


class RecentSchemas:
    """Implements `SchemaRegistry` on another one: a read serves all windows of the next seconds.

    Nothing depends on the newest version: one is published only after the one before, and `schema set` has windows that
    are CONVERTING when it publishes converted again, whatever they were decided with.
    """

    def __init__(self, registry: SchemaRegistry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self._read: dict[str, tuple[int, TableSchema]] = {}

    def latest(self, table: str) -> TableSchema:
        """A table's newest version, or the one before if it was published in the last seconds."""
        now_ms = self._clock.now_ms()
        if table not in self._read or now_ms - self._read[table][0] >= RECENT_MS:
            self._read[table] = now_ms, self._registry.latest(table)
        return self._read[table][1]

    def publish(self, schema: TableSchema) -> None:
        """Adds a version."""
        self._read.pop(schema.table, None)
        self._registry.publish(schema)
