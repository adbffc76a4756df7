"""The result of a simulation in numbers and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from loglake.core.ledger.row import Queue
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR
from simulation.account import START_MS, Account
from simulation.measures import Lags

Hours = npt.NDArray[np.float64]
SHARES = (50, 90, 99, 100)


@dataclass(frozen=True)
class CatchUp:
    """How an account got over an outage, in hours after its end.

    Attributes:
        complete: all that the outage missed is in the table.
        usual: from then on the fresh lag is what it was in the week before, or a quarter more.
    """

    day: int
    complete: float
    usual: float | None


def percentiles(lags: Lags) -> Hours:
    """The 50th, 90th, 99th percentile and the maximum for rows in the table, in hours; NaN if there are none."""
    known = lags[lags >= 0] / 60
    return np.asarray(np.percentile(known, SHARES)) if known.size else np.full(len(SHARES), np.nan)


def by_day(lags: Lags) -> Hours:
    """`percentiles` of each day's hours: a row per day."""
    days = lags.shape[1] // 24
    return np.array([percentiles(lags[:, day * 24 : day * 24 + 24]) for day in range(days)])


class Report:
    """The numbers of an account after its simulation."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.scenario = account.scenario
        self.measures = account.measures
        self.daily = by_day(self.measures.fresh)

    def lines(self) -> Iterator[str]:
        """The whole report."""
        scenario, use = self.scenario, self._account.cloudwatch.use
        yield (
            f"{scenario.groups} log groups for {scenario.days} days, hourly; export tasks of {scenario.median_s:.0f} s "
            f"(median), {use.ours_ms / max(use.tasks, 1) / 1000:.0f} s (mean); final_pass: {scenario.final_pass}"
        )
        yield from self._weeks()
        yield f"fresh lag in hours   {_text(percentiles(self.measures.fresh))}"
        yield f"   outside outages   {_text(percentiles(self.undisturbed()))}"
        yield f"settled after hours  {_text(percentiles(self.measures.settled))}   (from the end of the day; due at 24)"
        yield f"export tasks         {use.tasks:,} in {self.measures.runs:,} runs"
        yield f"   by queue          {_counts(self.tasks())}"
        yield f"   retried once      {self.measures.empty_retries:,}; failed windows {self.measures.failed:,}"
        ours, others = self._share(use.ours_ms), self._share(use.others_ms)
        yield f"the export slot      {ours:.1%} ours, {others:.1%} somebody else's"
        longest = max(self.measures.snapshots, key=lambda snapshot: snapshot.length)
        day, of_lines = (longest.at_ms - START_MS) // MS_PER_DAY, _counts(longest.waiting)
        yield f"longest queue        {longest.length:,} windows on day {day} ({of_lines})"
        for catch_up in self.catch_ups():
            usual = "not within the simulation" if catch_up.usual is None else f"after {catch_up.usual:.0f} h"
            yield (
                f"outage on day {catch_up.day}    all that it missed is in the table after {catch_up.complete:.0f} h, "
                f"the fresh lag is as before {usual}"
            )

    def _weeks(self) -> Iterator[str]:
        yield "fresh lag in hours, by week of the events:"
        for week in range(0, self.scenario.days, 7):
            hours = percentiles(self.measures.fresh[:, week * 24 : week * 24 + 168])
            outage = "   outage" if any(self._in_outage(day) for day in range(week, week + 7)) else ""
            yield f"   day {week:3}  {_text(hours)}{outage}"

    def _share(self, ms: int) -> float:
        """The share of the whole time."""
        return ms / (self.scenario.days * MS_PER_DAY)

    def tasks(self) -> Counter[Queue]:
        """Windows that were exported, by queue."""
        tasks: Counter[Queue] = Counter()
        for (_, queue), count in self.measures.tasks.items():
            tasks[queue] += count
        return tasks

    def undisturbed(self) -> Lags:
        """The fresh lags without the days of outages, the day before each, and what it took to get over it."""
        keep = np.ones(self.scenario.days, dtype=bool)
        for catch_up in self.catch_ups():
            end = catch_up.day + self.scenario.outage_days + (catch_up.usual or 24 * self.scenario.days) / 24
            keep[max(catch_up.day - 2, 0) : int(end) + 1] = False
        return self.measures.fresh[:, np.repeat(keep, 24)]

    def catch_ups(self) -> list[CatchUp]:
        """How the account got over each outage."""
        return [self._catch_up(day) for day in self.scenario.outages]

    def _catch_up(self, day: int) -> CatchUp:
        end = day + self.scenario.outage_days
        missed = self.measures.fresh[:, (day - 1) * 24 : end * 24]
        hour = np.arange((day - 1) * 24, end * 24)
        in_table = np.where(missed >= 0, missed / 60 + hour + 1, -1)
        before = float(np.median(self.daily[max(day - 9, 0) : day - 2, 1]))
        usual = [later for later in range(end, self.scenario.days) if self.daily[later, 1] <= 1.25 * before]
        return CatchUp(day, float(in_table.max()) - end * 24, (usual[0] - end) * 24.0 if usual else None)

    def _in_outage(self, day: int) -> bool:
        return self.scenario.outage_at(START_MS + day * MS_PER_DAY + MS_PER_HOUR)


def _text(hours: Hours) -> str:
    return "  ".join(
        f"{'max' if share == 100 else f'p{share}'} {each:6.1f}" for share, each in zip(SHARES, hours, strict=True)
    )


def _counts(counts: Counter[Queue]) -> str:
    return ", ".join(f"{queue.value} {counts[queue]:,}" for queue in Queue if counts[queue]) or "none"
