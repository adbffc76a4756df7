"""What changes the bill: each line changes one thing of a workload."""

from __future__ import annotations

from dataclasses import dataclass, replace

from loglake_cli.operations.cost.workload import HOURLY, LANDING_ALL_DAY, Workload


@dataclass(frozen=True)
class Lever:
    """A parameter that changes the bill, or a setting of a dataset."""

    name: str
    setting: str
    before: Workload
    after: Workload


TEN_GB = replace(HOURLY, gb_per_day=10)
"""Ten log groups with 10 GB a day."""

LANDING_TEN_GB = replace(LANDING_ALL_DAY, landed_gb_per_day=10)
"""The same, landed."""


def _lever(name: str, setting: str, before: Workload, **changes: object) -> Lever:
    return Lever(name, setting, before, replace(before, **changes))  # type: ignore[arg-type]  # fields by their names


LEVERS: tuple[Lever, ...] = (
    _lever("Every third hour", "`ScheduleExpression: cron(10 0/3 * * ? *)`", HOURLY, ticks_a_day=8),
    _lever("One export a day", "`ScheduleExpression: cron(10 3 * * ? *)`", HOURLY, ticks_a_day=1),
    _lever("FLEX for convert-logs", "`ExecutionClass: FLEX`", HOURLY, flex=True),
    _lever("FLEX while landing all day", "`ExecutionClass: FLEX`", LANDING_ALL_DAY, flex=True),
    _lever("A crawl after each run", "`CrawlMode: EveryRun`", HOURLY, crawls=None),
    _lever("Landing each five minutes", "`LandingBatchWindowSeconds: 300`", LANDING_ALL_DAY, landing_minutes=5),
    _lever("10 GB a day: raw objects expire after 30 days", "`RawExpiryDays: 30`", TEN_GB, raw_days=30),
    _lever("10 GB a day: no third export of a day", "`final_pass: never` (dataset)", TEN_GB, final_pass=False),
    _lever(
        "10 GB a day landed: each five minutes", "`LandingBatchWindowSeconds: 300`", LANDING_TEN_GB, landing_minutes=5
    ),
)
"""What changes the bill, with the setting that does it."""
