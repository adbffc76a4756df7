"""Times of tests."""

from __future__ import annotations

from datetime import datetime, timezone

from gluelocal.units import to_ms


def parse_instant(text: str) -> int:
    """An ISO date or time; without an offset it is UTC."""
    read = datetime.fromisoformat(text)
    return to_ms(read if read.tzinfo else read.replace(tzinfo=timezone.utc))
