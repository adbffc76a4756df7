"""The local crawler on a table of many partitions, with S3 and Glue in this process."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from benchmark.scale.row import Row, timed
from moto import mock_aws
from support.gluelocal.crawled import LAKE, NOW, crawler_properties

from gluelocal.crawl.crawler import CrawlResult, crawl
from gluelocal.crawl.parquet_footer import read_footer

_MORE = 10
_MADE_UP: dict[str, Any] = {
    "aws_access_key_id": "made", "aws_secret_access_key": "up", "region_name": "eu-central-1",
}  # fmt: skip


def measure_crawls(partitions: int) -> list[Row]:
    """A first crawl, and one with ten new partitions."""
    with mock_aws():
        s3, glue = boto3.client("s3", **_MADE_UP), boto3.client("glue", **_MADE_UP)
        s3.create_bucket(Bucket=LAKE, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        body, footer_of = _file(), lru_cache(None)(read_footer)
        for number in range(partitions):
            _put(s3, number, body)
        with timed() as first:
            _checked(crawl(crawler_properties(), s3, glue, NOW, footer_of), partitions)
        for number in range(partitions, partitions + _MORE):
            _put(s3, number, body)
        with timed() as second:
            _checked(crawl(crawler_properties(), s3, glue, NOW, footer_of), _MORE)
    title = f"crawl of {partitions:,} partitions"
    return [
        Row(title, first.seconds, "<=", 60, "s", {"CPU seconds": first.cpu_seconds}),
        Row(f"the next one, with {_MORE} new", second.seconds, "<=", 5, "s", {"CPU seconds": second.cpu_seconds}),
    ]


def _put(s3: Any, number: int, body: bytes) -> None:
    s3.put_object(Bucket=LAKE, Key=f"tables/app/dt={number:06d}/a.parquet", Body=body)


def _file() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"event_time": [1, 2], "message": ["x", "y"], "status": [200, 404]}), sink)
    return sink.getvalue()


def _checked(result: CrawlResult, created: int) -> None:
    made = result.changes["partitions_created"]
    if made != created:
        raise RuntimeError(f"The crawl made {made} partitions, and not {created}.")
