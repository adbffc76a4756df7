"""The machine's clock."""

from __future__ import annotations

import time

from loglake.core.units import EpochMs


class SystemClock:
    """Implements `core.ports.Clock`."""

    def now_ms(self) -> EpochMs:
        """Milliseconds since the epoch."""
        return EpochMs(time.time_ns() // 1_000_000)

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)
