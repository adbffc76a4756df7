"""Compares the catalog's entry of a table with what was committed into the table."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loglake.core.catalog_gaps import CatalogGap, Missing
from loglake.core.keys import TABLES
from loglake.core.schema.schema import TableSchema
from loglake.core.units import s3_uri
from loglake_cli.operations.evidence import CatalogTable
from loglake_cli.operations.tables.table_schemas import columns_of
from loglake_cli.operations.verify.damage import Damage, Kind
from loglake_cli.operations.verify.decisions import WindowDecision

_SHOWN = 3


@dataclass(frozen=True)
class Committed:
    """The committed contents of a table.

    Attributes:
        windows: those of the table.
        schemas: all versions of its schema.
        gap: what is noted as missing in the catalog.
        bucket: the lake's.
    """

    table: str
    windows: Sequence[WindowDecision]
    schemas: Sequence[TableSchema]
    gap: CatalogGap | None
    bucket: str

    @property
    def partitions(self) -> list[str]:
        """The folders with rows, in order. The ledger knows them even if a decision is damaged."""
        return sorted({name for each in self.windows if each.row.live for name in each.row.live.partitions})

    @property
    def noted(self) -> Missing:
        """Gaps that a coming crawl closes: noted as missing and not given up."""
        return self.gap.missing if self.gap and not self.gap.given_up else Missing()

    def types(self) -> dict[str, str]:
        """The columns of the files, by name, if decisions say under which schema they were written."""
        written = [each.current for each in self.windows if each.current and each.current.partitions]
        version = max((manifest.schema_version for manifest in written), default=0)
        return next((schema.glue_types() for schema in self.schemas if schema.version == version), {})


def check_catalog(committed: Committed, entry: CatalogTable | None) -> Iterator[Damage]:
    """What readers of a table would miss, or fail at. A noted gap is not damage.

    Args:
        committed: what they should find.
        entry: the table in the catalog; None if there is none.
    """
    table, partitions, noted = committed.table, committed.partitions, committed.noted
    if not partitions:
        return
    if entry is None:
        if not set(partitions) <= set(noted.partitions):
            yield Damage(Kind.TABLE_GONE, table, f"is not in the catalog, and has {_some(partitions)}", table)
        return
    kinds = {name: kind for name, kind in committed.types().items() if name not in noted.columns}
    yield from _table(table, entry, kinds, committed.bucket)
    missing = [name for name in partitions if name not in entry.partitions and name not in noted.partitions]
    if missing:
        yield Damage(Kind.PARTITIONS_GONE, table, f"lacks {_some(missing)} in the catalog", table)
    for name in partitions:
        if name in entry.partitions:
            yield from _partition(table, name, entry, committed.bucket)
    for name in foreign_partitions(committed, entry):
        where = location_of(entry.partitions[name])
        what = f"has no rows, and leads to {where} in the catalog: queries read what is there twice"
        yield Damage(Kind.PARTITION_FOREIGN, f"{table}/{name}", what, table)


def foreign_partitions(committed: Committed, entry: CatalogTable) -> list[str]:
    """Partitions of a table in the catalog without rows of their own, at a place with files of other partitions."""
    known = set(committed.partitions)
    tables, own = s3_uri(committed.bucket, TABLES), table_location(committed.bucket, committed.table)
    found = ((name, _folder(each)) for name, each in entry.partitions.items() if name not in known)
    return [name for name, where in found if _meet(where, tables) and where != f"{own}{name}/"]


def second_tables(table: str, bucket: str, entries: Iterable[Mapping[str, Any]]) -> Iterator[Damage]:
    """Other tables of the catalog that read a table's files, such as one that a crawler made."""
    for entry in entries:
        if entry["Name"] != table and _meet(_folder(entry), table_location(bucket, table)):
            what = f"has the Location {location_of(entry)} in the catalog, and the files there are those of {table}"
            yield Damage(Kind.TABLE_TWICE, entry["Name"], what, table)


def check_schemas(committed: Committed, unreadable: Collection[str]) -> Iterator[Damage]:
    """Versions of a table's schema that the ledger lacks. Unreadable ones are reported already."""
    known = {schema.version for schema in committed.schemas}
    written = {each.current.schema_version for each in committed.windows if each.current}
    for version in range(1, max(known | written, default=0) + 1):
        key = f"table#{committed.table} schema#{version:06d}"
        if version not in known and key not in unreadable:
            yield Damage(Kind.SCHEMA_GONE, key, f"is gone: version {version} of the schema", committed.table)


def table_location(bucket: str, table: str) -> str:
    """The location of a table's files."""
    return s3_uri(bucket, f"{TABLES}{table}/")


def is_at(entry: Mapping[str, Any], location: str) -> bool:
    """Whether a table or a partition has this Location; crawlers write it with or without the last slash."""
    return _folder(entry) == location


def location_of(entry: Mapping[str, Any]) -> str:
    """The Location of a table or a partition; empty if it has none, such as a view."""
    location: str = entry.get("StorageDescriptor", {}).get("Location", "")
    return location


def _folder(entry: Mapping[str, Any]) -> str:
    """The Location with one slash at its end, as s3://."""
    return re.sub("^s3[an]://", "s3://", location_of(entry)).rstrip("/") + "/"


def _meet(one: str, other: str) -> bool:
    """Whether one of two folders is in the other, or is the other."""
    return one != "/" and (one.startswith(other) or other.startswith(one))


def _table(table: str, entry: CatalogTable, kinds: Mapping[str, str], bucket: str) -> Iterator[Damage]:
    if not is_at(entry.entry, table_location(bucket, table)):
        where = location_of(entry.entry)
        what = f"has the Location {where} in the catalog, and its files are in {table_location(bucket, table)}"
        yield Damage(Kind.TABLE_LOCATION, table, what, table)
    found = columns_of(entry.entry)
    missing = [name for name in kinds if name not in found]
    if missing:
        yield Damage(Kind.COLUMNS_GONE, table, f"lacks {_some(missing)} in the catalog", table)
    for name, kind in kinds.items():
        if found.get(name, kind) != kind:
            what = f"has the column {name} as {found[name]} in the catalog, and the files have it as {kind}"
            yield Damage(Kind.COLUMN_TYPES, table, what, table)


def _partition(table: str, name: str, entry: CatalogTable, bucket: str) -> Iterator[Damage]:
    partition, own = entry.partitions[name], f"{table}/{name}"
    location = f"{table_location(bucket, table)}{name}/"
    if not is_at(partition, location):
        where = location_of(partition)
        what = f"has the Location {where} in the catalog, and its files are in {location}"
        yield Damage(Kind.PARTITION_LOCATION, own, what, table)
    types = columns_of(entry.entry)
    for column, kind in columns_of(partition).items():
        if types.get(column, kind) != kind:
            what = f"has the column {column} as {kind} in the catalog, and its table has it as {types[column]}"
            yield Damage(Kind.PARTITION_TYPES, own, what, table)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")
