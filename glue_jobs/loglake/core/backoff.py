"""Pauses between two checks of something slow."""

from __future__ import annotations

from typing import Callable

Jitter = Callable[[], float]
"""A random number of 0 up to 1, injected: `random.random` on AWS."""


def no_jitter() -> float:
    """Takes nothing off a pause, so that its length is known beforehand."""
    return 1.0


class Backoff:
    """Pauses that grow up to a maximum. Each is cut at random by up to a half, so that waiters don't poll in step."""

    def __init__(self, first_s: float, growth: float, most_s: float, jitter: Jitter) -> None:
        self._whole_s = first_s
        self._growth = growth
        self._most_s = max(first_s, most_s)
        self._jitter = jitter

    def next_s(self) -> float:
        """Seconds until the next check."""
        pause_s = self._whole_s * (1 + self._jitter()) / 2
        self._whole_s = min(self._whole_s * self._growth, self._most_s)
        return pause_s
