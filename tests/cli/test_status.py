"""What an operator types: the commands on a deployment in memory, and on the folder of a local run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from support.fakes.fakes import START_MS
from support.worlds.operated import deploy
from support.worlds.worlds import PAY, SHOP, World
from typer.testing import CliRunner, Result

from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.system_clock import SystemClock
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.requests.requests import parse_request
from loglake.core.units import EpochMs, LogGroupName, format_instant, parse_instant
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError, NotFoundError
from loglake_cli.cli.app import app
from loglake_cli.local.lake.keep import CATALOG, KEYS, LEDGER, MARKER, read_ledger
from loglake_cli.operations.snapshot import kept_snapshot

pytestmark = pytest.mark.unit


def loglake(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A deployment of the prefix ``lake``, and no other."""
    world = World()
    deploy(monkeypatch, world, world.tasks)
    return world


def on_the_deployment(*arguments: str) -> Result:
    return loglake(*arguments, "--aws", "lake")


def ask(*more: str) -> tuple[str, ...]:
    return ("request", "--log-group", "/app/*", "--from", "2020-11-01", "--to", "2020-11-02T12:00Z", *more)


def test_a_request_is_put_and_its_key_is_told(world: World) -> None:
    done = on_the_deployment(*ask("--log-group", "/web/*"))
    assert done.exit_code == 0
    key = done.stdout.splitlines()[0]
    request = parse_request(key, world.control.get(key))
    assert request.log_groups == ("/app/*", "/web/*")
    assert request.window == Window(parse_instant("2020-11-01"), parse_instant("2020-11-02T12:00"))
    assert not request.reexport
    assert done.stderr == "loglake: no log group has the name /web/* now; the export job looks again\n"


def test_a_request_may_be_for_what_is_there_already(world: World) -> None:
    done = on_the_deployment(*ask("--reexport", "--json"))
    told = json.loads(done.stdout)
    assert (told["bucket"], told["warnings"]) == ("control", [])
    assert parse_request(told["key"], world.control.get(told["key"])).reexport


def test_a_request_of_a_paused_group_warns(world: World) -> None:
    world.ledger.pause(SHOP, EpochMs(START_MS))
    assert "/app/shop is paused: resume it and ask again" in on_the_deployment(*ask()).stderr


def test_a_request_is_put_where_log_groups_may_not_be_listed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.tasks, "log_groups", denied)
    done = on_the_deployment(*ask())
    assert (done.exit_code, "can't be told" in done.stderr) == (0, True)
    assert on_the_deployment("pause", "/app/other").exit_code == 0


def test_what_is_too_young_to_be_exported_is_said(world: World) -> None:
    now = format_instant(SystemClock().now_ms())
    young = on_the_deployment("request", "--log-group", "/app/*", "--from", "2020-11-01", "--to", now)
    assert "younger than 30 minutes" in young.stderr


def test_bad_usage_puts_nothing(world: World) -> None:
    assert on_the_deployment("request", "--log-group", "", "--from", "2020-11-01", "--to", "2020-11-02").exit_code == 2
    assert on_the_deployment("pause", "/app/*").exit_code == 2
    assert (world.control.objects, world.ledger.pauses) == ({}, {})


@pytest.mark.parametrize("command", [ask(), ("pause", "/app/shop"), ("resume", "/app/shop")])
def test_what_needs_log_groups_is_for_aws_alone(command: tuple[str, ...]) -> None:
    done = loglake(*command)
    assert done.exit_code == 2
    assert "needs --aws PREFIX: a local run does not keep its log groups" in done.stderr
    assert "loglake local run" in done.stderr


def test_a_prefix_that_nothing_was_deployed_with_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> dict[LogGroupName, EpochMs]:
        raise NotFoundError("dynamodb:Query on lake-ledger: ResourceNotFoundException")

    monkeypatch.setattr(world.ledger, "paused", missing)
    for command in (ask(), ("status",), ("retry",), ("pause", "/app/shop")):
        done = on_the_deployment(*command)
        assert done.exit_code == 2
        assert "there is no loglake with the prefix lake in this account and Region" in done.stderr


def test_status_shows_groups_and_the_slot(world: World) -> None:
    world.export()
    world.convert()
    done = on_the_deployment("status")
    assert done.exit_code == 0
    head, pay, shop = done.stdout.splitlines()[:3]
    assert head.split()[-5:] == ["fresh", "waiting", "failed", "rows", "quarantined"]
    assert pay.split()[:4] == ["/app/pay", "app_pay", "2026-11-23", "00:00"]
    assert pay.split()[-4:] == ["0", "0", "2", "0"]
    assert shop.split()[-4:] == ["0", "0", "48", "0"]
    assert "2 log groups, 4 windows: 4 CONVERTED" in done.stdout
    assert "The account's one export slot is free." in done.stdout
    assert "!" not in done.stdout


def test_status_fails_where_something_has_failed(world: World) -> None:
    world.tasks.groups.pop(PAY)
    world.ledger.add(LedgerRow(PAY, Window(EpochMs(START_MS), EpochMs(START_MS + 1)), "app_pay"))
    world.export()
    world.ledger.put_landed_object(LandedObject("landing/x", 3, LandedState.FAILED, reason="denied"))
    world.raw.put("landing/x", b"abc")
    done = on_the_deployment("status", "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert [group["log_group"] for group in told["log_groups"]] == [PAY, SHOP]
    assert "The specified log group does not exist." in told["problems"][0]
    assert told["problems"][0].endswith("loglake retry --log-group /app/pay --aws lake")
    assert told["landed_objects"]["failed"] == 1
    assert told["export_slot"] == {"active": None, "ours": None, "unknown": None}
    shown = on_the_deployment("status").stdout
    assert all(f"! {problem}" in shown for problem in told["problems"])
    world.raw.delete(["landing/x"])  # nobody needs it any more
    assert json.loads(on_the_deployment("status", "--json").stdout)["landed_objects"]["failed"] == 0


def test_status_is_shown_without_the_slot_where_tasks_may_not_be_listed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied() -> None:
        raise AccessDeniedError("grant logs:DescribeExportTasks")

    monkeypatch.setattr(world.tasks, "active", denied)
    done = on_the_deployment("status")
    assert (done.exit_code, "can't be told: grant logs:DescribeExportTasks" in done.stdout) == (0, True)


def test_somebody_elses_task_is_shown(world: World) -> None:
    world.tasks.create("nightly", SHOP, Window(EpochMs(START_MS), EpochMs(START_MS + 1)), "backup", "logs")
    shown = on_the_deployment("status").stdout
    assert "somebody else's: a task, named nightly, exports /app/shop to s3://backup/logs" in shown
    assert json.loads(on_the_deployment("status", "--json").stdout)["export_slot"]["ours"] is False


def test_a_group_is_paused_and_resumed(world: World) -> None:
    done = on_the_deployment("pause", "/app/shop")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(
        "/app/shop is paused since 2026-11-24T00:00:00.000Z. Until loglake resume /app/shop --aws"
    )
    assert list(world.ledger.paused()) == [SHOP]
    again = json.loads(on_the_deployment("pause", "/app/shop", "--json").stdout)
    assert again == {"log_group": "/app/shop", "paused": True, "changed": False}
    assert "/app/shop is paused since" in on_the_deployment("status").stdout
    assert "resumed" in on_the_deployment("resume", "/app/shop").stdout
    assert len(list(world.control.list("requests/continue/"))) == 1
    assert "/app/shop is not paused" in on_the_deployment("resume", "/app/shop").stdout
    assert len(list(world.control.list("requests/continue/"))) == 1


def test_a_group_that_nobody_knows_is_paused_with_a_warning(world: World) -> None:
    assert "no log group has the name /app/shp now" in on_the_deployment("pause", "/app/shp").stderr
    world.tasks.groups.pop(SHOP)
    world.ledger.add(LedgerRow(SHOP, Window(EpochMs(0), EpochMs(1)), "app"))
    assert on_the_deployment("pause", "/app/shop").stderr == ""


def test_a_log_group_that_was_deleted_is_told_but_for_one_of_another_account(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = LedgerRow(SHOP, Window(EpochMs(START_MS), EpochMs(START_MS + 1)), "app_shop", WindowState.CONVERTED)
    world.ledger.add(row)
    world.ledger.add(replace(row, log_group=LogGroupName("/elsewhere"), landed=True))
    assert json.loads(on_the_deployment("status", "--json").stdout)["gone"] == []
    world.tasks.groups.pop(SHOP)
    told = json.loads(on_the_deployment("status", "--json").stdout)
    gone = "/app/shop: there is no such log group any more. What of it is in the table stays, and no more will come."
    assert (told["gone"], gone in told["notes"]) == (["/app/shop"], True)
    monkeypatch.setattr(world.tasks, "log_groups", denied)
    assert json.loads(on_the_deployment("status", "--json").stdout)["gone"] == []


def denied() -> Iterator[Any]:
    raise AccessDeniedError("logs:DescribeLogGroups on *: no")


def test_retry_opens_what_failed_and_says_what_it_did(world: World) -> None:
    assert on_the_deployment("retry").stdout == "Nothing has failed.\n"
    row = LedgerRow(PAY, Window(EpochMs(START_MS), EpochMs(START_MS + 1)), "app_pay", WindowState.FAILED, reason="x")
    world.ledger.add(row)
    world.ledger.put_landed_object(LandedObject("landing/x", 3, LandedState.FAILED, reason="denied"))
    world.raw.put("landing/x", b"abc")
    mistyped = on_the_deployment("retry", "--log-group", "/web/*")
    assert (mistyped.exit_code, mistyped.stdout) == (0, "Nothing has failed.\n")
    assert mistyped.stderr == "loglake: what has failed is of log groups that no --log-group means: /app/pay\n"
    done = on_the_deployment("retry")
    assert done.exit_code == 0
    assert done.stdout == (
        "Opened again: 0 windows to be converted, 1 window to be exported.\n"
        "1 landed object could not be read: each run looks at them again.\n"
        "The workflow was woken for it.\n"
    )
    assert world.ledger.current(row).state is WindowState.PLANNED


def test_retry_takes_rows_away_by_name_only(world: World) -> None:
    lost = LedgerRow(
        PAY, Window(EpochMs(START_MS), EpochMs(START_MS + 1)), "app_pay", WindowState.FAILED, events_before=9
    )
    world.ledger.add(lost)
    refused = on_the_deployment("retry", "--accept-fewer")
    assert (refused.exit_code, "name the log groups with --log-group" in refused.stderr) == (2, True)
    assert world.ledger.current(lost) == lost
    assert on_the_deployment("retry", "--accept-fewer", "--log-group", PAY).exit_code == 0
    assert world.ledger.current(lost).events_before is None


def test_retry_fails_where_a_window_waits_for_a_person(world: World) -> None:
    row = LedgerRow(PAY, Window(EpochMs(START_MS), EpochMs(START_MS + 1)), "app_pay", WindowState.FAILED)
    world.ledger.add(row)
    world.ledger.pause(PAY, EpochMs(START_MS))
    done = on_the_deployment("retry", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["converted_again"], len(told["exported_again"])) == (1, [], 1)
    assert told["left"] == [f"/app/pay {row.window}: its log group is paused"]
    assert f"not retried: {told['left'][0]}" in done.stderr


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes the folder of a local run with some windows, as far as its ledger goes."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")

    def write(*rows: LedgerRow, landed: LandedObject | None = None) -> str:
        with mock_aws():
            client = boto3.client("dynamodb", region_name="eu-central-1")
            keys: Any = [("pk", "HASH"), ("sk", "RANGE")]
            client.create_table(
                TableName="ledger",
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
                KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            )
            ledger = DynamoLedger(client, "ledger")
            for row in rows:
                ledger.add(row)
            if landed:
                ledger.put_landed_object(landed)
            ledger.pause(PAY, EpochMs(7))
            items = read_ledger(client)
        for name, value in ((MARKER, ""), (CATALOG, {}), (KEYS, {}), (LEDGER, items)):
            (tmp_path / name).write_text(json.dumps(value))
        return str(tmp_path)

    return write


def test_the_folder_of_a_local_run_is_told_without_starting_anything(kept: Callable[..., str]) -> None:
    day = Window(parse_instant("2026-11-20"), parse_instant("2026-11-21"))
    row = LedgerRow(SHOP, day, "app_shop", WindowState.CONVERTED)
    later = replace(row, window=Window(day.to_ms, EpochMs(day.to_ms + 1)), state=WindowState.FAILED, reason="broke")
    folder = kept(
        later, row, landed=LandedObject("landing/x", 3, LandedState.SURVEYED, skipped_groups=1, skipped=("/y",))
    )
    snapshot = kept_snapshot(Path(folder))
    assert (snapshot.rows, snapshot.paused) == ([row, later], {PAY: 7})
    done = loglake("status", "--keep", folder)
    assert done.exit_code == 1
    assert f"loglake retry --log-group /app/shop --keep {folder}" in done.stdout
    assert "Landed events of /y are in no table" in done.stdout
    assert "slot" not in done.stdout


def test_nothing_is_started_where_nothing_has_failed(kept: Callable[..., str]) -> None:
    folder = kept(LedgerRow(SHOP, Window(EpochMs(0), EpochMs(1)), "app_shop", WindowState.CONVERTED))
    assert loglake("retry", "--keep", folder).stdout == "Nothing has failed.\n"
    assert loglake("status", "--keep", folder).exit_code == 0


def test_a_mistyped_log_group_of_a_local_run_is_told_what_has_failed(kept: Callable[..., str]) -> None:
    failed = LedgerRow(SHOP, Window(EpochMs(0), EpochMs(1)), "app_shop", WindowState.FAILED, reason="broke")
    done = loglake("retry", "--keep", kept(failed), "--log-group", "/app/shpo")
    assert (done.exit_code, done.stdout) == (0, "Nothing has failed.\n")
    assert done.stderr.endswith("no --log-group means: /app/shop\n")


def test_a_folder_without_a_run_is_said(tmp_path: Path) -> None:
    for command in ("status", "retry"):
        done = loglake(command, "--keep", str(tmp_path))
        assert (done.exit_code, "run `loglake local run` first" in done.stderr) == (2, True)
