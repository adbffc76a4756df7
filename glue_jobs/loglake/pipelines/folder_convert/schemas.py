"""A schema registry beside the tables: one object per version, never replaced."""

from __future__ import annotations

import json
import re

from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.schema import TableSchema
from loglake.errors import AlreadyExistsError, ConfigError, LedgerConflictError

_VERSION = re.compile(r"\d{6}\.json")


class StoredSchemas:
    """Implements `core.ports.SchemaRegistry` as ``_schema/<table>/000001.json``, ``000002.json``, ... in a store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def latest(self, table: str) -> TableSchema:
        """The newest version of a table's schema."""
        keys = self._keys(table)
        return self._read(keys[-1]) if keys else TableSchema(table)

    def history(self, table: str) -> list[TableSchema]:
        """All versions, the oldest first."""
        return [self._read(key) for key in self._keys(table)]

    def publish(self, schema: TableSchema) -> None:
        """Adds a version of a table's schema."""
        key = f"_schema/{schema.table}/{schema.version:06d}.json"
        try:
            self._store.put_new(key, json.dumps(schema.to_json(), indent=1).encode())
        except AlreadyExistsError:
            raise LedgerConflictError(f"{schema.table}: another run published version {schema.version}") from None

    def _keys(self, table: str) -> list[str]:
        folder = f"_schema/{table}/"
        return [item.key for item in self._store.list(folder) if _VERSION.fullmatch(item.key[len(folder) :])]

    def _read(self, key: str) -> TableSchema:
        try:
            return TableSchema.from_json(json.loads(self._store.get(key)))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            advice = "if a run broke off while it wrote it, delete it; else bring back what it was"
            raise ConfigError(f"{key} is damaged ({error}): {advice}.") from error
