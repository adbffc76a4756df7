"""Whether a window that is about to be exported may replace rows."""

from __future__ import annotations

from loglake.core.ledger.row import WindowState, all_readable
from loglake.core.planning.candidate import Candidate
from loglake.core.planning.passes import GIVE_UP_MARGIN_MS
from loglake.core.planning.replacing import stands_for_rows, why_rows_stay
from loglake.pipelines.export.log_groups import LogGroups
from loglake.pipelines.ports import ExportPorts


def why_not(candidate: Candidate, ports: ExportPorts, groups: LogGroups) -> str:
    """Why a window must not be exported, since rows would be lost; empty if it may, or its log group is gone.

    Raises:
        UnreadableItemError: a row inside it can't be read.
    """
    if not candidate.replaces:
        return ""
    row = candidate.row
    rows = all_readable(ports.ledger.rows_inside(row.log_group, row.window))
    inside = [inner for inner in rows if inner.state is not WindowState.SUPERSEDED]
    group = groups.find(row.log_group) if stands_for_rows(row, inside) else None
    return why_rows_stay(row, group, ports.clock.now_ms(), inside, GIVE_UP_MARGIN_MS) if group else ""
