"""Estimates of a deployment's cost from the assumptions."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from support.deployments.templates import deployed_stacks

from infra.docs.alternatives import COMPARED, OTHER_PRICES
from infra.docs.cost import LEVERS
from loglake.core.run.outcome import CONVERT, EXPORT, METRICS
from loglake_cli.deploy.stacks import STACKS
from loglake_cli.operations.cost.assumptions import ASSUMPTIONS, PRICES, values
from loglake_cli.operations.cost.estimate import (
    MOST_OBJECTS,
    document,
    estimate,
    landing_advice,
    look_usd,
    looks_pay_from,
    notes,
    rows,
    total,
)
from loglake_cli.operations.cost.workload import HOURLY, LANDING_ALL_DAY, MOST_LANDED_EVENTS, Workload, exported

pytestmark = pytest.mark.unit


def usd(workload: Workload) -> float:
    return total(estimate(workload))


def parts(workload: Workload) -> dict[str, float]:
    return {part.name: part.usd for part in estimate(workload)}


def test_an_hourly_schedule_with_ten_small_log_groups_costs_27_usd_at_most_and_22_with_flex() -> None:
    assert (HOURLY.ticks_a_day, HOURLY.log_groups) == (24, 10)
    assert usd(HOURLY) <= 27
    assert usd(replace(HOURLY, flex=True)) <= 22


def test_landing_all_day_costs_100_usd_at_most() -> None:
    assert LANDING_ALL_DAY.landing_runs == 2880
    assert usd(LANDING_ALL_DAY) <= 100


def test_converting_10_gb_a_day_each_half_hour_costs_25_usd_at_most_and_17_with_flex() -> None:
    landed = replace(LANDING_ALL_DAY, landing_looks=True, landing_minutes=30, landed_gb_per_day=10)
    assert landed.landing_runs == 48 * 30
    assert parts(landed)["convert-logs"] <= 25
    assert parts(replace(landed, flex=True))["convert-logs"] <= 17


def test_a_look_costs_a_thousandth_of_a_dollar_at_most_and_a_run_for_each_100_objects_hundreds() -> None:
    assert look_usd(60) == look_usd() == pytest.approx(60 / 3600 * 0.0625 * 0.44)
    assert look_usd(120) <= 0.001
    many = replace(LANDING_ALL_DAY, landed_objects_a_day=50_000)
    looking = replace(many, landing_looks=True, landing_minutes=30)
    assert (many.landing_runs, looking.landing_runs, looking.look_runs) == (500 * 30, 48 * 30, 48 * 30)
    assert usd(many) > 8 * usd(looking)
    assert parts(looking)["look-landing"] == pytest.approx(48 * 30 * look_usd())
    assert parts(many)["EventBridge and SQS"] >= 1.5 * (1.00 + 1.2 * 0.40)


@pytest.mark.parametrize("minutes", [5, 15, 30])
def test_looks_pay_from_the_number_of_objects_that_is_said(minutes: float) -> None:
    looking = replace(LANDING_ALL_DAY, landing_looks=True, landing_minutes=minutes)
    objects = looks_pay_from(looking)
    events = replace(LANDING_ALL_DAY, landing_looks=False)
    for number, pays in ((objects - 1, False), (objects, True), (10 * objects, True)):
        each = (replace(way, landed_objects_a_day=number) for way in (looking, events))
        assert (usd(next(each)) < usd(next(each))) is pays
    assert landing_advice(looking) in notes(looking)
    assert f"From {objects:,} landed objects a day on" in landing_advice(looking)


def test_looks_never_pay_if_each_finds_what_a_batch_would_have() -> None:
    rare = replace(LANDING_ALL_DAY, landing_looks=True, landing_minutes=0.01)
    assert looks_pay_from(rare) == MOST_OBJECTS
    assert "Event is the cheaper way" in landing_advice(rare)


def test_a_crawl_after_each_run_is_what_made_it_dear() -> None:
    assert usd(replace(HOURLY, crawls=None)) > 120
    assert usd(replace(LANDING_ALL_DAY, crawls=None)) > 450


def test_a_crawl_takes_longer_if_it_has_more_to_read_than_ten_minutes_are_for() -> None:
    many = replace(HOURLY, log_groups=300)
    assert parts(many)["crawl-lake"] == pytest.approx(parts(HOURLY)["crawl-lake"] * 4.08)
    assert "of 122,400 files x 41 min" in next(part.how for part in estimate(many) if part.name == "crawl-lake")
    assert parts(replace(many, lake_days=30))["crawl-lake"] == parts(HOURLY)["crawl-lake"]


def test_each_stream_of_a_task_is_a_put() -> None:
    one, many = (parts(replace(HOURLY, streams=streams))["S3 requests"] for streams in (1, 101))
    assert many - one == pytest.approx(7_800 * 100 * 0.005 / 1000)


def test_the_parts_are_the_arithmetic_that_they_say() -> None:
    found = parts(HOURLY)
    assert found["convert-logs"] == pytest.approx(720 / 60 * 2 * 0.44), "a minute a run, the least that Glue bills"
    more = parts(replace(HOURLY, gb_per_day=10))["convert-logs"]
    assert more == pytest.approx((720 * (45 + 7) + 10 * 3 * 30 * 1000 / 72) / 3600 * 2 * 0.44)
    assert found["crawl-lake"] == pytest.approx(10 * 10 / 60 * 2 * 0.44)
    by_task = parts(replace(HOURLY, ingest="export"))
    assert by_task["export-logs"] == pytest.approx(10 * 26 * 30 * 79 / 3600 * 0.0625 * 0.44)


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
    assert template["ExportCapacity"]["Default"] == ASSUMPTIONS["shell_dpu"].value
    schedule = deployed_stacks()["events"].resources["ExportSchedule"]["Properties"]["ScheduleExpression"]
    assert re.fullmatch(r"cron\(\d+ \* \* \* \? \*\)", schedule), "hourly"


def test_a_quiet_deployment_puts_no_more_metrics_than_are_counted() -> None:
    """These are the metrics of a good run. Metrics about trouble are put, and billed, only in hours with trouble."""
    trouble = {"RunsPartial", "RunsFailed", "WindowsFailed", "Quarantined", "Violations", "CatalogGaps"}
    quiet = {job: sum(job in each.jobs and each.name not in trouble for each in METRICS) for job in (EXPORT, CONVERT)}
    assert quiet[EXPORT] + quiet[CONVERT] <= HOURLY.metrics
    assert quiet[CONVERT] <= LANDING_ALL_DAY.metrics


def test_each_assumption_says_where_it_comes_from() -> None:
    for assumption in COMPARED.values():
        assert assumption.source
        date.fromisoformat(assumption.noted_on)
        assert re.fullmatch(r"(20\d\d(-\d\d(-\d\d)?)?)?", assumption.source_date)


def test_a_price_from_memory_is_not_called_confirmed() -> None:
    """No readable page showed these prices. When you find one, note it in `assumptions`."""
    assert {name for name, price in {**PRICES, **OTHER_PRICES}.items() if not price.confirmed} == {
        "export_gb",
        "firehose_gb",
        "decompress_gb",
        "format_gb",
        "tables_storage_gb",
        "tables_objects",
        "tables_compact_gb",
        "tables_compact_objects",
    }
    assert f"of {len(ASSUMPTIONS)} assumptions are guesses" in " ".join(notes(HOURLY))


def test_a_lever_names_a_parameter_of_a_template() -> None:
    declared = {name for stack in deployed_stacks().values() for name in stack.template["Parameters"]}
    names = {lever.setting.strip("`").split(":")[0] for lever in LEVERS}
    assert names - declared == {"final_pass"}


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: str(lever.name))
def test_a_lever_changes_the_bill(lever: Any) -> None:
    dearer = lever.name.startswith("A crawl") or "five minutes" in lever.name
    assert (usd(lever.after) > usd(lever.before)) is dearer


def test_volume_changes_what_is_converted_and_stored() -> None:
    small, big = parts(replace(HOURLY, gb_per_day=10)), parts(replace(HOURLY, gb_per_day=100))
    assert big["S3 storage, raw"] == pytest.approx(10 * small["S3 storage, raw"])
    assert big["S3 storage, lake"] == pytest.approx(100 * 0.2 * 360 * 0.023)
    per_gb = (big["convert-logs"] - small["convert-logs"]) / (90 * 3 * 30)
    assert per_gb == pytest.approx(1000 / 72 / 3600 * 2 * 0.44)


@pytest.mark.parametrize(("limit", "month", "days"), [(0, 1, 30), (0, 12, 360), (30, 12, 30), (90, 1, 30), (90, 4, 90)])
def test_what_is_stored_grows_until_it_expires(limit: int, month: int, days: int) -> None:
    stored = parts(replace(HOURLY, gb_per_day=10, raw_days=limit, month=month))["S3 storage, raw"]
    assert stored == pytest.approx(10 * 3 * 0.18 * days * 0.023)


def test_a_landed_event_is_written_again_by_each_run_of_its_hour() -> None:
    assert LANDING_ALL_DAY.landed_conversions == (4 + 1) / 2 + 1
    assert replace(LANDING_ALL_DAY, landing_minutes=60).landed_conversions == 2
    assert HOURLY.landed_conversions == 0


def test_small_windows_are_read_and_larger_ones_go_by_task() -> None:
    a = values()
    small, large = exported(HOURLY, a), exported(replace(HOURLY, gb_per_day=10), a)
    assert (small.tasks, small.reads) == (0, 10 * 26 * 30)
    assert (large.tasks, large.reads) == (10 * 26 * 30, 0)
    mixed = exported(replace(HOURLY, gb_per_day=1), a)
    assert (mixed.tasks, mixed.reads) == (10 * 2 * 30, 10 * 24 * 30), "hours are read, days go by task"
    assert mixed.pages == 10 * 24 * 30 * (1 + 14), "13.3 half-full pages of an hour, and an empty one"


def test_a_small_day_that_is_read_a_third_time_is_neither_converted_nor_kept_again() -> None:
    by_task, read = parts(replace(HOURLY, ingest="export")), parts(HOURLY)
    assert read["S3 storage, raw"] == pytest.approx(2 / 3 * by_task["S3 storage, raw"])
    assert exported(replace(HOURLY, gb_per_day=10, ingest="read"), values()).kept == 3, "its objects are there"
    assert exported(replace(HOURLY, final_pass=False), values()).kept == 2


def test_reading_takes_as_long_as_its_pages_and_may_be_too_much_for_a_day() -> None:
    read, too_much = (replace(HOURLY, gb_per_day=gb, ingest="read") for gb in (10, 100))
    pages = exported(read, values()).pages
    assert parts(read)["export-logs"] == pytest.approx(pages / 3 / 3600 * 0.0625 * 0.44)
    assert not any("more than can be read" in note for note in notes(read))
    assert any("more than can be read" in note for note in notes(too_much))


def test_the_bill_of_later_months_says_what_is_kept() -> None:
    kept = replace(HOURLY, gb_per_day=10)
    bills = document(kept)["usd_by_month"]
    assert list(bills) == [1, 12, 24, 36]
    assert bills[12] == usd(kept)
    assert bills[24] - bills[12] == pytest.approx(bills[36] - bills[24], rel=0.05)
    assert f"{bills[24]:,.2f} USD in month 24" in " ".join(notes(kept))
    expiring = document(replace(kept, raw_days=30, lake_days=30))["usd_by_month"]
    assert expiring[36] - expiring[1] < 0.05, "closed months of the ledger alone"


def test_the_ledger_is_as_large_as_measured_after_a_year() -> None:
    """`make bench-scale PARTS=ledger` adds up the items of 2,000 hourly log groups."""
    parts_ = estimate(replace(HOURLY, log_groups=2_000))
    assert any("0.29 GB stored" in part.how for part in parts_)


def test_no_more_is_exported_than_the_slot_takes() -> None:
    assert not exported(replace(HOURLY, ingest="export"), values()).slot_is_full
    busy = replace(HOURLY, log_groups=500, ingest="export")
    assert exported(busy, values()).slot_is_full
    assert parts(busy)["export-logs"] == pytest.approx(720 * 0.0625 * 0.44)
    assert any("export slot" in note for note in notes(busy))


def test_what_is_not_used_costs_nothing_and_is_not_shown() -> None:
    assert not {"Firehose", "Athena scans", "KMS", "alarms", "dashboards"} & {row[0] for row in rows(estimate(HOURLY))}
    everything = replace(
        LANDING_ALL_DAY, streaming=True, queries_per_day=10, kms_key=True, alarms=12, dashboards=1, landed_gb_per_day=5
    )
    found = parts(everything)
    assert found["Firehose"] == pytest.approx(5 * 0.18 * 30 * 0.029)
    assert found["Athena scans"] == pytest.approx(300 * 10 / 1e6 * 5), "10 MB at least"
    assert found["alarms"] + found["dashboards"] == pytest.approx(4.2)
    assert 1 < found["KMS"] < 1.1


def test_the_document_has_each_part_and_its_sum() -> None:
    found = document(HOURLY)
    assert found["usd_a_month"] == pytest.approx(sum(part["usd"] for part in found["parts"])) == usd(HOURLY)
    assert found["workload"]["log_groups"] == 10
    assert found["assumptions"]["dpu_hour"]["confirmed"] is True


@pytest.mark.parametrize(
    "wrong", [{"log_groups": -1}, {"landed_objects_a_day": 5}, {"month": 0}, {"crawls": -1}, {"ingest": "x"}]
)
def test_a_workload_that_can_not_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Workload"):
        Workload(**wrong)
