"""Whether an export may replace rows, and whether it has fewer events than these: both are judged here, and only here.

A window's next generation replaces its rows. So a window with rows is exported again only if CloudWatch still has all
of its events, and it is committed only if it has at least as many events as the table.
"""

from __future__ import annotations

from collections.abc import Iterable

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import UNDER_WAY, LedgerRow
from loglake.core.planning.coverage import CoveringWindow, coverage_of
from loglake.core.planning.passes import RETENTION_MARGIN_MS
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs


def accepted_fewer(row: LedgerRow) -> bool:
    """Whether a person has accepted that the attempt, or the failed one, removes events."""
    return any(each.accepts_fewer for each in (row.attempt, row.failure) if each)


def stands_for_rows(row: LedgerRow, inside: Iterable[LedgerRow]) -> bool:
    """Whether a window's export replaces rows: its own earlier ones, or those of narrower windows."""
    return any(each.live for each in (row, *inside))


def why_rows_stay(
    row: LedgerRow,
    group: LogGroup,
    now_ms: int,
    inside: Iterable[LedgerRow] = (),
    margin_ms: int = RETENTION_MARGIN_MS,
) -> str:
    """Why an export of a window must not take the place of rows, in words; empty if it may.

    Args:
        row: the window.
        group: as CloudWatch describes it.
        now_ms: the time.
        inside: narrower windows that it is about to replace: their rows are in the table until then.
        margin_ms: how long it may wait in its queue.
    """
    inside = tuple(inside)
    unread = next((each.unreadable for each in (row, *inside) if each.unreadable), None)
    if unread:
        return str(unread)
    if row.landed or any(inner.landed for inner in inside):
        return "it has landed objects, and an export would replace them; its rows stay"
    if row.state in UNDER_WAY:
        return "its export is under way; ask again once it is CONVERTED"
    live = [each for each in (row, *inside) if each.live]
    if any(group.created_ms > _exported_ms(each) for each in live):
        return "the log group was deleted and made again since, and its earlier events are gone; its rows stay"
    edge_ms = now_ms - (group.retention_days or 0) * MS_PER_DAY + margin_ms
    if group.retention_days and any(each.window.from_ms < edge_ms for each in live):
        days = f"{group.retention_days} days" if group.retention_days > 1 else "1 day"
        return f"its events are kept for {days}, so an export may lack some; its rows stay"
    return ""


def _exported_ms(row: LedgerRow) -> EpochMs:
    """When a window's current rows were exported, or a later time."""
    return (row.live.exported_at_ms if row.live else EPOCH) or row.updated_at_ms


def events_at_least(covering: CoveringWindow) -> int | None:
    """An upper bound of the events in the table, quarantine included, for a window's time; None if it is not known.

    If no version of its own is in the table, the windows inside it count, each instant once.
    """
    if covering.row.live:
        return covering.row.live.accounting.held
    counts = map(events_at_least, coverage_of(covering.inside))
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def events_before(row: LedgerRow, inside: Iterable[LedgerRow], decided: int | None = None) -> int | None:
    """A lower bound of the events in the table that a window's attempt replaces; None if it is not known.

    With fewer events, the attempt would lose rows. Also None if it may remove events: if a person accepts that, if it
    converts the current version again (such as after a column was retyped), or if it has landed objects, which are
    counted one by one.

    Args:
        row: the window, with its attempt.
        inside: the rows of narrower windows in it, SUPERSEDED and landed ones included.
        decided: the events of a commit that was decided, if the window failed before it ended: the ledger has no
            version of it.
    """
    tried = row.trying
    if tried.accepts_fewer or tried.reconverts or row.landed:
        return None
    if decided is not None:
        return decided
    return events_at_least(CoveringWindow(row, tuple(inner for inner in inside if not inner.landed)))
