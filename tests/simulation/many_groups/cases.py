"""Many log groups, and years of history: how long it takes until the events are in the table.

Planner, lanes and export job are the real ones, on a virtual clock. `ASSUMED` says what is assumed of AWS.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from loglake.core.accounting import Accounting
from loglake.core.cloud_types import LogGroup
from loglake.core.keys import REQUESTS
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.planning.expected import cut_into_windows
from loglake.core.requests.requests import request_body
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window, length
from simulation.account import CONVERT_MS, START_MS, WAKE_MS, Account, Scenario
from simulation.cloudwatch import EVENT_BYTES, SPREAD, TASK_BYTES_A_SECOND
from simulation.counting_stage import read_runs
from simulation.measures import NOT_YET
from simulation.reading import EMPTY_LAST, FILLED, PAGE_BYTES
from simulation.traffic import GroupTraffic, summed

ASSUMED = (
    "an export task takes 60 s (median; 72 s on average) and a second for each 20 MB; somebody else's take 5 % of the "
    "slot; events have 250 bytes; two pages a second are read, 30 to 80 % full, and one window in three ends with an "
    "empty one; log groups are log-normal around their median (sigma 1.5); a run starts 90 s after its request and "
    "exports for 40 minutes; all that it exported is in the table three minutes later"
)

OTHERS_MINUTES = 72
"""A day: 5 % of the slot."""
_PAGES_A_SECOND = 2.0
_BETWEEN_S = 7
"""From the end of a task until the next one begins."""
_SIGMA = 1.5
_GB = 1_000_000_000
_YEAR = 365
_FIRST_MINUTE = 6
"""When the schedule asks for the hour before."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """So many log groups; their sizes are log-normal around a median.

    Attributes:
        days: of events.
        pages: how many pages an hour of a log group has on average; 0: they have `median_bytes` in all these days.
        big: each so manieth has `big_bytes` instead; 0: none has.
        by_task: nothing may be read.
        scale: so many times fewer log groups are simulated, with tasks and reads that are as many times slower.
        most_days: a history is simulated for so long at most; then what is missing is reckoned from the days before.
    """

    name: str
    groups: int
    days: int = _YEAR
    pages: float = 0
    median_bytes: float = 0
    big: int = 0
    big_bytes: float = 0
    by_task: bool = False
    most_days: float = 6
    scale: int = 1

    @property
    def is_history(self) -> bool:
        """Whether the events are there when it begins, and somebody asks for them. Else they come hour by hour."""
        return not self.pages

    @property
    def empty_last(self) -> float:
        """The share of windows that end with an empty page."""
        return EMPTY_LAST if self.pages != 1 else 0

    @property
    def scenario(self) -> Scenario:
        """The account's."""
        read = "" if self.by_task else "/app/*"
        scenario = Scenario(self.groups, self.days, others_minutes=OTHERS_MINUTES, read=read, look_days=10**6)
        return replace(scenario.scaled(self.scale), speed=1 / self.scale)

    def hour_bytes(self) -> Numbers:
        """How many bytes each log group has in an hour."""
        shares = np.random.default_rng(self.scenario.seed).lognormal(0, _SIGMA, self.scenario.groups)
        if self.is_history:
            sizes = self.median_bytes * shares
            if self.big:
                sizes[:: self.big] = self.big_bytes
            return np.asarray(sizes / self.days / 24)
        low, high = 0.0, float(PAGE_BYTES) * 100
        while high - low > 1:
            middle = (low + high) / 2
            low, high = (
                (middle, high) if pages(middle * shares, self.empty_last).mean() <= self.pages else (low, middle)
            )
        return np.asarray(low * shares)


def _hourly(groups: int, pages: float, days: int = 3, *, by_task: bool = False) -> Case:
    ways = "by tasks alone" if by_task else f"{pages:g} pages"
    return Case(f"{groups:,} log groups each hour, {ways}", groups, days, pages, by_task=by_task)


TEN_DAYS = _hourly(2000, 2, 10)
BY_PAGES = tuple(_hourly(2000, pages) for pages in (1, 1.5, 2.5, 3))
BY_GROUPS = (
    *(_hourly(groups, 2) for groups in (40, 500, 1000, 1500, 2500, 3000)),
    *(_hourly(groups, 2, 10, by_task=True) for groups in (20, 40, 60, 100, 200, 300)),
)
HISTORY = (
    Case("300 log groups with a year", 300, median_bytes=0.5 * _GB, big=50, big_bytes=100 * _GB),
    Case("5,000 log groups with a year", 5000, median_bytes=0.02 * _GB),
)
CASES = (TEN_DAYS, *HISTORY, *BY_PAGES, *BY_GROUPS)


@dataclass(frozen=True)
class Outcome:
    """How a case went.

    Attributes:
        lag: half and 90 % of hours are in the table so many minutes after their end, if they come one by one.
        grows: by how many minutes a day the latter gets more.
        share: of all hours that are in the table at the end of the simulation.
        days: until all of a history is there; reckoned if `share` is below 1.
        least: the same, or the 90 % in minutes, if both ways were busy all the time and nothing waited for anything.
        tasks: export tasks a day.
        reading: the share of all pages that could be read.
        busy: the share of the time in which the slot was taken.
    """

    name: str
    groups: int
    pages: float
    by_task: bool
    scale: int
    simulated: float
    lag: tuple[float, float]
    grows: float
    share: float
    days: float
    least: float
    tasks: float
    reading: float
    busy: float

    @property
    def is_history(self) -> bool:
        """Whether all of it was there when it began."""
        return not self.pages

    @property
    def ratio(self) -> float:
        """How much longer it took than the least possible."""
        return (self.lag[1] if self.pages else self.days) / self.least


class CaseAccount(Account):
    """The account of a case."""

    def __init__(self, case: Case) -> None:
        self._case = case
        super().__init__(case.scenario)
        self.reader.empty_last = case.empty_last

    def _make_groups(self) -> dict[LogGroupName, range]:
        """All log groups are older than the simulation, and none goes."""
        case, hours = self._case, self.scenario.days * 24
        random = np.random.default_rng(self.scenario.seed + 1)
        nothing = np.zeros(hours, dtype=np.int64)
        # What a day of a history has is in its first hour: no window of it ends within a day.
        each = 24 if case.is_history else 1
        for number, size_bytes in enumerate(case.hour_bytes()):
            name = LogGroupName(f"/app/{number:04d}")
            events = nothing.copy()
            events[::each] = random.poisson(size_bytes * each / EVENT_BYTES, hours // each)
            counts = summed(events)
            self.cloudwatch.traffic[name] = GroupTraffic(START_MS, counts, nothing, nothing, (), counts)
            self.cloudwatch.groups[name] = LogGroup(name, EpochMs(START_MS - MS_PER_DAY))
        return dict.fromkeys(self.cloudwatch.groups, range(hours))

    def _entries(self) -> list[dict[str, object]]:
        """A history is asked for, and nothing else is due."""
        entry: dict[str, object] = {"log_groups": ["/app/*"], "table": "app"}
        return [entry if self._case.is_history else {**entry, "start": "2026-01-01"}]

    def _convert(self) -> None:
        """Converting is assumed, not simulated: all that is exported by now is in the table."""
        now_ms = self.calendar.now_ms()
        for exported in self.ledger.in_states(WindowState.EXPORTED):
            row = self._saved(exported.advance(WindowState.CONVERTING, now_ms))
            events = row.trying.events or sum(self._events(row))
            self._saved(row.succeed(now_ms, Accounting(events, events), ()))
            for inside in self.ledger.rows_inside(row.log_group, row.window):
                del self.ledger.stored[inside.name]
        self._clear()

    def _saved(self, row: LedgerRow) -> LedgerRow:
        self.ledger.replace(row)
        return row

    def _events(self, row: LedgerRow) -> Iterator[int]:
        for item in self.raw.list(f"{row.keys.export_prefix}/{row.trying.task_id}/"):
            yield from (events for _, _, events in read_runs(self.raw.get(item.key)))

    def outcome(self) -> Outcome:
        """Simulates it."""
        return self._history() if self._case.is_history else self._hourly()

    def _hourly(self) -> Outcome:
        for _ in self.days():
            pass
        lags = self.measures.fresh
        # What is not there yet is at least as old as it is now.
        hours = np.arange(lags.shape[1])
        lags = np.where(lags == NOT_YET, (lags.shape[1] - hours - 1) * 60, lags)
        # The last hours are not due yet.
        due = lags[:, : lags.shape[1] - 2]
        half, most = (float(each) for each in np.percentile(due, (50, 90)))
        daily = [float(np.percentile(due[:, day * 24 : day * 24 + 24], 90)) for day in range(1, self._case.days)]
        grows = float(np.polyfit(range(len(daily)), daily, 1)[0]) if len(daily) > 1 else 0.0
        share = float((self.measures.fresh != NOT_YET).mean())
        return self._ended((half, most), grows, share, self._case.days, self._least_minutes())

    def _history(self) -> Outcome:
        whole = Window(START_MS, self.scenario.end_ms)
        begun_ms = self.scenario.end_ms + MS_PER_HOUR  # by then the last hour can be read
        self.calendar.run_until(begun_ms)
        self.control.put(f"{REQUESTS}requested/history", request_body(["/app/*"], whole))
        share = hours = 0.0
        while share < 1 and hours < self._case.most_days * 24:
            if hours % 24 == 2:
                self.cloudwatch.export_other(OTHERS_MINUTES * 60_000)
            hours += 1
            self.calendar.run_until(begun_ms + int(hours) * MS_PER_HOUR)
            share = float((self.measures.fresh != NOT_YET).mean())
        lags = self.measures.fresh
        in_table = np.where(lags == NOT_YET, 0, lags + 60 * (1 + np.arange(lags.shape[1], dtype=np.int32)))
        days = float(in_table.max()) / 1440 - (begun_ms - START_MS) / MS_PER_DAY
        days = days if share == 1 else self._simulated_days() / share
        return self._ended((0.0, 0.0), 0.0, share, days, self._least_days())

    def _simulated_days(self) -> float:
        """How much time has gone by; a run that is under way may be ahead of what was asked for."""
        begun_days = self.scenario.days + 1 / 24 if self._case.is_history else 0
        return (self.calendar.now_ms() - START_MS) / MS_PER_DAY - begun_days

    def _least_minutes(self) -> float:
        """From the end of an hour, if reading does nothing but its windows."""
        read_s = pages(self._case.hour_bytes(), self._case.empty_last).sum() / _PAGES_A_SECOND * self._case.scale
        return float(_FIRST_MINUTE + (read_s + (WAKE_MS + CONVERT_MS) / 1000) / 60)

    def _least_days(self) -> float:
        """If each window of a log group goes by one of the two ways, and both end at the same time."""
        # The last days still have passes to come: each is a window of its own.
        group, final_ms = LogGroup(LogGroupName("any"), START_MS), START_MS + (self._case.days - 15) * MS_PER_DAY
        year = Window(START_MS, EpochMs(START_MS + self._case.days * MS_PER_DAY))
        days = [length(window) / MS_PER_DAY for window in cut_into_windows(year, group, final_ms)]
        size_bytes = np.outer(self._case.hour_bytes() * 24, days).ravel()
        read_s = pages(size_bytes, EMPTY_LAST) / _PAGES_A_SECOND
        task_s = (60 * np.exp(SPREAD**2 / 2) + _BETWEEN_S + size_bytes / TASK_BYTES_A_SECOND) / (
            1 - OTHERS_MINUTES / 1440
        )
        order = np.argsort(-read_s / task_s)
        by_task, by_read = np.cumsum(task_s[order]), read_s.sum() - np.cumsum(read_s[order])
        ends_s = np.maximum(by_task, 0 if self._case.by_task else by_read)
        return float((ends_s[-1] if self._case.by_task else ends_s.min()) / 86_400 * self._case.scale)

    def _ended(self, lag: tuple[float, float], grows: float, share: float, days: float, least: float) -> Outcome:
        case, use, simulated = self._case, self.cloudwatch.use, self._simulated_days()
        return Outcome(
            case.name,
            case.groups,
            case.pages,
            case.by_task,
            case.scale,
            simulated,
            lag,
            grows,
            share,
            days,
            least,
            tasks=use.tasks / simulated * case.scale,
            reading=self.reader.pages / simulated / 86_400 / _PAGES_A_SECOND * case.scale,
            busy=(use.ours_ms + use.others_ms) / (simulated * MS_PER_DAY),
        )


def pages(size_bytes: Numbers, empty_last: float) -> Numbers:
    """How many pages windows of these sizes have on average, as `SimulatedReader` makes them."""
    filled = np.linspace(*FILLED, 51)
    return np.asarray(1 + empty_last + np.mean([size_bytes / PAGE_BYTES // each for each in filled], axis=0))


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Markdown tables of what comes by the hour, and of history."""
    yield f"Assumed: {ASSUMED}."
    yield ""
    heads = "days", "lag p50", "p90", "least", "ratio", "p90 grows a day", "reading left", "slot taken", "tasks a day"
    yield f"| case | {' | '.join(heads)} |"
    yield f"|---|{'--:|' * len(heads)}"
    for each in outcomes:
        if each.pages:
            yield (
                f"| {each.name} | {each.simulated:.0f} | {each.lag[0]:,.0f} min | {each.lag[1]:,.0f} min "
                f"| {each.least:.0f} min | {each.ratio:.2f} | {each.grows:+.1f} min | {1 - each.reading:.0%} "
                f"| {each.busy:.0%} | {each.tasks:,.0f} |"
            )
    yield ""
    yield "| case | in the table | least | ratio | reading taken | slot taken | tasks a day |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for each in outcomes:
        if not each.pages:
            days = f"{each.days:.1f} days" + ("" if each.share == 1 else f" (reckoned from {each.share:.0%})")
            yield (
                f"| {each.name} | {days} | {each.least:.1f} days | {each.ratio:.2f} | {each.reading:.0%} "
                f"| {each.busy:.0%} | {each.tasks:,.0f} |"
            )
