"""What is to be exported next of one log group: derived from its rows and its watermark, and not stored anywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import TERMINAL, LedgerRow, Queue, WindowState
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.asked import Skipped, again_of, missing_of
from loglake.core.planning.candidate import Candidate
from loglake.core.planning.coverage import CoveringWindow, coverage_of
from loglake.core.planning.days import DayPlanner
from loglake.core.planning.expected import ExpectedBytes, cut_into_windows, neighbours, pages_of
from loglake.core.planning.exportable import span_of, with_shorter_retention
from loglake.core.planning.order import since
from loglake.core.planning.passes import expires_soon, final_after
from loglake.core.planning.settings import LAG_MINUTES, READ_LAG_MINUTES, SETTLE_AFTER_HOURS
from loglake.core.planning.ways import Ways
from loglake.core.requests.requests import Request
from loglake.core.schema.datasets import Dataset
from loglake.core.units import EPOCH, MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs
from loglake.core.windows import Window, day_end, floor_to, length, merge, subtract


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


class GroupQueue:
    """One log group's queue at one time.

    Without a dataset only its FAILED windows are retried. Its rows are kept once a window of it was taken, and before
    that if it offers one and there are not too many: there may be thousands of log groups.

    Attributes:
        known_mark: its watermark in the ledger; None if it has none.
        rows: its rows, by window; None until somebody needs them.
        retried: FAILED windows of it that are retried by themselves.
        needed: of final passes that CloudWatch was asked about, whether it received events since.
        served_ms: when a window of it was last begun; `moved`: when one of each queue was.
        left: queues that this run leaves alone.
        offers: the first window of each queue.
        waiting: how many windows wait, and how much time these have, in milliseconds, by queue.
        requested_ms: how much time open requests ask for, whether it is missing or not.
        open_requests: the requests that are not complete, by key.
        skipped: what is requested of it and not exported, and what is good to know.
        watermark: how far it is done; None if that is not known yet and no schedule asks.
    """

    def __init__(
        self,
        group: LogGroup,
        dataset: Dataset | None,
        watermark: Watermark | None,
        requests: Sequence[Request],
        *,
        scheduled: bool,
        tried: Collection[tuple[object, int]],
        now_ms: EpochMs,
        rules: PlanRules,
    ) -> None:
        """Takes its surroundings.

        Args:
            group: as CloudWatch describes it.
            dataset: the one that it is exported for.
            watermark: see `known_mark`.
            requests: of a person that name the group.
            scheduled: a schedule asks.
            tried: rows that this run has tried already, by window and version.
            now_ms: the time.
            rules: settings.
        """
        self.group = with_shorter_retention(group, dataset)
        self.known_mark = watermark
        self.rows: dict[Window, LedgerRow] | None = None
        self.retried: Sequence[LedgerRow] = ()
        self.needed: dict[Window, bool] = {}
        self.served_ms = EPOCH
        self.moved: dict[Queue, EpochMs] = {}
        self.left: set[Queue] = set()
        self.requested_ms = 0
        self.open_requests: frozenset[str] = frozenset()
        self.skipped: list[Skipped] = []
        self.watermark: Watermark | None = None
        self._dataset = dataset
        self._requests = requests
        self._scheduled = scheduled
        self._tried = tried
        self._now_ms = now_ms
        self._rules = rules
        self._final_after_ms = final_after(self.group.retention_days, rules.settle_after_ms)
        self._expected = ExpectedBytes(group, now_ms)
        self._counts_asked = False
        self._ways = Ways(dataset.ingest if dataset else "export", group.created_ms, may_read=rules.may_read)
        read_lag_ms, is_read = READ_LAG_MINUTES * MS_PER_MINUTE, self._ways.are_read_first(self._expected.of_day())
        lag_ms = min(rules.lag_ms, read_lag_ms) if is_read else rules.lag_ms
        self._span = span_of(group, dataset, watermark, now_ms, lag_ms)

    def count(self, day_bytes: int | None) -> None:
        """Notes how much came in a day; None if CloudWatch does not say. It is not asked again."""
        self._expected.came_in, self._counts_asked = day_bytes, True

    def _windows(self, rows: Sequence[LedgerRow], gap: Window) -> Iterator[Window]:
        """The windows in which a missing range is exported."""
        return cut_into_windows(
            gap,
            self.group,
            max(self._now_ms - self._final_after_ms, 0),
            self._expected.near(gap, rows),
            by_day=self._dataset is not None and self._dataset.partition_by == "hour",
            may_read=self._ways.may_read,
        )

    def ranges(self) -> list[tuple[EpochMs, EpochMs | None]]:
        """The times for which rows are needed.

        Those are the days due for their final pass, and all from the watermark on. All times are needed for a request,
        for a start that nothing was exported from so far, and if a row is retried that lies before the watermark.
        """
        mark = self.known_mark
        if (
            mark is None
            or self._requests
            or mark.start_ms > self._span.start_ms
            or any(row.window.from_ms < mark.settled_until_ms for row in self.retried)
        ):
            return [(EPOCH, None)]
        final_due_ms = floor_to(max(self._now_ms - self._final_after_ms, 0), MS_PER_DAY)
        until_ms = EpochMs(min(final_due_ms, mark.settled_until_ms))
        due = [(mark.final_until_ms, until_ms)] if mark.final_until_ms < until_ms else []
        return [*due, (mark.settled_until_ms, None)]

    def derive(self, rows: Sequence[LedgerRow]) -> None:
        """Derives the queue from its rows, by window: those of `ranges`."""
        found: list[Candidate] = []
        if self._dataset is not None:
            found = self._wanted(rows, self._dataset)
        self._offer([*found, *self._retried(rows, found)], rows)

    def _wanted(self, rows: Sequence[LedgerRow], dataset: Dataset) -> list[Candidate]:
        """What requests and a schedule ask for; notes how far they are done."""
        span, coverage, requests = self._span, coverage_of(rows), self._requests
        windows_of = partial(self._windows, rows)
        missing, skipped = missing_of(requests, self.group, span, rows, windows_of, may_read=self._ways.may_read)
        again, refused = again_of(rows, self.group, requests, self._now_ms, self._tried)
        found = [*missing, *again]
        skipped += refused
        mark = self._mark(coverage)
        if self._scheduled:
            covered = [*(row.window for row in rows), *(each.window for each in missing)]
            due = span.due(mark.settled_until_ms)
            if due and due.to_ms <= self.group.created_ms and not self._ways.may_read:
                due = None  # CreateExportTask refuses it: it is exported with the hour of the creation
            gaps = subtract(due, covered) if due else []
            skipped += [Skipped(self.group.name, words) for words in self._lost(covered, gaps)]
            lacking = [window for gap in gaps for window in windows_of(gap)]
            mine, mark = self._days(coverage, lacking, mark, dataset.final_pass)
            found += [each for each in mine if not any(each.window.meets(other.window) for other in again)]
        asked_for = (span.clip(each.window) for each in requests if each.window)
        self.requested_ms = sum(map(length, merge(window for window in asked_for if window)))
        self.open_requests = frozenset(each.request for each in [*missing, *again]) | _begun(rows, requests)
        self.skipped = skipped
        self.watermark = mark if self._scheduled or self.known_mark is not None else None
        return found

    def _mark(self, coverage: Sequence[CoveringWindow]) -> Watermark:
        """The watermark to go on from.

        If nothing was exported from this start on so far, that is before all windows there are: those before the start,
        which a person or another start asked for, may still have passes to come.
        """
        start_ms, mark = self._span.start_ms, self.known_mark or Watermark.at(self._span.start_ms)
        if self.known_mark is None or mark.start_ms > start_ms:
            first_ms = min((each.window.from_ms for each in coverage), default=start_ms)
            mark = mark.back_to(EpochMs(min(start_ms, first_ms)))
        # A start that moves later skips what was due. If it moves back, exporting resumes there.
        return replace(mark, start_ms=start_ms)

    def _offer(self, found: Iterable[Candidate], rows: Sequence[LedgerRow]) -> None:
        """Offers a candidate of each queue: what expires soon first, then what waits longest."""
        queues: dict[Queue, list[Candidate]] = defaultdict(list)
        for each in found:
            expiring = expires_soon(each.window, self.group.retention_days, self._now_ms)
            since_ms = since(each.queue, each.window, self._now_ms, each.since_ms, expiring=expiring)
            queues[each.queue].append(replace(each, since_ms=since_ms, expiring=expiring))
        self.waiting = {queue: (len(mine), sum(length(each.window) for each in mine)) for queue, mine in queues.items()}
        self.offers = {
            queue: self._complete(min(mine, key=lambda each: (not each.expiring, each.since_ms, each.window)), rows)
            for queue, mine in queues.items()
        }

    def _complete(self, found: Candidate, rows: Sequence[LedgerRow]) -> Candidate:
        """A window with its table, its expected size and the ways that it may go."""
        row = found.again
        size_bytes = self._expected.near(found.window, rows) * length(found.window) // MS_PER_DAY
        pages = pages_of(size_bytes)
        return replace(
            found,
            table=row.table if row else self._dataset.table_for(self.group.name) if self._dataset else "",
            back_to_ms=found.back_to_ms or found.window.from_ms,
            size_bytes=size_bytes,
            pages=pages,
            ways=self._ways.of(found.window, rows, pages),
            asks_size=row is None
            and length(found.window) >= MS_PER_DAY
            and not self._counts_asked
            and not neighbours(rows),
        )

    def _retried(self, rows: Sequence[LedgerRow], found: Sequence[Candidate]) -> Iterator[Candidate]:
        """FAILED windows that are retried by themselves, unless a wider window has their time."""
        for row in rows:
            retry_at_ms = row.failure.retry_at_ms if row.failure and row.is_retried else None
            if retry_at_ms is None or retry_at_ms > self._now_ms or (row.name, row.version) in self._tried:
                continue
            wider = any(row.lies_in(other) and (other.is_retried or other.state not in TERMINAL) for other in rows)
            if not wider and not any(each.window.holds(row.window) for each in found):
                yield Candidate(row.log_group, row.window, row.queue, since_ms=retry_at_ms, again=row)

    def _lost(self, covered: Sequence[Window], gaps: Sequence[Window]) -> Iterator[str]:
        """What a schedule came too late for, in words. Reported until the window after it begins."""
        if self.known_mark is None or not gaps:
            return
        first, span = gaps[0], self._span
        since_ms = max(self.known_mark.settled_until_ms, span.start_ms)
        if first.from_ms == span.edge_ms > since_ms and span.kept_days is None:
            for window in subtract(Window(since_ms, span.edge_ms), covered)[-1:]:
                yield f"{window}: {span.why_dropped} before it was exported"
        if span.start_ms < first.from_ms < self.group.created_ms < first.to_ms:
            gone = Window(first.from_ms, self.group.created_ms)
            yield (
                f"{gone}: the log group was deleted and made again then; "
                "what it had of that time and was not exported is gone"
            )

    def _days(
        self,
        coverage: Sequence[CoveringWindow],
        lacking: Sequence[Window],
        watermark: Watermark,
        final_pass: str,
    ) -> tuple[list[Candidate], Watermark]:
        """What each day needs, in order, and how far nothing is needed."""
        planner = DayPlanner(self.group, final_pass, self._now_ms, self._rules.settle_after_ms, self.needed)
        days: dict[EpochMs, _Day] = defaultdict(lambda: ([], []))
        for covering in coverage:
            days[day_end(covering.window)][0].append(covering)
        for window in lacking:
            days[day_end(window)][1].append(window)
        found: list[Candidate] = []
        settled = final = True
        for end_ms in sorted(days):
            mine, missing = days[end_ms]
            needs = planner.needs(mine, missing)
            found += needs.candidates
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


def _begun(rows: Iterable[LedgerRow], requests: Sequence[Request]) -> frozenset[str]:
    """The requests that an export task is under way for."""
    tasks = [row.window for row in rows if row.state is WindowState.EXPORTING] if requests else ()
    return frozenset(request.key for request in requests if request.window and any(map(request.window.meets, tasks)))
