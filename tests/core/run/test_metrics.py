"""Which metrics a run puts."""

from __future__ import annotations

import pytest

from loglake.core.run.outcome import CONVERT, EXPORT, METRICS, Outcome, metric_values
from loglake.pipelines.convert.report import ConvertReport
from loglake.pipelines.export.report import ExportReport

pytestmark = pytest.mark.unit


def test_each_metric_is_a_number_of_its_jobs_reports_or_an_outcome() -> None:
    reported = {EXPORT: set(ExportReport().numbers), CONVERT: set(ConvertReport().numbers)}
    outcomes = {f"Runs{outcome.value.capitalize()}" for outcome in Outcome}
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert all(metric.name in outcomes | reported[job] for job in metric.jobs), metric.name
        assert metric.unit in {"Count", "Seconds"}  # of the StandardUnits of CloudWatch
        assert metric.why.endswith(".")


def test_a_run_puts_what_is_not_0_and_what_is_read_alone() -> None:
    numbers = {"EventsIn": 7, "Quarantined": 0, "RowsOut": 7, "SettledAge": 9}
    put = {metric.name: value for metric, value in metric_values(CONVERT, Outcome.OK, numbers)}
    assert put == {"RunsOk": 1, "EventsIn": 7}


def test_a_run_that_failed_says_no_more() -> None:
    assert [metric.name for metric, _ in metric_values(EXPORT, Outcome.FAILED, {})] == ["RunsFailed"]
