"""A deployment's status as text, with the next commands."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.worlds.ledger_rows import changed
from support.worlds.status_windows import EXPORTING, FAILED, MIDNIGHT, NOW, PAY, SHOP, SUPERSEDED, hours, known, of

from loglake.core.accounting import Accounting
from loglake.core.catalog_gaps import CatalogGap, Missing
from loglake.core.cloud_types import ExportTask
from loglake.core.landing.objects import LandedState
from loglake.core.run.outcome import CONVERT, EXPORT, LOOK, Outcome, QueueWaiting, RunNote
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs
from loglake_cli.operations.standing import status_document, status_notes, status_text
from loglake_cli.operations.standing.status import GroupStatus, LandedStatus, SlotStatus, Status, status_of_landed

pytestmark = pytest.mark.unit


def status(*groups: GroupStatus, landed: LandedStatus | None = None, slot: SlotStatus | None = None) -> Status:
    return Status(NOW, groups, landed or LandedStatus(), slot)


def notes(found: Status, where: str) -> list[str]:
    """All notes except the one about quarantine, which nearly every window here has."""
    return [note for note in status_notes.notes(found, where) if not note.startswith("To see what is in quarantine")]


def test_what_is_in_quarantine_is_shown_by_a_command() -> None:
    said = "To see what is in quarantine, and why: loglake quarantine --lake aws:lake"
    assert said in status_notes.notes(status(of(hours(0, 24))), "--lake aws:lake")
    assert status_notes.notes(status(GroupStatus(PAY)), "--lake aws:lake") == []
    assert said in status_notes.notes(status(landed=LandedStatus(known=1, quarantined=1)), "--lake aws:lake")


def test_days_that_retention_removed_are_one_line() -> None:
    removed = {PAY: EpochMs(0), SHOP: NOW}
    assert notes(replace(status(), removed=removed), "") == [
        f"By retention_days nothing of {SHOP} from before 2026-11-24 is kept."
    ]
    two = replace(status(), removed={PAY: EpochMs(NOW - MS_PER_DAY), SHOP: NOW})
    assert notes(two, "") == [
        f"By retention_days nothing of {SHOP} from before 2026-11-24 is kept, and 1 more log group alike."
    ]
    assert status_document.document(replace(status(), removed=removed), "")["removed_until"] == {
        SHOP: "2026-11-24T00:00:00.000Z"
    }


def test_rows_that_cant_be_queried_are_reported() -> None:
    lacking = Missing(("dt=2026-11-21",), ("n", "ok", "level", "more"))
    new = CatalogGap("app", lacking)
    asked, partitions = new.asked(NOW), CatalogGap("other", Missing(("dt=1", "dt=2"))).asked(NOW)
    found = replace(status(of(hours(0, 24))), gaps=(new, asked, partitions))
    what = "Some rows of app can't be queried yet: the catalog lacks 4 columns (n, ok, level, ...) and 1 partition"
    assert status_notes.notes(found, "")[:3] == [
        f"{what}. The next run sees to it.",
        f"{what}. A crawl was requested; the next check is at 2026-11-24 00:00.",
        "Some rows of other can't be queried yet: the catalog lacks 2 partitions. A run will register them; the next "
        "check is at 2026-11-24 00:00.",
    ]
    assert not found.failed
    given_up = replace(found, gaps=(asked.give_up(),))
    assert given_up.failed
    assert status_text.problems(given_up, "") == [
        f"{what}, after 1 try. Look at the crawler's log and at the Location of the catalog's table, then start the "
        "crawler."
    ]
    document = json.loads(json.dumps(status_document.document(given_up, "")))
    assert document["catalog_gaps"][0]["columns"] == ["n", "ok", "level", "more"]
    assert (document["catalog_gaps"][0]["given_up"], document["catalog_gaps"][0]["crawls_asked_for"]) == (True, 1)


def test_a_log_group_is_done_once_its_rows_can_be_queried() -> None:
    group, waiting = of(hours(0, 24)), of(hours(0, 24), hours(24, 48, EXPORTING))
    found = status(group, waiting)
    assert (found.is_done(group), found.is_done(waiting)) == (True, False)
    elsewhere, here = CatalogGap("other", Missing(("dt=1",))), CatalogGap("app", Missing(("dt=1",)))
    assert replace(found, gaps=(elsewhere,)).is_done(group)
    assert not replace(found, gaps=(here,)).is_done(group)
    reported = [each["done"] for each in status_document.document(found, "")["log_groups"]]
    assert reported == [True, False]


def test_a_line_of_a_group() -> None:
    group = of(hours(0, 24), hours(24, 48, EXPORTING), hours(48, 49, FAILED), paused=NOW)
    assert status_text.lines([group, GroupStatus(PAY, paused_since_ms=NOW)]) == [
        ["/app/shop", "app", "landing", "2026-11-21 00:00", "3 d", "1", "1 paused", "1", "8", "2"],
        ["/app/pay", "-", "-", "-", "-", "0", "0 paused", "0", "0", "0"],
    ]
    assert set(status_text.COLUMNS) > {*status_text.NUMBERS, *status_text.SPARE}


def test_how_events_were_read_is_a_line_for_each_table() -> None:
    read = Accounting(1203, 1200, dropped=3, read_as={"json": 1200, "text": 3}, redacted={"email": 7, "ip": 1})
    live = [changed(each, current=replace(each.current, accounting=read)) for each in (hours(0, 24),) if each.current]
    found = status(of(*live), GroupStatus(PAY))
    said = (
        "app: events read as json 1,200, plain text 3. Its own transformation dropped 3 events. "
        "Values hidden: email 7, ip 1."
    )
    assert notes(found, "") == [said]
    assert status_document.document(found, "")["log_groups"][0]["read_as"] == {"json": 1200, "text": 3}


def test_violations_of_a_schema_setting_are_a_line_for_each_table() -> None:
    counts = Accounting(9, 9, rescued_values=9, violations=7)
    live = [changed(each, current=replace(each.current, accounting=counts)) for each in (hours(0, 24),) if each.current]
    found = status(of(*live), GroupStatus(PAY))
    see = (
        "app: 7 values broke the schema setting of the dataset. To see them: loglake schema violations app --lake aws:x"
    )
    assert notes(found, "--lake aws:x") == [see]
    assert status_document.document(found, "")["log_groups"][0]["violations"] == 7


def test_durations_are_in_the_unit_that_a_person_takes() -> None:
    reported = [status_text.duration(ms) for ms in (0, 59 * 60_000, 90 * 60_000, 47 * MS_PER_HOUR, 12 * MS_PER_DAY)]
    assert reported == ["0 min", "59 min", "1.5 h", "47.0 h", "12 d"]


def test_a_failed_window_is_reported_with_its_reason_and_the_command_that_opens_it() -> None:
    rows = [
        changed(hours(0, 24, FAILED), reason="first", updated_at_ms=EpochMs(1)),
        changed(hours(24, 48, FAILED), reason="The specified log group does not exist", updated_at_ms=EpochMs(2)),
    ]
    found = status(of(*rows))
    assert found.failed
    assert status_text.problems(found, "--lake aws:lake") == [
        "/app/shop: 2 windows failed, the last one [2026-11-21T00:00:00.000Z, 2026-11-22T00:00:00.000Z): "
        "The specified log group does not exist. If nothing is to be done: loglake ignore /app/shop --lake aws:lake; "
        "when the cause is gone: loglake rerun --log-group /app/shop --lake aws:lake"
    ]
    assert notes(found, "") == []


def test_an_unreadable_landed_object_is_a_problem_and_a_skipped_group_is_not() -> None:
    landed = status_of_landed(
        [known("a", LandedState.FAILED, reason="Access denied."), known("b", skipped_groups=1, skipped=("/x", ""))], {}
    )
    found = status(landed=landed)
    assert found.failed
    (problem,) = status_text.problems(found, "")
    assert problem.startswith("1 landed object can't be read, such as landing/a: Access denied. Each run reads")
    assert problem.endswith("loglake rerun")
    counted, skipped = notes(found, "")
    assert counted == "2 landed objects known, 1 failed."
    assert skipped.startswith("Landed events of (no log group), /x are in no table, since no dataset")


def test_notes_say_what_waits_and_how_it_goes_on() -> None:
    busy = changed(hours(24, 48, EXPORTING), reason="the export slot is busy")
    group = replace(of(hours(0, 24), busy, hours(50, 51)), paused_since_ms=EpochMs(MIDNIGHT))
    paused, error, gap = notes(status(group), "--lake x")
    assert paused == (
        "/app/shop is paused since 2026-11-20 00:00. Nothing more is exported from what a local run kept."
    )
    assert error == "/app/shop: the export slot is busy. The next run tries again."
    assert gap.endswith("no request covers [2026-11-22T00:00:00.000Z, 2026-11-22T02:00:00.000Z) between its windows.")
    paused, _, asked, _ = notes(status(group, slot=SlotStatus()), "--lake aws:p")
    assert paused.endswith("00:00. To go on: loglake resume /app/shop --lake aws:p")
    assert asked.endswith(
        "loglake export /app/shop --from 2026-11-22T00:00:00.000Z --to 2026-11-22T02:00:00.000Z --lake aws:p"
    )


def test_what_waits_for_its_export_is_shown_with_its_time() -> None:
    waiting = {
        "requested": QueueWaiting(1, 30, 720, 40_000_000_000, EpochMs(MIDNIGHT), 1440, 4010),
        "fresh": QueueWaiting(2, 2, 3, 1_000_000_000, NOW, slot_s=100, pages=900),
    }
    found = replace(status(), runs=(RunNote.of(EXPORT, Outcome.PARTIAL, NOW, waiting=waiting),))
    assert notes(found, "") == [
        "Waiting for their export, as of 2026-11-24 00:00: requested 720 hours of 1 log group (since 2026-11-20 "
        "00:00), fresh 3 hours of 2 log groups (since 2026-11-24 00:00). In all 32 windows of about 41.0 GB, which "
        "take about 1.1 h. Of what was asked for, 50 % is exported."
    ]
    (shown,) = (run["waiting"] for run in status_document.document(found, "")["runs"].values())
    assert shown["requested"] == {
        "log_groups": 1,
        "windows": 30,
        "pages": 0,
        "hours": 720,
        "bytes": 40_000_000_000,
        "oldest": "2026-11-20T00:00:00.000Z",
        "exported_percent": 50,
        "seconds_left": 4010,
    }
    assert shown["fresh"]["exported_percent"] is None


@pytest.mark.parametrize(
    ("slot", "said"),
    [
        (SlotStatus(), "The account's one export slot is free."),
        (SlotStatus(unknown="denied"), "It is not known who has the account's export slot: denied"),
        (
            SlotStatus(ExportTask("t", "n", "RUNNING", "", "raw", "exports/a", SHOP, NOW), ours=True),
            "this deployment's: it exports /app/shop to s3://raw/exports/a (task t, since 2026-11-24 00:00)",
        ),
        (
            SlotStatus(ExportTask("t", "nightly", "PENDING", "", "b", "x")),
            "somebody else's: a task, named nightly, exports a log group to s3://b/x (task t). Exports wait until",
        ),
    ],
)
def test_the_slot_is_reported(slot: SlotStatus, said: str) -> None:
    found = status(slot=slot)
    assert said in notes(found, "")[0]
    assert not found.failed
    reported = status_document.document(found, "")["export_slot"]
    assert (reported["ours"], reported["unknown"]) == (slot.ours if slot.task else None, slot.unknown or None)


def test_the_summary() -> None:
    assert status_text.summary(status()) == "No log group has a window yet: a request or the schedule gives it one."
    group = of(hours(0, 24), hours(24, 48, FAILED))
    assert status_text.summary(status(group)) == "1 log group, 2 windows: 1 CONVERTED, 1 FAILED"
    assert status_text.summary(status(GroupStatus(PAY, paused_since_ms=NOW))) == "1 log group, 0 windows"


def test_a_settled_pass_on_its_way_is_reported_as_such_and_so_is_one_that_is_overdue() -> None:
    group = of(hours(0, 1), hours(0, 24, EXPORTING), hours(1, 24), hours(24, 48, SUPERSEDED), hours(25, 26, SUPERSEDED))
    assert status_text.summary(status(group)) == "1 log group, 3 windows: 1 EXPORTING, 2 CONVERTED"
    assert notes(status(group), "") == []
    assert len(notes(status(group, slot=SlotStatus()), "")) == 2
    later = Status(EpochMs(NOW + 1), (group,), LandedStatus(), SlotStatus())
    settling, overdue, _slot = notes(later, "")
    assert settling.startswith("1 window of 1 log group is pending and has its rows in the table already: the")
    assert overdue.startswith(
        "1 log group has days that should have settled by now, the oldest is 2026-11-20 of /app/shop"
    )
    two = of(hours(0, 24), hours(0, 48, EXPORTING), hours(24, 25), hours(24, 48, EXPORTING), hours(25, 48))
    settling, overdue, _slot = notes(replace(later, groups=(group, two, GroupStatus(PAY))), "")
    assert settling.startswith("3 windows of 2 log groups are pending and have their rows")
    assert overdue.startswith("2 log groups have days")


def test_the_document_is_json_with_times_and_counts() -> None:
    group = of(hours(0, 24), changed(hours(24, 48, FAILED), reason="broke", tries=5), hours(50, 51), paused=NOW)
    landed = status_of_landed([known("a", LandedState.FAILED, reason="no")], {})
    document = json.loads(json.dumps(status_document.document(status(group, landed=landed), "--lake aws:p")))
    (reported,) = document["log_groups"]
    assert reported == {
        "log_group": "/app/shop",
        "table": "app",
        "complete_until": "2026-11-21T00:00:00.000Z",
        "lag_seconds": 3 * 86400,
        "windows": {
            "EXPORTING": 0,
            "EXPORTED": 0,
            "CONVERTING": 0,
            "CONVERTED": 2,
            "FAILED": 1,
        },
        "pending": 0,
        "settling": 0,
        "days": {"fresh": 2, "settled": 0, "final": 0, "oldest_unsettled": "2026-11-20T00:00:00.000Z"},
        "failed": [
            {
                "window": {"from": "2026-11-21T00:00:00.000Z", "to": "2026-11-22T00:00:00.000Z"},
                "reason": "broke",
                "attempts": 5,
            }
        ],
        "ignored": 0,
        "last_error": "broke",
        "gaps": [{"from": "2026-11-22T00:00:00.000Z", "to": "2026-11-22T02:00:00.000Z"}],
        "rows": 16,
        "quarantined": 4,
        "dropped": 0,
        "violations": 0,
        "ways": ["landing"],
        "read_as": {},
        "redacted": {},
        "paused_since": "2026-11-24T00:00:00.000Z",
        "done": True,
    }
    assert document["at"] == "2026-11-24T00:00:00.000Z"
    assert document["landed_objects"]["failed_objects"] == [{"key": "landing/a", "reason": "no"}]
    assert document["export_slot"] is None
    assert len(document["problems"]) == 2


def test_a_run_that_failed_as_a_whole_is_a_problem_and_its_windows_say_it_no_second_time() -> None:
    held = changed(hours(24, 48, EXPORTING), reason="The policy lets nobody in.")
    stopped = RunNote.of(EXPORT, Outcome.FAILED, NOW, error="The policy lets nobody in.")
    found = replace(status(of(hours(0, 24), held), slot=SlotStatus()), runs=(stopped,))
    assert found.failed
    assert status_text.problems(found, "--lake aws:p") == [
        "The last run of the export job failed, 2026-11-24 00:00: The policy lets nobody in. "
        "No window is lost by that: the next run goes on where this one stopped. "
        "When the cause is gone, to have it now: loglake rerun --lake aws:p"
    ]
    assert not any("policy" in note for note in notes(found, "--lake aws:p"))
    ended = replace(stopped, outcome=Outcome.OK, error="")
    assert not replace(found, runs=(ended,)).failed


def test_what_a_local_run_can_not_go_on_with_is_said() -> None:
    exporting, converting = (RunNote.of(job, Outcome.FAILED, NOW, error="no") for job in (EXPORT, CONVERT))
    export, convert = status_text.problems(replace(status(), runs=(exporting, converting)), "--lake x")
    assert export.endswith(
        "no. When the cause is gone, start another `loglake local run`: this one keeps no log groups."
    )
    assert convert.endswith("loglake rerun --lake x")


def test_what_a_run_said_of_what_it_was_asked_for_is_reported() -> None:
    said = RunNote.of(EXPORT, Outcome.PARTIAL, EpochMs(MIDNIGHT), ["/app/shp: no log group has this name"])
    found = replace(status(), runs=(replace(said, outcome=Outcome.OK, ended_ms=NOW),))
    assert notes(found, "") == ["The export job, 2026-11-20 00:00: /app/shp: no log group has this name."]
    assert status_document.document(found, "")["runs"] == {
        "export": {
            "outcome": "ok",
            "ended": "2026-11-24T00:00:00.000Z",
            "error": None,
            "remarks": ["/app/shp: no log group has this name"],
            "waiting": {},
            "remarked": "2026-11-20T00:00:00.000Z",
        }
    }


@pytest.mark.parametrize(("age_ms", "shown"), [(MS_PER_DAY - 1, True), (MS_PER_DAY, False)])
def test_the_last_look_at_subscription_filters_is_reported_for_a_day(age_ms: int, shown: bool) -> None:
    """There is none any more once the stack streaming is gone."""
    said = RunNote.of(LOOK, Outcome.PARTIAL, EpochMs(NOW - age_ms), ["Subscription filter of /live/a: no"])
    found = notes(replace(status(), runs=(said,)), "--lake x")
    assert any("Subscription filter of /live/a: no" in note for note in found) is shown


def test_a_window_that_waits_for_its_time_is_not_tried_by_the_next_run() -> None:
    empty_retry = changed(hours(24, 48, FAILED), reason="It is retried", retry_at_ms=EpochMs(NOW + 1), empty_retry=True)
    (note,) = notes(status(of(hours(0, 24), empty_retry)), "")
    assert note == "/app/shop: It is retried."
