"""If a job could not note how its run ended, Glue's report is used."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from support.faults.fault_names import EXPIRED_CREDENTIALS
from support.faults.injection import FaultRule
from support.local.faulty_stacks import faulty
from typer.testing import CliRunner

from loglake.core.run.outcome import CONVERT, EXPORT, Outcome, RunNote
from loglake.core.units import EpochMs
from loglake_cli.cli.app import app
from loglake_cli.operations.jobs import JobRun, deployed_runs, last_runs, with_unnoted

KILLED = JobRun(CONVERT, "FAILED", EpochMs(100), EpochMs(200), "Command failed with exit code 137")
"""A run that Glue ended."""


def note(outcome: Outcome, ended_ms: int) -> RunNote:
    error = "said by the job" if outcome is Outcome.FAILED else ""
    return RunNote.of(CONVERT, outcome, EpochMs(ended_ms), ["/app/shp: nobody knows it"], error)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("run", "before", "reported"),
    [
        (KILLED, note(Outcome.OK, 50), "Command failed with exit code 137"),
        (KILLED, note(Outcome.FAILED, 50), "Command failed with exit code 137"),
        # Of the same run: the job's own words are better.
        (KILLED, note(Outcome.FAILED, 199), "said by the job"),
        # Another run that was there at the same time.
        (KILLED, note(Outcome.OK, 150), "Command failed with exit code 137"),
        # The next run has noted its end, but Glue does not report it yet.
        (KILLED, note(Outcome.OK, 300), ""),
        (replace(KILLED, state="SUCCEEDED", error=""), note(Outcome.PARTIAL, 50), ""),
        (replace(KILLED, state="TIMEOUT", error=""), note(Outcome.OK, 50), "TIMEOUT: Glue gives no reason"),
    ],
)
def test_a_later_failure_goes_over_what_was_noted(run: JobRun, before: RunNote, reported: str) -> None:
    exported = RunNote.of(EXPORT, Outcome.OK, EpochMs(10))
    after, export = with_unnoted([exported, before], [run])
    assert export == exported
    assert (after.error, after.remarks) == (reported, before.remarks)
    assert after.outcome is (Outcome.FAILED if reported else before.outcome)


@pytest.mark.unit
def test_a_failure_is_reported_where_nothing_was_noted_yet() -> None:
    (reported,) = with_unnoted([], [KILLED])
    assert (reported.job, reported.outcome, reported.ended_ms, reported.error) == (
        CONVERT,
        Outcome.FAILED,
        200,
        KILLED.error,
    )


def api(state: str, started_s: int, ended_s: int | None, error: str = "") -> dict[str, Any]:
    """A run as GetJobRuns returns it."""
    reported: dict[str, Any] = {"Id": f"jr_{started_s}", "JobRunState": state}
    reported["StartedOn"] = datetime.fromtimestamp(started_s, timezone.utc)
    if ended_s is not None:
        reported["CompletedOn"] = datetime.fromtimestamp(ended_s, timezone.utc)
    return {**reported, "ErrorMessage": error} if error else reported


@pytest.mark.unit
def test_the_run_that_ended_last_is_what_counts() -> None:
    converted = [
        api("RUNNING", 9, None),
        api("FAILED", 8, 8, "ConcurrentRunsExceededException: Concurrent runs exceeded for the job"),
        api("STOPPED", 6, 7),
        api("SUCCEEDED", 3, 4),
        api("TIMEOUT", 1, 5),
    ]
    runs = {"loglake-export-logs": [], "loglake-convert-logs": converted, "somebody-elses": [api("FAILED", 1, 2)]}
    assert last_runs(runs) == (JobRun(CONVERT, "TIMEOUT", EpochMs(1000), EpochMs(5000)),)
    as_kept = {name: json.loads(json.dumps(reported, default=datetime.isoformat)) for name, reported in runs.items()}
    assert last_runs(as_kept) == last_runs(runs)


@pytest.mark.unit
def test_what_may_not_be_asked_or_is_not_there_is_left_out() -> None:
    glue = boto3.client("glue", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(glue) as stubbed:
        stubbed.add_client_error("get_job_runs", "EntityNotFoundException", http_status_code=400)
        stubbed.add_client_error("get_job_runs", "AccessDeniedException", http_status_code=400)
        assert deployed_runs(glue, "loglake") == ()
        stubbed.assert_no_pending_responses()


@pytest.mark.local
@pytest.mark.spark
def test_a_run_whose_credentials_expired_is_reported_and_run_again(tmp_path: Path) -> None:
    """Its jobs can't read any object, and can't note that."""
    (tmp_path / "shop.log").write_text("2026-11-20T10:00:00Z INFO one\n")
    keep = ("--lake", str(tmp_path / "kept"))
    logs = ("--logs", str(tmp_path / "shop.log"), "--log-group", "/app/shop")

    def loglake(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, [*arguments, *keep])
        return done.exit_code, done.stdout

    with faulty(
        FaultRule(EXPIRED_CREDENTIALS, service="s3", operation="GetObject"),
        FaultRule(EXPIRED_CREDENTIALS, service="dynamodb", operation="PutItem"),
    ):
        assert loglake("local", "run", *logs)[0] == 1
    code, reported = loglake("status", "--json")
    document = json.loads(reported)
    assert (code, {job: run["outcome"] for job, run in document["runs"].items()}) == (
        1,
        {CONVERT: "failed", EXPORT: "failed"},
    )
    assert all("ExpiredToken" in problem for problem in document["problems"])
    assert loglake("ignore", "/app/shop")[0] == 2  # it has no window, and Glue's answer is kept
    assert len(json.loads(loglake("status", "--json")[1])["problems"]) == 2

    code, reported = loglake("rerun")
    assert (code, reported.splitlines()[0]) == (0, "The last run of the convert job failed: what it left is taken up.")
    assert loglake("status")[0] == 0
