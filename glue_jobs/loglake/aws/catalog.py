"""The Glue Data Catalog: the crawler makes tables and columns, the jobs register partitions.

AWS documents that ETL jobs may add partitions without a crawl, with the StorageDescriptor of their table and a Location
of their own (Glue developer guide, "Updating the schema, and adding new partitions in the Data Catalog").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from loglake.aws.faults import translated
from loglake.config import CatalogConfig
from loglake.core.catalog_gaps import Missing
from loglake.core.keys import TABLES
from loglake.errors import NotFoundError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

_READ_BATCH = 1000
"""BatchGetPartition, `PartitionsToGet`: the most."""

_WRITE_BATCH = 100
"""BatchCreatePartition, `PartitionInputList`, and BatchUpdatePartition, `Entries`: the most."""

_DELETE_BATCH = 25
"""BatchDeletePartition, `PartitionsToDelete`: the most."""

_OF_EACH = ("classification", "compressionType", "typeOfData")
"""A table's parameters that also hold for its partitions; the others count its rows and objects."""


class GlueCatalog:
    """Implements `Catalog` of `core.ports`."""

    def __init__(self, client: GlueClient, config: CatalogConfig) -> None:
        self._client: Any = client  # partitions are plain dicts here, not boto3-stubs' TypedDicts
        self._config = config

    def missing(self, table: str, asked: Missing) -> Missing:
        """Which of these the catalog's table lacks; all if there is no such table over the lake's files."""
        found = self._table(table)
        if found is None:
            return asked
        return asked.without(found.right(self._partitions(found, asked.partitions)), found.column_names)

    def register(self, table: str, asked: Missing) -> Missing:
        """Registers missing partitions, if the table has all of the columns; returns what is missing then."""
        found = self._table(table)
        if found is None:
            return asked
        there = self._partitions(found, asked.partitions)
        missing = asked.without(found.right(there), found.column_names)
        if missing.columns:  # a partition with today's columns would hide later ones
            return missing
        created = [found.partition(name) for name in missing.partitions if name not in there]
        repaired = [found.partition(name) for name in missing.partitions if name in there]
        refused = [*self._create(found, created), *self._update(found, repaired)]
        if refused:
            first = refused[0]
            raise TransientError(
                f"Glue did not register {len(refused)} partitions of {table}, the first of them {first['name']}: "
                f"{first['ErrorCode']}: {first.get('ErrorMessage', '')}"
            )
        return Missing()

    def unregister(self, table: str, partitions: Sequence[str]) -> None:
        """Takes partitions over the lake's files out of the catalog."""
        found = self._table(table)
        if found is None:
            return
        there = found.right(self._partitions(found, partitions), of_any_columns=True)
        self.delete(table, [found.values(name) for name in partitions if name in there])

    def delete(self, table: str, partitions: Sequence[Sequence[str]]) -> None:
        """Takes partitions out of the catalog by their values, wherever they lead to."""
        gone = [{"Values": list(values)} for values in partitions]
        for at in range(0, len(gone), _DELETE_BATCH):
            with translated("glue:BatchDeletePartition", table):
                answer = self._client.batch_delete_partition(
                    DatabaseName=self._config.database,
                    TableName=table,
                    PartitionsToDelete=gone[at : at + _DELETE_BATCH],
                )
            for error in answer.get("Errors", []):
                if error["ErrorDetail"]["ErrorCode"] != "EntityNotFoundException":
                    raise TransientError(f"Glue did not delete partitions of {table}: {error['ErrorDetail']}")

    def is_crawler_ready(self) -> bool:
        """Whether the crawler is READY."""
        with translated("glue:GetCrawler", self._config.crawler):
            state: str = self._client.get_crawler(Name=self._config.crawler)["Crawler"].get("State", "READY")
        return state == "READY"

    def _table(self, name: str) -> _Table | None:
        """The table over the lake's files; one with another location has none of our rows."""
        try:
            with translated("glue:GetTable", name):
                entry = self._client.get_table(DatabaseName=self._config.database, Name=name)["Table"]
        except NotFoundError:
            return None
        table = _Table(entry, f"s3://{self._config.lake_bucket}/{TABLES}{name}/")
        return table if _same_folder(table.descriptor.get("Location", ""), table.location) else None

    def _partitions(self, table: _Table, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Those of the partitions that the catalog has, by their names, each with its StorageDescriptor."""
        left = {table.values(name): name for name in names}
        read = self._read(table.name, list(left))
        return {left[key]: found["StorageDescriptor"] for found in read if (key := tuple(found["Values"])) in left}

    def _read(self, table: str, wanted: list[tuple[str, ...]]) -> Iterator[Mapping[str, Any]]:
        while wanted:
            batch, wanted = wanted[:_READ_BATCH], wanted[_READ_BATCH:]
            with translated("glue:BatchGetPartition", table):
                answer = self._client.batch_get_partition(
                    DatabaseName=self._config.database,
                    TableName=table,
                    PartitionsToGet=[{"Values": list(values)} for values in batch],
                )
            yield from answer.get("Partitions", [])
            again = [tuple(key["Values"]) for key in answer.get("UnprocessedKeys", [])]
            if len(again) == len(batch):
                return  # reported as missing; the next run checks again
            wanted += again

    def _create(self, table: _Table, partitions: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Creates partitions; returns the errors. An existing one was made by the crawler or by another run."""
        for batch in _batches(partitions):
            with translated("glue:BatchCreatePartition", table.name):
                answer = self._client.batch_create_partition(
                    DatabaseName=self._config.database, TableName=table.name, PartitionInputList=batch
                )
            for error in answer.get("Errors", []):
                if error["ErrorDetail"]["ErrorCode"] != "AlreadyExistsException":
                    yield {**error["ErrorDetail"], "name": "/".join(error["PartitionValues"])}

    def _update(self, table: _Table, partitions: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Gives partitions their own Location and the columns of their table; returns the errors."""
        for batch in _batches(partitions):
            entries = [{"PartitionValueList": each["Values"], "PartitionInput": each} for each in batch]
            with translated("glue:BatchUpdatePartition", table.name):
                answer = self._client.batch_update_partition(
                    DatabaseName=self._config.database, TableName=table.name, Entries=entries
                )
            for error in answer.get("Errors", []):
                yield {**error["ErrorDetail"], "name": "/".join(error["PartitionValueList"])}


class _Table:
    """A table of the catalog; `location` is where the lake has its files."""

    def __init__(self, entry: Mapping[str, Any], location: str) -> None:
        self.name: str = entry["Name"]
        self.location = location
        self.descriptor: Mapping[str, Any] = entry.get("StorageDescriptor", {})
        self.columns: Sequence[Mapping[str, Any]] = self.descriptor.get("Columns", [])
        self.column_names = {column["Name"] for column in self.columns}
        self._keys = [key["Name"] for key in entry.get("PartitionKeys", [])]

    def values(self, partition: str) -> tuple[str, ...]:
        """The values of a partition: of ``dt=2026-11-21/hour=08`` they are 2026-11-21 and 08.

        Raises:
            TransientError: the table has other partition keys.
        """
        pairs = [part.partition("=")[::2] for part in partition.split("/")]
        if [key for key, _ in pairs] != self._keys:
            raise TransientError(
                f"{self.name} has the partition keys {', '.join(self._keys) or '(none)'} in the catalog, and its files "
                f"lie in {partition}: delete the table in the catalog, and start the crawler"
            )
        return tuple(value for _, value in pairs)

    def right(self, partitions: Mapping[str, Mapping[str, Any]], *, of_any_columns: bool = False) -> set[str]:
        """The names of partitions with the right location and, if that is asked, the columns of their table."""
        return {
            name
            for name, descriptor in partitions.items()
            if _same_folder(descriptor.get("Location", ""), self._place(name))
            and (of_any_columns or _types(descriptor.get("Columns", [])) == _types(self.columns))
        }

    def partition(self, name: str) -> dict[str, Any]:
        """A partition as BatchCreatePartition takes it."""
        of_table = self.descriptor.get("Parameters", {})
        parameters = {key: of_table[key] for key in _OF_EACH if key in of_table}
        descriptor = {**self.descriptor, "Location": self._place(name), "Parameters": parameters}
        return {"Values": list(self.values(name)), "StorageDescriptor": descriptor, "Parameters": parameters}

    def _place(self, partition: str) -> str:
        return f"{self.location}{partition}/"


def _batches(partitions: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    return (list(partitions[at : at + _WRITE_BATCH]) for at in range(0, len(partitions), _WRITE_BATCH))


def _types(columns: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {column["Name"]: column.get("Type", "") for column in columns}


def _same_folder(location: str, other: str) -> bool:
    return location.rstrip("/") == other.rstrip("/")
