"""Entries of systemd's journal in its export format: lines ``KEY=value``, then an empty line.

https://systemd.io/JOURNAL_EXPORT_FORMATS/
"""

from __future__ import annotations

import re

CURSOR = "__CURSOR="
"""How the first line of an entry starts."""

_TIME = re.compile(rb"\n__REALTIME_TIMESTAMP=(\d{16})\r?(?:\n|$)")


def entry_ms(entry: bytes) -> int | None:
    """The time of an entry, which has microseconds; None if it is no entry, or says no time."""
    found = _TIME.search(entry) if entry.startswith(CURSOR.encode()) else None
    return int(found[1]) // 1000 if found else None
