"""How much of each log group was converted, from the ledger, and its cost; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from loglake.core.ledger.row import LedgerRow
from loglake.core.units import EpochMs, LogGroupName


@dataclass(frozen=True)
class Converted:
    """The work for a log group in a time range.

    Attributes:
        windows: converted windows, replaced ones included.
        exports: export tasks of these.
        text_bytes: of their events, each time that they were converted.
        live_bytes: text of the events that these windows have in the table: each event once.
        rows: rows that these windows have in the table.
    """

    windows: int = 0
    exports: int = 0
    text_bytes: int = 0
    live_bytes: int = 0
    rows: int = 0


@dataclass(frozen=True)
class GroupCost:
    """The cost of a log group.

    Attributes:
        usd: its share of the job runs that did something, by exports and by converted text.
    """

    log_group: LogGroupName
    done: Converted
    usd: float

    @property
    def gb(self) -> float:
        """GB of text that came into the table."""
        return self.done.live_bytes / 1e9

    @property
    def usd_per_gb(self) -> float | None:
        """None if there is no text."""
        return self.usd / self.gb if self.gb else None


def converted(rows: Iterable[LedgerRow], since_ms: EpochMs) -> dict[LogGroupName, Converted]:
    """What was converted since a time, by log group. A row has the time of its last change."""
    found: dict[LogGroupName, Converted] = {}
    for row in rows:
        if row.unreadable or row.current is None or row.updated_at_ms < since_ms:
            continue
        before, counts, live = found.get(row.log_group, Converted()), row.current.accounting, row.live is not None
        found[row.log_group] = Converted(
            before.windows + 1,
            before.exports + bool(row.current.task_id),
            before.text_bytes + counts.text_bytes,
            before.live_bytes + (counts.text_bytes if live else 0),
            before.rows + (counts.rows_out if live else 0),
        )
    return found


def divided(done: Mapping[LogGroupName, Converted], export_usd: float, convert_usd: float) -> tuple[GroupCost, ...]:
    """The cost of each log group, the dearest first.

    The export job's cost is divided by export tasks, the convert job's by bytes of text; by windows if the ledger does
    not know the bytes.
    """
    exports = sum(each.exports for each in done.values())
    size = sum(each.text_bytes for each in done.values())
    windows = sum(each.windows for each in done.values())
    found = []
    for name, each in done.items():
        share = each.text_bytes / size if size else each.windows / windows
        found.append(
            GroupCost(name, each, share * convert_usd + (each.exports / exports * export_usd if exports else 0))
        )
    return tuple(sorted(found, key=lambda cost: (-cost.usd, cost.log_group)))
