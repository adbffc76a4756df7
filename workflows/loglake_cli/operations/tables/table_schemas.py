"""A table's registered schema in all versions, and its columns in the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loglake.aws.ledger_rows import TABLE
from loglake.core.schema.schema import Column, TableSchema
from loglake.errors import UnreadableItemError
from loglake_cli.operations.evidence import Evidence
from loglake_cli.wording import no_table


@dataclass(frozen=True)
class TableSchemas:
    """A table's schemas.

    Attributes:
        history: all registered versions, the oldest first.
        catalog: Glue types by column in the catalog, in its order, without partition keys; None if the catalog has no
            such table.
    """

    history: Sequence[TableSchema]
    catalog: Mapping[str, str] | None

    @property
    def latest(self) -> TableSchema:
        """The version that writers use."""
        return self.history[-1]

    def differences(self) -> list[str]:
        """The differences of catalog and registry, in words; none if readers see all that writers write."""
        if self.catalog is None:
            return ["the catalog has no such table: it was not crawled yet"]
        written = self.latest.glue_types()
        missing = [
            f"{name} {kind} is not in the catalog yet" for name, kind in written.items() if name not in self.catalog
        ]
        others = [
            f"{name} {kind} is in the catalog alone" for name, kind in self.catalog.items() if name not in written
        ]
        other = [
            f"{name} is {written[name]}, and {kind} in the catalog"
            for name, kind in self.catalog.items()
            if written.get(name, kind) != kind
        ]
        return missing + other + others

    def changes(self) -> list[tuple[int, list[str]]]:
        """The changes of each version, in words."""
        differences = []
        before: Mapping[tuple[str, ...], Column] = {}
        for each in self.history:
            now = each.by_path()
            added = [f"+ {c.name} {c.type.value}" for path, c in now.items() if path not in before]
            retyped = [
                f"~ {c.name} {before[path].type.value} -> {c.type.value}"
                for path, c in now.items()
                if path in before and before[path].type is not c.type
            ]
            differences.append((each.version, added + retyped))
            before = now
        return differences


def schemas_in(evidence: Evidence, table: str) -> TableSchemas:
    """The schemas of a table of a deployment or a kept local run.

    Raises:
        ConfigError: the registry has no such table.
        UnreadableItemError: a version of the table's schema can't be read.
    """
    history = evidence.ledger.history(table)
    for item in evidence.ledger.unreadable.values():
        if item.key.startswith(f"{TABLE}{table} "):
            raise UnreadableItemError(item.key, item.reason)
    if not history:
        raise no_table(table, (row.table for row in evidence.ledger.all_rows()))
    entries = evidence.catalog.tables() if evidence.catalog else ()
    return TableSchemas(history, next((columns_of(entry) for entry in entries if entry["Name"] == table), None))


def columns_of(entry: Mapping[str, Any]) -> dict[str, str]:
    """Types by name, of a catalog table or of a partition."""
    return {column["Name"]: column["Type"] for column in entry["StorageDescriptor"]["Columns"]}
