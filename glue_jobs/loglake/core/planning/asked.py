"""What requests of a person ask for of one log group, and why some of it is not exported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import TERMINAL, LedgerRow, Queue, WindowState
from loglake.core.planning.candidate import Candidate
from loglake.core.planning.coverage import coverage_of
from loglake.core.planning.exportable import OLDEST_EVENT_MS, Span
from loglake.core.planning.replacing import accepted_fewer, why_rows_stay
from loglake.core.requests.requests import Request
from loglake.core.units import format_instant
from loglake.core.windows import Window, subtract

NO_EVENTS_THEN = (
    "{}: nothing to export: the log group was made at {}, and CloudWatch accepts no event that is more than 14 days old"
)
"""A range that can have no event."""

TOO_EARLY = (
    "{}: the log group was made later, at {}, and CloudWatch exports no range that ends before that: "
    "set ingest: auto to have it read"
)
"""A range that only reading brings in."""


@dataclass(frozen=True)
class Skipped:
    """A requested log group that is not exported, or not as requested, and the reason in words.

    Attributes:
        request: the key of its request; empty if it concerns all requests that name the log group.
        is_trouble: whether something requested is not exported; else it is only good to know.
    """

    log_group: str
    reason: str
    request: str = ""
    is_trouble: bool = True

    def __str__(self) -> str:
        return f"{self.log_group}: {self.reason}"

    def is_about(self, request: Request) -> bool:
        """Whether it concerns a request."""
        return self.request in {"", request.key} and request.matches(self.log_group)


def missing_of(
    requests: Iterable[Request],
    group: LogGroup,
    span: Span,
    rows: Iterable[LedgerRow],
    windows_of: Callable[[Window], Iterator[Window]],
    *,
    may_read: bool,
) -> tuple[list[Candidate], list[Skipped]]:
    """What requests ask for and the ledger lacks, and messages about the parts that can't be exported.

    Args:
        requests: those of a person that name the group.
        group: as CloudWatch describes it.
        span: what can be exported of it.
        rows: its rows.
        windows_of: the windows in which a gap is exported.
        may_read: it may be read, so a range may end before the creation, too.
    """
    covered = [row.window for row in rows]
    missing: list[Candidate] = []
    skipped: list[Skipped] = []
    created = format_instant(group.created_ms)
    for request, window in _ranges(requests):
        if window.from_ms < span.edge_ms:
            dropped = subtract(Window(window.from_ms, min(window.to_ms, span.edge_ms)), covered)
            skipped += [Skipped(group.name, f"{each}: {span.why_dropped}", request.key) for each in dropped]
        wanted = span.clip(window)
        for gap in subtract(wanted, covered) if wanted else ():
            if gap.to_ms <= group.created_ms - OLDEST_EVENT_MS:
                words = NO_EVENTS_THEN.format(gap, created)
                skipped.append(Skipped(group.name, words, request.key, is_trouble=False))
            elif gap.to_ms <= group.created_ms and not may_read:
                skipped.append(Skipped(group.name, TOO_EARLY.format(gap, created), request.key))
            else:
                covered.append(gap)
                missing += [
                    Candidate(group.name, each, Queue.REQUESTED, since_ms=request.asked_ms, request=request.key)
                    for each in windows_of(gap)
                ]
    return missing, skipped


def again_of(
    rows: Iterable[LedgerRow],
    group: LogGroup,
    requests: Iterable[Request],
    now_ms: int,
    tried: Collection[tuple[object, int]] = (),
) -> tuple[list[Candidate], list[Skipped]]:
    """The windows of the ledger that requests want exported again, and why others stay as they are.

    A request means the FAILED windows that lie inside it. With ``reexport`` it means each window that it touches,
    CONVERTED ones too: a window is exported as a whole. Landed windows are never exported, since the export would
    replace their objects. A window that was exported, or FAILED, after the request was made is not
    meant any more, nor one that this run has tried.
    """
    ranges = list(_ranges(requests))
    again: list[Candidate] = []
    refused: dict[str, list[Window]] = defaultdict(list)
    for covering in coverage_of(rows) if ranges else ():
        meant = {
            row: found
            for row in (covering.row, *covering.inside)
            if (row.name, row.version) not in tried and (found := _meaning(row, ranges))
        }
        is_whole = covering.row in meant or covering.row.state not in TERMINAL
        for row, asking in meant.items():
            if is_whole and row is not covering.row:
                continue  # the window around it replaces it
            reason = why_rows_stay(row, group, now_ms, covering.inside if is_whole else ())
            if reason:
                refused[reason].append(row.window)
                continue
            fewer = accepted_fewer(row) or any(request.reexport for request in asking)  # a person accepts it
            first = asking[0]
            again.append(
                Candidate(
                    group.name,
                    row.window,
                    Queue.REQUESTED,
                    since_ms=first.asked_ms,
                    again=row,
                    request=first.key,
                    accepts_fewer=fewer,
                    back_to_ms=covering.window.from_ms,
                )
            )
    return again, [Skipped(group.name, _message(reason, windows)) for reason, windows in refused.items()]


def _ranges(requests: Iterable[Request]) -> Iterator[tuple[Request, Window]]:
    """Requests with their ranges, in order."""
    ranged = [(request, request.window) for request in requests if request.window]
    yield from sorted(ranged, key=lambda each: (each[1], each[0].key))


def _meaning(row: LedgerRow, ranges: Iterable[tuple[Request, Window]]) -> list[Request]:
    """The requests that want a window exported again."""
    failed_ms = row.failure.failed_at_ms if row.failure and not row.attempt else 0
    tried_ms = max(row.newest.exported_at_ms or row.updated_at_ms, failed_ms)
    is_failed = row.state is WindowState.FAILED and not row.landed
    return [
        request
        for request, window in ranges
        if tried_ms <= request.asked_ms
        and ((request.reexport and window.meets(row.window)) or (is_failed and window.holds(row.window)))
    ]


def _message(reason: str, windows: list[Window]) -> str:
    if len(windows) == 1:
        return f"{windows[0]}: {reason}"
    span = f"[{format_instant(min(windows).from_ms)}, {format_instant(max(w.to_ms for w in windows))})"
    return f"{len(windows)} windows in {span}: {reason}"
