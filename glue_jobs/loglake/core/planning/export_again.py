"""Exporting a window again: which windows a request means by that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import Attempt, LedgerRow, Queue, WindowState, pending_around
from loglake.core.planning.coverage import CoveringWindow, coverage_of
from loglake.core.planning.replacing import accepted_fewer, why_rows_stay
from loglake.core.requests.requests import Request
from loglake.core.units import EpochMs, format_instant
from loglake.core.windows import Window


@dataclass(frozen=True)
class Reopening:
    """What requests mean for the existing windows of a log group.

    Attributes:
        rows: windows to export again, as PLANNED under their next generation.
        refused: why other requested windows stay as they are, in words, each reason with its windows.
    """

    rows: tuple[LedgerRow, ...]
    refused: tuple[str, ...]


def open_again(known: Iterable[LedgerRow], group: LogGroup, requests: Iterable[Request], now_ms: int) -> Reopening:
    """Which windows of a log group are to be exported again.

    A request means the FAILED windows that lie inside it. With ``reexport`` it means each window that it touches,
        CONVERTED ones too: a window is exported as a whole. Landed windows are never exported, since the export would
        replace their objects.

    Args:
        known: the group's rows.
        group: as CloudWatch describes it.
        requests: the requests of a person that name the group.
        now_ms: the time.

    Returns:
        Asking again, with the rows that are returned in the ledger, opens none of them.
    """
    requested = list(requests)
    anyway = [request for request in requested if request.reexport]
    rows: list[LedgerRow] = []
    refused: dict[str, list[Window]] = defaultdict(list)
    for covering in coverage_of(known):
        meant = [row for row in (covering.row, *covering.inside) if _is_meant(row, requested)]
        for row in meant[:1] if covering.row in meant else meant:
            reason = _why_refused(row, covering, group, now_ms)
            if reason:
                refused[reason].append(row.window)
            else:  # with `reexport`, a person accepts the result
                rows.append(again(row, now_ms, accepts_fewer=_is_meant(row, anyway) or accepted_fewer(row)))
    return Reopening(tuple(rows), tuple(_message(reason, windows) for reason, windows in refused.items()))


def again(row: LedgerRow, now_ms: int, queue: Queue = Queue.REQUESTED, *, accepts_fewer: bool = False) -> LedgerRow:
    """A new generation, so that nothing of the one before is taken for its own."""
    attempt = Attempt(row.generation + 1, reason=row.reason, accepts_fewer=accepts_fewer)
    return row.begin(attempt, EpochMs(now_ms), queue)


def _why_refused(row: LedgerRow, covering: CoveringWindow, group: LogGroup, now_ms: int) -> str:
    if row is covering.row:
        return why_rows_stay(row, group, now_ms, covering.inside)
    if pending_around(row, [covering.row]):
        return f"{covering.window} is about to replace it; ask again once that is CONVERTED"
    return why_rows_stay(row, group, now_ms)


def _is_meant(row: LedgerRow, requests: Iterable[Request]) -> bool:
    for window, reexport in ((request.window, request.reexport) for request in requests):
        if window is None:
            continue
        if reexport and window.meets(row.window) and row.state is not WindowState.PLANNED:
            return True
        if window.holds(row.window) and row.state is WindowState.FAILED and not row.landed:
            return True
    return False


def _message(reason: str, windows: list[Window]) -> str:
    if len(windows) == 1:
        return f"{windows[0]}: {reason}"
    span = f"[{format_instant(min(windows).from_ms)}, {format_instant(max(w.to_ms for w in windows))})"
    return f"{len(windows)} windows in {span}: {reason}"
