"""A job's log: one JSON object per line on standard output, which Glue sends to CloudWatch Logs."""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

from loglake.core.ports.clock import Clock
from loglake.core.units import format_instant

PROGRESS = "progress"
"""The event with a run's progress."""

PROGRESS_EVERY_MS = 2000
"""The time between two of them: CloudWatch Logs bills each line, and nobody looks more often."""


class Telemetry:
    """Writes events of one job run, each with its time and run id."""

    def __init__(self, clock: Clock, run_id: str, out: TextIO | None = None) -> None:
        self._clock = clock
        self._run_id = run_id
        self._out = out or sys.stdout
        self._progress_ms = -PROGRESS_EVERY_MS

    def progress(self, done: int, of: int, unit: str) -> None:
        """Reports how much is done, at most every `PROGRESS_EVERY_MS`.

        Args:
            done: so many.
            of: all that are known by now; 0 says nothing.
            unit: what they are, such as ``windows``.
        """
        now_ms = self._clock.now_ms()
        if of and now_ms - self._progress_ms >= PROGRESS_EVERY_MS:
            self._progress_ms = now_ms
            self.event(PROGRESS, done=done, of=of, unit=unit)

    def event(self, name: str, **fields: Any) -> None:
        """Writes one event; values that JSON does not know are written as their text."""
        line = {"time": format_instant(self._clock.now_ms()), "event": name, "run": self._run_id, **fields}
        text = json.dumps(line, default=str) + "\n"  # in one piece: commits of other windows write too
        print(text, end="", file=self._out, flush=True)
