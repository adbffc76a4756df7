"""Which times of a log group are not in its table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loglake.core.ledger.row import LedgerRow
from loglake.core.units import EpochMs
from loglake.core.windows import Window, merge, subtract


def complete_until(rows: Sequence[LedgerRow], now_ms: EpochMs) -> EpochMs | None:
    """The end of the first stretch of windows in the table; None if the first window is not in it.

    A window that is exported again keeps its earlier rows meanwhile, and so does the time of a wider one that replaces
    others. Hours without landed events have no window, so nothing is missing between landed ones; an hour that is not
    over gets more.
    """
    start = rows[0].window.from_ms
    ends = [row.window.to_ms for row in rows if row.holds_exports or row.window.to_ms <= now_ms]
    lacking = [gap.from_ms for gap in gaps(rows)]
    lacking += [missing[0].from_ms for _, missing in absent(rows) if missing]
    reach = min([max(ends, default=start), *lacking])
    return reach if reach > start else None


def absent(rows: Sequence[LedgerRow]) -> Iterator[tuple[LedgerRow, list[Window]]]:
    """Each window, with its part that is not in the table; landed events hour by hour."""
    covered = merge(row.window for row in rows if row.live and row.live.holds_exports)
    landed = merge(row.window for row in rows if row.live and not row.live.holds_exports)
    for row in rows:
        if row.live:
            yield row, [row.window] if has_more_landed(row) else []
        elif row.holds_exports:
            yield row, subtract(row.window, covered)
        else:
            yield row, subtract(row.window, landed)


def has_more_landed(row: LedgerRow) -> bool:
    """Whether more objects of a window in the table were landed, and are not in it yet."""
    tried, live = row.attempt or row.failure, row.live
    if tried is None or live is None:
        return False
    return tried.landed and not tried.reconverts and tried.generation > live.generation


def gaps(rows: Sequence[LedgerRow]) -> list[Window]:
    """The times between a log group's windows that none of them holds, in order, except before landed hours."""
    reach = rows[0].window.from_ms
    found = []
    for row in rows:
        if row.window.from_ms > reach and row.holds_exports:
            found.append(Window(reach, row.window.from_ms))
        reach = max(reach, row.window.to_ms)
    return found


def is_quiet(rows: Sequence[LedgerRow]) -> bool:
    """Whether everything is in the table, and the newest window was landed: the next delivery is not known."""
    return not rows[-1].holds_exports and not any(missing for _, missing in absent(rows))
