"""Stretches: what `status` needs of a closed month, in as few rows as possible.

A stretch stands for windows that follow each other and are alike, as one row. So whoever adds up rows, or looks for
what is missing between them, does the same with stretches. A month without gaps is one stretch, mostly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import LedgerRow
from loglake.core.ledger.versions import FINAL_AFTER_MS, Current
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.unreadable import check_values
from loglake.core.windows import Window, day_end, floor_to


@dataclass(frozen=True)
class Stretch(LedgerRow):
    """CONVERTED windows of a month as one row.

    Its current version says how they came, and has the sum of their accounting. It has no raw objects and no files.
    Its `exported_at_ms` is as long after its last day as the earliest export was after the day of its own window.

    Attributes:
        windows: how many.
        spread_ms: how much longer after its day the latest export was.
    """

    windows: int = 1
    spread_ms: int = 0

    def is_clear(self, settle_after_ms: int) -> bool:
        """Whether all of its windows had the same pass, if a day has settled so long after its end."""
        age_ms = _age_ms(self)
        return not age_ms < settle_after_ms <= age_ms + self.spread_ms

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict, without its log group and what is 0."""
        live = _live(self)
        said = {
            "from_ms": self.window.from_ms,
            "to_ms": self.window.to_ms,
            "table": self.table,
            "windows": self.windows,
            "spread_ms": self.spread_ms,
            "exported_at_ms": live.exported_at_ms,
            "way": live.way,
            "landed": live.landed,
            "accounting": {name: count for name, count in live.accounting.to_json().items() if count},
        }
        return {name: value for name, value in said.items() if value or name == "from_ms"}

    @staticmethod
    def from_json(log_group: LogGroupName, data: Mapping[str, Any]) -> Stretch:
        """The inverse of `to_json`.

        Raises:
            ValueError, KeyError, TypeError: `to_json` did not write it.
        """
        way, accounting = data["way"], Accounting(**data.get("accounting", {}))
        current = _current(way, data.get("exported_at_ms", EPOCH), accounting, landed=data.get("landed", False))
        window = Window(data["from_ms"], data["to_ms"])
        stretch = Stretch(
            log_group,
            window,
            intern(data["table"]),
            current=current,
            windows=data["windows"],
            spread_ms=data.get("spread_ms", 0),
        )
        for each in (stretch, current, accounting):
            check_values(each)
        return stretch


def stretches_of(rows: Iterable[LedgerRow]) -> list[Stretch]:
    """CONVERTED rows of a log group, ordered by window, as few stretches."""
    found: list[Stretch] = []
    for row in rows:
        one = _stretch_of(row)
        if found and _continues(found[-1], one):
            found[-1] = _both(found[-1], one)
        else:
            found.append(one)
    return found


def windows_in(row: LedgerRow) -> int:
    """How many windows a row or a stretch stands for."""
    return row.windows if isinstance(row, Stretch) else 1


def day_ends(row: LedgerRow) -> Iterable[EpochMs]:
    """The ends of the days that windows of a row or a stretch end in."""
    last = day_end(row.window)
    first = _day_after(row) if windows_in(row) > 1 else last
    return map(EpochMs, range(first, last + 1, MS_PER_DAY))


def _stretch_of(row: LedgerRow) -> Stretch:
    live = _live(row)
    exported_ms = live.exported_at_ms if live.holds_exports else EPOCH
    current = _current(live.way, exported_ms, live.accounting, landed=live.landed)
    return Stretch(row.log_group, row.window, row.table, current=current)


def _current(way: str, exported_at_ms: EpochMs, accounting: Accounting, *, landed: bool) -> Current:
    """A version that came in a way (`Version.way`), of nothing else."""
    return Current(
        task_id="" if way == "landing" else "-",
        exported_at_ms=exported_at_ms,
        landed=landed,
        pages=int(way == "read"),
        accounting=accounting,
    )


def _continues(first: Stretch, second: Stretch) -> bool:
    """Whether nobody needs to tell two stretches apart.

    The windows of one lie in a day each, so each day that it meets has one. If it was exported, it has no gap.
    """
    near = second.window.from_ms <= first.window.to_ms or not _live(second).holds_exports
    return near and _is_of_days(first) and _is_of_days(second) and _kind(first) == _kind(second)


def _both(first: Stretch, second: Stretch) -> Stretch:
    one, other = _live(first), _live(second)
    window = Window(first.window.from_ms, max(first.window.to_ms, second.window.to_ms))
    exported_ms, spread_ms = EPOCH, 0
    if one.holds_exports:
        ages = (_age_ms(first), _age_ms(second))
        exported_ms = EpochMs(day_end(window) + min(ages))
        spread_ms = max(age + each.spread_ms for age, each in zip(ages, (first, second))) - min(ages)
    current = _current(one.way, exported_ms, one.accounting + other.accounting, landed=one.landed)
    windows = first.windows + second.windows
    return Stretch(first.log_group, window, first.table, current=current, windows=windows, spread_ms=spread_ms)


def _kind(stretch: Stretch) -> tuple[object, ...]:
    """What the windows of a stretch have in common.

    So it is also exact between which times events are in quarantine, and values did not fit.
    """
    live = _live(stretch)
    is_final = live.holds_exports and _age_ms(stretch) >= FINAL_AFTER_MS
    counts = (live.accounting.quarantined, live.accounting.rescued_values)
    return stretch.table, live.way, live.landed, is_final, *map(bool, counts)


def _is_of_days(stretch: Stretch) -> bool:
    return stretch.windows > 1 or _day_after(stretch) >= stretch.window.to_ms


def _day_after(row: LedgerRow) -> EpochMs:
    """The end of the day that a window begins in."""
    return EpochMs(floor_to(row.window.from_ms, MS_PER_DAY) + MS_PER_DAY)


def _age_ms(stretch: Stretch) -> int:
    """How long after its day the earliest export was."""
    return _live(stretch).exported_at_ms - day_end(stretch.window)


def _live(row: LedgerRow) -> Current:
    assert row.live, f"{row.log_group} {row.window} is not in the table"
    return row.live
