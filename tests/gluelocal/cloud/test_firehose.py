"""When the embedded Firehose writes an object, and what happens if it can't."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from support.gluelocal.glue_accounts import ROLE

from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.settable_clock import SettableClock

pytestmark = pytest.mark.local

NOON_MS = 1_795_521_600_000
HINTS = {"IntervalInSeconds": 300, "SizeInMBs": 1}


class Landing:
    """A bucket with a delivery stream into it."""

    def __init__(self, aws: EmbeddedAws, clock: SettableClock) -> None:
        self.clock = clock
        self.s3, self.firehose = aws.client("s3"), aws.client("firehose")

    def stream(self, bucket: str = "raw", **settings: Any) -> None:
        destination = {"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{bucket}", "BufferingHints": HINTS, **settings}
        self.firehose.create_delivery_stream(DeliveryStreamName="s", ExtendedS3DestinationConfiguration=destination)

    def put(self, *records: bytes) -> None:
        self.firehose.put_record_batch(DeliveryStreamName="s", Records=[{"Data": record} for record in records])

    def objects(self, bucket: str = "raw") -> list[bytes]:
        found = self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return [self.s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in found]


@pytest.fixture
def landing() -> Iterator[Landing]:
    clock = SettableClock(NOON_MS)
    with EmbeddedAws(clock) as aws:
        aws.client("s3").create_bucket(Bucket="raw")
        yield Landing(aws, clock)


def test_the_interval_counts_from_the_first_record(landing: Landing) -> None:
    landing.stream()
    landing.put(b"a", b"b")
    landing.clock.advance(299)
    landing.put(b"c")
    assert landing.objects() == []
    landing.clock.advance(1)
    assert landing.objects() == [b"abc"]
    landing.put(b"d")
    landing.clock.advance(299)
    assert landing.objects() == [b"abc"]


def test_a_full_buffer_is_written_before_its_time(landing: Landing) -> None:
    landing.stream()
    half = b"x" * (512 * 1024)
    landing.put(half)
    assert landing.objects() == []
    landing.put(half)
    assert landing.objects() == [half + half]


def test_objects_are_compressed_if_the_stream_says_so(landing: Landing) -> None:
    landing.stream(CompressionFormat="GZIP")
    landing.put(b"a", b"b")
    landing.clock.advance(300)
    assert [gzip.decompress(body) for body in landing.objects()] == [b"ab"]


def test_what_can_not_be_written_is_kept_and_tried_again(landing: Landing) -> None:
    landing.stream(bucket="later")
    landing.put(b"a")
    landing.clock.advance(300)
    landing.s3.list_buckets()  # Firehose tries, and is refused
    landing.s3.create_bucket(Bucket="later")
    landing.put(b"b")
    landing.clock.advance(300)
    assert landing.objects("later") == [b"ab"]


def test_what_a_deleted_stream_holds_goes_with_it(landing: Landing) -> None:
    landing.stream()
    landing.put(b"a")
    landing.firehose.delete_delivery_stream(DeliveryStreamName="s")
    landing.stream()
    landing.put(b"b")
    landing.clock.advance(300)
    assert landing.objects() == [b"b"]
