"""What requests ask for of one log group, in the pieces in which it is exported, and why some of it is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import LedgerRow, Queue
from loglake.core.planning.day_plan import Piece
from loglake.core.planning.exportable import OLDEST_EVENT_MS, Span, hour_after, pieces_of, split_backlog
from loglake.core.planning.selection import Days, Work
from loglake.core.requests.requests import Request
from loglake.core.units import EpochMs, format_instant
from loglake.core.windows import Window, subtract

TOO_EARLY = (
    "{}: the log group was made later, and CloudWatch exports no range that ends before that: ask for one that ends "
    "later, or set an earlier `start` of its dataset where what comes after it is exported already"
)
"""A request's range that can't be exported."""

LOST = (
    "{}: the log group was made later, CloudWatch exports no range that ends before that, and the window after it must "
    "not be exported again; what it had of that time is not in the table"
)
"""A schedule's range that can't be exported."""

NO_EVENTS_THEN = (
    "{}: nothing to export: the log group was made at {}, and CloudWatch accepts no event that is more than 14 days old"
)
"""A range that can have no event."""

WITH_CREATION = (
    "{}: the log group was made later, at {}. If it has events of that time, a schedule exports them together with the "
    "day of its creation, since CloudWatch exports no range that ends before that"
)
"""A range that a schedule exports anyway."""


@dataclass(frozen=True)
class Skipped:
    """A requested log group that is not exported, or not as requested, and the reason in words.

    Attributes:
        request: the key of its request; empty if it concerns all requests that name the log group.
        is_trouble: whether something requested is not exported; else it is only good to know.
    """

    log_group: str
    reason: str
    request: str = ""
    is_trouble: bool = True

    def __str__(self) -> str:
        return f"{self.log_group}: {self.reason}"

    def is_about(self, request: Request) -> bool:
        """Whether it concerns a request."""
        return self.request in {"", request.key} and request.matches(self.log_group)


def requested_work(
    requests: Iterable[Request],
    group: LogGroup,
    span: Span,
    rows: Iterable[LedgerRow],
    *,
    now_ms: EpochMs,
    final_after_ms: int,
) -> tuple[list[Work], list[Skipped]]:
    """The pieces that requests ask for, and messages about the parts that can't be exported."""
    covered = [row.window for row in rows]
    work: list[Work] = []
    skipped: list[Skipped] = []
    for window, key in sorted((request.window, request.key) for request in requests if request.window):
        if window.from_ms < span.edge_ms:
            dropped = subtract(Window(window.from_ms, min(window.to_ms, span.edge_ms)), covered)
            skipped += [Skipped(group.name, f"{each}: retention has dropped it", key) for each in dropped]
        wanted = span.clip(window)
        for missing in subtract(wanted, covered) if wanted else ():
            gap = missing
            if missing.to_ms <= group.created_ms:
                wider = _with_creation(missing, group, span, covered)
                if wider is None:
                    skipped.append(_early(missing, group, span, key))
                    continue
                gap = wider
            for part, whole_days in split_backlog(gap, group.created_ms, now_ms):
                if whole_days:
                    work.append(Days(Queue.REQUESTED, part, key))
                    covered.append(part)
                    continue
                cut = list(pieces_of(part, group, final_after_ms))
                work += [Piece(Queue.REQUESTED, each, request=key) for each in cut]
                covered += cut
    return work, skipped


def _with_creation(gap: Window, group: LogGroup, span: Span, covered: Sequence[Window]) -> Window | None:
    """A range before the creation together with all up to the creation's hour: CloudWatch exports nothing shorter.

    Returns:
        None if there can be no event that early, if that hour is not over, or if something of the time between is
        in the ledger already.
    """
    created_ms = group.created_ms
    end_ms = hour_after(created_ms)
    if gap.to_ms <= created_ms - OLDEST_EVENT_MS or end_ms > span.end_ms:
        return None
    between = Window(gap.to_ms, end_ms)
    return Window(gap.from_ms, end_ms) if subtract(between, covered) == [between] else None


def _early(gap: Window, group: LogGroup, span: Span, request: str) -> Skipped:
    """The message about a range before the creation that is not planned."""
    created = format_instant(group.created_ms)
    if gap.to_ms <= group.created_ms - OLDEST_EVENT_MS:
        return Skipped(group.name, NO_EVENTS_THEN.format(gap, created), request, is_trouble=False)
    if span.start_ms <= max(gap.from_ms, group.created_ms - OLDEST_EVENT_MS):
        return Skipped(group.name, WITH_CREATION.format(gap, created), request, is_trouble=False)
    return Skipped(group.name, TOO_EARLY.format(gap), request)
