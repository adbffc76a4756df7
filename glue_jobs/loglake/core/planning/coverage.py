"""The coverage of a log group: which window holds each instant now.

The ledger has a wider window and the narrower ones that it replaces side by side. Until the wider one is committed, the
rows of the narrower ones are in the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.windows import Window


@dataclass(frozen=True)
class CoveringWindow:
    """A window that lies in no other, and the live windows inside that it is about to replace."""

    row: LedgerRow
    inside: tuple[LedgerRow, ...] = ()

    @property
    def window(self) -> Window:
        """The window."""
        return self.row.window


def coverage_of(rows: Iterable[LedgerRow]) -> list[CoveringWindow]:
    """Which windows hold a log group's time, in order; they don't overlap.

    Args:
        rows: all of a log group's rows, or those from some instant on that no window crosses; in any order.
    """
    live = (row for row in rows if row.state is not WindowState.SUPERSEDED)
    found: list[list[LedgerRow]] = []  # each window, and those inside
    for row in sorted(live, key=lambda row: (row.window.from_ms, -row.window.to_ms)):
        if found and found[-1][0].window.holds(row.window):
            found[-1].append(row)
        else:
            found.append([row])
    return [CoveringWindow(row, tuple(inside)) for row, *inside in found]
