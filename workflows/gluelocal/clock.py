"""Time, injected."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Time, injected: tests move it."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Waits."""


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)
