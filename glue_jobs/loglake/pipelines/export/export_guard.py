"""The last check of a window that would replace rows, right before its export starts.

The window may have waited for hours since planning: for the slot, for a run, or because its log group was paused.
Meanwhile CloudWatch may have fewer of its events than the table.
"""

from __future__ import annotations

from loglake.core.ledger.row import LedgerRow, Queue, WindowState, all_readable
from loglake.core.planning.export_again import stands_for_rows, why_not_again
from loglake.core.planning.passes import GIVE_UP_MARGIN_MS
from loglake.core.ports.clock import Clock
from loglake.core.ports.ledger import ExportLedger
from loglake.pipelines.export.log_groups import LogGroups

_REPLACING = frozenset({Queue.SETTLED, Queue.FINAL})


def why_rows_stay(row: LedgerRow, groups: LogGroups, ledger: ExportLedger, clock: Clock) -> str:
    """Why a PLANNED window must not be exported, since rows would be lost; empty if it may, or its log group is gone.

    Raises:
        UnreadableItemError: a row inside it can't be read.
    """
    if not row.live and row.queue not in _REPLACING:
        return ""
    inside = all_readable(ledger.rows_inside(row.log_group, row.window))
    rest = [inner for inner in inside if inner.state is not WindowState.SUPERSEDED]
    group = groups.find(row.log_group) if stands_for_rows(row, rest) else None
    return why_not_again(row, group, clock.now_ms(), rest, GIVE_UP_MARGIN_MS) if group else ""
