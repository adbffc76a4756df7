"""Writes the result of a crawl to the Glue Data Catalog, as the crawler's policies say."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from athena_duckdb.errors import RefusedError
from gluelocal.crawl import entries
from gluelocal.crawl.entries import Entry
from gluelocal.crawl.layout import table_name
from gluelocal.crawl.schema import glue_columns
from gluelocal.crawl.settings import CrawlSettings
from gluelocal.crawl.table_scan import ScannedTable

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

_BATCH = 100
"""BatchCreatePartition and BatchUpdatePartition: the most partitions per call; BatchDeletePartition takes 25."""
_DELETE_BATCH = 25


class CatalogWriter:
    """The catalog writes of one crawl.

    Attributes:
        changes: as in `CrawlResult`.
    """

    def __init__(self, glue: GlueClient, settings: CrawlSettings, now_ms: int) -> None:
        self._glue: Any = glue  # entries are plain dicts here, not boto3-stubs' TypedDicts
        self._settings = settings
        self._now_ms = now_ms
        self._run_id = str(uuid.uuid4())
        self._ensure_database()
        pages = glue.get_paginator("get_tables").paginate(DatabaseName=settings.database)
        self._stored: list[Any] = [table for page in pages for table in page["TableList"]]
        self.changes: Counter[str] = Counter()

    def write(self, tables: Sequence[ScannedTable]) -> list[str]:
        """Creates and updates tables and partitions, handles the ones without data, and returns the tables' names."""
        names = [self._write_table(table) for table in tables]
        found = {_folder(table.layout.location) for table in tables}
        for stored in self._stored:
            mine = stored.get("Parameters", {}).get("UPDATED_BY_CRAWLER") == self._settings.name
            if mine and stored["Name"] not in names and _location(stored) not in found:
                self._drop_table(stored)
        return names

    def _ensure_database(self) -> None:
        """Makes the database if it doesn't exist, as a crawler does."""
        try:
            self._glue.get_database(Name=self._settings.database)
        except self._glue.exceptions.EntityNotFoundException:
            self._glue.create_database(DatabaseInput={"Name": self._settings.database})

    def _write_table(self, table: ScannedTable) -> str:
        location = _folder(table.layout.location)
        there = (stored for stored in self._stored if _location(stored) == location)
        stored = min(there, key=_is_deprecated, default=None)
        fresh = self._table_input(table, stored["Name"] if stored else self._new_name(table))
        if stored and not _compatible(stored, fresh):
            self._update_table(entries.deprecated(entries.as_table_input(stored), self._now_ms), "tables_deprecated")
            stored, fresh = None, {**fresh, "Name": _with_digest(fresh["Name"], location)}
        if stored is None:
            self._glue.create_table(DatabaseName=self._settings.database, TableInput=fresh)
            self.changes["tables_created"] += 1
            self._stored.append(fresh)
            written = fresh
        else:
            written = self._refresh(stored, fresh)
        if table.layout.partition_keys:
            self._write_partitions(table, written)
        return str(written["Name"])

    def _refresh(self, stored: Any, fresh: Entry) -> Entry:
        """Updates a table as the policy says; returns the table that the catalog then has."""
        current = entries.as_table_input(stored)
        if self._settings.update_behavior == "LOG":
            return current
        wanted = entries.with_new_columns(stored, fresh) if self._settings.merge_new_columns else fresh
        if entries.differ(current, wanted):
            self._update_table(wanted, "tables_updated")
        return wanted

    def _update_table(self, wanted: Entry, change: str) -> None:
        self._glue.update_table(DatabaseName=self._settings.database, TableInput=wanted)
        self.changes[change] += 1

    def _table_input(self, table: ScannedTable, name: str) -> Entry:
        columns = glue_columns(table.columns()[0])
        parameters = entries.parameters(table.statistics(), self._settings.name, self._run_id)
        more = {"partition_filtering.enabled": "true"} if self._settings.partition_index else {}
        descriptor = entries.storage_descriptor(table.layout.location, columns, parameters)
        return entries.table_input(name, descriptor, table.layout.partition_keys, self._now_ms, **more)

    def _new_name(self, table: ScannedTable) -> str:
        name = table_name(self._settings.table_prefix, table.layout.bucket, table.layout.prefix)
        if any(stored["Name"] == name for stored in self._stored):
            return _with_digest(name, _folder(table.layout.location))
        return name

    def _write_partitions(self, table: ScannedTable, written: Entry) -> None:
        name = written["Name"]
        pages = self._glue.get_paginator("get_partitions").paginate(
            DatabaseName=self._settings.database, TableName=name
        )
        stored = {tuple(p["Values"]): p for page in pages for p in page["Partitions"]}
        fresh = {values: self._partition_input(table, values, written) for values in table.layout.partitions}
        self._batch("create", name, [fresh[values] for values in fresh if values not in stored], "partitions_created")
        if self._settings.update_behavior != "LOG":
            changed = [
                {"PartitionValueList": list(values), "PartitionInput": entry}
                for values, entry in fresh.items()
                if values in stored and entries.differ(entries.as_partition_input(stored[values]), entry)
            ]
            self._batch("update", name, changed, "partitions_updated")
        self._drop_partitions(name, [p for values, p in stored.items() if values not in fresh])

    def _partition_input(self, table: ScannedTable, values: tuple[str, ...], written: Entry) -> Entry:
        parameters = entries.parameters(table.statistics(values), self._settings.name, self._run_id)
        location = table.layout.partition_location(values)
        if self._settings.inherit_from_table:
            descriptor = {**written["StorageDescriptor"], "Location": location, "Parameters": parameters}
        else:
            descriptor = entries.storage_descriptor(location, glue_columns(table.columns(values)[0]), parameters)
        return entries.partition_input(values, descriptor, self._now_ms)

    def _batch(self, verb: Literal["create", "update"], table: str, items: list[Any], change: str) -> None:
        call = getattr(self._glue, f"batch_{verb}_partition")
        member = "PartitionInputList" if verb == "create" else "Entries"
        for start in range(0, len(items), _BATCH):
            chunk = items[start : start + _BATCH]
            _raise_errors(table, verb, call(DatabaseName=self._settings.database, TableName=table, **{member: chunk}))
            self.changes[change] += len(chunk)

    def _drop_table(self, stored: Any) -> None:
        behavior = self._settings.delete_behavior
        if behavior == "DELETE_FROM_DATABASE":
            self._glue.delete_table(DatabaseName=self._settings.database, Name=stored["Name"])
            self.changes["tables_deleted"] += 1
        elif behavior == "DEPRECATE_IN_DATABASE" and not _is_deprecated(stored):
            self._update_table(entries.deprecated(entries.as_table_input(stored), self._now_ms), "tables_deprecated")

    def _drop_partitions(self, table: str, gone: list[Any]) -> None:
        behavior = self._settings.delete_behavior
        if behavior == "DELETE_FROM_DATABASE":
            for start in range(0, len(gone), _DELETE_BATCH):
                chunk = [{"Values": partition["Values"]} for partition in gone[start : start + _DELETE_BATCH]]
                answer = self._glue.batch_delete_partition(
                    DatabaseName=self._settings.database, TableName=table, PartitionsToDelete=chunk
                )
                _raise_errors(table, "delete", answer)
            self.changes["partitions_deleted"] += len(gone)
        elif behavior == "DEPRECATE_IN_DATABASE":
            marked = [
                {
                    "PartitionValueList": partition["Values"],
                    "PartitionInput": entries.deprecated(entries.as_partition_input(partition), self._now_ms),
                }
                for partition in gone
                if not _is_deprecated(partition)
            ]
            self._batch("update", table, marked, "partitions_deprecated")


def _compatible(stored: Any, fresh: Entry) -> bool:
    """Whether a crawl can update a table in place; else it deprecates the table and makes another."""
    keys = [[key["Name"] for key in entry.get("PartitionKeys", [])] for entry in (stored, fresh)]
    return keys[0] == keys[1] and stored.get("Parameters", {}).get("classification", "parquet") == "parquet"


def _location(entry: Any) -> str:
    return _folder(entry.get("StorageDescriptor", {}).get("Location", ""))


def _folder(location: str) -> str:
    return location.rstrip("/")


def _is_deprecated(entry: Any) -> bool:
    return entries.DEPRECATED in entry.get("Parameters", {})


def _with_digest(name: str, location: str) -> str:
    """The name that a crawler gives a table if another table has its first choice."""
    return f"{name[:222]}_{hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()}"


def _raise_errors(table: str, verb: str, answer: Any) -> None:
    errors = answer.get("Errors", [])
    if errors:
        detail = errors[0]["ErrorDetail"]
        raise RefusedError(
            f"{len(errors)} partitions of {table} could not be {verb}d, the first because of {detail['ErrorCode']}: "
            f"{detail.get('ErrorMessage', '')}"
        )
