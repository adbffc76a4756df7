"""Types and names for the quantities in the code."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import NewType

from loglake.errors import ConfigError

EpochMs = NewType("EpochMs", int)
"""Milliseconds since 1970-01-01T00:00:00Z, the unit of CloudWatch Logs."""

LogGroupName = NewType("LogGroupName", str)
S3Uri = NewType("S3Uri", str)

EPOCH = EpochMs(0)
"""1970-01-01T00:00:00Z; also: never."""

MS_PER_MINUTE = 60_000
MS_PER_HOUR = 3_600_000
MS_PER_DAY = 86_400_000

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(\.\d{1,6})?)?)?(Z|[+-]\d\d:\d\d)?")


def to_ms(instant: datetime) -> EpochMs:
    """Milliseconds since the epoch of an aware datetime, rounded down."""
    return EpochMs((instant - _EPOCH) // timedelta(milliseconds=1))


def from_ms(ms: int) -> datetime:
    """The aware UTC datetime of milliseconds since the epoch, exact."""
    return _EPOCH + timedelta(milliseconds=ms)


def format_instant(ms: int) -> str:
    """``2026-11-21T08:30:00.123Z``, the timestamp that CloudWatch puts before an exported event."""
    return f"{day_of(ms)}T{from_ms(ms):%H:%M:%S}.{ms % 1000:03d}Z"


def parse_instant(text: str) -> EpochMs:
    """Reads an ISO date or time; without an offset it is UTC, without a time it is midnight.

    Raises:
        ConfigError: the text is not a valid time.
    """
    match = _INSTANT.fullmatch(text.strip())
    if match:
        day, minute, second, fraction, offset = match.groups()
        iso = f"{day}T{minute or '00:00'}:{second or '00'}{(fraction or '.0').ljust(7, '0')}"
        try:
            return to_ms(datetime.fromisoformat(iso + (offset or "Z").replace("Z", "+00:00")))
        except ValueError:
            pass  # such as month 13: reported below, in the same words
    raise ConfigError(f"{text!r} is not a time: write it like 2026-11-21 or 2026-11-21T08:30:00Z")


def day_of(ms: int) -> str:
    """The UTC day ``YYYY-MM-DD`` of an instant: the value of the partition key ``dt``."""
    return from_ms(ms).date().isoformat()  # strftime does not pad years below 1000 everywhere


def s3_uri(bucket: str, key: str) -> S3Uri:
    """``s3://bucket/key``."""
    return S3Uri(f"s3://{bucket}/{key}")


def split_s3_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI.

    Raises:
        ConfigError: the text is not an S3 URI.
    """
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ConfigError(f"{uri!r} is not an S3 URI: write it like s3://bucket/key")
    return bucket, key
