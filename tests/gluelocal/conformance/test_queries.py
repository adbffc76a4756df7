"""Queries of Athena, as loglake query answers them"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.gluelocal.conformance import rule
from support.gluelocal.crawled import Lake, crawler_properties

from athena_duckdb.errors import ConfigError
from athena_duckdb.query.athena import query
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.crawl.crawler import crawl
from gluelocal.kept.keep import export_stack

pytestmark = pytest.mark.local

ATHENA = "Athena user guide, "
Ask = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def lake(aws: EmbeddedAws) -> Lake:
    return Lake(aws.client("s3"), aws.client("glue"))


@pytest.fixture
def ask(aws: EmbeddedAws, tmp_path: Path) -> Ask:
    """Runs SQL over the current lake."""

    def answer(sql: str) -> list[tuple[Any, ...]]:
        export_stack(aws, tmp_path / "kept")
        return query(tmp_path / "kept", sql).rows

    return answer


@rule(
    "A partition key is a column of its type in the catalog, and so a string, whatever its values look like.",
    ATHENA + "Partition your data",
)
def test_partition_keys(lake: Lake, ask: Ask) -> None:
    lake.put("tables/app/dt=2026-11-24/x.parquet", {"a": [1]})
    lake.crawl()
    assert ask("SELECT typeof(dt), dt FROM app") == [("VARCHAR", "2026-11-24")]


@rule("A table with a column that is a partition key, too, can't be read.", ATHENA + "Duplicate columns in the catalog")
def test_duplicate_columns(lake: Lake, ask: Ask) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1], "dt": ["x"]})
    lake.crawl()
    with pytest.raises(ConfigError, match="HIVE_INVALID_METADATA: table app has duplicate columns: dt"):
        ask("SELECT a FROM app")


@rule("What is in no partition of the catalog is not read.", ATHENA + "Partition your data")
def test_partitions_of_the_catalog(lake: Lake, ask: Ask) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.crawl()
    lake.put("tables/app/dt=2/x.parquet", {"a": [2]})
    assert ask("SELECT a FROM app") == [(1,)]
    lake.crawl()
    assert ask("SELECT a FROM app ORDER BY a") == [(1,), (2,)]


@rule(
    "What a crawler excludes is read all the same: Athena does not know of exclusions.",
    "Glue developer guide, Include and exclude patterns; Athena user guide, Use Glue crawlers",
)
def test_exclusions(lake: Lake, ask: Ask) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.put("tables/app/dt=1/y.tmp", {"a": [2]})
    target = {"Path": "s3://lake/tables/", "Exclusions": ["**.tmp"]}
    properties = crawler_properties(Targets={"S3Targets": [target]})
    crawl(properties, lake.s3, lake.glue, 0)
    assert lake.table("app")["Parameters"]["objectCount"] == "1"
    assert ask("SELECT a FROM app ORDER BY a") == [(1,), (2,)]


@rule("Objects whose names begin with _ or . are not read.", ATHENA + "Considerations and limitations")
def test_hidden_objects(lake: Lake, ask: Ask) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.crawl()
    for name in ("_x.parquet", ".x.parquet"):
        lake.put(f"tables/app/dt=1/{name}", {"a": [2]})
    assert ask("SELECT a FROM app") == [(1,)]


@rule(
    "If a file's column has another type than the table's, a query of that column fails with HIVE_BAD_DATA.",
    ATHENA + "Handle schema updates",
)
def test_bad_data(lake: Lake, ask: Ask) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1], "b": [1]})
    lake.crawl()
    lake.put("tables/app/dt=1/y.parquet", {"a": ["x"], "b": [2]})
    with pytest.raises(ConfigError, match="HIVE_BAD_DATA"):
        ask("SELECT a FROM app")
    assert ask("SELECT b FROM app ORDER BY b") == [(1,), (2,)]


@rule(
    "If a partition's column has another type than the table's, a query fails with HIVE_PARTITION_SCHEMA_MISMATCH.",
    ATHENA + "Handle schema updates",
)
def test_partition_mismatch(lake: Lake, ask: Ask) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": pa.array([1], pa.int32())})
    own = {"Version": 1.0, "Grouping": {"TableLevelConfiguration": 3}}
    lake.crawl(own)
    lake.put("tables/app/dt=2/x.parquet", {"a": pa.array([1], pa.int64())})
    lake.crawl(own, SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"})
    with pytest.raises(ConfigError, match="HIVE_PARTITION_SCHEMA_MISMATCH"):
        ask("SELECT a FROM app")


@rule("A column that a file doesn't have is NULL there.", ATHENA + "Handle schema updates")
def test_missing_columns(lake: Lake, ask: Ask) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.put("tables/app/dt=2/x.parquet", {"a": [2], "b": ["x"]})
    lake.crawl()
    assert ask("SELECT a, b FROM app ORDER BY a") == [(1, None), (2, "x")]
