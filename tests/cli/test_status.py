"""`loglake status` of a deployment and of a local run's folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.deployments.operated import deploy, loglake, loglake_on_lake
from support.fakes.fakes import START_MS
from support.lakes.damages import PLACE, shop_file
from support.lakes.verified import whole_lake
from support.worlds.ledger_rows import changed, ledger_row
from support.worlds.status_windows import EXPORTING, FAILED, hours
from support.worlds.worlds import PAY, SHOP, World

from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.row import WindowState
from loglake.core.state_items import paused
from loglake.core.units import (
    MS_PER_DAY,
    MS_PER_HOUR,
    EpochMs,
    LogGroupName,
    parse_instant,
)
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError
from loglake_cli.operations.evidence import kept_evidence
from loglake_cli.operations.jobs import JobSettings
from loglake_cli.operations.lakes.lake import find_lake
from loglake_cli.operations.standing.missing_answer import missing_of

if TYPE_CHECKING:
    from typer.testing import Result

pytestmark = pytest.mark.unit


def denied() -> Iterator[Any]:
    raise AccessDeniedError("logs:DescribeLogGroups on *: no")


def test_status_shows_groups_and_the_slot(world: World) -> None:
    world.export()
    world.convert()
    done = loglake_on_lake("status")
    assert done.exit_code == 0
    head, pay, shop = done.stdout.splitlines()[:3]
    assert head.split()[-5:] == ["fresh", "waiting", "failed", "rows", "quarantined"]
    assert pay.split()[:5] == ["/app/pay", "app_pay", "task", "2026-11-23", "00:00"]
    assert pay.split()[-4:] == ["0", "0", "2", "0"]
    assert shop.split()[-4:] == ["0", "0", "48", "0"]
    assert "2 log groups, 4 windows: 4 CONVERTED" in done.stdout
    assert "The account's one export slot is free." in done.stdout
    assert "!" not in done.stdout


def test_a_request_that_no_run_has_taken_up_is_shown(world: World) -> None:
    key = "requests/requested/mine.json"
    world.control.put(key, b'{"log_groups": ["/app/shop"], "from": "2026-11-22", "to": "2026-11-23"}')
    shown = loglake_on_lake("status").stdout
    assert f"1 request not taken up yet, such as {key}. A run starts a minute after one; if none does: " in shown
    world.run_export()
    assert "not taken up yet" not in loglake_on_lake("status").stdout


def many(kept: Callable[..., str], count: int) -> str:
    """A kept run with so many log groups; every third one has failed."""
    day, states = Window(START_MS, EpochMs(START_MS + MS_PER_DAY)), (WindowState.FAILED, *[WindowState.CONVERTED] * 2)
    groups = [(LogGroupName(f"/app/{number:02}"), states[number % 3]) for number in range(count)]
    return kept(*(ledger_row(group, day, "app", state) for group, state in groups))


def test_of_many_log_groups_those_that_need_a_person_are_shown(kept: Callable[..., str]) -> None:
    folder = many(kept, 90)
    lines = loglake("status", "--lake", folder).stdout.splitlines()
    shown = [line.split()[0] for line in lines if line.startswith("/app/")]
    assert shown == [f"/app/{number:02}" for number in range(0, 60, 3)]
    assert "71 more log groups: --all shows them." in lines  # one of them is paused, and has no window
    problems = [line for line in lines if line.startswith("!")]
    assert (len(problems), problems[-1]) == (21, "! 10 more log groups with failed windows: --all shows them.")
    whole = loglake("status", "--lake", folder, "--all").stdout.splitlines()
    assert len([line for line in whole if line.startswith("/app/")]) == 91
    assert (len([line for line in whole if line.startswith("!")]), "more log group" in "".join(whole)) == (30, False)
    document = json.loads(loglake("status", "--lake", folder, "--json").stdout)
    assert (len(document["log_groups"]), len(document["problems"])) == (91, 30)


def test_of_few_log_groups_all_are_shown(kept: Callable[..., str]) -> None:
    shown = [line for line in loglake("status", "--lake", many(kept, 49)).stdout.splitlines() if line[:5] == "/app/"]
    assert len(shown) == 50


def test_files_that_are_gone_are_reported_with_what_shows_and_repairs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    world = whole_lake()
    deploy(monkeypatch, world, world.tasks)
    assert loglake_on_lake("status").exit_code == 0
    compacted = f"tables/web/{PLACE}/compacted.c000001.0000.parquet"
    world.lake.put(compacted, b"")
    world.lake.delete([shop_file(world)])
    done = loglake_on_lake("status")
    first = "/app/shop [2026-11-21T00:00:00.000Z, 2026-11-22T00:00:00.000Z)"
    assert done.exit_code == 1
    assert [line for line in done.stdout.splitlines() if line.startswith("!")] == [
        f"! app_shop: rows are gone or damaged, those of 1 window, such as {first}. To see all: loglake verify "
        "app_shop --lake aws:lake; to repair it: loglake rerun --damaged --table app_shop --lake aws:lake",
        f"! web: rows are gone or damaged, those of 1 compacted file, such as {compacted}. To see all: loglake verify "
        "web --lake aws:lake; to repair it: loglake rerun --damaged --table web --lake aws:lake",
    ]
    lost = json.loads(loglake_on_lake("status", "--json").stdout)["lost_files"]
    assert [(each["table"], len(each["windows"]), each["compacted"]) for each in lost] == [
        ("app_shop", 1, []),
        ("web", 0, [compacted]),
    ]


def test_status_fails_where_something_has_failed(world: World) -> None:
    world.tasks.groups.pop(PAY)
    world.ledger.add(ledger_row(PAY, Window(EpochMs(START_MS), EpochMs(START_MS + 1)), "app_pay"))
    world.export()
    world.ledger.put_landed_object(LandedObject("landing/x", 3, LandedState.FAILED, reason="denied"))
    world.raw.put("landing/x", b"abc")
    done = loglake_on_lake("status", "--json")
    assert done.exit_code == 1
    reported = json.loads(done.stdout)
    assert [group["log_group"] for group in reported["log_groups"]] == [PAY, SHOP]
    assert "The specified log group does not exist." in reported["problems"][0]
    assert reported["problems"][0].endswith("loglake rerun --log-group /app/pay --lake aws:lake")
    assert reported["landed_objects"]["failed"] == 1
    assert reported["export_slot"] == {"active": None, "ours": None, "unknown": None}
    shown = loglake_on_lake("status").stdout
    assert all(f"! {problem}" in shown for problem in reported["problems"])
    world.raw.delete(["landing/x"])  # nobody needs it any more
    assert json.loads(loglake_on_lake("status", "--json").stdout)["landed_objects"]["failed"] == 0


def test_status_is_shown_without_the_slot_where_tasks_may_not_be_listed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied() -> None:
        raise AccessDeniedError("grant logs:DescribeExportTasks")

    monkeypatch.setattr(world.tasks, "active", denied)
    done = loglake_on_lake("status")
    assert (done.exit_code, "export slot: grant logs:DescribeExportTasks" in done.stdout) == (0, True)


def test_somebody_elses_task_is_shown(world: World) -> None:
    world.tasks.create("nightly", SHOP, Window(EpochMs(START_MS), EpochMs(START_MS + 1)), "backup", "logs")
    shown = loglake_on_lake("status").stdout
    assert "somebody else's: a task, named nightly, exports /app/shop to s3://backup/logs" in shown
    assert json.loads(loglake_on_lake("status", "--json").stdout)["export_slot"]["ours"] is False


def test_a_log_group_that_was_deleted_is_reported_but_for_one_of_another_account(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ledger_row(SHOP, Window(EpochMs(START_MS), EpochMs(START_MS + 1)), "app_shop", WindowState.CONVERTED)
    world.ledger.add(row)
    world.ledger.add(ledger_row(LogGroupName("/elsewhere"), row.window, "app_shop", WindowState.CONVERTED, landed=True))
    assert json.loads(loglake_on_lake("status", "--json").stdout)["gone"] == []
    world.tasks.groups.pop(SHOP)
    reported = json.loads(loglake_on_lake("status", "--json").stdout)
    gone = "/app/shop: the log group is gone. Its rows stay in the table, and no more will come."
    assert (reported["gone"], gone in reported["notes"]) == (["/app/shop"], True)
    monkeypatch.setattr(world.tasks, "log_groups", denied)
    assert json.loads(loglake_on_lake("status", "--json").stdout)["gone"] == []


def test_the_folder_of_a_local_run_is_reported_without_starting_anything(kept: Callable[..., str]) -> None:
    day = Window(parse_instant("2026-11-20"), parse_instant("2026-11-21"))
    row = ledger_row(SHOP, day, "app_shop", WindowState.CONVERTED)
    later = ledger_row(SHOP, Window(day.to_ms, EpochMs(day.to_ms + 1)), "app_shop", WindowState.FAILED, reason="broke")
    folder = kept(
        later, row, landed=LandedObject("landing/x", 3, LandedState.SCANNED, skipped_groups=1, skipped=("/y",))
    )
    ledger = kept_evidence(Path(folder)).ledger
    assert (ledger.all_rows(), paused(ledger)) == ([row, later], {PAY: 7})
    done = loglake("status", "--lake", folder)
    assert done.exit_code == 1
    assert f"loglake rerun --log-group /app/shop --lake {folder}" in done.stdout
    assert "Landed events of /y are in no table" in done.stdout
    assert "slot" not in done.stdout


EXPORTED_LATE = ledger_row(
    SHOP,
    Window(START_MS, EpochMs(START_MS + MS_PER_DAY)),
    "app_shop",
    WindowState.CONVERTED,
    exported_at_ms=EpochMs(START_MS + MS_PER_DAY + 13 * MS_PER_HOUR),
)


def days(done: Result) -> tuple[int, int]:
    (group,) = [group for group in json.loads(done.stdout)["log_groups"] if group["log_group"] == SHOP]
    return group["days"]["fresh"], group["days"]["settled"]


@pytest.mark.parametrize(("hours", "found"), [(12, (0, 1)), (24, (1, 0))])
def test_a_day_has_settled_when_the_deployment_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch, hours: int, found: tuple[int, int]
) -> None:
    world.ledger.add(EXPORTED_LATE)
    deploy(monkeypatch, world, world.tasks, settings=JobSettings(settle_after_ms=hours * MS_PER_HOUR))
    assert days(loglake_on_lake("status", "--json")) == found


@pytest.mark.parametrize(("hours", "found"), [("12", (0, 1)), ("24", (1, 0))])
def test_a_day_of_a_local_run_has_settled_when_that_run_said_so(
    kept: Callable[..., str], hours: str, found: tuple[int, int]
) -> None:
    folder = kept(EXPORTED_LATE, jobs={"loglake-export-logs": {"--settle_after_hours": hours}})
    assert days(loglake("status", "--json", "--lake", folder)) == found


@pytest.mark.parametrize(("hours", "overdue"), [(24, True), (240, False)])
def test_a_day_is_overdue_by_when_the_deployment_has_it_settle(
    world: World, monkeypatch: pytest.MonkeyPatch, hours: int, overdue: bool
) -> None:
    world.ledger.add(changed(EXPORTED_LATE, exported_at_ms=EpochMs(START_MS + MS_PER_DAY)))
    world.clock.time_ms = EpochMs(START_MS + 5 * MS_PER_DAY)
    deploy(monkeypatch, world, world.tasks, settings=JobSettings(settle_after_ms=hours * MS_PER_HOUR))
    assert ("should have settled by now" in loglake_on_lake("status").stdout) is overdue


def test_json_says_what_answers_lack_and_an_answer_says_the_same(kept: Callable[..., str]) -> None:
    folder = kept(hours(0, 24), hours(24, 25, FAILED), hours(25, 26, EXPORTING))
    missing = json.loads(loglake("status", "--json", "--lake", folder).stdout)["missing"]
    assert [(each["why"], each["from"][11:13]) for each in missing["lacks"]] == [
        ("waiting", "01"),
        ("failed", "00"),
        ("not settled", "00"),
        ("quarantined", "00"),
    ]
    assert missing["complete"] is False
    assert missing_of(find_lake(folder), {"app": (None, None)}).to_json() == missing
    assert missing_of(find_lake(folder), {"other": (None, None)}).complete is None
