"""An operator's day with a deployment in an embedded AWS that runs the jobs."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from support.local.commands import inside, process
from support.worlds.ledger_rows import moved

from gluelocal.executor.jobs.machine import job_environment
from gluelocal.kept.keep import export_stack
from loglake.aws.system_clock import SystemClock
from loglake.core.ledger.row import WindowState
from loglake.core.schema.contract import Contract, Mode
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.schema import ColumnType
from loglake.core.state_items import paused
from loglake.core.units import MS_PER_HOUR, LogGroupName, parse_instant
from loglake_cli.local.exports.export_writing import Durations, ExportSettings
from loglake_cli.local.stack import CatalogWaits, LocalStack, StackSettings
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.examination import examine
from loglake_cli.operations.doctor.finding import Finding, Result

pytestmark = [pytest.mark.local, pytest.mark.spark]

SHOP = LogGroupName("/app/shop")
MIDNIGHT = parse_instant("2026-11-01")
RANGE = ("--from", "2026-11-01", "--to", "2026-11-02")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A deployment with a log group of 24 events, one an hour. Tasks that write elsewhere take long.

    Its events have a number, or are no rows.
    """

    def durations(request: dict[str, Any]) -> Durations:
        return Durations(0.05, 0.1 if request["destinationPrefix"].startswith("exports/") else 600)

    settings = StackSettings(log_dir=tmp_path_factory.mktemp("jobs"), export=ExportSettings(durations=durations))
    (dataset,) = Datasets.for_groups([SHOP]).entries
    numbers = Contract(columns={"hour": Mode.DISCARD_ROW})
    dataset = replace(dataset, types={("hour",): ColumnType.BIGINT}, schema=numbers)
    with LocalStack(Datasets((dataset,)), settings, SystemClock()) as deployed:
        load(deployed, [(MIDNIGHT + hour * MS_PER_HOUR, json.dumps({"hour": hour})) for hour in range(24)])
        yield deployed


def load(stack: LocalStack, events: list[tuple[int, str]]) -> None:
    stack.aws.log_store.load(SHOP, "web", events, SystemClock().now_ms())


def loglake(stack: LocalStack, *arguments: str, errors: bool = False) -> str:
    """The standard output, or errors, of a successful command on the deployment."""
    done = inside(*arguments, "--lake", "aws:loglake", environment=job_environment(stack.aws.environment(), {}))
    assert done.exit_code == 0, done.stderr
    return done.stderr if errors else done.stdout


def reported_status(stack: LocalStack) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(loglake(stack, "status", "--json"))
    return document


def test_doctor_finds_nothing_wrong_and_then_each_thing_that_is_broken(stack: LocalStack) -> None:
    assert [finding for finding in doctored(stack) if finding.result is not Result.OK] == []

    raw, role = stack.outputs["RawBucket"], stack.outputs["ExportRoleArn"].rpartition("/")[2]
    s3, iam, events = stack.client("s3"), stack.client("iam"), stack.client("events")
    policy = s3.get_bucket_policy(Bucket=raw)["Policy"]
    granted = iam.get_role_policy(RoleName=role, PolicyName="export-logs")["PolicyDocument"]
    less = [each for each in granted["Statement"] if each["Sid"] != "KeepTheLedger"]
    s3.put_bucket_policy(Bucket=raw, Policy=policy.replace("bucket-owner-full-control", "private"))
    iam.put_role_policy(
        RoleName=role, PolicyName="export-logs", PolicyDocument=json.dumps({**granted, "Statement": less})
    )
    events.disable_rule(Name="loglake-landed-object")
    try:
        found = doctored(stack)
    finally:
        s3.put_bucket_policy(Bucket=raw, Policy=policy)
        iam.put_role_policy(RoleName=role, PolicyName="export-logs", PolicyDocument=json.dumps(granted))
        events.enable_rule(Name="loglake-landed-object")
    wrong = {finding.check: finding.found for finding in found if finding.result is not Result.OK}
    assert set(wrong) == {"export-policy", "role-actions", "event-rules"}
    assert wrong["export-policy"] == f"CloudWatch Logs may not do s3:PutObject on {raw}."
    assert (
        f"The role {role} may not do dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:PutItem" in wrong["role-actions"]
    )


def doctored(stack: LocalStack) -> tuple[Finding, ...]:
    return examine(Account("loglake", stack.client, SystemClock()))


def test_a_range_is_asked_for_reported_and_exported_again(stack: LocalStack) -> None:
    assert "No log group has a window yet" in loglake(stack, "status")

    key = loglake(stack, "export", "/app/*", *RANGE).splitlines()[0]
    assert key.startswith("requests/requested/")
    stack.run_until_idle(CatalogWaits(stack, SystemClock(), lambda _: None).end)
    document = reported_status(stack)
    (group,) = document["log_groups"]
    assert (group["complete_until"], group["rows"], group["pending"]) == ("2026-11-02T00:00:00.000Z", 24, 0)
    assert (group["done"], document["catalog_gaps"]) == (True, [])

    load(stack, [(MIDNIGHT + 7, json.dumps({"hour": 99}))])  # written in time, exportable later
    loglake(stack, "export", SHOP, "--from", "2026-11-01T05:00Z", "--to", "2026-11-01T06:00Z", "--replace")
    stack.run_until_idle()
    (group,) = reported_status(stack)["log_groups"]
    assert group["rows"] == 25
    assert [row.generation for row in stack.ledger.rows(SHOP)] == [2]


WHOLE = "SELECT count(*) AS n FROM app_shop WHERE dt = '2026-11-01'"
QUARANTINED = "1 event of /app/shop in quarantine (2026-11-01 00:00 to 2026-11-02 00:00)."


def test_all_who_answer_say_what_the_answer_lacks(stack: LocalStack) -> None:
    assert "loglake: " not in loglake(stack, "query", WHOLE, errors=True), "nothing is said of a complete answer"
    load(stack, [(MIDNIGHT + 8, json.dumps({"hour": "noon", "request_id": "abc-1"}))])
    loglake(stack, "export", SHOP, "--from", "2026-11-01", "--to", "2026-11-02", "--replace")
    stack.run_until_idle()
    for command in (("query", WHOLE), ("find", '"hour": 7', "--from", "2026-11-01", "--to", "2026-11-02")):
        assert f"loglake: {QUARANTINED}" in loglake(stack, *command, errors=True)
    assert QUARANTINED in reported_status(stack)["missing"]["sentences"]
    for answer in asyncio.run(served(stack)):
        assert QUARANTINED in answer["missing"]["sentences"]
        assert answer["missing"]["complete"] is False


async def served(stack: LocalStack) -> list[dict[str, Any]]:
    """What the tools of `loglake mcp` answer a client that has started it."""
    start = "from loglake_cli.cli.app import main; main()"
    arguments = ["-c", start, "mcp", "--lake", "aws:loglake"]
    environment = job_environment(stack.aws.environment(), {})
    async with Client(StdioServerParameters(command=sys.executable, args=arguments, env=environment)) as client:
        answers = [
            await client.call_tool("query", {"sql": WHOLE}),
            await client.call_tool("find", {"text": "abc-1", "from_time": "2026-11-01", "to_time": "2026-11-02"}),
            await client.call_tool("status", {}),
            await client.call_tool("quarantine", {"table": "app_shop"}),
        ]
    texts: list[dict[str, Any]] = [json.loads(each.content[0].text) for each in answers if not each.is_error]
    assert len(texts) == len(answers)
    assert texts[0]["rows"] == [{"n": 25}]
    assert [json.loads(each["text"])["request_id"] for each in texts[3]["entries"]] == ["abc-1"]
    return texts


def test_a_pause_and_somebody_elses_task_are_reported(stack: LocalStack) -> None:
    loglake(stack, "pause", SHOP)
    stack.aws.exports.start_other(60, "nightly")
    document = reported_status(stack)
    assert document["log_groups"][0]["paused_since"]
    assert document["export_slot"]["ours"] is False
    assert document["export_slot"]["active"]["name"] == "nightly"
    assert any("somebody else's" in note for note in document["notes"])
    assert "resumed" in loglake(stack, "resume", SHOP)
    assert paused(stack.ledger) == {}


def test_a_failed_window_of_a_kept_run_is_converted_again(stack: LocalStack, tmp_path: Path) -> None:
    (row,) = stack.ledger.rows(SHOP)
    for state, reason in (
        (WindowState.EXPORTED, ""),
        (WindowState.CONVERTING, ""),
        (WindowState.FAILED, "the disk was full"),
    ):
        row = moved(row, state, row.updated_at_ms, reason=reason)
        stack.ledger.replace(row)
    export_stack(stack.aws, tmp_path / "kept")

    reported = inside("status", "--lake", "kept", cwd=tmp_path)
    assert (reported.exit_code, "the disk was full" in reported.stdout) == (1, True)
    done = process("rerun", "--lake", "kept", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Opened again: 1 window to be converted, 0 windows to be exported.")
    (group,) = json.loads(inside("status", "--json", "--lake", "kept", cwd=tmp_path).stdout)["log_groups"]
    assert (group["rows"], group["windows"]["CONVERTED"]) == (25, 1)
