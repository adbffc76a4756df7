"""How many requests of FilterLogEvents an account may spend.

The quota belongs to the account and Region, and people at the console share it. So reading takes two fifths of it, and
less as soon as CloudWatch says to slow down.
"""

from __future__ import annotations

from loglake.core.ports.clock import Clock

_SHARE = 0.4
"""Of the quota."""
_LEAST = 0.2
"""Requests a second, however often CloudWatch throttles."""
_BACK_EVERY_MS, _BACK_BY = 10_000, 1.05


class ReadBudget:
    """A token bucket that holds the requests of one second, and at least one.

    Attributes:
        rate: requests a second, as they are allowed now.
    """

    def __init__(self, clock: Clock, quota: float) -> None:
        """`quota` is how many requests a second the account may make."""
        self._clock = clock
        self._most = quota * _SHARE
        self.rate = self._most
        self._left = max(1.0, self.rate)
        self._filled_ms: int = clock.now_ms()
        self._faster_ms: int = clock.now_ms()

    def take(self) -> bool:
        """Takes one request; False if none is left now."""
        self._fill()
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def wait_s(self) -> float:
        """How long until there is a request to take."""
        self._fill()
        return max(0.0, (1 - self._left) / self.rate)

    def slow_down(self) -> None:
        """CloudWatch throttled a request: half the rate from now on. It grows again by a twentieth every 10 seconds."""
        self._fill()
        self.rate = max(_LEAST, self.rate / 2)
        self._left = min(self._left, 0.0)
        self._faster_ms = self._clock.now_ms()

    def _fill(self) -> None:
        now_ms = self._clock.now_ms()
        self._left = min(max(1.0, self.rate), self._left + (now_ms - self._filled_ms) / 1000 * self.rate)
        self._filled_ms = now_ms
        steps = (now_ms - self._faster_ms) // _BACK_EVERY_MS
        self.rate = min(self._most, self.rate * _BACK_BY ** min(steps, 1000))  # a run may sleep for days
        self._faster_ms += steps * _BACK_EVERY_MS
