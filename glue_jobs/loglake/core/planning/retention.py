"""What a log group's retention means for exports: CloudWatch deletes older events, and rejects new ones that old."""

from __future__ import annotations

from loglake.core.units import MS_PER_DAY, MS_PER_HOUR
from loglake.core.windows import Window

RETENTION_MARGIN_MS = MS_PER_DAY
"""The margin for waiting in a queue: retention moves on meanwhile."""

GIVE_UP_MARGIN_MS = 2 * MS_PER_HOUR
"""A window that waits too long is given up this long before retention drops some of it: a task takes time."""

_SOON_MS = 5 * MS_PER_DAY
"""A window expires soon if retention drops some of it within this time, or within a quarter of a short retention."""


def expires_soon(window: Window, retention_days: int | None, now_ms: int) -> bool:
    """Whether a window has to be exported before others because retention will soon drop some of it.

    Args:
        window: what waits for its export.
        retention_days: of its log group; None if that drops nothing.
        now_ms: the time.
    """
    if not retention_days:
        return False
    kept_ms = retention_days * MS_PER_DAY
    return window.from_ms + kept_ms - min(_SOON_MS, kept_ms // 4) <= now_ms
