"""What an answer over a time range lacks, by the ledger: windows that are not settled, or not in the table at all.

A settled day has what CloudWatch could export 24 hours after it ended. An event that comes even later is in the table
after the final pass, and no ledger can announce it. Of landed log groups the ledger knows nothing that was not
delivered, so their newest two days count as not settled. A landed object that could not be read at all belongs to no
window: `loglake status` lists those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from athena_duckdb.query.query_bounds import TimeRange
from loglake.core.catalog_gaps import CatalogGap
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.planning.passes import Pass, pass_at
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs, format_instant
from loglake.core.windows import Window, floor_to, merge
from loglake_cli.operations.standing.holes import absent, gaps, has_more_landed
from loglake_cli.wording import counted

Reads = Mapping[str, TimeRange] | None
"""The tables that a query reads, with the time of its rows; None: any table, at any time."""

SHOWN = 5
"""How many sentences a person gets; JSON has all."""


class Why(str, Enum):
    """Why rows of a window may be missing, or may differ from the events."""

    UNREADABLE = "unreadable"
    NOT_EXPORTED = "not exported"
    WAITING = "waiting"
    FAILED = "failed"
    NOT_SETTLED = "not settled"
    REMOVED = "removed"
    NOT_IN_CATALOG = "not in the catalog"
    QUARANTINED = "quarantined"
    RESCUED = "rescued"


_WORDS = {
    Why.UNREADABLE: "can't be read in the ledger",
    Why.NOT_EXPORTED: "is not exported",
    Why.WAITING: "is waiting",
    Why.FAILED: "failed",
    Why.NOT_SETTLED: "is not settled",
    Why.REMOVED: "was removed (retention_days)",
}


@dataclass(frozen=True)
class Lack:
    """Something that an answer lacks.

    Attributes:
        why: the reason.
        name: the log group; of a catalog gap, and of a lake without a ledger, the table.
        window: the time; None: it is not known.
        count: events in quarantine, rescued values, or what the catalog lacks.
    """

    why: Why
    name: str
    window: Window | None = None
    count: int = 0

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        times = self.window and {"from": format_instant(self.window.from_ms), "to": format_instant(self.window.to_ms)}
        what = "table" if self.why is Why.NOT_IN_CATALOG or self.window is None else "log_group"
        return {
            "why": self.why.value,
            what: self.name,
            **(times or {}),
            **({"count": self.count} if self.count else {}),
        }


@dataclass(frozen=True)
class Missing:
    """What an answer lacks.

    Attributes:
        lacks: all that is known.
        unknown: why it can't be said whether there is more; empty if the ledger says all.
    """

    lacks: tuple[Lack, ...] = ()
    unknown: str = ""

    @property
    def complete(self) -> bool | None:
        """Whether the answer lacks nothing; None if that is unknown."""
        return False if self.lacks else None if self.unknown else True

    def sentences(self, most: int | None = SHOWN) -> list[str]:
        """What it lacks in sentences, for a person; none if it is complete."""
        alike: dict[Lack, list[str]] = defaultdict(list)
        for lack in self.lacks:
            alike[replace(lack, name="")].append(lack.name)
        said = [_sentence(lack, names) for lack, names in alike.items()]
        left = len(said[most:]) if most else 0
        more = [f"And {counted(left, 'more sentence')} like these."] if left else []
        unknown = [f"Whether anything is missing is unknown: {self.unknown}"] if self.unknown else []
        return [*said[:most], *more, *unknown]

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "complete": self.complete,
            "lacks": [lack.to_json() for lack in self.lacks],
            "unknown": self.unknown or None,
            "sentences": self.sentences(),
        }


@dataclass(frozen=True)
class AskedTime:
    """The time that an answer is about.

    Attributes:
        from_ms: its start; None: the first window.
        to_ms: its end, which is excluded; None: now.
        now_ms: the time; None: nothing is exported any more, as of a local run that has ended.
        settle_after_ms: how long after its end a day has settled.
        kept_from_ms: what is older was removed by `retention_days`.
    """

    from_ms: EpochMs | None
    to_ms: EpochMs | None
    now_ms: EpochMs | None
    settle_after_ms: int
    kept_from_ms: EpochMs = EPOCH

    def of(self, rows: Sequence[LedgerRow]) -> Window | None:
        """It as a window of a log group with these rows; None if it is empty."""
        ends = [each for each in (self.to_ms, self.now_ms) if each is not None]
        from_ms = rows[0].window.from_ms if self.from_ms is None else max(self.from_ms, EpochMs(0))
        to_ms = min(ends, default=max(row.window.to_ms for row in rows))
        return Window(from_ms, to_ms) if from_ms < to_ms else None


def lacks_of_group(rows: Sequence[LedgerRow], asked: AskedTime) -> list[Lack]:
    """What the answers over one log group lack.

    Args:
        rows: at least one; all rows with a window that meets the time, and the rows after them, ordered by window.
        asked: the time.
    """
    name = rows[0].log_group
    if asked.from_ms is not None and asked.from_ms < asked.kept_from_ms:
        until_ms = min(asked.kept_from_ms, asked.to_ms or asked.kept_from_ms)
        removed = Lack(Why.REMOVED, name, Window(max(asked.from_ms, EPOCH), until_ms))
        return [removed, *lacks_of_group(rows, replace(asked, from_ms=until_ms, kept_from_ms=EPOCH))]
    span = asked.of(rows)
    if span is None:
        return []
    times: dict[Why, list[Window]] = defaultdict(list)
    for why, window in _times(rows, asked, span):
        if window.meets(span):
            times[why].append(
                Window(EpochMs(max(window.from_ms, span.from_ms)), EpochMs(min(window.to_ms, span.to_ms)))
            )
    found = [Lack(why, name, window) for why in Why for window in merge(times.get(why, ()))]
    current = [row for row in rows if row.live and row.window.meets(span)]
    for why, counts in (
        (Why.QUARANTINED, [row.live.accounting.quarantined for row in current if row.live]),
        (Why.RESCUED, [row.live.accounting.rescued_values for row in current if row.live]),
    ):
        hit = [row.window for row, count in zip(current, counts) if count]
        if hit:
            found.append(Lack(why, name, Window(hit[0].from_ms, max(each.to_ms for each in hit)), sum(counts)))
    return found


def lack_of(gap: CatalogGap) -> Lack:
    """What a catalog gap means for answers."""
    return Lack(Why.NOT_IN_CATALOG, gap.table, count=gap.missing.count)


def _times(rows: Sequence[LedgerRow], asked: AskedTime, span: Window) -> Iterator[tuple[Why, Window]]:
    """The windows that may lack rows, with their reasons; they may overlap, and reach out of the time."""
    for row, parts in absent(rows):
        if row.state is WindowState.UNREADABLE:
            yield Why.UNREADABLE, row.window
        elif why := _why(row, asked):
            yield from ((why, part) for part in (parts or ([row.window] if row.live else [])))
    exported = [row for row in rows if row.holds_exports]
    yield from ((Why.NOT_EXPORTED, gap) for gap in gaps(rows))
    if exported and span.from_ms < rows[0].window.from_ms:
        yield Why.NOT_EXPORTED, Window(span.from_ms, rows[0].window.from_ms)
    if asked.now_ms is None:
        return
    end = max(row.window.to_ms for row in rows)
    if rows[-1].holds_exports and end < asked.now_ms:
        yield Why.NOT_EXPORTED, Window(end, asked.now_ms)
    if len(exported) < len(rows):
        unsettled = floor_to(max(asked.now_ms - asked.settle_after_ms, 0), MS_PER_DAY)
        yield Why.NOT_SETTLED, Window(unsettled, EpochMs(max(asked.now_ms, unsettled + 1)))


def _why(row: LedgerRow, asked: AskedTime) -> Why | None:
    """Why a window lacks rows; None if it doesn't."""
    live = row.live
    if live is None:
        return Why.FAILED if row.state is WindowState.FAILED else Why.WAITING
    if row.state is WindowState.FAILED and not row.is_ignored:
        return Why.FAILED
    if row.attempt and has_more_landed(row):
        return Why.WAITING
    if live.holds_exports and pass_at(live.exported_at_ms, row.window, asked.settle_after_ms) is Pass.FRESH:
        return Why.NOT_SETTLED
    return None


def _sentence(lack: Lack, names: Sequence[str]) -> str:
    more = f" and {counted(len(names) - 1, 'more log group')}" if len(names) > 1 else ""
    name, when = f"{names[0]}{more}", f" ({_span(lack.window)})" if lack.window else ""
    if lack.why is Why.QUARANTINED:
        return f"{counted(lack.count, 'event')} of {name} in quarantine{when}."
    if lack.why is Why.RESCUED:
        return f"{counted(lack.count, 'value')} of {name} did not fit a column{when}."
    if lack.why is Why.NOT_IN_CATALOG:
        return f"The catalog lacks {counted(lack.count, 'column or partition', 'columns or partitions')} of {name}."
    return f"{_span(lack.window) if lack.window else 'Some time'} of {name} {_WORDS[lack.why]}."


def _span(window: Window) -> str:
    """``2026-11-21 13:00``, ``2026-11-21 13:00 to 15:00``, or with both days."""
    begin, end = (format_instant(EpochMs(ms))[:16].replace("T", " ") for ms in (window.from_ms, window.to_ms))
    return f"{begin} to {end[11:] if begin[:10] == end[:10] else end}"
