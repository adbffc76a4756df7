"""Bucket names."""

from __future__ import annotations

import pytest

from athena_duckdb.buckets import check_bucket_name, is_bucket_name
from athena_duckdb.errors import ConfigError

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", ["abc", "my-lake.2026", "a.b", "1ab", "a" * 63, "10.0.0.1a"])
def test_names_that_s3_takes(name: str) -> None:
    assert check_bucket_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "..", "...", "a..b", ".ab", "ab.", "-ab", "ab-", "ab", "a" * 64),
        *("My-Lake", "my_lake", "a/b", "../x", "a\0b", "a b", "läke", "abc\n"),
        *("192.168.1.1", "xn--abc", "sthree-abc", "amzn-s3-demo-x"),
        *("abc-s3alias", "abc--ol-s3", "abc.mrap", "abc--x-s3", "abc--table-s3"),
    ],
)
def test_names_that_s3_refuses(name: str) -> None:
    assert not is_bucket_name(name)
    with pytest.raises(ConfigError, match="is not a name of an S3 bucket: use 3 to 63"):
        check_bucket_name(name)
