"""A Data Catalog that is encrypted with a customer's key: crawls need CatalogKmsKeyArn."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake_cli.local.stack import LocalStack, StackSettings

pytestmark = pytest.mark.local

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(("given", "status"), [("", "FAILED"), (KEY, "SUCCEEDED")])
def test_a_crawl_needs_the_key_of_an_encrypted_catalog(tmp_path: Path, given: str, status: str) -> None:
    parquet = io.BytesIO()
    pq.write_table(pa.table({"message": ["a"]}), parquet)
    settings = StackSettings(
        tmp_path / "logs", {"CatalogKmsKeyArn": given, "KmsKeyArn": KEY, "BucketVersionDays": "30"}, enforce_iam=True
    )
    with LocalStack(Datasets.for_groups([LogGroupName("/app/shop")]), settings, SystemClock()) as stack:
        glue, name = stack.client("glue"), "loglake-crawl-lake"
        at_rest = {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": KEY}
        glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings={"EncryptionAtRest": at_rest})
        key = "tables/app_shop/dt=2026-11-30/1.parquet"
        stack.client("s3").put_object(Bucket=stack.outputs["LakeBucket"], Key=key, Body=parquet.getvalue())
        glue.start_crawler(Name=name)
        deadline = time.monotonic() + 60
        while "LastCrawl" not in (crawler := glue.get_crawler(Name=name)["Crawler"]):
            assert time.monotonic() < deadline
            stack.runtime.poll(0.05)
        last = crawler["LastCrawl"]
        assert (last["Status"], KEY in last.get("ErrorMessage", "")) == (status, status == "FAILED")
