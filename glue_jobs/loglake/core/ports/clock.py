"""Time, injected."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Protocol

    from loglake.core.units import EpochMs
else:
    from typing import Protocol


class Clock(Protocol):
    """Time, injected: tests move it."""

    def now_ms(self) -> EpochMs:
        """Milliseconds since the epoch."""
        ...

    def sleep(self, seconds: float) -> None:
        """Waits."""
        ...
