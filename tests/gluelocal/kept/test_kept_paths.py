"""Nothing in a catalog, a list of keys or a link leads out of a kept run's folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.athena_duckdb.kept_runs import write_kept, write_parquet

from athena_duckdb.bucket_folders import bucket_folder, files_below, location_folder
from athena_duckdb.catalog_file import CATALOG
from athena_duckdb.errors import ConfigError
from athena_duckdb.query.lake_tables import LakeTables
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.kept.keep import JOBS, KEYS, LEDGER, MARKER, RUNS, export_stack
from gluelocal.kept.restore import restore_stack

pytestmark = pytest.mark.local

GOOD = "s3://lake/tables/app/"


def rows(kept: Path, sql: str) -> list[tuple[object, ...]]:
    with LakeTables(kept) as tables:
        return [row for batch in tables.select(sql).batches for row in batch]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A kept run with a table, beside a folder that it must not read."""
    kept = tmp_path / "kept"
    write_parquet(kept / "lake" / "tables" / "app" / "a.parquet")
    for folder in ("x", "kept/control/x"):
        write_parquet(tmp_path / folder / "secret.parquet", 99)
    return kept


@pytest.mark.parametrize("location", ["s3://../x/", "s3://./x/", "s3://x/", "s3:///x/", "file:///etc/", ""])
def test_a_location_whose_bucket_is_none(kept: Path, location: str) -> None:
    write_kept(kept, {"app": GOOD, "evil": location})
    with pytest.raises(ConfigError, match=r"is not a name of an S3 bucket|is not an S3 URI"):
        rows(kept, "SELECT * FROM evil")
    assert rows(kept, "SELECT n FROM app") == [(1,)]


@pytest.mark.parametrize("key", ["../x/", "../../x/", "../control/x", "tables/../../control/x/", "/x/", ".", "a\0b"])
def test_a_location_whose_key_is_a_path_is_a_key_all_the_same(kept: Path, key: str) -> None:
    write_kept(kept, {"evil": f"s3://lake/{key}"})
    assert rows(kept, "SELECT count(*) FROM evil") == [(0,)]
    assert location_folder(kept, f"s3://lake/{key}").is_relative_to(kept / "lake")
    assert location_folder(kept, f"s3://lake/{kept.parent}/x").is_relative_to(kept / "lake")


def test_keys_that_are_no_paths_are_found_where_they_are_kept(aws: EmbeddedAws, tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", 7)
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="lake")
    key = "tables/../[1]*?//x/it's a.parquet"
    s3.put_object(Bucket="lake", Key=key, Body=(tmp_path / "a.parquet").read_bytes())
    export_stack(aws, tmp_path / "kept")

    write_kept(tmp_path / "kept", {"app": "s3://lake/tables/../[1]*?//x/", "all": "s3://lake"})
    assert rows(tmp_path / "kept", "SELECT n FROM app") == [(7,)]
    assert rows(tmp_path / "kept", 'SELECT n FROM "all"') == [(7,)]


def test_a_link_that_leads_out_is_refused_and_one_within_is_followed(kept: Path, tmp_path: Path) -> None:
    write_kept(kept, {"app": GOOD, "linked": "s3://lake/linked/", "moved": "s3://moved/"})
    lake = kept / "lake"
    (lake / "linked").symlink_to(lake / "tables" / "app")
    assert rows(kept, "SELECT n FROM linked") == [(1,)]
    (lake / "tables" / "app" / "b.parquet").symlink_to(tmp_path / "x" / "secret.parquet")
    (lake / "linked").unlink()
    (lake / "linked").symlink_to(tmp_path / "x")
    (kept / "moved").symlink_to(tmp_path / "x")
    for table in ("app", "linked", "moved"):
        with pytest.raises(ConfigError, match="is a link that leads out of"):
            rows(kept, f"SELECT * FROM {table}")


def test_a_folder_that_is_a_link_is_left_out_below_a_table(kept: Path, tmp_path: Path) -> None:
    (kept / "lake" / "tables" / "app" / "more").symlink_to(tmp_path / "x")
    assert list(files_below(kept / "lake" / "tables")) == ["app/a.parquet"]


def test_the_kept_run_may_be_a_link_itself(kept: Path, tmp_path: Path) -> None:
    write_kept(kept, {"app": GOOD})
    (tmp_path / "link").symlink_to(kept)
    assert rows(tmp_path / "link", "SELECT n FROM app") == [(1,)]


def as_a_run(kept: Path, keys: dict[str, dict[str, str]]) -> None:
    """Writes what a run writes beside the catalog."""
    for name, value in ((MARKER, {}), (LEDGER, {}), (RUNS, {}), (JOBS, {}), (KEYS, keys)):
        (kept / name).write_text(json.dumps(value))


@pytest.mark.parametrize("bucket", ["..", "../x", "/etc", "x/../..", ""])
def test_what_is_restored_is_of_a_bucket(aws: EmbeddedAws, kept: Path, bucket: str) -> None:
    write_kept(kept, {})
    as_a_run(kept, {bucket: {}})
    with pytest.raises(ConfigError, match="is not a name of an S3 bucket"):
        restore_stack(aws, kept)
    with pytest.raises(ConfigError):
        bucket_folder(kept, bucket)


def test_partitions_of_a_table_that_the_catalog_lacks_are_left_out(aws: EmbeddedAws, kept: Path) -> None:
    """A person may have removed the table from the file; `loglake verify` names it."""
    write_kept(kept, {})
    partition = {"DatabaseName": "lake", "TableName": "gone", "Values": ["2026-11-21"]}
    (kept / CATALOG).write_text(json.dumps({"databases": [], "tables": [], "partitions": [partition]}))
    as_a_run(kept, {})
    restore_stack(aws, kept)
    assert aws.client("glue").get_databases()["DatabaseList"] == []


def test_a_link_that_leads_out_is_not_restored(aws: EmbeddedAws, kept: Path, tmp_path: Path) -> None:
    aws.client("s3").create_bucket(Bucket="lake")
    write_kept(kept, {})
    as_a_run(kept, {"lake": {}})
    (kept / "lake" / "secret").symlink_to(tmp_path / "x" / "secret.parquet")
    with pytest.raises(ConfigError, match="is a link that leads out of"):
        restore_stack(aws, kept)
    listed = aws.client("s3").list_objects_v2(Bucket="lake").get("Contents", [])
    assert "secret" not in [item["Key"] for item in listed]
    assert all((kept / name).is_file() for name in (MARKER, CATALOG))


@pytest.mark.parametrize("name", ["My-Lake", "a_b", "a..b", "xn--abc", "192.168.1.1"])
def test_no_bucket_has_a_name_that_s3_refuses(aws: EmbeddedAws, name: str) -> None:
    s3 = aws.client("s3")
    with pytest.raises(s3.exceptions.ClientError, match="InvalidBucketName"):
        s3.create_bucket(Bucket=name)
