"""Plans one log group: what requests ask for, day by day, and how far its watermark moves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Callable, Optional

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import LedgerRow, Queue, WindowState
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.coverage import CoveringWindow, coverage_of
from loglake.core.planning.day_plan import DayPlanner
from loglake.core.planning.day_progress import DayProgress, QueryBudget
from loglake.core.planning.export_again import open_again
from loglake.core.planning.exportable import Span, pieces_of, span_of, split_backlog
from loglake.core.planning.passes import GIVE_UP_MARGIN_MS, CameIn, Pass, day_end, final_after, pass_of
from loglake.core.planning.replacing import stands_for_rows, why_rows_stay
from loglake.core.planning.requested import LOST, Skipped, requested_work
from loglake.core.planning.selection import Days, Work
from loglake.core.requests.requests import Request
from loglake.core.schema.datasets import Dataset
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs, LogGroupName, format_instant
from loglake.core.windows import Window, floor_to, subtract

ReadRows = Callable[[LogGroupName, EpochMs, Optional[EpochMs]], Sequence[LedgerRow]]
"""The rows of a log group with windows that begin at or after a time and, if given, before another; by window."""


@dataclass(frozen=True)
class GroupPlan:
    """What is to be done about a log group; `Plan` says what most of it means.

    Attributes:
        work: the pieces that can be planned, the oldest of each queue first.
        waiting: how many of its windows wait already, by queue.
        replaced: PLANNED rows that a wider window of the ledger has replaced, as SUPERSEDED.
        skipped: what is requested of it and not exported, and what is good to know.
        watermark: how far it is planned; None if that is not known yet and no schedule asks.
        is_new: it had no watermark so far.
        to_query: days for which another planning is to query CloudWatch.
    """

    dataset: Dataset
    work: Sequence[Work] = ()
    waiting: Mapping[Queue, int] = field(default_factory=dict)
    reopened: tuple[LedgerRow, ...] = ()
    replaced: tuple[LedgerRow, ...] = ()
    given_up: tuple[LedgerRow, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    watermark: Watermark | None = None
    is_new: bool = False
    to_query: int = 0


class GroupPlanner:
    """Plans one log group at one time."""

    def __init__(self, group: LogGroup, dataset: Dataset, now_ms: EpochMs, lag_ms: int, settle_after_ms: int) -> None:
        self._group = group
        self._dataset = dataset
        self._now_ms = now_ms
        self._lag_ms = lag_ms
        self._settle_after_ms = settle_after_ms
        self._final_after_ms = final_after(group.retention_days, settle_after_ms)

    def plan(
        self,
        requests: Sequence[Request],
        scheduled: bool,
        watermark: Watermark | None,
        read: ReadRows,
        *,
        came_in: CameIn,
        most_final: int,
    ) -> GroupPlan:
        """Plans what requests that name the group, and a schedule if there is one, ask for.

        Args:
            requests: those of a person that name the group.
            scheduled: whether a schedule asks.
            watermark: how far the group is planned.
            read: reads its rows, from the watermark on; all of them for a request.
            came_in: see `passes.needs_final`.
            most_final: how many days may wait for their final pass before planning stops asking for more.
        """
        span = span_of(self._group, self._dataset, watermark, self._now_ms, self._lag_ms)
        since = watermark if watermark is not None and watermark.start_ms <= span.start_ms else None
        rows = read(self._group.name, EPOCH, None) if requests or since is None else self._rows(since, read)
        coverage = coverage_of(rows)
        since = since or self._watermark_at(span.start_ms, watermark, coverage)
        requested, skipped = requested_work(
            requests, self._group, span, rows, now_ms=self._now_ms, final_after_ms=self._final_after_ms
        )
        reopening = open_again(rows, self._group, requests, self._now_ms)
        work: list[Work] = list(requested)
        reasons: list[str] = []
        after = since
        to_query = 0
        if scheduled:
            covered = [*(row.window for row in rows), *(each.window for each in requested)]
            due = span.due(since.settled_until_ms)
            gaps = subtract(due, covered) if due else []
            reasons += self._lost(watermark, span, covered, gaps)
            reopened = [row.window for row in reopening.rows]
            waiting = sum(row.state is WindowState.PLANNED and row.queue is Queue.FINAL for row in rows)
            budget = QueryBudget(came_in, most_final - waiting)
            more, after, lost = self._days(coverage, gaps, since, budget)
            reasons += [LOST.format(window) for window in lost if since.settled_until_ms < window.to_ms]
            to_query = budget.to_query
            # A start that moves later skips what was due. If it moves back, planning resumes there.
            after = replace(after, start_ms=EpochMs(max(after.start_ms, span.start_ms)))
            work += [each for each in more if not any(each.window.holds(window) for window in reopened)]
        for window in [*(each.window for each in requested), *_covering(coverage, reopening.rows)]:
            after = after.back_to(window.from_ms)
        return GroupPlan(
            self._dataset,
            work,
            Counter(row.queue for row in rows if row.state is WindowState.PLANNED),
            reopening.rows,
            tuple(
                inner.supersede(self._now_ms, covering.window)
                for covering in coverage
                for inner in covering.inside
                if _is_replaced(inner, covering)
            ),
            tuple(self._given_up(coverage)) if scheduled else (),
            (*skipped, *(Skipped(self._group.name, reason) for reason in (*reasons, *reopening.refused))),
            after if scheduled or watermark is not None else None,
            watermark is None,
            to_query,
        )

    def _watermark_at(
        self, start_ms: EpochMs, watermark: Watermark | None, coverage: Iterable[CoveringWindow]
    ) -> Watermark:
        """The watermark of a start that was never planned from.

        It lies before unfinished work of the time before the start: at the watermark of another start, or, without one,
            before the first window that has not had its final pass. No window crosses it.
        """
        since = Watermark.at(start_ms)
        if watermark is not None:
            since = Watermark(
                start_ms, min(start_ms, watermark.settled_until_ms), min(start_ms, watermark.final_until_ms)
            )
        for covering in coverage:
            if covering.window.from_ms >= start_ms:
                break
            if start_ms in covering.window or (watermark is None and not self._is_final(covering)):
                return since.back_to(covering.window.from_ms)
        return since

    def _is_final(self, covering: CoveringWindow) -> bool:
        row = covering.row
        closed = row.state is WindowState.CONVERTED and not covering.inside
        return closed and pass_of(row, self._settle_after_ms, self._final_after_ms) is Pass.FINAL

    def _rows(self, watermark: Watermark, read: ReadRows) -> list[LedgerRow]:
        """The unsettled days, and those due for their final pass."""
        rows = list(read(self._group.name, watermark.settled_until_ms, None))
        final_due_ms = floor_to(max(self._now_ms - self._final_after_ms, 0), MS_PER_DAY)
        until_ms = EpochMs(min(final_due_ms, watermark.settled_until_ms))
        if watermark.final_until_ms < until_ms:
            rows = [*read(self._group.name, watermark.final_until_ms, until_ms), *rows]
        return rows

    def _lost(
        self, watermark: Watermark | None, span: Span, covered: Sequence[Window], gaps: Sequence[Window]
    ) -> list[str]:
        """Reports what a schedule came too late for, once: when the window after it is planned."""
        if watermark is None or not gaps:
            return []
        first = gaps[0]
        messages = []
        since_ms = max(watermark.settled_until_ms, span.start_ms)
        if first.from_ms == span.edge_ms > since_ms:
            lost = subtract(Window(EpochMs(since_ms), span.edge_ms), covered)
            messages += [f"{window}: retention has dropped it before it was exported" for window in lost[-1:]]
        if span.start_ms < first.from_ms < self._group.created_ms < first.to_ms:
            until = format_instant(self._group.created_ms)
            messages.append(
                f"[{format_instant(first.from_ms)}, {until}): the log group was deleted and made again then; "
                "what it had of that time and was not exported is gone"
            )
        return messages

    def _days(
        self, coverage: Sequence[CoveringWindow], gaps: Sequence[Window], watermark: Watermark, budget: QueryBudget
    ) -> tuple[list[Work], Watermark, list[Window]]:
        """The work of each day, in order; how far there is none; and what was lost up to that point."""
        days: dict[EpochMs, tuple[list[CoveringWindow], list[Window]]] = defaultdict(lambda: ([], []))
        starts: dict[EpochMs, Window] = {}
        for covering in coverage:
            days[day_end(covering.window)][0].append(covering)
            starts[covering.window.from_ms] = covering.window
        settled_ms = floor_to(max(self._now_ms - self._settle_after_ms, 0), MS_PER_DAY)
        bulk: dict[EpochMs, Days] = {}
        waits: list[Window] = []
        for gap in gaps:
            if gap.to_ms <= self._group.created_ms:  # it is joined with what comes after it, once that exists
                after = starts.get(gap.to_ms)
                (days[day_end(after)][1] if after else waits).append(gap)
                continue
            for part, whole_days in split_backlog(gap, self._group.created_ms, settled_ms):
                if whole_days:
                    bulk[EpochMs(part.from_ms + MS_PER_DAY)] = Days(Queue.CATCH_UP, part)
                else:
                    for piece in pieces_of(part, self._group, self._final_after_ms):
                        days[day_end(piece)][1].append(piece)
        planner = DayPlanner(self._group, self._dataset, self._now_ms, self._settle_after_ms, budget.came_in)
        progress = DayProgress(watermark)
        work: list[Work] = []
        lost: list[Window] = []
        for end_ms in sorted([*days, *bulk]):
            if end_ms in bulk:
                work.append(bulk[end_ms])
                progress.stop()
                continue
            mine, missing = days[end_ms]
            made = planner.plan(mine, missing)
            work += made.pieces
            lost += made.lost
            budget.count(made)
            # The days between the two watermarks are read when they are due: the watermark of the final passes must not
            # skip them.
            progress.day(mine, made.settled, made.final and end_ms <= self._now_ms - self._final_after_ms)
        until = progress.watermark
        for gap in waits:
            until = until.back_to(gap.from_ms)
        return work, until, [window for window in lost if window.to_ms <= until.settled_until_ms]

    def _given_up(self, coverage: Iterable[CoveringWindow]) -> Iterable[LedgerRow]:
        """Windows that wait to be exported again, but would remove rows by now: they stay as they are."""
        for covering in coverage:
            row = covering.row
            if row.state is WindowState.PLANNED and stands_for_rows(row, covering.inside):
                reason = why_rows_stay(row, self._group, self._now_ms, covering.inside, GIVE_UP_MARGIN_MS)
                if reason:
                    yield row.fail(self._now_ms, reason)


def _covering(coverage: Iterable[CoveringWindow], rows: Iterable[LedgerRow]) -> Iterator[Window]:
    """The windows that hold rows. Windows inside one that FAILED may be reopened by themselves."""
    windows = {row.window for row in rows}
    for covering in coverage if windows else ():
        if not windows.isdisjoint(row.window for row in (covering.row, *covering.inside)):
            yield covering.window


def _is_replaced(row: LedgerRow, covering: CoveringWindow) -> bool:
    """Whether a row need not be exported because its wider window will be. A wider window that FAILED will not."""
    new = row.state is WindowState.PLANNED and row.generation == 1
    return new and covering.row.state not in {WindowState.FAILED, WindowState.UNREADABLE}
