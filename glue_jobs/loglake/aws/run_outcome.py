"""Reports the outcome of a run: the workflow run's property, metrics for alarms, and a note for `loglake status`.

If the outcome is partial, the job itself succeeds, so that the workflow goes on; the report says it. A failed run is
reported too. If reporting fails, the job's log says so, and nothing stops.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable

from loglake.aws import session
from loglake.aws.faults import translated
from loglake.aws.system_clock import SystemClock
from loglake.config import WorkflowRun
from loglake.core.ports.clock import Clock
from loglake.core.run.outcome import DIMENSIONS, LONGEST_ERROR, NAMESPACE, Outcome, RunNote, RunReport, metric_values
from loglake.core.state_items import RUN, StateItems, change
from loglake.core.units import EPOCH
from loglake.errors import LoglakeError, OtherVersionLedgerError
from loglake.telemetry import Telemetry

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

NO_WORKFLOW = "none"
"""The dimension's value for a job without a workflow."""

_CLOCK = SystemClock()


@contextmanager
def outcome_reported(
    job: str,
    workflow: WorkflowRun,
    telemetry: Telemetry,
    notes: StateItems | None = None,
    clock: Clock = _CLOCK,
    *,
    runs_on: Callable[[], Mapping[str, Any]] = dict,
) -> Iterator[Callable[[RunReport], None]]:
    """Reports how the run in the block went: its `report_outcome` call, or a failure if it raises.

    If it raises OtherVersionLedgerError, no note is written: the ledger is another version's.

    Args:
        job: ``export`` or ``convert``.
        workflow: the workflow run that the job runs in.
        telemetry: logs what could not be reported.
        notes: keeps the run's note.
        clock: gives the time of the note.
        runs_on: called at the end; the run's environment, such as versions (`aws.runtime`), for the log and the
            property.
    """
    glue, metrics = session.glue(), session.client("cloudwatch")

    def report_outcome(
        outcome: Outcome, numbers: Mapping[str, int], details: Mapping[str, Any], *, noted: bool = True
    ) -> None:
        ran_on = dict(runs_on())
        if ran_on:
            telemetry.event("runtime", **ran_on)
            details = {**details, "runtime": ran_on}
        steps: dict[str, Callable[[], None]] = {
            "run property": lambda: _put_property(glue, job, workflow, outcome, details),
            "metrics": lambda: _put_metrics(metrics, job, workflow, outcome, numbers),
        }
        if notes and noted:
            told = (details.get("remarks", ()), details.get("error", ""))
            note = RunNote.of(job, outcome, clock.now_ms(), *told, waiting=details.get("waiting"))
            # It may keep the remarks of the note before it.
            steps["note"] = lambda: _note(notes, note)
        for what, step in steps.items():
            try:
                step()
            except LoglakeError as error:
                telemetry.event("outcome not reported", what=what, reason=str(error))

    try:
        yield lambda report: report_outcome(report.outcome, report.numbers, _details(report))
    except Exception as error:
        reason = str(error) if isinstance(error, LoglakeError) else f"{type(error).__name__}: {error}"
        telemetry.event("run failed", reason=reason)
        noted = not isinstance(error, OtherVersionLedgerError)
        report_outcome(Outcome.FAILED, {}, {"error": reason[:LONGEST_ERROR]}, noted=noted)
        raise


def _put_property(
    glue: GlueClient, job: str, workflow: WorkflowRun, outcome: Outcome, details: Mapping[str, Any]
) -> None:
    """Adds ``loglake:<job>`` to the properties of the workflow run; does nothing outside of one."""
    if workflow.run_id:
        message = json.dumps({"outcome": outcome.value, **details})
        with translated("glue:PutWorkflowRunProperties", workflow.name):
            glue.put_workflow_run_properties(
                Name=workflow.name, RunId=workflow.run_id, RunProperties={f"{NAMESPACE}:{job}": message}
            )


def _put_metrics(metrics: Any, job: str, workflow: WorkflowRun, outcome: Outcome, numbers: Mapping[str, int]) -> None:
    """Adds a value to each metric of the job that is not 0, in one call (`core.run.outcome`)."""
    values = (job, workflow.name or NO_WORKFLOW)
    dimensions = [{"Name": name, "Value": value} for name, value in zip(DIMENSIONS, values)]
    data = [
        {"MetricName": metric.name, "Dimensions": dimensions, "Value": value, "Unit": metric.unit}
        for metric, value in metric_values(job, outcome, numbers)
    ]
    with translated("cloudwatch:PutMetricData", NAMESPACE):
        metrics.put_metric_data(Namespace=NAMESPACE, MetricData=data)


def _note(notes: StateItems, note: RunNote) -> None:
    change(notes, RUN, note.job, RunNote(note.job, note.outcome, EPOCH), note.after)


def _details(report: RunReport) -> dict[str, Any]:
    waiting = {queue.value: each for queue, each in getattr(report, "waiting", {}).items()}
    told = {"remarks": list(report.remarks), "waiting": waiting}
    return {"numbers": dict(report.numbers), **{name: what for name, what in told.items() if what}}
