"""`make bench-scale` and `make bench-layout` on very little: they count right, and their queries agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmark.layout.__main__ import run
from benchmark.layout.queries import WHOLE_EVENTS
from benchmark.scale.crawl import measure_crawls
from benchmark.scale.landing import measure_landing, measure_year
from benchmark.scale.look import measure_look
from benchmark.scale.objects import WINDOWS, measure_objects
from benchmark.scale.one_object import measure_one_object
from benchmark.scale.requests import measure_requests
from benchmark.scale.row import Row
from benchmark.scale.start import measure_start
from benchmark.scale.status import measure_status

from infra.docs.scale import WINDOW_LEDGER
from loglake_cli.operations.cost.assumptions import values

pytestmark = pytest.mark.benchmark


def test_a_target_is_met_at_its_value() -> None:
    at_most, at_least = Row("a", 5.0, "<=", 5, "s"), Row("b", 4.9, ">=", 5)
    assert (at_most.met, at_least.met) == (True, False)
    assert "NOT MET" in str(at_least)


def test_windows_of_small_objects_share_a_file(tmp_path: Path) -> None:
    planned, converted, files = measure_objects(tmp_path, 2 * WINDOWS)
    assert (files.measured, files.met) == (1, True)
    assert planned.measured > 0 < converted.measured


def test_one_object_is_converted_on_one_core_and_on_all(tmp_path: Path) -> None:
    faster, possible, busy, memory = measure_one_object(tmp_path, 100_000)
    assert faster.measured > 0 < possible.measured
    assert busy.measured > 0
    assert memory.met


def test_new_landed_objects_become_windows_of_their_log_groups() -> None:
    (row,) = measure_landing(groups=20, new=8)
    assert row.details["windows"] == 16


def test_a_run_reads_no_landed_object_of_earlier_runs() -> None:
    seconds, units = measure_year(groups=2, days=3, a_day=1000, new=8)
    assert seconds.measured > 0
    assert 0 < units.measured < 200


def test_a_look_that_finds_nothing_costs_a_thousandth_of_a_dollar_at_most() -> None:
    (row,) = measure_look()
    assert 0.45 < row.measured <= 1
    assert row.details["requests"] == 2


def test_a_second_crawl_makes_only_the_new_partitions() -> None:
    assert [row.measured > 0 for row in measure_crawls(12)] == [True, True]


def test_the_status_of_log_groups_is_measured(tmp_path: Path) -> None:
    seconds, memory = measure_status(tmp_path, 100)
    assert seconds.measured > 0
    assert memory.met


def test_requests_of_one_more_window_are_counted(tmp_path: Path) -> None:
    fresh, read, each, empty, settled, besides = measure_requests(tmp_path, hours=2, many=4)
    assert min(row.measured for row in (fresh, read, each, empty, settled, besides)) > 1
    assert each.measured < read.measured + 1
    assert besides.met  # it does not depend on how many windows there are
    assert read.details["polls"] == 0
    counts = {name: float(count) for name, count in fresh.details.items()}
    assert fresh.measured == counts["export"] + counts["convert"]
    assert counts["polls"] > 0
    assert counts["further pages"] == 0
    priced = [counts[name] for name in ("S3 PUT", "S3 GET", "ledger writes", "ledger reads")]
    assert min(priced) > 0
    assert sum(priced) < fresh.measured  # the rest are free
    a = values()
    assert counts["S3 PUT"] == a["window_puts"]
    assert counts["S3 GET"] == a["window_gets"]
    closed_months = 1  # a task may have exported events of any time, so its window asks for all rows of its log group
    assert counts["ledger writes"] + counts["ledger reads"] == WINDOW_LEDGER + closed_months


@pytest.mark.spark
@pytest.mark.local
def test_a_run_with_little_to_do_is_timed(tmp_path: Path) -> None:
    export, convert = measure_start(tmp_path, times=1)
    assert 0 < export.measured < convert.measured
    assert 0 < float(convert.details["to the first byte"]) < float(convert.details["here"]) < convert.measured


def test_layouts_give_the_same_answers(tmp_path: Path) -> None:
    results = run(tmp_path, 0.6)
    assert json.loads((tmp_path / "layout.json").read_text()) == results
    ours, without = (results["layouts"][name]["shares"] for name in ("as loglake writes it", "without Bloom filters"))
    assert all(0 < share < 1 for share in ours.values())
    assert ours[WHOLE_EVENTS] < without[WHOLE_EVENTS]
    days = {found["answers"]["daily counts"] for found in results["layouts"].values()}
    assert len(days) == 1
