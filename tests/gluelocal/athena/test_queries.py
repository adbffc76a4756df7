"""SQL over a kept run."""

from __future__ import annotations

import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from athena_duckdb.errors import ConfigError
from athena_duckdb.query.athena import query
from athena_duckdb.query.hive_types import duckdb_type
from athena_duckdb.query.lake_tables import LakeTables
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.crawl.crawler import crawl
from gluelocal.kept.keep import export_stack

pytestmark = pytest.mark.local

PROPERTIES = {
    "Name": "crawl-lake",
    "DatabaseName": "logs",
    "Targets": {"S3Targets": [{"Path": "s3://lake/tables/"}]},
    "Configuration": json.dumps(
        {
            "Version": 1.0,
            "Grouping": {"TableLevelConfiguration": 3},
            "CrawlerOutput": {
                "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
                "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
            },
        }
    ),
}
EVENT_TIME = pa.array([1_700_000_000_123], pa.timestamp("ms", "UTC"))


class Run:
    """Makes a kept run of Parquet files."""

    def __init__(self, aws: EmbeddedAws, directory: Path) -> None:
        self.aws = aws
        self.directory = directory
        aws.client("s3").create_bucket(Bucket="lake")
        aws.client("s3").create_bucket(Bucket="control")
        aws.client("s3").put_object(Bucket="control", Key="secret.txt", Body=b"secret")

    def put(self, key: str, columns: dict[str, Any]) -> None:
        sink = io.BytesIO()
        pq.write_table(pa.table(columns), sink)
        self.aws.client("s3").put_object(Bucket="lake", Key=f"tables/{key}", Body=sink.getvalue())

    def crawl(self) -> None:
        crawl(PROPERTIES, self.aws.client("s3"), self.aws.client("glue"), 0)

    def keep(self) -> Path:
        export_stack(self.aws, self.directory)
        return self.directory


@pytest.fixture
def run(aws: EmbeddedAws, tmp_path: Path) -> Run:
    return Run(aws, tmp_path / "kept [1] it's" / "run*")


@pytest.fixture
def kept(run: Run) -> Path:
    run.put("app/dt=2026-11-20/a.parquet", {"event_time": EVENT_TIME, "user_id": [7]})
    run.put("app/dt=2026-11-21/b.parquet", {"event_time": EVENT_TIME, "user_id": [8], "late": ["x"]})
    run.crawl()
    return run.keep()


def test_answers_over_the_catalog(kept: Path) -> None:
    result = query(kept, "SELECT event_time, user_id, late, dt FROM logs.app ORDER BY user_id")

    stamp = datetime(2023, 11, 14, 22, 13, 20, 123000)
    assert result.columns == ("event_time", "user_id", "late", "dt")
    assert result.types == ("TIMESTAMP", "BIGINT", "VARCHAR", "VARCHAR")
    assert result.rows == [(stamp, 7, None, "2026-11-20"), (stamp, 8, "x", "2026-11-21")]


def test_a_table_needs_no_database_and_partition_keys_are_strings(kept: Path) -> None:
    assert query(kept, "SELECT user_id FROM app WHERE dt = '2026-11-21'").rows == [(8,)]
    assert query(kept, "SELECT typeof(dt), length(dt) FROM app LIMIT 1").rows == [("VARCHAR", 10)]
    assert {row[0] for row in query(kept, "SHOW TABLES").rows} == {"app"}
    assert [row[0] for row in query(kept, "DESCRIBE app").rows] == ["event_time", "user_id", "late", "dt"]


def test_the_session_is_utc_whatever_the_machine(kept: Path) -> None:
    assert query(kept, "SELECT current_setting('TimeZone')").rows == [("UTC",)]
    rows = query(kept, "SELECT date_trunc('hour', event_time) FROM app LIMIT 1").rows
    assert rows == [(datetime(2023, 11, 14, 22),)]


def test_nested_and_exact_types(run: Run) -> None:
    nested = pa.array([{"Id": 1, "tags": [{"k": "v"}]}])
    money = pa.array([Decimal("1.10")], pa.decimal128(10, 2))
    pairs = pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32()))
    run.put("t/x.parquet", {"st": nested, "money": money, "mp": pairs, "blob": [b"\0"], "Mixed": [1]})
    run.crawl()

    result = query(run.keep(), "SELECT st.id, st.tags[1].k, money, mp['k'], blob, mixed FROM t")
    assert result.rows == [(1, "v", Decimal("1.10"), 1, b"\0", 1)]


def test_a_partition_that_was_not_crawled_is_not_seen(run: Run) -> None:
    run.put("app/dt=1/a.parquet", {"a": [1]})
    run.crawl()
    run.put("app/dt=2/a.parquet", {"a": [2]})
    run.put("app/dt=1/_tmp.parquet", {"a": [3]})

    assert query(run.keep(), "SELECT a FROM app").rows == [(1,)]


def test_a_table_whose_files_are_gone_is_empty(run: Run) -> None:
    run.put("app/dt=1/a.parquet", {"a": [1]})
    run.crawl()
    run.aws.client("s3").delete_object(Bucket="lake", Key="tables/app/dt=1/a.parquet")
    result = query(run.keep(), "SELECT a, dt FROM app")

    assert (result.columns, result.rows) == (("a", "dt"), [])


def test_a_column_that_is_a_partition_key_too_is_refused_as_by_athena(run: Run) -> None:
    run.put("app/dt=1/a.parquet", {"dt": ["1"]})
    run.crawl()
    with pytest.raises(ConfigError, match="HIVE_INVALID_METADATA: table app has duplicate columns: dt"):
        query(run.keep(), "SELECT * FROM app")


def test_a_file_that_has_another_type_than_the_table_is_bad_data_where_its_column_is_read(run: Run) -> None:
    run.put("app/dt=1/a.parquet", {"a": [1], "b": ["x"], "s": [{"a": "nested"}]})
    run.crawl()
    run.put("app/dt=1/b.parquet", {"a": ["2"], "b": ["y"], "s": [{"a": "nested"}]})
    kept = run.keep()

    assert query(kept, "SELECT b FROM app ORDER BY b").rows == [("x",), ("y",)]
    assert query(kept, "SELECT count(*) FROM app").rows == [(2,)]
    with pytest.raises(ConfigError, match=r"HIVE_BAD_DATA: Field a's type BYTE_ARRAY in parquet file .*b\.parquet is"):
        query(kept, "SELECT a FROM app")


@pytest.mark.parametrize(
    ("first", "second"), [([1], [1.5]), (["x"], [1]), ([True], [1]), (EVENT_TIME, [1]), ([1.5], [1])]
)
def test_nothing_is_cast_in_silence(run: Run, first: Any, second: Any) -> None:
    run.put("app/dt=1/a.parquet", {"a": first})
    run.crawl()
    run.put("app/dt=1/b.parquet", {"a": second})
    with pytest.raises(ConfigError, match="HIVE_BAD_DATA"):
        query(run.keep(), "SELECT a FROM app")


def test_types_that_athena_widens_are_read(run: Run) -> None:
    run.put("app/dt=1/a.parquet", {"a": [1], "d": [1.5]})
    run.crawl()
    run.put("app/dt=1/b.parquet", {"a": pa.array([2], pa.int32()), "d": pa.array([0.5], pa.float32())})
    assert query(run.keep(), "SELECT a, d FROM app ORDER BY a").rows == [(1, 1.5), (2, 0.5)]


def test_a_partition_that_declares_another_type_than_the_table_is_refused(run: Run) -> None:
    run.put("app/dt=1/a.parquet", {"a": [1]})
    run.put("other/dt=1/a.parquet", {"a": [1]})
    run.crawl()
    glue = run.aws.client("glue")
    where = {"DatabaseName": "logs", "TableName": "app"}
    partition = glue.get_partition(**where, PartitionValues=["1"])["Partition"]
    descriptor = {**partition["StorageDescriptor"], "Columns": [{"Name": "a", "Type": "string"}]}
    changed = {"Values": ["1"], "StorageDescriptor": descriptor}
    glue.update_partition(**where, PartitionValueList=["1"], PartitionInput=changed)
    kept = run.keep()

    assert query(kept, "SELECT a FROM other").rows == [(1,)]
    with pytest.raises(
        ConfigError, match=r"HIVE_PARTITION_SCHEMA_MISMATCH: .* partition 'dt=1' declared column 'a' as"
    ):
        query(kept, "SELECT count(*) FROM logs.app")


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO 'out.csv'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO 'out.csv'",
        "CREATE TABLE x (a INT)",
        "SET TimeZone = 'CET'",
        "ATTACH 'x.db'",
        "INSTALL httpfs",
        "SELECT 1; SELECT 2",
        "",
    ],
)
def test_only_selects_run(kept: Path, sql: str) -> None:
    before = sorted(kept.rglob("*"))
    with pytest.raises(ConfigError, match="give one SELECT statement"), LakeTables(kept) as tables:
        tables.select(sql)
    assert sorted(kept.rglob("*")) == before


def test_no_other_file_is_read(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a\n1\n")
    with LakeTables(kept) as tables:
        for path in (
            tmp_path / "other.csv",
            kept / "control" / "secret.csv",
            kept / "lake" / ".." / "control" / "secret.csv",
        ):
            escaped = str(path).replace("'", "''")
            with pytest.raises(ConfigError, match=r"read_text\(\) can't be used here"):
                tables.select(f"SELECT * FROM read_text('{escaped}')")
            with pytest.raises(ConfigError, match="Permission Error"):
                tables.select(f"SELECT * FROM '{escaped}'")
        with pytest.raises(ConfigError, match="No files found"):
            tables.select("SELECT * FROM 's3://control/secret.csv'")


def test_errors_are_duckdbs(kept: Path) -> None:
    with pytest.raises(ConfigError, match="nothing_here"):
        query(kept, "SELECT nothing_here FROM app")
    with pytest.raises(ConfigError, match="syntax error"):
        query(kept, "SELEKT 1")
    with pytest.raises(ConfigError) as refused:
        query(kept, "SELECT * FROM other")
    first, where = str(refused.value).split("\n\n")
    assert first == "Catalog Error: Table with name other does not exist! The catalog has app."
    assert where.startswith("LINE 1: SELECT * FROM other")
    with pytest.raises(ConfigError, match="Scalar Function with name other does not exist"):
        query(kept, "SELECT other(1)")


def test_without_any_table_a_query_says_so(run: Run) -> None:
    kept = run.keep()
    with pytest.raises(ConfigError, match=r"Table with name app does not exist! The catalog has no table\."):
        query(kept, "SELECT * FROM app")


def test_without_a_kept_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no kept run"):
        query(tmp_path / "nothing", "SELECT 1")


@pytest.mark.parametrize(
    ("hive", "duck"),
    [
        ("bigint", "BIGINT"),
        ("decimal(10,2)", "DECIMAL(10,2)"),
        ("varchar(20)", "VARCHAR"),
        ("array<map<string,array<int>>>", "MAP(VARCHAR, INTEGER[])[]"),
        ('struct<a:int,b"c:struct<d:decimal(3,1)>>', 'STRUCT("a" INTEGER, "b""c" STRUCT("d" DECIMAL(3,1)))'),
    ],
)
def test_hive_types(hive: str, duck: str) -> None:
    assert duckdb_type(hive) == duck


@pytest.mark.parametrize("hive", ["interval", "array<int", "map<int>", "uniontype<int,string>"])
def test_types_that_athena_does_not_know(hive: str) -> None:
    with pytest.raises(ConfigError, match="Athena does not know"):
        duckdb_type(hive)
