"""A lake bucket that tests fill and crawl."""

from __future__ import annotations

import io
import json
from datetime import datetime, timezone
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gluelocal.crawl.crawler import CrawlResult, crawl
from gluelocal.units import to_ms

NOW = to_ms(datetime(2026, 11, 21, 8, 30, tzinfo=timezone.utc))
LAKE = "lake"
CONFIGURATION: dict[str, Any] = {
    "Version": 1.0,
    "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas", "TableLevelConfiguration": 3},
    "CrawlerOutput": {
        "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
        "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
    },
    "CreatePartitionIndex": True,
}


def crawler_properties(configuration: dict[str, Any] | None = CONFIGURATION, **changes: Any) -> dict[str, Any]:
    """The properties of a crawler over the lake."""
    defaults: dict[str, Any] = {
        "Name": "crawl-lake",
        "Role": "arn:aws:iam::123456789012:role/crawler",
        "DatabaseName": "logs",
        "Targets": {"S3Targets": [{"Path": f"s3://{LAKE}/tables/"}]},
        "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    }
    if configuration is not None:
        defaults["Configuration"] = json.dumps(configuration)
    return {**defaults, **changes}


class Lake:
    """Puts files and crawls."""

    def __init__(self, s3: Any, glue: Any) -> None:
        self.s3 = s3
        self.glue = glue
        self.looked: list[tuple[int, int]] = []  # folders that the last crawl listed, and the number of all folders
        s3.create_bucket(Bucket=LAKE)

    def put(self, key: str, columns: dict[str, Any]) -> int:
        """Writes a Parquet file by pyarrow; returns its size."""
        sink = io.BytesIO()
        pq.write_table(pa.table(columns), sink)
        self.s3.put_object(Bucket=LAKE, Key=key, Body=sink.getvalue())
        return len(sink.getvalue())

    def crawl(self, configuration: dict[str, Any] | None = CONFIGURATION, **changes: Any) -> CrawlResult:
        self.looked.clear()
        properties = crawler_properties(configuration, **changes)
        return crawl(properties, self.s3, self.glue, NOW, on_part=lambda done, of: self.looked.append((done, of)))

    def table(self, name: str) -> Any:
        return self.glue.get_table(DatabaseName="logs", Name=name)["Table"]

    def columns(self, name: str) -> dict[str, str]:
        return {c["Name"]: c["Type"] for c in self.table(name)["StorageDescriptor"]["Columns"]}

    def partitions(self, name: str) -> dict[tuple[str, ...], Any]:
        pages = self.glue.get_paginator("get_partitions").paginate(DatabaseName="logs", TableName=name)
        return {tuple(p["Values"]): p for page in pages for p in page["Partitions"]}

    def names(self) -> list[str]:
        try:
            return sorted(t["Name"] for t in self.glue.get_tables(DatabaseName="logs")["TableList"])
        except self.glue.exceptions.EntityNotFoundException:
            return []
