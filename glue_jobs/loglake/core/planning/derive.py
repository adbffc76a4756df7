"""What is to be exported next of one log group: derived from its rows and its watermark, and not stored anywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import TERMINAL, LedgerRow, Queue, WindowState
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.asked import Skipped, again_of, missing_of, too_early
from loglake.core.planning.candidate import Candidate
from loglake.core.planning.coverage import CoveringWindow, coverage_of
from loglake.core.planning.days import DayPlanner
from loglake.core.planning.exportable import Span, span_of
from loglake.core.planning.order import PASSES, since
from loglake.core.planning.passes import Pass, day_end, expires_soon, final_after, pass_of
from loglake.core.planning.settings import LAG_MINUTES, READ_LAG_MINUTES, SETTLE_AFTER_HOURS
from loglake.core.planning.ways import Ways
from loglake.core.planning.width import Width, expected_day_bytes
from loglake.core.requests.requests import Request
from loglake.core.schema.datasets import Dataset
from loglake.core.units import EPOCH, MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs, format_instant
from loglake.core.windows import Window, floor_to, length, merge, subtract


@dataclass(frozen=True)
class PlanRules:
    """Settings of planning.

    Attributes:
        lag_ms: no window ends later than this before now: its events may still be on the way to CloudWatch.
        settle_after_ms: how long after its end a day has settled.
        may_read: CloudWatch lets the job read events.
    """

    lag_ms: int = LAG_MINUTES * MS_PER_MINUTE
    settle_after_ms: int = SETTLE_AFTER_HOURS * MS_PER_HOUR
    may_read: bool = True


@dataclass(frozen=True)
class Asked:
    """What asks for a log group's events.

    Attributes:
        requests: of a person that name the group.
        scheduled: a schedule asks.
        tried: rows that this run has tried already, by window and version.
    """

    requests: Sequence[Request] = ()
    scheduled: bool = True
    tried: Collection[tuple[object, int]] = frozenset()


@dataclass(frozen=True)
class Derived:
    """What a log group needs.

    Attributes:
        candidates: the first window of each of its queues.
        waiting: how many windows of it wait, and how much time these have, in milliseconds, by queue.
        requested_ms: how much time open requests ask for, whether it is missing or not.
        open_requests: the requests that are not complete, by key.
        skipped: what is requested of it and not exported, and what is good to know.
        watermark: how far it is done; None if that is not known yet and no schedule asks.
    """

    candidates: tuple[Candidate, ...] = ()
    waiting: Mapping[Queue, tuple[int, int]] = field(default_factory=dict)
    requested_ms: int = 0
    open_requests: frozenset[str] = frozenset()
    skipped: tuple[Skipped, ...] = ()
    watermark: Watermark | None = None


class GroupQueue:
    """Derives one log group's queue at one time.

    Without a dataset only its FAILED windows are retried.
    """

    def __init__(self, group: LogGroup, dataset: Dataset | None, now_ms: EpochMs, rules: PlanRules) -> None:
        self._group = group
        self._dataset = dataset
        self._now_ms = now_ms
        self._rules = rules
        self._final_after_ms = final_after(group.retention_days, rules.settle_after_ms)
        self._day_bytes = expected_day_bytes(group, now_ms)
        self._ways = Ways(
            dataset.ingest if dataset else "export", group.created_ms, self._day_bytes, may_read=rules.may_read
        )
        final_ms = EpochMs(max(now_ms - self._final_after_ms, 0))
        by_hour = dataset is not None and dataset.partition_by == "hour"
        self.width = Width(group, final_ms, self._day_bytes, by_day=by_hour)

    def since(self, watermark: Watermark | None) -> tuple[Span, Watermark | None]:
        """What can be exported, and the watermark from which on rows are needed; None if all of them are."""
        lag_ms = self._rules.lag_ms
        if self._ways.are_read_first:
            lag_ms = min(lag_ms, READ_LAG_MINUTES * MS_PER_MINUTE)
        span = span_of(self._group, self._dataset, watermark, self._now_ms, lag_ms)
        return span, watermark if watermark is not None and watermark.start_ms <= span.start_ms else None

    def ranges(self, since: Watermark) -> Iterator[tuple[EpochMs, EpochMs | None]]:
        """The times for which rows are needed: the days due for their final pass, and the unsettled ones."""
        final_due_ms = floor_to(max(self._now_ms - self._final_after_ms, 0), MS_PER_DAY)
        until_ms = EpochMs(min(final_due_ms, since.settled_until_ms))
        if since.final_until_ms < until_ms:
            yield since.final_until_ms, until_ms
        yield since.settled_until_ms, None

    def derive(
        self,
        watermark: Watermark | None,
        rows: Sequence[LedgerRow],
        asked: Asked,
        needed: Mapping[Window, bool],
    ) -> Derived:
        """Derives the queue.

        Args:
            watermark: how far the group is done.
            rows: its rows, by window: those of `ranges`, or all of them for a request or without a watermark.
            asked: what asks for its events.
            needed: of final passes that CloudWatch was asked about, whether it received events since.
        """
        if self._dataset is None:
            return Derived(tuple(self._best(self._retried(rows, (), asked.tried), rows)))
        span, since_mark = self.since(watermark)
        coverage = coverage_of(rows)
        mark = since_mark or self._mark_at(span.start_ms, watermark, coverage)
        missing, gaps, skipped = missing_of(
            asked.requests, self._group, span, rows, self.width.windows, may_read=self._ways.may_read
        )
        again, refused = again_of(rows, self._group, asked.requests, self._now_ms, asked.tried)
        found = [*missing, *again]
        waiting = _Waiting()
        for gap in gaps:
            waiting.add(Queue.REQUESTED, *self.width.windows(gap))
        waiting.add(Queue.REQUESTED, *(each.window for each in again))
        after = mark
        remark = ""
        if asked.scheduled:
            covered = [*(row.window for row in rows), *gaps]
            due = span.due(mark.settled_until_ms)
            due_gaps = subtract(due, covered) if due else []
            remark = self._lost(watermark, span, covered, due_gaps)
            early = [gap for gap in due_gaps if gap.to_ms <= self._group.created_ms and not self._ways.may_read]
            planner = DayPlanner(
                self._group, self._dataset.final_pass, self._now_ms, self._rules.settle_after_ms, needed
            )
            mine, after = self._days(planner, coverage, [gap for gap in due_gaps if gap not in early], mark, waiting)
            for gap in early:  # unless the creation's hour is still to come, nothing brings it in
                if due and gap.to_ms == due.to_ms:
                    after = after.back_to(gap.from_ms)
                elif gap.to_ms <= after.settled_until_ms and mark.settled_until_ms < gap.to_ms:
                    skipped.append(too_early(gap, self._group))
            # A start that moves later skips what was due. If it moves back, exporting resumes there.
            after = replace(after, start_ms=EpochMs(max(after.start_ms, span.start_ms)))
            found += [each for each in mine if not any(each.window.meets(other.window) for other in again)]
        found += self._retried(rows, found, asked.tried)
        return Derived(
            tuple(self._best(found, rows, remark)),
            waiting.queues,
            sum(
                map(length, merge(part for each in asked.requests if each.window and (part := span.clip(each.window))))
            ),
            frozenset(each.request for each in [*missing, *again]) | _begun(rows, asked.requests),
            (*skipped, *refused),
            after if asked.scheduled or watermark is not None else None,
        )

    def _best(self, found: Iterable[Candidate], rows: Sequence[LedgerRow], remark: str = "") -> Iterator[Candidate]:
        """The candidate of each queue: what expires soon first, then what waits longest.

        `remark` is reported once the first window that a schedule lacks begins.
        """
        queues: dict[Queue, list[Candidate]] = defaultdict(list)
        for each in found:
            queues[each.queue].append(self._complete(each))
        lacking = [each for mine in queues.values() for each in mine if not (each.again or each.request)]
        first = min((each.window for each in lacking), default=None)
        for mine in queues.values():
            best = min(mine, key=lambda each: (not each.expiring, each.since_ms, each.window))
            pages = self._ways.pages(length(best.window), rows)
            ways = self._ways.of(best.window, rows, pages, replaces=best.again is not None or best.queue in PASSES)
            best = replace(best, pages=pages, ways=ways)
            yield replace(best, remarks=(f"{self._group.name}: {remark}",)) if remark and best.window == first else best

    def _complete(self, found: Candidate) -> Candidate:
        """A window with its table, its size and its place in the order."""
        window, row = found.window, found.again
        expiring = expires_soon(window, self._group.retention_days, self._now_ms)
        table = row.table if row else self._dataset.table_for(self._group.name) if self._dataset else ""
        return replace(
            found,
            table=table,
            since_ms=since(found.queue, window, self._now_ms, found.since_ms, expiring=expiring),
            expiring=expiring,
            size_bytes=self._day_bytes * length(window) // MS_PER_DAY,
            back_to_ms=found.back_to_ms or window.from_ms,
        )

    def _retried(
        self, rows: Sequence[LedgerRow], found: Sequence[Candidate], tried: Collection[tuple[object, int]]
    ) -> Iterator[Candidate]:
        """FAILED windows that are retried by themselves, unless a wider window has their time."""
        for row in rows:
            retry_at_ms = row.failure.retry_at_ms if row.failure and row.is_retried else None
            if retry_at_ms is None or retry_at_ms > self._now_ms or (row.name, row.version) in tried:
                continue
            wider = any(row.lies_in(other) and (other.is_retried or other.state not in TERMINAL) for other in rows)
            if not wider and not any(each.window.holds(row.window) for each in found):
                yield Candidate(row.log_group, row.window, row.queue, since_ms=retry_at_ms, again=row)

    def _mark_at(self, start_ms: EpochMs, watermark: Watermark | None, coverage: Iterable[CoveringWindow]) -> Watermark:
        """The watermark of a start that nothing was exported from so far.

        It lies before unfinished work of the time before the start: at the watermark of another start, or, without one,
        before the first window that has not had its final pass. No window crosses it.
        """
        mark = Watermark.at(start_ms)
        if watermark is not None:
            mark = Watermark(
                start_ms, min(start_ms, watermark.settled_until_ms), min(start_ms, watermark.final_until_ms)
            )
        for covering in coverage:
            if covering.window.from_ms >= start_ms:
                break
            if start_ms in covering.window or (watermark is None and not self._is_final(covering)):
                return mark.back_to(covering.window.from_ms)
        return mark

    def _is_final(self, covering: CoveringWindow) -> bool:
        row = covering.row
        closed = row.state is WindowState.CONVERTED and not covering.inside
        return closed and pass_of(row, self._rules.settle_after_ms, self._final_after_ms) is Pass.FINAL

    def _lost(self, watermark: Watermark | None, span: Span, covered: Sequence[Window], gaps: Sequence[Window]) -> str:
        """What a schedule came too late for, in words: the window after it reports it when it begins."""
        if watermark is None or not gaps:
            return ""
        first = gaps[0]
        messages = []
        since_ms = max(watermark.settled_until_ms, span.start_ms)
        if first.from_ms == span.edge_ms > since_ms:
            lost = subtract(Window(since_ms, span.edge_ms), covered)
            messages += [f"{window}: retention has dropped it before it was exported" for window in lost[-1:]]
        if span.start_ms < first.from_ms < self._group.created_ms < first.to_ms:
            until = format_instant(self._group.created_ms)
            messages.append(
                f"[{format_instant(first.from_ms)}, {until}): the log group was deleted and made again then; "
                "what it had of that time and was not exported is gone"
            )
        return "; ".join(messages)

    def _days(
        self,
        planner: DayPlanner,
        coverage: Sequence[CoveringWindow],
        gaps: Sequence[Window],
        watermark: Watermark,
        waiting: _Waiting,
    ) -> tuple[list[Candidate], Watermark]:
        """What each day needs, in order, and how far nothing is needed."""
        days: dict[EpochMs, _Day] = defaultdict(lambda: ([], []))
        for covering in coverage:
            days[day_end(covering.window)][0].append(covering)
        for window in (window for gap in gaps for window in self.width.windows(gap)):
            days[day_end(window)][1].append(window)
        found: list[Candidate] = []
        settled = final = True
        for end_ms in sorted(days):
            mine, missing = days[end_ms]
            needs = planner.needs(mine, missing)
            found += needs.candidates
            for each in needs.candidates:
                waiting.add(each.queue, each.window)
            until_ms = mine[-1].window.to_ms if mine else EPOCH
            settled = settled and bool(mine) and (needs.settled or until_ms <= watermark.settled_until_ms)
            # The days between the two watermarks are read when they are due: the watermark of the final passes must not
            # skip them.
            final = final and needs.final and end_ms <= self._now_ms - self._final_after_ms
            if settled:
                watermark = replace(watermark, settled_until_ms=EpochMs(max(watermark.settled_until_ms, until_ms)))
            if final:
                final_ms = min(max(watermark.final_until_ms, until_ms), watermark.settled_until_ms)
                watermark = replace(watermark, final_until_ms=EpochMs(final_ms))
        return found, watermark


_Day = tuple[list[CoveringWindow], list[Window]]
"""The windows that end in a day, and what it lacks."""


class _Waiting:
    """Counts the windows that wait, and their time, by queue."""

    def __init__(self) -> None:
        self.queues: dict[Queue, tuple[int, int]] = {}

    def add(self, queue: Queue, *windows: Window) -> None:
        count, time_ms = self.queues.get(queue, (0, 0))
        if windows:
            self.queues[queue] = count + len(windows), time_ms + sum(map(length, windows))


def _begun(rows: Iterable[LedgerRow], requests: Iterable[Request]) -> frozenset[str]:
    """The requests that an export task is under way for: if the slot is busy, its window is missing again."""
    tasks = [row.window for row in rows if row.state is WindowState.EXPORTING]
    return frozenset(request.key for request in requests if request.window and any(map(request.window.meets, tasks)))
