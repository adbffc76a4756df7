"""Writes docs/aws/cost.md: the monthly cost of a deployment, what changes it, and what other solutions cost.

The arithmetic is `loglake_cli.operations.cost`: ``make docs`` writes the page, and a test fails if it is stale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from infra.docs.alternatives import (
    COMPARED,
    GB_PER_DAY,
    KEPT_DAYS,
    OTHER_NEEDS,
    OTHER_PRICES,
    QUERIES_PER_DAY,
    RAW_DAYS,
    READ_SHARE,
    Alternative,
    alternatives,
)
from infra.docs.scale import landed
from loglake_cli.operations.cost.assumptions import NEEDS, PRICES, Assumption, values
from loglake_cli.operations.cost.estimate import (
    Part,
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

PAGE = Path(__file__).resolve().parents[2] / "docs" / "aws" / "cost.md"
_WORDS = Path(__file__).with_name("cost_words.md")
"""What the page says between its tables, by heading."""

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


def _words() -> dict[str, str]:
    parts = _WORDS.read_text("utf-8").split("\n<!-- ")
    return {name: text.strip() for name, _, text in (part.partition(" -->\n") for part in parts[1:])}


def _bill(title: str, words: str, workload: Workload) -> str:
    return f"## {title}\n\n{words}\n\n{_parts(workload)}\n"


def _parts(workload: Workload) -> str:
    lines = [f"| {name} | {amount} | {how} |" for name, amount, how in rows(estimate(workload))]
    lines[-1] = f"| **all** | **{usd(total(estimate(workload)))}** | |"
    return "\n".join(["| | USD | |", "|---|--:|---|", *lines])


def _example() -> dict[str, str | float]:
    """USD a month of 300 log groups, exported and landed, and the parts of the first."""
    gb = _GB_A_MONTH / DAYS
    workload = replace(HOURLY, log_groups=_GROUPS, gb_per_day=gb, alarms=ALARM_METRICS, dashboards=1)
    by_landing = replace(landed(_GROUPS, gb), alarms=ALARM_METRICS, dashboards=1)
    return {
        "groups": _GROUPS,
        "gb_a_month": _GB_A_MONTH,
        "exported": total(estimate(workload)),
        "growth": growth_in_words(workload),
        "landed": total(estimate(by_landing)),
        "parts": _parts(workload),
    }


def _rule_of_thumb() -> dict[str, float]:
    """USD a month of an hourly schedule: without any log group, for each log group, and for each GB a day."""
    more = replace(HOURLY, log_groups=HOURLY.log_groups + 1), replace(HOURLY, gb_per_day=HOURLY.gb_per_day + 1)
    group, gb = (total(estimate(each)) - total(estimate(HOURLY)) for each in more)
    base = total(estimate(HOURLY)) - HOURLY.log_groups * group - HOURLY.gb_per_day * gb
    return {"base": base, "group": group, "gb": gb}


_CONVERT_USD = 25
"""What converting 10 GB a day each half hour should cost at the most."""

_LANDED_A_DAY = (500, 2_000, 10_000, 50_000)


def _looks() -> dict[str, str]:
    """What a look costs, when looks pay, and USD a month of landing started by events and by looks."""
    each_15 = replace(LANDING_ALL_DAY, landing_looks=True)
    ways = {
        "`Event`": LANDING_ALL_DAY,
        "`Look`, each 15 minutes": each_15,
        "`Look`": replace(each_15, landing_minutes=LOOK_MINUTES),
    }
    starts = []
    for name, way in ways.items():
        amounts = (total(estimate(replace(way, landed_objects_a_day=objects))) for objects in _LANDED_A_DAY)
        starts.append(f"| {name} | {' | '.join(f'{amount:.0f}' for amount in amounts)} |")
    return {
        "look": f"{look_usd():.5f}",
        "looks_default": f"{looks_pay_from(LANDING_ALL_DAY):,}",
        "looks_15": f"{looks_pay_from(each_15):,}",
        "starts": "\n".join(starts),
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


def _levers() -> str:
    shown = [
        f"| {each.name} | {each.setting} | {total(estimate(each.before)):.0f} | {total(estimate(each.after)):.0f} |"
        for each in LEVERS
    ]
    return "\n".join(["| | setting | USD before | USD then |", "|---|---|--:|--:|", *shown])


def _compared() -> str:
    by_volume = [alternatives(gb) for gb in GB_PER_DAY]
    head = ["| USD a month |", *(f" {gb} GB a day |" for gb in GB_PER_DAY), " what it can't do |"]
    shown = [
        f"| {same[0].name} | {' | '.join(_usd(each) for each in same)} | {same[0].lacks} |"
        for same in zip(*by_volume, strict=True)
    ]
    return "\n".join(["".join(head), "|---|" + "--:|" * len(GB_PER_DAY) + "---|", *shown])


def _usd(way: Alternative) -> str:
    return f"{way.usd:,.0f}" if way.fits else "does not fit"


def _in_words(parts: Sequence[Part]) -> str:
    return "; ".join(f"{part.name} {usd(part.usd)} ({part.how})" for part in parts if part.usd)


def _compared_parts() -> str:
    gb = GB_PER_DAY[1]
    shown = [f"| {each.name} | {_in_words(each.parts)} |" for each in alternatives(gb)]
    return "\n".join([f"| | USD a month for {gb} GB a day |", "|---|---|", *shown])


def _assumptions(assumptions: dict[str, Assumption]) -> str:
    shown = [
        f"| {each.value:g} | {each.unit} | {each.source} | {each.source_date or 'no date'} | "
        f"{'yes' if each.confirmed else '**no**'} | {each.noted_on} |"
        for each in assumptions.values()
    ]
    head = ["| | | source | of | read there | noted on |", "|--:|---|---|---|---|---|"]
    return "\n".join([*head, *shown])


def render() -> str:
    """The page, as Markdown."""
    words = _words()
    hourly = (
        f"{HOURLY.log_groups} small log groups with {HOURLY.gb_per_day:g} GB a day in all, exported each hour, in the\n"
        f"twelfth month. A crawl runs when a table or a column is missing, {HOURLY.crawls} times a month."
    )
    landing = (
        f"Objects of {LANDING_ALL_DAY.landed_groups} small log groups that are landed all day, "
        f"{LANDING_ALL_DAY.landed_objects_a_day:,} a day; nothing is exported."
    )
    ten = f"The same {TEN_GB.log_groups} log groups with {TEN_GB.gb_per_day:g} GB a day, and nothing expires."
    compared = words["compared"].format(
        queries=QUERIES_PER_DAY, share=f"{READ_SHARE:.0%}", kept=KEPT_DAYS, raw=RAW_DAYS
    )
    return "\n".join(
        [
            "<!-- Written by `make docs` from infra/docs/cost_words.md and loglake_cli.operations.cost. -->\n",
            words["intro"].format(**_rule_of_thumb(), **_example()) + "\n",
            _bill("An hourly schedule", hourly, HOURLY),
            _bill("The same with 10 GB a day", ten, TEN_GB),
            _bill("Landing all day", landing, LANDING_ALL_DAY),
            words["landing"].format(**_looks(), **_small_runs()) + "\n",
            f"## Levers\n\nEach line changes one thing of an estimate above.\n\n{_levers()}\n\n{words['levers']}\n",
            f"## What else there is\n\n{compared}\n\n{_compared()}\n\n{words['dearer']}\n\n{_compared_parts()}\n",
            words["actual"] + "\n",
            words["json"] + "\n",
            f"## Assumptions\n\n{words['assumptions'].format(unsure=len(unconfirmed(COMPARED)))}\n",
            f"### Prices\n\n{_assumptions({**PRICES, **OTHER_PRICES})}\n",
            f"### What a run needs\n\n{_assumptions({**NEEDS, **OTHER_NEEDS})}\n",
        ]
    )
