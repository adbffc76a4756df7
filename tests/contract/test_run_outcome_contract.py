"""The outcome of a run, read back from the Glue and CloudWatch APIs."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from support.gluelocal.ambient import point_at

from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake.aws.run_outcome import outcome_reported
from loglake.aws.system_clock import SystemClock
from loglake.config import WorkflowRun
from loglake.core.run.outcome import NAMESPACE
from loglake.core.units import from_ms
from loglake.pipelines.convert.report import ConvertReport
from loglake.pipelines.export.job import ExportReport
from loglake.telemetry import Telemetry

if TYPE_CHECKING:
    from support.python_shell.shell import PythonShell

pytestmark = pytest.mark.contract


def test_both_jobs_of_a_workflow_run_report_how_they_went(monkeypatch: pytest.MonkeyPatch, shell: PythonShell) -> None:
    clock, log = SystemClock(), io.StringIO()
    with EmbeddedAws(clock) as aws:
        point_at(aws, monkeypatch)
        glue, metrics = aws.client("glue"), aws.client("cloudwatch")
        glue.create_workflow(Name="w", DefaultRunProperties={"team": "shop"})
        run = WorkflowRun("w", glue.start_workflow_run(Name="w")["RunId"])
        logged = shell.adapter(aws, "runs").report("export", run, ExportReport(exported=2))
        with outcome_reported("convert", run, Telemetry(clock, "run", log)) as report_outcome:
            report_outcome(ConvertReport(remaining=1))
        properties = glue.get_workflow_run_properties(Name="w", RunId=run.run_id)["RunProperties"]
        now = from_ms(clock.now_ms())
        found = {
            name: metrics.get_metric_statistics(
                Namespace=NAMESPACE,
                MetricName=name,
                Dimensions=[{"Name": "Job", "Value": "convert"}, {"Name": "Workflow", "Value": "w"}],
                StartTime=now - timedelta(hours=1),
                EndTime=now + timedelta(hours=1),
                Period=7200,
                Statistics=["Sum"],
            )["Datapoints"]
            for name in ("RunsOk", "RunsPartial")
        }
    reported = {name: json.loads(value) for name, value in properties.items() if name.startswith(NAMESPACE)}
    assert {name: each["outcome"] for name, each in reported.items()} == {
        "loglake:export": "ok",
        "loglake:convert": "partial",
    }
    assert reported["loglake:export"]["numbers"]["WindowsExported"] == 2
    assert {name: [point["Sum"] for point in points] for name, points in found.items()} == {
        "RunsOk": [],
        "RunsPartial": [1],
    }
    assert logged == log.getvalue() == ""
