"""Times as numbers: milliseconds since 1970-01-01T00:00:00Z."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

MS_PER_MINUTE = 60_000
MS_PER_HOUR = 3_600_000
MS_PER_DAY = 86_400_000

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def to_ms(instant: datetime) -> int:
    """Milliseconds since the epoch of an aware datetime, rounded down."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """The aware UTC datetime of milliseconds since the epoch, exact."""
    return _EPOCH + timedelta(milliseconds=ms)


def format_instant(ms: int) -> str:
    """``2026-11-21T08:30:00.123Z``."""
    return f"{from_ms(ms).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
