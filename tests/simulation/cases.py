"""Many log groups, and years of history: how long it takes until the events are in the table.

The jobs are the real ones, on a virtual clock. What is assumed of AWS: an export task takes a minute and 20 MB a second
(median, with the spread of `cloudwatch.SPREAD`), two pages a second are read, 30 to 80 % full and one in three windows
with an empty last one, an event has 250 bytes, other people's exports take 5 % of the slot, a workflow run starts 90 s
after its request, an export run takes up to 40 minutes, and converting takes three.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from loglake.core.cloud_types import LogGroup
from loglake.core.keys import REQUESTS
from loglake.core.requests.requests import request_body
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from simulation.account import START_MS, Account, Scenario
from simulation.cloudwatch import EVENT_BYTES
from simulation.measures import NOT_YET
from simulation.traffic import GroupTraffic, summed

OTHERS_MINUTES = 72
"""A day: 5 % of the slot."""
_SIGMA = 1.5
_GB = 1_000_000_000
_YEAR = 365


@dataclass(frozen=True)
class Case:
    """So many log groups; their sizes are log-normal around a median.

    Attributes:
        median_bytes: of a log group, in `days`.
        big: each so manieth has `big_bytes` instead; 0: none has.
        days: of events.
        is_history: the events are there when it begins, and somebody asks for them. Else they come hour by hour.
        most_days: simulated at most; then what is missing is reckoned from the days before.
        scale: so many times fewer log groups are simulated, with tasks and reads that are as many times slower.
    """

    name: str
    groups: int
    median_bytes: float
    big: int = 0
    big_bytes: float = 0
    days: int = _YEAR
    is_history: bool = True
    most_days: int = 3
    scale: int = 1

    @property
    def scenario(self) -> Scenario:
        """The account's."""
        scenario = Scenario(self.groups, self.days, others_minutes=OTHERS_MINUTES, read="/app/*", late_days=_YEAR)
        return replace(scenario.scaled(self.scale), speed=1 / self.scale, look_days=10**6)


CASES = (
    Case("2,000 small log groups each hour", 2000, 2000 * 24 * EVENT_BYTES, days=2, is_history=False),
    Case("300 log groups with a year", 300, 0.5 * _GB, big=50, big_bytes=100 * _GB),
    Case("5,000 log groups with a year", 5000, 0.02 * _GB),
)


@dataclass(frozen=True)
class Outcome:
    """How a case went.

    Attributes:
        lag: half and 90 % of hours are in the table so many minutes after their end, if they come one by one.
        share: of the history in the table at the end of the simulation.
        days: until all of it is there; reckoned if `share` is below 1.
        tasks: export tasks a day.
        pages: read a second.
        busy: the share of the time in which the slot was taken.
    """

    case: Case
    lag: tuple[float, float]
    share: float
    days: float
    tasks: float
    pages: float
    busy: float


class CaseAccount(Account):
    """The account of a case."""

    def __init__(self, case: Case) -> None:
        self._case = case
        super().__init__(case.scenario)

    def _make_groups(self) -> dict[LogGroupName, range]:
        """All log groups are older than the simulation, and none goes."""
        case, hours = self._case, self.scenario.days * 24
        random = np.random.default_rng(self.scenario.seed)
        sizes = case.median_bytes * random.lognormal(0, _SIGMA, self.scenario.groups)
        if case.big:
            sizes[:: case.big] = case.big_bytes
        nothing = np.zeros(hours, dtype=np.int64)
        for number, size_bytes in enumerate(sizes):
            name = LogGroupName(f"/app/{number:04d}")
            events = summed(random.poisson(size_bytes / EVENT_BYTES / hours, hours).astype(np.int64))
            self.cloudwatch.traffic[name] = GroupTraffic(START_MS, events, nothing, nothing, (), events)
            self.cloudwatch.groups[name] = LogGroup(name, EpochMs(START_MS - MS_PER_DAY))
        return dict.fromkeys(self.cloudwatch.groups, range(hours))

    def _entries(self) -> list[dict[str, object]]:
        """A history is asked for, and nothing else is due."""
        entry: dict[str, object] = {"log_groups": ["/app/*"], "table": "app"}
        return [entry if self._case.is_history else {**entry, "start": "2026-01-01"}]

    def outcome(self) -> Outcome:
        """Simulates it."""
        return self._history() if self._case.is_history else self._hourly()

    def _hourly(self) -> Outcome:
        self.run()
        lags = self.measures.fresh
        # What is not there yet is at least as old as it is now.
        hours = np.arange(lags.shape[1])
        lags = np.where(lags == NOT_YET, (lags.shape[1] - hours - 1) * 60, lags)
        half, most = (float(each) for each in np.percentile(lags, (50, 90)))
        share = float((self.measures.fresh != NOT_YET).mean())
        return self._ended((half, most), share, float(self.scenario.days), self.scenario.days)

    def _history(self) -> Outcome:
        begun_ms = int(START_MS) + self.scenario.days * MS_PER_DAY
        self.calendar.run_until(begun_ms)
        whole = Window(START_MS, EpochMs(begun_ms))
        self.control.put(f"{REQUESTS}requested/history", request_body(["/app/*"], whole))
        share = hours = 0.0
        while share < 1 and hours < self._case.most_days * 24:
            if hours % 24 == 2:
                self.cloudwatch.export_other(OTHERS_MINUTES * 60_000)
            hours += 1
            self.calendar.run_until(begun_ms + int(hours) * MS_PER_HOUR)
            share = float((self.measures.fresh != NOT_YET).mean())
        days = hours / 24
        return self._ended((0.0, 0.0), share, days / share if share else float("inf"), days)

    def _ended(self, lag: tuple[float, float], share: float, days: float, simulated: float) -> Outcome:
        use = self.cloudwatch.use
        busy = (use.ours_ms + use.others_ms) / (simulated * MS_PER_DAY)
        pages = self.reader.pages / simulated / 86_400
        return Outcome(self._case, lag, share, days, use.tasks / simulated, pages, busy)


def table(outcomes: Iterator[Outcome]) -> Iterator[str]:
    """A Markdown table."""
    yield "| case | in the table | lag p50 | p90 | tasks a day | slot taken | pages a second |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for each in outcomes:
        lag = " | ".join(f"{minutes:,.0f} min" if not each.case.is_history else "" for minutes in each.lag)
        share = f"{each.share:.1%} after {each.case.most_days} days: all of it after {each.days:,.0f}"
        if not each.case.is_history:
            share = f"{each.share:.1%} of {each.case.days} days"
        elif each.share == 1:
            share = f"all after {each.days:.1f} days"
        yield f"| {each.case.name} | {share} | {lag} | {each.tasks:,.0f} | {each.busy:.0%} | {each.pages:.2f} |"
