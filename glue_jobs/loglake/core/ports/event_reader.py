"""CloudWatch Logs, for reading events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from loglake.core.units import LogGroupName
from loglake.core.windows import Window


class ReadEvent(NamedTuple):
    """An event as FilterLogEvents returns it."""

    timestamp_ms: int
    log_stream: str
    event_id: str
    message: str


class EventPage(NamedTuple):
    """One answer of FilterLogEvents. It may have no events and still have a token; only without one it is the last."""

    events: Sequence[ReadEvent]
    token: str


class EventReader(Protocol):
    """CloudWatch Logs, for reading events."""

    @property
    def quota(self) -> float:
        """How many requests a second the account may make."""

    def page(self, log_group: LogGroupName, window: Window, token: str) -> EventPage:
        """The first page of a window, or the one that the token of the page before is for.

        Raises ThrottledError if too many are asked for, StaleTokenError if the token is no longer valid, NotFoundError
        if the group is gone, ExportRefusedError if this log group can't be read, and AccessDeniedError.
        """
