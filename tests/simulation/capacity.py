"""From how many log groups on the one export slot can't keep up: short simulations without outages, and a formula.

What counts is how much of the slot's time is asked for. So a number of log groups is simulated as a fifth of them whose
tasks take five times as long, which takes a fifth of the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from loglake.core.units import MS_PER_DAY
from simulation.account import Account, Scenario
from simulation.cloudwatch import SPREAD
from simulation.report import by_day, percentiles

GROUPS = (25, 50, 100, 200, 300, 400, 500, 800, 1200)
DAYS, SEEN = 40, 10
SCALE = 5


@dataclass(frozen=True)
class Load:
    """The load of the slot with so many log groups, in the last days of a simulation.

    Attributes:
        tasks: export tasks a day.
        fresh: percentiles of the fresh lag in hours.
        grows: hours by which the median fresh lag grew in a day.
        waiting: windows that waited at the end.
        busy: the share of the time in which the slot was taken.
    """

    groups: int
    final_pass: str
    tasks: float
    fresh: tuple[float, ...]
    grows: float
    waiting: int
    busy: float


def capacity(median_s: float, others_minutes: float, between_s: float = 7.2) -> float:
    """Export tasks a day that the slot has room for.

    Args:
        median_s: of an export task; the mean is that times exp(spread squared / 2).
        others_minutes: of somebody else's exports, a day.
        between_s: from a task's end until the next one is started, with the pauses between runs; as simulated.
    """
    mean_s = median_s * float(np.exp(SPREAD**2 / 2))
    return (86_400 - 60 * others_minutes) / (mean_s + between_s)


def loads(final_pass: str, groups: tuple[int, ...] = GROUPS, seed: int = 4) -> Iterator[Load]:
    """Simulates each number of log groups in the smaller scale."""
    for number in groups:
        yield load(Scenario(number, DAYS, seed, final_pass=final_pass).scaled(SCALE), SCALE)


def load(scenario: Scenario, scale: int = 1) -> Load:
    """Simulates one scenario. The result is for `scale` times as many log groups."""
    account = Account(scenario)
    account.run()
    measures, use = account.measures, account.cloudwatch.use
    # Windows that are missing at the end would make the last days look too good.
    behind = _behind(account)
    seen = measures.fresh[:, max(0, (scenario.days - SEEN) * 24 - behind) : scenario.days * 24 - behind]
    daily = by_day(seen)[:, 0]
    grows = float(np.polyfit(np.arange(len(daily)), daily, 1)[0]) if len(daily) > 1 else 0.0
    tasks = sum(count for (day, _), count in measures.tasks.items() if day >= scenario.days - SEEN) / SEEN * scale
    busy = (use.ours_ms + use.others_ms) / (scenario.days * MS_PER_DAY)
    fresh = tuple(float(each) for each in percentiles(seen))
    waiting = measures.snapshots[-1].length * scale
    return Load(scenario.groups * scale, scenario.final_pass, tasks, fresh, grows, waiting, busy)


def _behind(account: Account) -> int:
    """How many hours before the end some are not in the table: the 99th percentile of the log groups'."""
    missing = account.measures.fresh == -1
    first = np.where(missing.any(axis=1), missing.argmax(axis=1), missing.shape[1])
    return int(missing.shape[1] - np.percentile(first, 1))


def table(rows: list[Load]) -> Iterator[str]:
    """A Markdown table."""
    yield "| log groups | tasks a day | slot taken | fresh lag p50 | p90 | max | grows a day | waiting at the end |"
    yield "|--:|--:|--:|--:|--:|--:|--:|--:|"
    for row in rows:
        fresh = " | ".join(f"{each:.1f} h" for each in (row.fresh[0], row.fresh[1], row.fresh[3]))
        yield f"| {row.groups} | {row.tasks:.0f} | {row.busy:.0%} | {fresh} | {row.grows:+.1f} h | {row.waiting:,} |"
