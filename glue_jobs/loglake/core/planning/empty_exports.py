"""When an empty export is retried before it counts.

`IncomingLogEvents` counts events when CloudWatch receives them; a window holds them by their own time. The two are
moments apart for nearly all events. So if CloudWatch counted events in a window but its export is empty, it was
probably exported before the events were exportable, which may take up to 12 hours. It is retried once after that, and
the second result counts. The settled and the final pass care for events that come long after their time.

If a settled or final pass is empty although the windows that it replaces had events, it is retried too. But an empty
result never counts there, since it would remove these rows: the second time the window is FAILED, and a person decides
(`loglake accept`).
"""

from __future__ import annotations

from loglake.core.planning.passes import EXPORTABLE_AFTER_MS
from loglake.core.units import MS_PER_HOUR, EpochMs
from loglake.core.windows import Window

RETRY_AFTER_MS = MS_PER_HOUR
"""An empty export is retried no earlier than this, even if its 12 hours are over."""


def retry_from(window: Window, now_ms: int) -> EpochMs:
    """The earliest time for retrying an empty export of a window."""
    return EpochMs(max(window.to_ms + EXPORTABLE_AFTER_MS, now_ms + RETRY_AFTER_MS))


def rows_lost(events: int) -> str:
    """Why a pass that was empty twice FAILED, in words."""
    return (
        f"the export was empty twice, but {events:,} events of this time are in the table: its rows stay. "
        "`loglake rerun` exports the window again, and `loglake accept` accepts the result"
    )
