"""What a deployment costs, as far as the assumptions say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from support.worlds.deployed import deployed_stacks

from loglake.core.metrics import METRICS
from loglake.core.outcome import CONVERT, EXPORT
from loglake_cli.deploy.stacks import STACKS
from loglake_cli.operations.cost import (
    ASSUMPTIONS,
    HOURLY,
    LANDING_ALL_DAY,
    LEVERS,
    MOST_LANDED_EVENTS,
    Workload,
    estimate,
    total,
)

pytestmark = pytest.mark.unit


def usd(workload: Workload) -> float:
    return total(estimate(workload))


def parts(workload: Workload) -> dict[str, float]:
    return {part.name: part.usd for part in estimate(workload)}


def test_an_hourly_schedule_with_ten_small_log_groups_costs_30_usd_at_most() -> None:
    assert (HOURLY.ticks_a_day, HOURLY.log_groups) == (24, 10)
    assert usd(HOURLY) <= 30


def test_landing_all_day_costs_100_usd_at_most() -> None:
    assert LANDING_ALL_DAY.landing_runs == 2880
    assert usd(LANDING_ALL_DAY) <= 100


def test_a_crawl_after_each_run_is_what_made_it_dear() -> None:
    assert usd(replace(HOURLY, crawls=None)) > 120
    assert usd(replace(LANDING_ALL_DAY, crawls=None)) > 450


def test_the_parts_are_the_arithmetic_that_they_say() -> None:
    found = parts(HOURLY)
    assert found["convert-logs"] == pytest.approx(720 * 90 / 3600 * 2 * 0.44)
    assert found["crawl-lake"] == pytest.approx(10 * 10 / 60 * 2 * 0.44)
    assert found["export-logs"] == pytest.approx(10 * 26 * 30 * 79 / 3600 * 0.0625 * 0.44)


def test_an_export_run_is_billed_for_a_minute_at_least() -> None:
    idle = parts(replace(HOURLY, log_groups=0))
    assert idle["export-logs"] == pytest.approx(720 / 60 * 0.0625 * 0.44)


def test_many_objects_start_more_landing_runs_than_windows_do() -> None:
    busy = replace(LANDING_ALL_DAY, landed_objects_a_day=20_000)
    assert busy.landing_runs == 200 * 30


def test_the_defaults_are_those_of_the_templates() -> None:
    lake = deployed_stacks()[STACKS[2].path.stem]
    template: Any = lake.template["Parameters"]
    assert LANDING_ALL_DAY.landing_minutes * 60 == template["LandingBatchWindowSeconds"]["Default"]
    assert template["LandingBatchSize"]["Default"] == MOST_LANDED_EVENTS
    assert lake.resources["ExportLogs"]["Properties"]["MaxCapacity"] == ASSUMPTIONS["shell_dpu"].value
    schedule = deployed_stacks()["events"].resources["ExportSchedule"]["Properties"]["ScheduleExpression"]
    assert re.fullmatch(r"cron\(\d+ \* \* \* \? \*\)", schedule), "hourly"


def test_a_quiet_deployment_puts_no_more_metrics_than_are_counted() -> None:
    """What a good run puts: those of trouble are put, and billed, in the hours of trouble alone."""
    trouble = {"RunsPartial", "RunsFailed", "WindowsFailed", "Quarantined", "CatalogGaps"}
    quiet = {job: sum(job in each.jobs and each.name not in trouble for each in METRICS) for job in (EXPORT, CONVERT)}
    assert quiet[EXPORT] + quiet[CONVERT] <= HOURLY.metrics
    assert quiet[CONVERT] <= LANDING_ALL_DAY.metrics


def test_each_assumption_says_where_it_comes_from() -> None:
    for assumption in ASSUMPTIONS.values():
        assert assumption.source
        date.fromisoformat(assumption.noted_on)


def test_a_lever_names_a_parameter_of_a_template() -> None:
    declared = {name for stack in deployed_stacks().values() for name in stack.template["Parameters"]}
    names = {how.strip("`").split(":")[0] for _, how, _, _ in LEVERS}
    assert names - declared <= {"CrawlMode"}


@pytest.mark.parametrize("wrong", [{"log_groups": -1}, {"landed_objects_a_day": 5}])
def test_a_workload_that_can_not_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Workload"):
        Workload(**wrong)
