"""When an empty export is retried before it counts.

`IncomingLogEvents` counts events when they are taken in, a window holds them by their own time; the two are moments
apart for nearly all events. So a window in which events were taken in, and whose export gave none, was most likely
exported before they were exportable, which may take up to 12 hours. It is retried once after that, and then it counts.
What is taken in long before or after its time is the matter of the settled and the final pass.

A settled or final pass that gives nothing, though the windows that it replaces had events, is retried too. It never
counts, since it would take these rows away: it is FAILED the second time, and a person who knows better says so.
"""

from __future__ import annotations

from loglake.core.planning.passes import EXPORTABLE_AFTER_MS
from loglake.core.units import MS_PER_HOUR, EpochMs
from loglake.core.windows import Window

RETRY_AFTER_MS = MS_PER_HOUR
"""An empty export is retried no earlier than this, also if its 12 hours are over."""


def retry_from(window: Window, now_ms: int) -> EpochMs:
    """When a window whose export was empty is exported once more at the earliest."""
    return EpochMs(max(window.to_ms + EXPORTABLE_AFTER_MS, now_ms + RETRY_AFTER_MS))


def rows_lost(events: int) -> str:
    """Why a pass that was empty twice does not count, in words."""
    return (
        f"the export gave nothing, twice, and {events:,} events of this time are in the table: its rows stay. "
        "`loglake rerun` exports the window again, and `loglake accept` believes what comes then"
    )
