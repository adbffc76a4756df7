"""A window in pieces."""

from __future__ import annotations

from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window, floor_to


def tile(window: Window, unit_ms: int = MS_PER_DAY) -> list[Window]:
    """Cuts a window at multiples of `unit_ms`, in order; the first and the last piece may be shorter."""
    cuts = range(floor_to(window.from_ms, unit_ms) + unit_ms, window.to_ms, unit_ms)
    edges = [window.from_ms, *map(EpochMs, cuts), window.to_ms]
    return list(map(Window, edges, edges[1:]))
