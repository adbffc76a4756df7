"""The load of many log groups, and the numbers of it on the pages."""

from __future__ import annotations

import pytest
from support.pages import DOCS

from infra.docs.scale import BATCH_S, DAY_S, GROUPS, exported, landed, load_of
from loglake_cli.operations.cost.assumptions import ASSUMPTIONS, values
from loglake_cli.operations.cost.workload import exported as ways_of

pytestmark = pytest.mark.unit


def test_more_log_groups_ask_more_of_each_part() -> None:
    loads = [load_of(groups) for groups in GROUPS]
    for less, more in zip(loads, loads[1:], strict=False):
        for name in (
            "gb_per_day",
            "slot_share",
            "firehose_mb_s",
            "dpu",
            "commit_s",
            "write_units_s",
            "puts_s",
            "landed_usd",
        ):
            assert getattr(more, name) > getattr(less, name), name


def test_two_exports_of_each_day_fit_for_500_log_groups_and_not_for_600() -> None:
    assert load_of(500).slot_share < 1 < load_of(600).slot_share
    assert load_of(500).exported_usd
    assert load_of(600).exported_usd is None
    full = [ways_of(exported(groups), values()).slot_is_full for groups in (500, 600)]
    assert full == [False, True]


def test_hours_are_read_for_480_log_groups_where_two_pages_a_second_are_allowed() -> None:
    assert load_of(480).pages_s == pytest.approx(2)
    assert load_of(481).pages_s > 2


def test_a_run_commits_about_125_000_windows_before_the_next_one_is_due() -> None:
    assert load_of(124_500).commit_s < BATCH_S < load_of(125_500).commit_s
    hourly = 25  # an hour of a log group at least once, and its day once more
    assert load_of(479_500).commit_s * hourly < DAY_S < load_of(480_500).commit_s * hourly


def test_ten_tb_a_day_need_more_runs_seven_workers_and_less_than_a_tables_quota() -> None:
    load = load_of(100_000)
    assert load.gb_per_day == 10_000
    assert landed(100_000, 10_000).landing_runs / 30 == pytest.approx(134, abs=1)
    assert 6 < load.dpu < 7
    assert load.firehose_mb_s == pytest.approx(10_000_000 * values(ASSUMPTIONS)["gzip_share"] / DAY_S)
    assert load.write_units_s < 40_000


def test_the_page_of_landing_has_the_cost_of_300_log_groups() -> None:
    load, page = load_of(300), (DOCS / "understand" / "landing.md").read_text("utf-8")
    assert load.exported_usd
    assert f"cost about {round(load.landed_usd, -1):.0f} USD a month if they are landed" in page
    assert f"about {round(load.exported_usd, -1):.0f} if they are exported" in page
