"""Catalog entries as a crawler writes them for Parquet. Pure: dicts in, dicts out.

Source: tables that crawlers wrote, as GetTables and GetPartitions return them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluelocal.units import from_ms

if TYPE_CHECKING:
    from gluelocal.crawl.table_scan import Statistics

Entry = dict[str, Any]

DEPRECATED = "DEPRECATED_BY_CRAWLER"
_RUN_ID = "CRAWL_RUN_ID"
_TABLE_INPUT = (
    *("Name", "Description", "Owner", "LastAccessTime", "Retention"),
    *("StorageDescriptor", "PartitionKeys", "TableType", "Parameters"),
)
_PARTITION_INPUT = ("Values", "LastAccessTime", "StorageDescriptor", "Parameters")


def parameters(statistics: Statistics, crawler: str, run_id: str) -> dict[str, str]:
    """The parameters of a table or partition. Its storage descriptor repeats them."""
    average = statistics.size_bytes // statistics.records if statistics.records else 0
    return {
        _RUN_ID: run_id,
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": crawler,
        "averageRecordSize": str(average),
        "classification": "parquet",
        "compressionType": "none",
        "objectCount": str(statistics.objects),
        "recordCount": str(statistics.records),
        "sizeKey": str(statistics.size_bytes),
        "typeOfData": "file",
    }


def storage_descriptor(location: str, columns: list[dict[str, str]], parameters: Mapping[str, str]) -> Entry:
    """Location, columns, and the Hive and Athena settings for Parquet."""
    return {
        "Columns": columns,
        "Location": location,
        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "Compressed": False,
        "NumberOfBuckets": -1,
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            "Parameters": {"serialization.format": "1"},
        },
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": dict(parameters),
        "StoredAsSubDirectories": False,
    }


def table_input(name: str, descriptor: Entry, partition_keys: tuple[str, ...], now_ms: int, **more: str) -> Entry:
    """A table in CreateTable's form; `more` are further parameters."""
    return {
        "Name": name,
        "Owner": "owner",
        "LastAccessTime": from_ms(now_ms).replace(microsecond=0),
        "Retention": 0,
        "StorageDescriptor": descriptor,
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in partition_keys],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {**descriptor["Parameters"], **more},
    }


def partition_input(values: tuple[str, ...], descriptor: Entry, now_ms: int) -> Entry:
    """A partition in BatchCreatePartition's form."""
    return {
        "Values": list(values),
        "LastAccessTime": from_ms(now_ms).replace(microsecond=0),
        "StorageDescriptor": descriptor,
        "Parameters": dict(descriptor["Parameters"]),
    }


def as_table_input(table: Mapping[str, Any]) -> Entry:
    """A table of GetTables in UpdateTable's form."""
    return {name: table[name] for name in _TABLE_INPUT if name in table}


def as_partition_input(partition: Mapping[str, Any]) -> Entry:
    """A partition of GetPartitions in BatchUpdatePartition's form."""
    return {name: partition[name] for name in _PARTITION_INPUT if name in partition}


def with_new_columns(stored: Mapping[str, Any], fresh: Entry) -> Entry:
    """MergeNewColumns: the stored table with its missing columns added at the end; no column is removed or retyped.

    Parameters and formats that others have set stay.
    """
    known = {column["Name"] for column in stored["StorageDescriptor"]["Columns"]}
    added = [column for column in fresh["StorageDescriptor"]["Columns"] if column["Name"] not in known]
    descriptor = {
        **stored["StorageDescriptor"],
        "Columns": [*stored["StorageDescriptor"]["Columns"], *added],
        "Parameters": {**stored["StorageDescriptor"].get("Parameters", {}), **fresh["StorageDescriptor"]["Parameters"]},
    }
    parameters = {**stored.get("Parameters", {}), **fresh["Parameters"]}
    parameters.pop(DEPRECATED, None)
    return {**as_table_input(stored), "StorageDescriptor": descriptor, "Parameters": parameters}


def deprecated(entry: Entry, now_ms: int) -> Entry:
    """The entry, marked as having no data."""
    return {**entry, "Parameters": {**entry.get("Parameters", {}), DEPRECATED: str(now_ms)}}


def differ(stored: Entry, fresh: Entry) -> bool:
    """Whether a crawl must write an entry: more changed than its run id and the time of access."""
    return _comparable(stored) != _comparable(fresh)


def _comparable(entry: Entry) -> Entry:
    kept = {name: value for name, value in entry.items() if name not in {"LastAccessTime", "Retention", "Owner"}}
    descriptor = entry["StorageDescriptor"]
    kept["StorageDescriptor"] = {**descriptor, "Parameters": _without_run(descriptor.get("Parameters", {}))}
    kept["Parameters"] = _without_run(entry.get("Parameters", {}))
    return kept


def _without_run(parameters: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if name != _RUN_ID}
