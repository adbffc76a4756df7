"""`loglake local up`: its output, and that stopping it keeps the results and leaves nothing else."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.local.lacking_roles import lacking
from support.local.processes import processes
from support.local.stacks_up import HELD, start_up
from support.logs.payloads import log_event, payload
from support.tiles import tile
from typer.testing import CliRunner

from gluelocal.engine.state import EngineState, WorkflowRun
from gluelocal.engine.views import recent
from loglake.aws.system_clock import SystemClock
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window
from loglake.errors import ConfigError
from loglake_cli.cli.app import app
from loglake_cli.local.connection import Standing
from loglake_cli.local.run_input import prepare
from loglake_cli.local.up import Ended, Watch, up

SHOP = LogGroupName("/app/#1")
START = parse_instant("2026-11-20")


def standing_of(ranges: int) -> Standing:
    return Standing(
        endpoint="http://127.0.0.1:4000",
        region="us-east-1",
        account_id="123456789012",
        environment={"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "not secret"},
        buckets={"control": "c", "raw": "r", "lake": "l"},
        workflows=("one", "two"),
        crawler="crawl",
        database="loglake",
        ledger_table="loglake-ledger",
        prefix="loglake",
        log_groups={SHOP: 7} if ranges else {},
        requests=tuple((window, (SHOP,)) for window in tile(Window(START, EpochMs(START + ranges * MS_PER_DAY))))
        if ranges
        else (),
    )


@pytest.mark.unit
def test_what_is_reported_can_be_pasted() -> None:
    lines = standing_of(5).text().splitlines()
    assert "  unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN" in lines
    assert "  export AWS_SECRET_ACCESS_KEY='not secret'" in lines
    ends = "--from 2026-11-20T00:00:00.000Z --to 2026-11-21T00:00:00.000Z"
    assert f"  loglake export '/app/#1' {ends} --lake aws:loglake" in lines
    assert sum("loglake export" in line for line in lines) == 3
    assert "  # and 2 more ranges: --json has them all" in lines
    (put,) = (line for line in lines if "aws s3 cp - s3://c/requests/requested/mine.json" in line)
    found = re.search(r"echo '(.*)' \|", put)
    assert found
    assert json.loads(found[1]) == standing_of(5).to_json()["requests"]["bodies"][0]


@pytest.mark.unit
def test_without_log_groups_there_is_nothing_to_ask_for() -> None:
    assert "loglake export" not in standing_of(0).text()
    assert standing_of(0).to_json()["requests"]["bodies"] == []


@pytest.mark.unit
def test_a_view_of_the_last_runs_has_all_that_are_active() -> None:
    runs = tuple(
        WorkflowRun("flow", f"wr_{n}", status, {}, (), started_ms=n, ended_ms=None if status == "RUNNING" else n + 1)
        for n, status in enumerate(["RUNNING", "COMPLETED", "STOPPED", "RUNNING", "COMPLETED"])
    )
    state = EngineState("seed", runs=runs)

    def shown(ended: int | None) -> list[str]:
        return [run.id for run in recent(state, ended).runs]

    assert shown(None) == shown(3) == shown(9) == ["wr_0", "wr_1", "wr_2", "wr_3", "wr_4"]
    assert shown(1) == ["wr_0", "wr_3", "wr_4"]
    assert shown(0) == ["wr_0", "wr_3"]


@pytest.mark.local
def test_it_is_gone_when_it_is_stopped_and_what_it_had_is_kept(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("2026-11-20T08:00:00Z one\n")
    (tmp_path / "live.gz").write_bytes(payload([log_event(1, "two")], logGroup="/app/live"))
    landing = ((tmp_path / "live.gz", LogGroupName("/app/live")),)
    logs = ((tmp_path / "app.log", SHOP),)
    prepared = prepare(tmp_path / "kept", SystemClock().now_ms(), logs=logs, landing=landing)
    reported: list[Standing] = []
    said: list[str] = []
    before = set(threading.enumerate())
    watch = Watch(lambda _: None, said.append, reported.append)
    ended = up(prepared, tmp_path / "kept", port=0, clock=SystemClock(), watch=watch, stopped=lambda: bool(reported))
    assert ended == Ended(0, 0, ())
    assert reported[0].log_groups == {SHOP: 1}
    assert said[-1] == f"Keeping what was made in {tmp_path / 'kept'}"
    assert (tmp_path / "kept" / "ledger.json").exists()
    assert list((tmp_path / "kept").glob("loglake-raw-*/landing/*/0000-live.gz"))
    assert set(threading.enumerate()) <= before
    with socket.create_server(("127.0.0.1", int(reported[0].endpoint.rpartition(":")[2]))):
        pass  # its port can be had


@pytest.mark.local
def test_an_empty_one_has_log_groups_and_no_stack(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("2026-11-20T08:00:00Z one\n")
    (tmp_path / "live.gz").write_bytes(payload([log_event(1, "two")], logGroup="/app/live"))
    kept, reported = tmp_path / "kept", list[Standing]()
    watch = Watch(lambda _: None, lambda _: None, reported.append)
    prepared = prepare(kept, SystemClock().now_ms(), logs=((tmp_path / "app.log", SHOP),))
    ended = up(prepared, kept, port=0, clock=SystemClock(), watch=watch, stopped=lambda: bool(reported), empty=True)
    assert ended == Ended(0, 0, ())
    assert (reported[0].buckets, reported[0].workflows, reported[0].log_groups) == ({}, (), {SHOP: 1})
    assert "Nothing is deployed yet." in reported[0].text()
    assert reported[0].to_json()["requests"]["bucket"] is None
    landing = ((tmp_path / "live.gz", LogGroupName("/app/live")),)
    with pytest.raises(ConfigError, match="--landing needs a bucket"):
        up(
            prepare(kept, SystemClock().now_ms(), landing=landing),
            kept,
            port=0,
            clock=SystemClock(),
            watch=watch,
            stopped=lambda: True,
            empty=True,
        )
    done = CliRunner().invoke(app, ["local", "up", "--empty", "--ui", "--lake", str(kept)])
    assert (done.exit_code, "--ui shows what is deployed" in done.output) == (2, True)


@pytest.mark.local
def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = CliRunner().invoke(app, ["local", "up", "--lake", str(tmp_path / "kept"), "--port", str(port)])
    assert done.exit_code == 2
    assert f"loglake: port {port} can't be had (Address already in use): give another one" in done.output
    assert not (tmp_path / "kept").exists()


@pytest.mark.local
def test_ctrl_c_ends_a_job_that_runs_and_leaves_no_process(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("2026-11-20T08:00:00Z one\n")
    # The job is held before it takes anything: otherwise it may be killed while it moves the request.
    stack = start_up(tmp_path, "--logs", "app.log", "--log-group", SHOP, "--lake", "kept", program=HELD)
    control = stack.document["buckets"]["control"]
    stack.client("s3").put_object(Bucket=control, Key="requests/scheduled/now", Body=b"")
    stack.until(lambda: re.search("export-logs RUNNING", stack.log.read_text()))
    assert stack.stop(signal.SIGINT) == 0
    last = stack.log.read_text().splitlines()[-1]
    assert last == "Stopped after 1 workflow run, 1 not ended. Everything is in kept."
    assert processes(f"HOME={tmp_path}") == []
    kept = tmp_path / "kept" / control
    assert [path.relative_to(kept).as_posix() for path in kept.glob("*/scheduled/*")] == ["requests/scheduled/now"]


ONCE = """
from loglake.aws import session
session._CONFIG = session._CONFIG.merge(session.Config(retries={"total_max_attempts": 1}))
from loglake_cli.cli.app import main
main()
"""
"""`loglake`, but each call is tried once: all tries together wait for two minutes."""


@pytest.mark.local
def test_with_enforced_roles_jobs_have_theirs_and_a_person_everything(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("2026-11-20T08:00:00Z one\n")
    stack = start_up(tmp_path, "--enforce-iam", "--logs", "app.log", "--log-group", SHOP, "--lake", "kept")
    control, glue = stack.document["buckets"]["control"], stack.client("glue")
    stack.client("s3").put_object(Bucket=control, Key="requests/scheduled/now", Body=b"")
    stack.client("iam").list_roles()  # which no role of the templates may do
    export = "loglake-export-logs"
    ended = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"}

    def states() -> set[str]:
        return ended & {run["JobRunState"] for run in glue.get_job_runs(JobName=export)["JobRuns"]}

    assert stack.until(lambda: states() or None) == {"SUCCEEDED"}
    asked = ("export", SHOP, "--from", "2026-11-19", "--to", "2026-11-20", "--lake", "aws:loglake", "--wait")
    waiting = subprocess.Popen(
        [sys.executable, "-c", ONCE, *asked],
        env=stack.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with waiting:
        assert waiting.stdout
        assert waiting.stderr
        assert waiting.stderr.readline() == "Lake: the deployment loglake\n"
        assert "Waiting for the export job" in waiting.stderr.readline()
        assert stack.stop(signal.SIGTERM) == 0
        said = waiting.stderr.read()  # the stack is gone, and so is its AWS
        assert waiting.wait(60) == 1
    assert "Could not connect to the endpoint URL" in said
    assert re.search(r"its progress is not known. To look again: \S*loglake status --lake aws:loglake\n$", said)
    made = {(call["action"], call["role"].split("-")[-2]) for call in json.loads(access(tmp_path))}
    assert {("glue:notifyEvent", "EventsRole"), ("logs:FilterLogEvents", "ExportRole")} <= made
    assert not {action for action, _ in made if action.startswith("iam:")}


def access(tmp_path: Path) -> str:
    return (tmp_path / "kept" / "access.json").read_text()


@pytest.mark.local
def test_an_event_that_a_role_may_not_deliver_is_dropped_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking(tmp_path, monkeypatch, "NotifyTheWorkflow")
    (tmp_path / "live.gz").write_bytes(payload([log_event(1, "two")], logGroup="/app/live"))
    landing = ((tmp_path / "live.gz", LogGroupName("/app/live")),)
    said: list[str] = []

    def dropped() -> bool:
        return any("is dropped" in line for line in said)

    watch = Watch(lambda _: None, said.append, lambda _: None)
    prepared = prepare(tmp_path / "kept", SystemClock().now_ms(), landing=landing, enforce_iam=True)
    ended = up(prepared, tmp_path / "kept", port=0, clock=SystemClock(), watch=watch, stopped=dropped)
    assert ended.runs == 0
    (refused,) = ended.refused
    assert re.search(r"the role \S+-EventsRole-\S+ may not do glue:notifyEvent on arn:aws:glue:", refused)
    assert json.loads(access(tmp_path))


@pytest.mark.local
def test_bad_input_is_a_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["local", "up", "--logs", str(tmp_path / "no"), "--log-group", SHOP])
    assert (done.exit_code, "There is no file" in done.output) == (2, True)
