"""Time zones by what times and datasets call them."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ZONES = {
    "Z": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9,
}  # fmt: skip
"""Hours east of Greenwich: RFC 2822's names, and those that mean one zone only."""


def zone_of(name: str) -> tzinfo:
    """A time zone by its name, such as ``Europe/Berlin`` or ``+02:00``; UTC for none.

    Raises:
        ValueError: there is no such zone.
    """
    zone = zone_in(name) if name else timezone.utc
    if zone is None:
        raise ValueError(f"there is no time zone {name}")
    return zone


@lru_cache(maxsize=256)
def zone_in(text: str) -> tzinfo | None:
    """The zone that a time names: an offset, in minutes if it has three digits, or a name; None if it is unsure."""
    if text in ZONES:
        return timezone(timedelta(hours=ZONES[text]))
    if found := re.fullmatch(r"([+-])(?:(\d\d):?(\d\d)?|(\d{3}))", text):
        minutes = int(found[4] or 0) or int(found[2] or 0) * 60 + int(found[3] or 0)
        return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes)) if minutes < 24 * 60 else None
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
