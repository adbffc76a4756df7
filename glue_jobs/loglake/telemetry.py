"""What a job says while it works: one JSON object per line on standard output, which Glue sends to CloudWatch Logs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from loglake.core.ports.clock import Clock

from loglake.core.units import format_instant


class Telemetry:
    """Writes events of one job run, each with its time and run id."""

    def __init__(self, clock: Clock, run_id: str, out: TextIO | None = None) -> None:
        self._clock = clock
        self._run_id = run_id
        self._out = out or sys.stdout

    def event(self, name: str, **fields: Any) -> None:
        """Writes one event; values that JSON does not know are written as their text."""
        line = {"time": format_instant(self._clock.now_ms()), "event": name, "run": self._run_id, **fields}
        print(json.dumps(line, default=str), file=self._out, flush=True)
