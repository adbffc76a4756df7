"""Exporting a window again: which windows a request means by that, and which must stay because rows would be lost.

What a window's next generation gives replaces what is in the table. So a window whose rows are there is exported again
only where CloudWatch still has all of its events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from glue_jobs.core.ledger import LedgerRow, WindowState
from glue_jobs.core.ports import LogGroup
from glue_jobs.core.requests import Request
from glue_jobs.core.units import EPOCH, MS_PER_DAY, EpochMs, format_instant
from glue_jobs.core.windows import Window

RETENTION_MARGIN_MS = MS_PER_DAY
"""A window waits for its turn before it is exported, and retention moves on meanwhile."""

_UNDER_WAY = frozenset({WindowState.EXPORTING, WindowState.EXPORTED, WindowState.CONVERTING})


@dataclass(frozen=True)
class Reopening:
    """What requests mean for the windows that a log group has.

    Attributes:
        rows: windows that are to be exported again, as PLANNED under their next generation.
        refused: why others that are asked for stay as they are, in words, each with the windows that it is about.
    """

    rows: tuple[LedgerRow, ...]
    refused: tuple[str, ...]


def open_again(known: Iterable[LedgerRow], group: LogGroup, backfills: Iterable[Request], now_ms: int) -> Reopening:
    """Which windows of a log group are to be exported again.

    A backfill means the FAILED windows that it holds all of. One with ``reexport`` means each window that it has any
    instant of, CONVERTED ones too: a window is exported as a whole. Landed windows are never exported, since that
    would put their objects aside.

    Args:
        known: the group's rows.
        group: as CloudWatch tells it.
        backfills: the backfill requests that name the group.
        now_ms: the time.

    Returns:
        Asking again, with the rows that are returned in the ledger, opens none of them.
    """
    asked = list(backfills)
    rows: list[LedgerRow] = []
    refused: dict[str, list[Window]] = {}
    for row in known:
        if not _is_meant(row, asked):
            continue
        reason = why_not_again(row, group, now_ms)
        if reason:
            refused.setdefault(reason, []).append(row.window)
        else:
            rows.append(again(row, now_ms))
    return Reopening(tuple(rows), tuple(_told(reason, windows) for reason, windows in refused.items()))


def again(row: LedgerRow, now_ms: int) -> LedgerRow:
    """Under the next generation, so that nothing of the one before is taken for this one's."""
    return row.advance(
        WindowState.PLANNED,
        EpochMs(now_ms),
        generation=row.generation + 1,
        attempts=0,
        task_id="",
        objects=0,
        size_bytes=0,
        accounting=None,
        partitions=(),
        exported_at_ms=EPOCH,
        not_before_ms=EPOCH,
        doubted=False,
    )


def why_not_again(row: LedgerRow, group: LogGroup, now_ms: int) -> str:
    """Why a window must not be exported again, in words; empty where it may be."""
    if row.landed:
        return "objects were landed for it, and an export would put them aside; its rows stay"
    if row.state in _UNDER_WAY:
        return "its export is under way; ask again once it is CONVERTED"
    if row.state is WindowState.FAILED and row.generation == 1:
        return ""  # nothing of it is in the table
    if group.created_ms > row.updated_at_ms:
        return "the log group was deleted and made again since, and its events of before are gone; its rows stay"
    if group.retention_days and row.window.from_ms < now_ms - group.retention_days * MS_PER_DAY + RETENTION_MARGIN_MS:
        days = f"{group.retention_days} days" if group.retention_days > 1 else "1 day"
        return f"the log group keeps events for {days}, so an export may lack some; its rows stay"
    return ""


def _is_meant(row: LedgerRow, backfills: Iterable[Request]) -> bool:
    if row.state is WindowState.SUPERSEDED:
        return False  # the window that holds its time now is meant in its place
    for request in backfills:
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


def _told(reason: str, windows: list[Window]) -> str:
    if len(windows) == 1:
        return f"{windows[0]}: {reason}"
    span = f"[{format_instant(min(windows).from_ms)}, {format_instant(max(w.to_ms for w in windows))})"
    return f"{len(windows)} windows in {span}: {reason}"
