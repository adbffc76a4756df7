"""`loglake export`: the request that it puts, and its messages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from support.deployments.operated import ASKED, deploy, loglake_on_lake
from support.fakes.fakes import START_MS
from support.worlds.worlds import DAYS, PAY, SHOP, World

from loglake.core.cloud_types import ExportTask
from loglake.core.ledger.row import WindowState
from loglake.core.requests.requests import parse_request
from loglake.core.run.outcome import CONVERT, EXPORT, Outcome, RunNote
from loglake.core.state_items import CATALOG_GAP, PAUSED, RUN, StateItem, values
from loglake.core.units import MS_PER_DAY, MS_PER_MINUTE, EpochMs, LogGroupName, format_instant, parse_instant
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError, ServiceError, ThrottledError
from loglake_cli.operations.jobs import JobSettings

pytestmark = pytest.mark.unit


def denied() -> Iterator[Any]:
    raise AccessDeniedError("logs:DescribeLogGroups on *: no")


def ask(*more: str) -> tuple[str, ...]:
    return ("export", "/app/*", "--from", "2020-11-01", "--to", "2020-11-02T12:00Z", *more)


def test_a_request_is_put_and_its_key_is_printed(world: World) -> None:
    done = loglake_on_lake(*ask("*/shop"))
    assert done.exit_code == 0
    key = done.stdout.splitlines()[0]
    request = parse_request(key, world.control.get(key))
    assert request.log_groups == ("/app/*", "*/shop")
    assert request.window == Window(parse_instant("2020-11-01"), parse_instant("2020-11-02T12:00"))
    assert not request.reexport
    assert done.stderr == ASKED


def test_a_pattern_that_matches_no_log_group_is_refused_with_the_nearest_names(world: World) -> None:
    for pattern, meant in (
        ("/app/shpo", "did you mean /app/shop or /app/pay?"),
        ("x", "there are /app/pay, /app/shop."),
    ):
        done = loglake_on_lake(*ask(pattern))
        assert (done.exit_code, done.stderr) == (2, f"{ASKED}loglake: No log group matches {pattern}: {meant}\n")
    assert not world.control.objects


def test_what_is_there_already_may_be_replaced(world: World) -> None:
    done = loglake_on_lake(*ask("--replace", "--json"))
    document = json.loads(done.stdout)
    assert (document["bucket"], document["warnings"]) == ("control", [])
    assert parse_request(document["key"], world.control.get(document["key"])).reexport


@pytest.mark.parametrize("end", [("--to", "today"), ()])
def test_times_may_be_said_by_the_present_one_which_is_the_end_if_none_is_said(
    world: World, end: tuple[str, ...]
) -> None:
    done = loglake_on_lake("export", SHOP, "--from", "-7d", *end, "--json")
    assert done.exit_code == 0, done.stderr
    key = json.loads(done.stdout)["key"]
    now = world.clock.now_ms()
    assert now % MS_PER_DAY == 0
    assert parse_request(key, world.control.get(key)).window == Window(EpochMs(now - 7 * MS_PER_DAY), now)


def test_a_dry_run_says_what_would_be_asked_for_and_puts_nothing(world: World) -> None:
    world.export()
    world.convert()
    objects, rows = dict(world.control.objects), dict(world.ledger.stored)
    times = ("--from", format_instant(START_MS), "--to", format_instant(EpochMs(START_MS + MS_PER_DAY)))
    done = loglake_on_lake("export", "/app/*", *times, "--dry-run")
    asked = "/app/* from 2026-11-21T00:00:00.000Z to 2026-11-22T00:00:00.000Z would be asked for."
    assert done.stdout.splitlines() == [
        asked,
        "Log groups: /app/pay, /app/shop",
        "2 windows of that time in the table already would stay.",
        "Dry run: nothing was changed.",
    ]
    replaced = loglake_on_lake("export", "/app/*", *times, "--dry-run", "--replace")
    assert "2 windows of that time in the table already would be exported again" in replaced.stdout
    document = json.loads(loglake_on_lake("export", SHOP, *times, "--dry-run", "--json").stdout)
    assert (document["dry_run"], document["log_groups"], document["windows_in_table"]) == (True, [SHOP], 1)
    assert document["request"]["log_groups"] == [SHOP]
    assert (world.control.objects, world.ledger.stored) == (objects, rows)


def test_a_dry_run_says_how_many_windows_how_long_and_what_it_costs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = JobSettings(datasets_uri="s3://control/config/datasets.json")
    deploy(monkeypatch, world, world.tasks, settings=settings, partitions=world.catalog)
    world.control.put("config/datasets.json", b'{"datasets": [{"log_groups": ["/app/shop"]}]}')
    before = dict(world.control.objects)
    group = world.tasks.groups[SHOP]
    kept_days = (world.clock.now_ms() - group.created_ms) / MS_PER_DAY
    world.tasks.groups[SHOP] = replace(group, stored_bytes=int(kept_days * 1_500_000_000))  # compressed
    times = ("--from", format_instant(START_MS), "--to", format_instant(EpochMs(START_MS + 2 * MS_PER_DAY)))
    done = loglake_on_lake("export", "/app/*", *times, "--dry-run")
    exported, left_out = done.stdout.splitlines()[2:4]
    assert exported == (
        "2 windows of about 20.0 GB would be exported, by export task. If nothing else waits, it takes about 0.3 "
        "hours, and Glue about 0.08 USD."
    )
    assert left_out.startswith("- /app/pay: no dataset matches it: ")
    exports = json.loads(loglake_on_lake("export", SHOP, *times, "--dry-run", "--json").stdout)["exports"]
    assert (exports["windows"], exports["hours"], exports["ways"], exports["left_out"]) == (2, 48, ["task"], [])
    assert exports["bytes"] == pytest.approx(20_000_000_000, rel=0.01)
    world.tasks.groups[SHOP] = replace(group, stored_bytes=1_000)
    done = loglake_on_lake("export", SHOP, *times, "--dry-run")
    assert "2 windows of about 0.0 GB would be exported, by reading 4 pages." in done.stdout
    assert world.control.objects == before


def test_a_dry_run_without_the_right_to_list_log_groups_says_what_is_known(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.tasks, "log_groups", denied)
    done = loglake_on_lake(*ask("--dry-run"))
    assert (done.exit_code, "Log groups" in done.stdout, "is not known" in done.stderr) == (0, False, True)


def test_a_request_of_a_paused_group_warns(world: World) -> None:
    world.ledger.put(PAUSED, SHOP, EpochMs(START_MS))
    assert "/app/shop is paused: resume it and ask again" in loglake_on_lake(*ask()).stderr


def test_a_request_is_put_if_log_groups_may_not_be_listed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.tasks, "log_groups", denied)
    done = loglake_on_lake(*ask())
    assert (done.exit_code, "is not known" in done.stderr) == (0, True)


@pytest.mark.parametrize(
    ("lag_minutes", "end", "said"),
    [
        (30, "now", "30 minutes (than 5 if it is read)"),
        (3, "now", "3 minutes"),
        (30, "-1h", ""),
        (90, "-1h", "90 minutes (than 5 if it is read)"),
        (0, "now", ""),
    ],
)
def test_what_is_younger_than_the_deployments_lag_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch, lag_minutes: int, end: str, said: str
) -> None:
    settings = JobSettings(lag_ms=lag_minutes * MS_PER_MINUTE)
    deploy(monkeypatch, world, world.tasks, settings=settings, partitions=world.catalog)
    done = loglake_on_lake("export", PAY, "--from", "-2d", "--to", end)
    warning = f"loglake: what is younger than {said} when the job plans is left to the schedule\n"
    assert (done.exit_code, done.stderr) == (0, ASKED + (warning if said else ""))


@pytest.mark.parametrize(
    "arguments",
    [
        ("", "--from", "2020-11-01", "--to", "2020-11-02"),
        ("/app/*", "--from", "soon", "--to", "2020-11-02"),
        ("/app/*", "--to", "2020-11-01"),
        ("--from", "2020-11-01", "--to", "2020-11-02"),
    ],
)
def test_bad_usage_puts_nothing(world: World, arguments: tuple[str, ...]) -> None:
    assert loglake_on_lake("export", *arguments).exit_code == 2
    assert world.control.objects == {}


def waiting(world: World, monkeypatch: pytest.MonkeyPatch, *steps: Callable[[], object]) -> None:
    """Makes something happen at each poll of a waiting command."""
    left, slept = list(steps), world.clock.sleep

    def sleep(_seconds: float) -> None:
        with monkeypatch.context() as inner:
            inner.setattr(world.clock, "sleep", slept)  # the jobs sleep, too
            left.pop(0)()

    monkeypatch.setattr(world.clock, "sleep", sleep)


RANGE = ("--from", format_instant(DAYS.from_ms), "--to", format_instant(DAYS.to_ms), "--wait")


def test_waiting_ends_when_all_can_be_queried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The crawl is over minutes before a job looks whether it is."""
    world.is_crawled = False

    def crawl() -> None:
        world.catalog.crawl(values(world.ledger, CATALOG_GAP))

    waiting(world, monkeypatch, world.run_export, world.convert, crawl)
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert (done.exit_code, done.stdout.splitlines()[2:]) == (0, ["2 windows of that time can be queried."])
    assert done.stderr.splitlines() == [
        ASKED.strip(),
        "Waiting for the export job to take the request",
        "Exporting and converting",
        "Waiting for the crawler to bring in app_shop",
    ]
    assert world.states() == {WindowState.CONVERTED}
    assert json.loads(loglake_on_lake("status", "--json").stdout)["catalog_gaps"] == []


def test_waiting_ends_with_a_job_if_the_catalog_may_not_be_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.is_crawled = False

    def deny() -> None:
        world.convert()
        world.catalog.fault = AccessDeniedError("glue:GetTable is not allowed")

    def crawl() -> None:
        world.catalog.fault = None
        world.catalog.crawl(values(world.ledger, CATALOG_GAP))
        world.convert()

    waiting(world, monkeypatch, world.run_export, deny, crawl)
    assert loglake_on_lake("export", SHOP, *RANGE).stdout.splitlines()[2:] == ["2 windows of that time can be queried."]


def test_waiting_looks_often_at_first_and_then_seldom(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 30:
            raise KeyboardInterrupt

    monkeypatch.setattr(world.clock, "sleep", sleep)
    loglake_on_lake("export", SHOP, *RANGE)
    assert (pauses[0], pauses[-1]) == (0.5, 5.0)
    assert pauses == sorted(pauses)


def test_waiting_ends_with_what_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose() -> None:
        world.run_export()
        for item in list(world.raw.list("exports/")):
            world.raw.delete([item.key])

    waiting(world, monkeypatch, lose, world.convert)
    done = loglake_on_lake("export", SHOP, *RANGE, "--json")
    assert done.exit_code == 1
    document = json.loads(done.stdout)
    assert (document["windows"], document["in_table"], len(document["failed"])) == (2, 0, 2)
    assert done.stderr.count(f"! {SHOP} [") == 2
    assert re.search(r"^To see what to do: \S*loglake status --lake aws:lake$", done.stderr, re.MULTILINE)


def test_what_is_paused_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.ledger.save(StateItem(PAUSED, SHOP, EpochMs(7)), 0)
    waiting(world, monkeypatch, world.run_export)
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr.count("! ") == 1
    assert f"! {SHOP} is paused: resume it" in done.stderr


def test_what_is_paused_later_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def pause() -> None:
        world.ledger.save(StateItem(PAUSED, SHOP, EpochMs(7)), 0)

    waiting(world, monkeypatch, lambda: world.run_export(deadline_s=0), pause)
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert done.exit_code == 1
    assert f"! {SHOP} is paused: resume it to have the rest" in done.stderr


def test_waiting_says_whose_task_has_the_export_slot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.tasks.others = ExportTask("t", "theirs", "RUNNING", "", "elsewhere", "x", LogGroupName("/other"))
    world.tasks.others_until_polls = 1
    steps = (world.run_export, world.convert, world.convert)
    waiting(world, monkeypatch, lambda: world.run_export(deadline_s=0), *steps)
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert done.exit_code == 0
    assert "take the request (the account's one export slot has somebody else's task)" in done.stderr


def failed_run(world: World, job: str) -> None:
    now = world.clock.now_ms()
    world.ledger.put(RUN, job, RunNote.of(job, Outcome.FAILED, EpochMs(now + 1), error="AccessDenied: no"))


def test_a_failed_job_ends_the_waiting_with_its_cause(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting(world, monkeypatch, lambda: failed_run(world, EXPORT))
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert (done.exit_code, done.stderr.splitlines()[2]) == (1, "! The export job failed: AccessDenied: no")
    assert done.stderr.count("AccessDenied") == 1


def test_a_failure_of_another_job_is_not_the_requests(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Convert failed on something else before the request had any window."""

    def fail() -> None:
        world.run_export(deadline_s=0)
        failed_run(world, CONVERT)

    waiting(world, monkeypatch, fail, world.run_export, world.convert)
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert done.exit_code == 1  # because it is the job's last run when the request's windows wait for it
    assert "The convert job failed" in done.stderr


def test_what_is_tried_again_in_hours_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.tasks.events[SHOP] = {}
    world.tasks.incoming[SHOP] = {START_MS + 5: 3}
    world.tasks.add_late(SHOP, {"web/1": [(START_MS + 5, "one")]}, 86_400)  # a read finds it, and no task does yet
    waiting(world, monkeypatch, world.run_export, world.convert)
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert done.exit_code == 1
    assert re.search(
        rf"! {SHOP} \[\S+ \S+\) is not there yet, .*: the export is empty although .* retried after", done.stderr
    )
    assert "1 of 2 windows of that time can be queried." in done.stdout


def test_aws_that_does_not_answer_any_more_ends_the_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off() -> None:
        def broken(_key: str) -> bool:
            raise ServiceError("Could not connect to the endpoint URL")

        monkeypatch.setattr(world.control, "exists", broken)

    waiting(world, monkeypatch, break_off, lambda: None, lambda: None)
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert done.exit_code == 1
    assert re.search(
        r"AWS does not answer; trying again\nloglake: Could not connect to the endpoint URL\n"
        r"The request stands, but its progress is not known. To look again: \S*loglake status --lake aws:lake\n",
        done.stderr,
    )


def test_a_fault_that_passes_does_not_end_the_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    exists = world.control.exists

    def once(key: str) -> bool:
        monkeypatch.setattr(world.control, "exists", exists)
        raise ThrottledError("slow down")

    monkeypatch.setattr(world.control, "exists", once)
    waiting(world, monkeypatch, lambda: None, world.run_export, world.convert, world.convert)
    assert loglake_on_lake("export", SHOP, *RANGE).exit_code == 0


def test_a_rejected_request_is_a_failure_with_its_reason(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def reject() -> None:
        (key,) = [item.key for item in world.control.list("requests/")]
        world.control.put(key, b"{")
        world.run_export()

    waiting(world, monkeypatch, reject)
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert done.exit_code == 1
    assert re.search(r"! The export job rejected requests/\S+: the request's body is not JSON", done.stderr)


def test_what_nothing_can_be_of_is_said_and_is_no_failure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting(world, monkeypatch, world.run_export)
    done = loglake_on_lake("export", SHOP, "--from", "2020-11-01", "--to", "2020-11-02", "--wait")
    assert done.exit_code == 0
    (said,) = done.stdout.splitlines()[2:]
    assert said.startswith(f"- {SHOP}: [2020-11-01T00:00:00.000Z, 2020-11-02T00:00:00.000Z): nothing to export: ")


def test_what_is_handled_already_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.export()
    world.convert()
    waiting(world, monkeypatch, world.run_export)
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert (done.exit_code, done.stdout.splitlines()[2:]) == (0, ["2 windows of that time can be queried."])


def test_ctrl_c_ends_the_waiting_and_the_request_stands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(world.clock, "sleep", stop)
    done = loglake_on_lake("export", SHOP, *RANGE)
    assert done.exit_code == 130
    said = r"loglake: the request goes on without this command. To see how far it is: \S*loglake status --lake aws:lake"
    assert re.search(said, done.stderr)
    assert "nothing is left running" not in done.stderr
    assert len(list(world.control.list("requests/"))) == 1
