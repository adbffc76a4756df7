"""Exporting a window again: which windows a request means by that, and which must stay because rows would be lost.

What a window's next generation gives replaces what is in the table. So a window whose rows are there is exported again
only where CloudWatch still has all of its events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import UNDER_WAY, Attempt, LedgerRow, Queue, WindowState, pending_around
from loglake.core.planning.coverage import CoveringWindow, coverage_of
from loglake.core.planning.retention import RETENTION_MARGIN_MS
from loglake.core.requests.requests import Request
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs, format_instant
from loglake.core.windows import Window


@dataclass(frozen=True)
class Reopening:
    """What requests mean for the windows that a log group has.

    Attributes:
        rows: windows that are to be exported again, as PLANNED under their next generation.
        refused: why others that are asked for stay as they are, in words, each with the windows that it is about.
    """

    rows: tuple[LedgerRow, ...]
    refused: tuple[str, ...]


def open_again(known: Iterable[LedgerRow], group: LogGroup, requests: Iterable[Request], now_ms: int) -> Reopening:
    """Which windows of a log group are to be exported again.

    A request means the FAILED windows that it holds all of. One with ``reexport`` means each window that it has any
    instant of, CONVERTED ones too: a window is exported as a whole. Landed windows are never exported, since that
    would put their objects aside.

    Args:
        known: the group's rows.
        group: as CloudWatch tells it.
        requests: the requests of a person that name the group.
        now_ms: the time.

    Returns:
        Asking again, with the rows that are returned in the ledger, opens none of them.
    """
    requested = list(requests)
    anyway = [request for request in requested if request.reexport]
    rows: list[LedgerRow] = []
    refused: dict[str, list[Window]] = {}
    for covering in coverage_of(known):
        inner_rows = () if _is_meant(covering.row, requested) else covering.inside
        for row in (covering.row, *inner_rows):
            if not _is_meant(row, requested):
                continue
            reason = _why_refused(row, covering, group, now_ms)
            if not reason:
                # Who says `reexport` takes what comes.
                rows.append(again(row, now_ms, accepts_fewer=_is_meant(row, anyway) or accepted_fewer(row)))
                continue
            refused.setdefault(reason, []).append(row.window)
    return Reopening(tuple(rows), tuple(_message(reason, windows) for reason, windows in refused.items()))


def again(row: LedgerRow, now_ms: int, queue: Queue = Queue.REQUESTED, *, accepts_fewer: bool = False) -> LedgerRow:
    """Under the next generation, so that nothing of the one before is taken for this one's."""
    attempt = Attempt(row.generation + 1, reason=row.reason, accepts_fewer=accepts_fewer)
    return row.begin(attempt, EpochMs(now_ms), queue)


def accepted_fewer(row: LedgerRow) -> bool:
    """Whether a person has accepted that what is tried, or failed, takes events away."""
    return any(each.accepts_fewer for each in (row.attempt, row.failure) if each)


def stands_for_rows(row: LedgerRow, inside: Iterable[LedgerRow]) -> bool:
    """Whether a window's export takes the place of rows: its own of before, or those of narrower windows."""
    return any(each.live for each in (row, *inside))


def why_not_again(
    row: LedgerRow,
    group: LogGroup,
    now_ms: int,
    inside: Iterable[LedgerRow] = (),
    margin_ms: int = RETENTION_MARGIN_MS,
) -> str:
    """Why a window must not be exported again, in words; empty where it may be.

    Args:
        row: the window.
        group: as CloudWatch tells it.
        now_ms: the time.
        inside: narrower windows whose place it is to take: their rows are in the table until then.
        margin_ms: how long it may have to wait in its queue.
    """
    inside = tuple(inside)
    unread = next((each.unreadable for each in (row, *inside) if each.unreadable), None)
    if unread:
        return str(unread)
    if row.landed or any(inner.landed for inner in inside):
        return "objects were landed for it, and an export would put them aside; its rows stay"
    if row.state in UNDER_WAY:
        return "its export is under way; ask again once it is CONVERTED"
    live = [each for each in (row, *inside) if each.live]
    if any(group.created_ms > _exported_ms(each) for each in live):
        return "the log group was deleted and made again since, and its events of before are gone; its rows stay"
    edge_ms = now_ms - (group.retention_days or 0) * MS_PER_DAY + margin_ms
    if group.retention_days and any(each.window.from_ms < edge_ms for each in live):
        days = f"{group.retention_days} days" if group.retention_days > 1 else "1 day"
        return f"the log group keeps events for {days}, so an export may lack some; its rows stay"
    return ""


def _exported_ms(row: LedgerRow) -> EpochMs:
    """When what is in the table of a window was exported, or a time after it."""
    return (row.live.exported_at_ms if row.live else EPOCH) or row.updated_at_ms


def _why_refused(row: LedgerRow, covering: CoveringWindow, group: LogGroup, now_ms: int) -> str:
    if row is covering.row:
        return why_not_again(row, group, now_ms, covering.inside)
    if pending_around(row, [covering.row]):
        return f"{covering.window} is on its way to take its place; ask again once that is CONVERTED"
    return why_not_again(row, group, now_ms)


def _is_meant(row: LedgerRow, requests: Iterable[Request]) -> bool:
    for request in requests:
        window = request.window
        if window is None:
            continue
        whole = window.from_ms <= row.window.from_ms and row.window.to_ms <= window.to_ms
        touched = window.from_ms < row.window.to_ms and row.window.from_ms < window.to_ms
        if request.reexport and touched and row.state is not WindowState.PLANNED:
            return True
        if whole and row.state is WindowState.FAILED and not row.landed:
            return True
    return False


def _message(reason: str, windows: list[Window]) -> str:
    if len(windows) == 1:
        return f"{windows[0]}: {reason}"
    span = f"[{format_instant(min(windows).from_ms)}, {format_instant(max(w.to_ms for w in windows))})"
    return f"{len(windows)} windows in {span}: {reason}"
