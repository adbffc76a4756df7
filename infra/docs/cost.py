"""Writes docs/aws/cost.md: the monthly cost of a deployment, what changes it, and what other solutions cost.

The arithmetic is `loglake_cli.operations.cost`: ``make docs`` writes the page, and a test fails if it is stale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from infra.docs.alternatives import (
    COMPARED,
    GB_PER_DAY,
    KEPT_DAYS,
    OTHER_NEEDS,
    OTHER_PRICES,
    QUERIES_PER_DAY,
    RAW_DAYS,
    READ_SHARE,
    alternatives,
)
from infra.docs.scale import landed
from infra.docs.template import DOCS, filled
from loglake_cli.operations.cost.assumptions import NEEDS, PRICES, values
from loglake_cli.operations.cost.estimate import (
    estimate,
    growth_in_words,
    look_usd,
    looks_pay_from,
    rows,
    total,
    unconfirmed,
    usd,
)
from loglake_cli.operations.cost.workload import ALARM_METRICS, DAYS, HOURLY, LANDING_ALL_DAY, LOOK_MINUTES, Workload

PAGE = DOCS / "aws" / "cost.md"

_GROUPS, _GB_A_MONTH = 300, 200
"""The example that the page begins with."""


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
    _lever(
        "Landing by looks, each half hour",
        "`LandingStart: Look`",
        LANDING_ALL_DAY,
        landing_looks=True,
        landing_minutes=LOOK_MINUTES,
    ),
    _lever("A crawl after each run", "`CrawlMode: EveryRun`", HOURLY, crawls=None),
    _lever("Landing each five minutes", "`LandingBatchWindowSeconds: 300`", LANDING_ALL_DAY, landing_minutes=5),
    _lever("10 GB a day: raw objects expire after 60 days", "`RawExpiryDays: 60`", TEN_GB, raw_days=60),
    _lever("10 GB a day: no third export of a day", "`final_pass: never` (dataset)", TEN_GB, final_pass=False),
    _lever(
        "10 GB a day landed: each five minutes", "`LandingBatchWindowSeconds: 300`", LANDING_TEN_GB, landing_minutes=5
    ),
)
"""What changes the bill, with the setting that does it."""


_GB = _GB_A_MONTH / DAYS
_EXAMPLE = replace(HOURLY, log_groups=_GROUPS, gb_per_day=_GB, alarms=ALARM_METRICS, dashboards=1)
_EXAMPLE_LANDED = replace(landed(_GROUPS, _GB), alarms=ALARM_METRICS, dashboards=1)


def _rule_of_thumb() -> dict[str, float]:
    """USD a month of an hourly schedule: without any log group, for each log group, and for each GB a day."""
    group = _monthly(HOURLY, log_groups=HOURLY.log_groups + 1) - _monthly(HOURLY)
    gb = _monthly(HOURLY, gb_per_day=HOURLY.gb_per_day + 1) - _monthly(HOURLY)
    base = _monthly(HOURLY) - HOURLY.log_groups * group - HOURLY.gb_per_day * gb
    return {"base": base, "group": group, "gb": gb}


_CONVERT_USD = 25
"""What converting 10 GB a day each half hour should cost at the most."""

_LANDED_A_DAY = (500, 2_000, 10_000, 50_000)


def _looks() -> dict[str, object]:
    """What a look costs, when looks pay, and the ways in which landing starts."""
    each_15 = replace(LANDING_ALL_DAY, landing_looks=True)
    ways = {
        "`Event`": LANDING_ALL_DAY,
        "`Look`, each 15 minutes": each_15,
        "`Look`": replace(each_15, landing_minutes=LOOK_MINUTES),
    }
    return {
        "look": f"{look_usd():.5f}",
        "looks_default": f"{looks_pay_from(LANDING_ALL_DAY):,}",
        "looks_15": f"{looks_pay_from(each_15):,}",
        "starts": ways,
    }


_LOOKING = replace(LANDING_TEN_GB, landing_looks=True, landing_minutes=LOOK_MINUTES)


def _small_runs() -> dict[str, float]:
    """What a run of convert-logs costs at least, and converting 10 GB a day each half hour."""
    a, runs = values(), _LOOKING.landing_runs
    least, here, glue = (
        a["job_minimum"] * a["convert_dpu"] / 3600 * a["dpu_hour"],
        a["start_seconds"],
        a["glue_seconds"],
    )
    found = {"run": least, "runs": runs, "least": least * runs, "start": here + glue, "here": here, "glue": glue}
    for name, flex in (("", False), ("_flex", True)):
        bill = estimate(replace(_LOOKING, flex=flex))
        converting = next(part.usd for part in bill if part.name == "convert-logs")
        found |= {f"convert{name}": converting, f"whole{name}": total(bill)}
    work = _LOOKING.landed_gb_per_day * _LOOKING.landed_conversions * DAYS * 1000 / a["convert_mb_s"]
    found["slowest"] = (_CONVERT_USD / least * a["job_minimum"] - work) / runs - here
    return found


def _monthly(workload: Workload, **changes: object) -> float:
    """USD a month."""
    return total(estimate(replace(workload, **changes)))  # type: ignore[arg-type]  # fields by their names


def render() -> str:
    """The page, as Markdown."""
    return filled(
        "cost.md",
        groups=_GROUPS,
        gb_a_month=_GB_A_MONTH,
        exported=_monthly(_EXAMPLE),
        landed=_monthly(_EXAMPLE_LANDED),
        growth=growth_in_words(_EXAMPLE),
        example=_EXAMPLE,
        hourly=HOURLY,
        ten_gb=TEN_GB,
        landing=LANDING_ALL_DAY,
        landed_a_day=_LANDED_A_DAY,
        levers=LEVERS,
        monthly=_monthly,
        rows=lambda workload: rows(estimate(workload)),
        usd=usd,
        gb_per_day=GB_PER_DAY,
        compared=list(zip(*map(alternatives, GB_PER_DAY), strict=True)),
        queries=QUERIES_PER_DAY,
        share=f"{READ_SHARE:.0%}",
        kept=KEPT_DAYS,
        raw=RAW_DAYS,
        unsure=len(unconfirmed(COMPARED)),
        prices={**PRICES, **OTHER_PRICES},
        needs={**NEEDS, **OTHER_NEEDS},
        **_rule_of_thumb(),
        **_looks(),
        **_small_runs(),
    )
