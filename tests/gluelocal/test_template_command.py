"""`gluelocal TEMPLATE`: other people's templates run, and each bad one gives the right error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from athena_duckdb.query.athena import query
from gluelocal.__main__ import main

TEMPLATES = Path(__file__).parents[1] / "fixtures" / "templates"
GOOD, BAD = TEMPLATES / "good", TEMPLATES / "bad"
SCRIPTS = GOOD / "scripts"


@dataclass(frozen=True)
class Result:
    exit_code: int
    stdout: str
    stderr: str


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a template from the command line with more options, and keeps the run in ``kept``."""

    def run(template: Path, *options: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["gluelocal", str(template), "--keep", str(tmp_path / "kept"), *options])
        return Result(main(), *capsys.readouterr())

    return run


def states(done: Result) -> dict[str, str]:
    """The states of the only run's nodes, by name."""
    (reported,) = json.loads(done.stdout)["workflow_runs"]
    assert reported["status"] == "COMPLETED"
    return {node["name"]: node["state"] for node in reported["nodes"]}


def kept(tmp_path: Path, path: str) -> str:
    return (tmp_path / "kept" / path).read_text()


@pytest.mark.local
def test_a_fan_out_waits_for_both_of_its_branches(run: Run, tmp_path: Path) -> None:
    total = f"s3://orders-dev-123456789012/scripts/total.py={SCRIPTS / 'total.py'}"
    done = run(GOOD / "fan_out.yaml", "--parameters", "Stage=dev", "--script", total)
    assert done.exit_code == 0, done.stderr
    reported = states(done)
    assert len(reported) == 7
    assert set(reported.values()) == {"FIRED", "SUCCEEDED"}
    assert list(reported)[-1] == "orders-dev-total"
    # (1 + 11) priced by 2 and (2 + 12) by 3; what the first job put into the run's properties came to the last.
    assert json.loads(kept(tmp_path, "orders-dev-123456789012/total.json")) == {
        "total": 66, "orders": "4", "currency": "EUR"
    }  # fmt: skip


@pytest.mark.local
def test_its_roles_are_enforced(run: Run, tmp_path: Path) -> None:
    """Its role only has Glue's managed policy, which does not allow writing to this bucket."""
    total = f"s3://orders-dev-123456789012/scripts/total.py={SCRIPTS / 'total.py'}"
    done = run(GOOD / "fan_out.yaml", "--parameters", "Stage=dev", "--script", total, "--enforce-iam")
    assert done.exit_code == 1
    (refused,) = json.loads(done.stdout)["iam"]["refused"]
    assert (refused["action"], refused["role"][:11]) == ("s3:PutObject", "local-Role-")
    assert refused["resource"].startswith("arn:aws:s3:::orders-dev-123456789012/orders/")
    (problem,) = (line for line in done.stderr.splitlines() if line.startswith("! "))  # once, by the failed part
    assert f"{refused['role']}/GlueJobRunnerSession is not authorized to perform: s3:PutObject" in problem
    calls = json.loads(kept(tmp_path, "access.json"))
    assert {"logs:CreateLogGroup", "logs:PutLogEvents"} <= {call["action"] for call in calls if call["allowed"]}


@pytest.mark.local
def test_a_failure_takes_its_branch(run: Run, tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("a,b,c\n1,2\n")
    scripts = [f"--script=s3://acme-code/{name}={SCRIPTS / name}" for name in ("load.py", "move.py")]
    put = f"s3://acme-inbox/incoming/dt=2026-11-21/day.csv={tmp_path / 'day.csv'}"
    done = run(GOOD / "failure_branch.yaml", *scripts, "--put", put)
    assert done.exit_code == 1
    assert {name: state for name, state in states(done).items() if name not in {"acme-on-file"}} == {
        "acme-load": "FAILED",
        "acme-on-success": "SKIPPED",
        "acme-publish": "SKIPPED",
        "acme-on-failure": "FIRED",
        "acme-set-aside": "SUCCEEDED",
    }
    assert done.stderr.splitlines()[-2].startswith(
        "! job acme-load of acme-ingest is FAILED: ValueError: incoming/dt=2026-11-21/day.csv has a line with other"
    )
    assert kept(tmp_path, "acme-inbox/failed/day.csv") == "a,b,c\n1,2\n"
    assert len(list((tmp_path / "kept-logs").iterdir())) == 3  # MaxRetries: 1


@pytest.mark.local
@pytest.mark.spark
def test_a_schedule_fires_without_waiting_for_the_night(run: Run, tmp_path: Path) -> None:
    done = run(GOOD / "scheduled.json")
    assert done.exit_code == 0, done.stderr
    assert states(done) == {
        "at-night": "FIRED", "count-words": "SUCCEEDED", "after-count": "FIRED", "crawl-words": "SUCCEEDED"
    }  # fmt: skip
    assert "T02:30:00.000Z, when at-night is due" in done.stderr
    rows = query(tmp_path / "kept", "SELECT word, count FROM nightly.words ORDER BY word").rows
    assert rows == [("be", 2), ("not", 1), ("or", 1), ("to", 2)]


ERRORS = {
    "unsupported_types": "the local runtime doesn't support AWS::Lambda::Function (Alerts); AWS::Lambda::Function "
    "(Audit); AWS::ECS::Service (Failures); NotificationProperty of AWS::Glue::Job (Load). Take it out, or have it "
    "ignored with --ignore-unsupported",
    "no_workflow": "no_workflow.yaml has no AWS::Glue::Workflow, so there is nothing to run",
    "never_fires": "Again: a CONDITIONAL trigger without StartOnCreation: true stays CREATED and never fires; add it",
    "unknown_job": "Start: the action starts the job laod, which is not in the templates; correct JobName",
    "two_starts": "Flow: a workflow has one start trigger (ON_DEMAND, SCHEDULED or EVENT), not 2: start, nightly",
    "contradiction": "Clean: load can't be FAILED AND TIMEOUT, so the trigger never fires; use Logical: ANY",
    "bad_cron": "Nightly: 'cron(0 3 1 * MON *)' is not a schedule: one of day of month and day of week must be ?, and "
    "only one",
    "missing_parameter": "the parameter Stage has no default and no value was given: give --parameters Stage=VALUE",
    "missing_script": f"Load: there is no script {BAD / 'scripts' / 'helo.py'}: give ScriptLocation an S3 URI, or a "
    "path from the template's folder on",
}


@pytest.mark.local
@pytest.mark.parametrize("name", ERRORS)
def test_each_bad_template_gives_the_one_right_error(run: Run, tmp_path: Path, name: str) -> None:
    done = run(BAD / f"{name}.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    (error,) = (line for line in done.stderr.splitlines() if not line.startswith("Deploying"))
    assert error.startswith(f"gluelocal: {BAD / name}.yaml")
    assert error.endswith(ERRORS[name])
    assert not (tmp_path / "kept").exists()


@pytest.mark.local
@pytest.mark.spark
def test_a_script_that_needs_glues_jars_says_so(run: Run) -> None:
    done = run(BAD / "glue_jars.yaml")
    assert (done.exit_code, states(done)["load"]) == (1, "FAILED")
    (error,) = (line for line in done.stderr.splitlines() if line.startswith("! "))
    assert error == (
        "! job load of flow is FAILED: the script needs Glue's own jars (GlueContext, DynamicFrame and Job call them), "
        "which are only on Glue: use plain Spark, or run it there"
    )


@pytest.mark.unit
def test_every_bad_template_is_tried() -> None:
    assert {path.stem for path in BAD.glob("*.yaml")} == {*ERRORS, "glue_jars"}
    assert len(ERRORS) + 1 == 10


@pytest.mark.local
def test_what_is_not_supported_is_ignored_where_that_is_wanted(run: Run, tmp_path: Path) -> None:
    done = run(BAD / "unsupported_types.yaml", "--ignore-unsupported")
    assert done.exit_code == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["ignored"] == [
        "AWS::Lambda::Function (Alerts)",
        "AWS::Lambda::Function (Audit)",
        "AWS::ECS::Service (Failures)",
        "NotificationProperty of AWS::Glue::Job (Load)",
    ]
    assert [line for line in done.stderr.splitlines() if line.startswith("Ignored: ")] == [
        f"Ignored: {what}" for what in document["ignored"]
    ]
    assert states(done) == {"start": "FIRED", "load": "SUCCEEDED"}
    (log,) = (tmp_path / "kept-logs").iterdir()
    assert log.read_text().split() == ["ignored-Alerts", "arn:aws:lambda:us-east-1:123456789012:ignored-Audit"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--parameters", "Stage"], "--parameters takes NAME=VALUE, not 'Stage'"),
        (["--parameters", "A=1", "--parameters", "A=2"], "--parameters gives A twice"),
        (["--script", "s3://bucket/key"], "--script takes s3://BUCKET/KEY=FILE, not 's3://bucket/key'"),
        (["--script", "s3://bucket=file"], "--script takes s3://BUCKET/KEY=FILE, and s3://bucket has no key"),
        (["--put", "bucket/key=file"], "'bucket/key' is not an S3 URI"),
        (["--put", "s3://bucket/key=nowhere"], "there is no file {here}nowhere"),
    ],
)
def test_bad_options_are_said(run: Run, options: list[str], said: str) -> None:
    done = run(GOOD / "fan_out.yaml", *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said.replace("{here}", f"{Path.cwd()}/") in done.stderr


@pytest.mark.local
@pytest.mark.parametrize(
    ("template", "options", "said"),
    [
        (
            "fan_out.yaml",
            ["--parameters", "Stage=dev"],
            "give --script s3://orders-dev-123456789012/scripts/total.py=F",
        ),
        ("failure_branch.yaml", [], "acme-ingest starts when an event comes: give --put s3://BUCKET/KEY=FILE"),
        ("failure_branch.yaml", ["--put", "s3://acme-inbox/other.csv={}"], "no rule of the template matches"),
        ("failure_branch.yaml", ["--workflow", "other"], "has no workflow other: there are acme-ingest"),
        ("scheduled.json", ["--put", "s3://nightly-words/x={}"], "is started by a trigger of type SCHEDULED"),
    ],
)
def test_what_is_missing_to_run_is_said(run: Run, template: str, options: list[str], said: str) -> None:
    scripts = [f"--script=s3://acme-code/{name}={SCRIPTS / name}" for name in ("load.py", "move.py")]
    typed = [option.format(SCRIPTS / "load.py") for option in options]
    done = run(GOOD / template, *scripts, *typed)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said.replace("{here}", f"{Path.cwd()}/") in done.stderr


@pytest.mark.local
def test_one_of_several_workflows_is_named(run: Run, tmp_path: Path) -> None:
    text = (BAD / "no_workflow.yaml").read_text().replace("scripts/", f"{BAD}/scripts/")
    flows = [f"  F{n}: {{Type: AWS::Glue::Workflow, Properties: {{Name: f{n}}}}}\n" for n in (1, 2)]
    starts = [
        f"  S{n}:\n    Type: AWS::Glue::Trigger\n    Properties: {{Name: s{n}, Type: ON_DEMAND, WorkflowName: f{n}, "
        f"Actions: [{{JobName: load}}]}}\n    DependsOn: [F{n}, Load]\n"
        for n in (1, 2)
    ]
    template = tmp_path / "two.yaml"
    template.write_text(text + "".join([*flows, *starts]))
    assert "has the workflows f1, f2: say which with --workflow NAME" in run(template).stderr
    done = run(template, "--workflow", "f2")
    assert done.exit_code == 0, done.stderr
    assert states(done) == {"s2": "FIRED", "load": "SUCCEEDED"}
