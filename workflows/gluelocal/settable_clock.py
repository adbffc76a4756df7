"""A clock that tests move, so hours of the embedded AWS pass within one call."""

from __future__ import annotations

import threading

from gluelocal.clock import SystemClock


class SettableClock:
    """Implements `Clock`; safe to share between threads.

    It stands still between moves. With `ticking` it runs at the machine's pace from the time that it was moved to.
    """

    def __init__(self, now_ms: int, *, ticking: bool = False) -> None:
        self._lock = threading.Lock()
        self._machine = SystemClock()
        self._set_at_ms = self._machine.now_ms()
        self._time_ms = now_ms
        self._ticking = ticking

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        with self._lock:
            return self._now()

    def sleep(self, seconds: float) -> None:
        """Waits if the clock ticks; else moves the clock on instead of waiting."""
        if self._ticking:
            self._machine.sleep(seconds)
        else:
            self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Moves the clock forward."""
        with self._lock:
            self._time_ms += round(seconds * 1000)

    def set(self, now_ms: int) -> None:
        """Sets the clock.

        Raises:
            ValueError: `now_ms` is before the clock's time, and time can't go back.
        """
        with self._lock:
            if now_ms < self._now():
                raise ValueError(f"the clock is at {self._now()} and can't go back to {now_ms}")
            self._time_ms = now_ms
            self._set_at_ms = self._machine.now_ms()

    def _now(self) -> int:
        gone_ms = self._machine.now_ms() - self._set_at_ms if self._ticking else 0
        return self._time_ms + gone_ms
