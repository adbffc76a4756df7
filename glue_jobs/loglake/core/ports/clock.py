"""Time, injected."""

from __future__ import annotations

from typing import Protocol

from loglake.core.units import EpochMs


class Clock(Protocol):
    """Time, injected: tests move it."""

    def now_ms(self) -> EpochMs:
        """Milliseconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Waits."""
