"""One behaviour suite for export tasks: the fake that pipelines are tested with, and the emulated CloudWatch Logs, from
here and from Python shell."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from support.aws.export_accounts import DAY, LATE_S, OTHERS, SHOP, Account, emulated_account, fake_account
from support.fakes.fakes import START_MS

from loglake.core.keys import WRITE_TEST
from loglake.core.ports.event_reader import ReadEvent
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import ExportRefusedError, ExportSlotBusyError, NotFoundError, StaleTokenError

pytestmark = pytest.mark.contract

STREAMS = {
    "web/1": [(START_MS - 1, "before"), (START_MS, "first"), (START_MS + 123, "two\n  lines")],
    "web/2": [(DAY.to_ms - 1, "last"), (DAY.to_ms, "after")],
    "idle": [(DAY.to_ms + 5, "another day")],
}


@pytest.fixture(params=["fake", "emulated", "emulated, from Python shell"])
def account(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    if request.param == "fake":
        yield fake_account()
        return
    shell = request.getfixturevalue("shell") if request.param != "emulated" else None
    with emulated_account(monkeypatch, shell) as emulated:
        yield emulated


def texts(account: Account, task_id: str, prefix: str = "exports/p") -> str:
    """All texts that a task wrote."""
    keys = [item.key for item in account.raw.list(f"{prefix}/{task_id}/")]
    return "".join(gzip.decompress(account.raw.get(key)).decode() for key in keys)


def test_a_task_writes_the_window_of_every_stream(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    task_id = account.create()
    assert account.tasks.describe(task_id).name == "export-1"
    assert account.finished(task_id).status == "COMPLETED"
    texts = {
        item.key: gzip.decompress(account.raw.get(item.key)).decode()
        for item in account.raw.list(f"exports/p/{task_id}/")
    }
    assert texts == {
        f"exports/p/{task_id}/web-1/000000.gz": (
            "2026-11-21T00:00:00.000Z first\n2026-11-21T00:00:00.123Z two\n  lines\n"
        ),
        f"exports/p/{task_id}/web-2/000000.gz": "2026-11-21T23:59:59.999Z last\n",
    }
    assert account.raw.exists(f"exports/p/{WRITE_TEST}")


def test_groups_and_streams_are_found_by_their_exact_names(account: Account) -> None:
    account.add_group("/b", {"s": [(START_MS, "x")]})
    account.add_group(SHOP, STREAMS)
    account.add_cheap_group("/rare")
    groups = {group.name: group for group in account.tasks.log_groups()}
    assert list(groups) == ["/app/shop", "/b", "/rare"]
    assert groups[SHOP].created_ms <= START_MS
    assert groups[SHOP].account == "123456789012"
    assert [group.log_class for group in groups.values()] == ["STANDARD", "STANDARD", "INFREQUENT_ACCESS"]
    assert sorted(account.tasks.stream_names(SHOP)) == ["idle", "web/1", "web/2"]


def test_one_task_at_a_time(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    first = account.create()
    with pytest.raises(ExportSlotBusyError):
        account.create("export-2")
    account.finished(first)
    assert account.finished(account.create("export-2")).status == "COMPLETED"


def test_the_task_that_has_the_slot_is_reported_whoever_started_it(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    assert account.tasks.active() is None
    task_id = account.create()
    active = account.tasks.active()
    assert active is not None
    assert (active.task_id, active.name, active.log_group) == (task_id, "export-1", SHOP)
    assert (active.bucket, active.prefix) == ("raw", "exports/p")
    account.finished(task_id)
    assert account.tasks.active() is None


def test_a_task_is_found_by_its_name(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    assert account.tasks.find("export-1", "raw", "exports/p") is None
    first = account.create()
    account.finished(first)
    account.finished(account.create("other"))
    found = account.tasks.find("export-1", "raw", "exports/p")
    assert found is not None
    assert found.task_id == first


def test_a_task_of_the_same_name_that_exports_elsewhere_is_somebody_elses(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    account.finished(account.create(prefix="exports/other"))
    assert account.tasks.find("export-1", "raw", "exports/p") is None
    assert account.tasks.find("export-1", "elsewhere", "exports/other") is None


def test_a_range_before_the_groups_creation_is_refused(account: Account) -> None:
    account.add_group(SHOP, {"late": [(DAY.to_ms + 5, "x")]})
    with pytest.raises(ExportRefusedError, match="before the log group was created"):
        account.create()


def test_what_is_not_there_is_said(account: Account) -> None:
    with pytest.raises(NotFoundError, match="The specified log group does not exist"):
        account.create(group=LogGroupName("/nobody"))
    with pytest.raises(NotFoundError, match="The specified export task does not exist"):
        account.tasks.describe("11111111-2222-3333-4444-555555555555")


def test_a_task_created_before_a_time_is_not_found(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    first = account.create()
    created_ms = account.finished(first).created_ms
    found = account.tasks.find("export-1", "raw", "exports/p", since_ms=created_ms)
    assert found is not None
    assert found.task_id == first
    later = account.tasks.find("export-1", "raw", "exports/p", since_ms=created_ms + 1)
    assert later is None or created_ms == 0  # a task without a creation time is checked


def test_what_a_group_took_in_is_counted_by_the_time_when_it_came(account: Account) -> None:
    quiet = LogGroupName("/quiet")
    for hour, events in ((0, 3), (1, 4), (30, 50)):
        account.take_in(SHOP, START_MS + hour * MS_PER_HOUR, events)
    assert account.tasks.incoming_events(SHOP, START_MS, START_MS + MS_PER_DAY) == 7
    assert account.tasks.incoming_events(SHOP, START_MS, START_MS + MS_PER_HOUR) == 3
    assert account.tasks.incoming_events(quiet, START_MS, START_MS + MS_PER_DAY) is None
    days = 1 + (START_MS % MS_PER_DAY + 30 * MS_PER_HOUR) // MS_PER_DAY  # with events, up to the last midnight
    now_ms = START_MS + days * MS_PER_DAY
    assert account.tasks.incoming_bytes(SHOP, now_ms) == round(57 * len("an event") / days)
    assert account.tasks.incoming_bytes(quiet, now_ms) is None


def test_somebody_elses_task_takes_the_slot_and_is_reported(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    end = account.start_other()
    active = account.tasks.active()
    assert active is not None
    assert (active.name, active.bucket, active.prefix) == (OTHERS, "somebody-elses-bucket", "exportedlogs")
    assert account.tasks.describe(active.task_id).status == "RUNNING"
    for _ in range(3):
        with pytest.raises(ExportSlotBusyError):
            account.create()
        account.clock.sleep(3600)
    end()
    assert account.tasks.active() is None
    assert account.finished(account.create()).status == "COMPLETED"


def test_late_events_are_exported_once_they_can_be(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    account.add_late(SHOP, {"web/1": [(START_MS + 9, "late")], "new": [(START_MS + 10, "later")]})
    first = account.create()
    account.finished(first)
    assert "late" not in texts(account, first)
    account.clock.sleep(LATE_S)
    second = account.create("export-2")
    account.finished(second)
    whole = texts(account, second)
    assert "2026-11-21T00:00:00.009Z late\n" in whole
    assert "2026-11-21T00:00:00.010Z later\n" in whole
    assert "first" in whole


def test_a_deleted_group_is_gone(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    account.finished(account.create())
    account.delete_group(SHOP)
    assert list(account.tasks.log_groups()) == []
    with pytest.raises(NotFoundError, match="The specified log group does not exist"):
        account.create("export-2")
    assert account.tasks.find("export-1", "raw", "exports/p") is not None


def test_a_task_that_fails_says_why_and_gives_the_slot_back(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    account.fail()
    failed = account.finished(account.create())
    assert (failed.status, failed.message) == ("FAILED", "internal error")
    assert account.tasks.active() is None


@pytest.mark.parametrize("checks", [0, 1, 2])
def test_a_cancelled_task_stays_cancelled_and_gives_the_slot_back(account: Account, checks: int) -> None:
    account.add_group(SHOP, STREAMS)
    task_id = account.create()
    for _ in range(checks):
        account.tasks.describe(task_id)
        account.clock.sleep(6)
    account.cancel(task_id)
    assert account.finished(task_id).status == "CANCELLED"
    assert account.tasks.describe(task_id).message == "Cancelled by user"
    assert account.finished(account.create("export-2")).status == "COMPLETED"


def test_a_task_is_found_among_more_than_a_page_of_others(account: Account) -> None:
    account.add_group(SHOP, {"s": [(START_MS, "x")]})
    ids = [account.finished(account.create(f"export-{number}")).task_id for number in range(60)]
    for number in (0, 9, 10, 59):
        found = account.tasks.find(f"export-{number}", "raw", "exports/p")
        assert found is not None
        assert found.task_id == ids[number]
    assert account.tasks.find("export-60", "raw", "exports/p") is None


def test_more_than_a_page_of_groups_and_streams_are_reported(account: Account) -> None:
    names = [f"/app/{number:03d}" for number in range(120)]
    for name in names:
        account.add_group(name, {"s": [(START_MS, "x")]})
    account.add_group("/zz", {f"s{number:03d}": [(START_MS, "x")] for number in range(120)})
    assert [group.name for group in account.tasks.log_groups()] == [*names, "/zz"]
    assert len(list(account.tasks.stream_names(LogGroupName("/zz")))) == 120


def test_the_last_millisecond_of_a_window_is_exported_and_the_next_is_not(account: Account) -> None:
    edge = EpochMs(START_MS + 1000)
    account.add_group(SHOP, {"s": [(edge - 1, "inside"), (edge, "outside")]})
    task_id = account.tasks.create("edge", SHOP, Window(START_MS, edge), "raw", "exports/p")
    account.finished(task_id)
    assert texts(account, task_id) == "2026-11-21T00:00:00.999Z inside\n"


def read(account: Account, window: Window = DAY) -> list[ReadEvent]:
    """All events of a window, page by page."""
    events: list[ReadEvent] = []
    token = ""
    while True:
        page = account.reader.page(SHOP, window, token)
        events += page.events
        if not page.token:
            return events
        token = page.token


def test_a_window_is_read_in_the_order_of_time(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    assert [(event.timestamp_ms, event.log_stream, event.message) for event in read(account)] == [
        (START_MS, "web/1", "first"),
        (START_MS + 123, "web/1", "two\n  lines"),
        (DAY.to_ms - 1, "web/2", "last"),
    ]
    assert len({event.event_id for event in read(account)}) == 3


def test_reading_does_not_wait_for_what_can_not_be_exported_yet(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    assert read(account, Window(DAY.to_ms, EpochMs(DAY.to_ms + 1)))[0].message == "after"
    assert read(account, Window(EpochMs(DAY.to_ms + 6), EpochMs(DAY.to_ms + 7))) == []


def test_a_token_that_is_not_valid_is_stale(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    with pytest.raises(StaleTokenError):
        account.reader.page(SHOP, DAY, "no token")


def test_what_can_not_be_read_is_refused(account: Account) -> None:
    with pytest.raises(NotFoundError):
        account.reader.page(SHOP, DAY, "")
    account.add_cheap_group("/rare")
    with pytest.raises(ExportRefusedError):
        account.reader.page(LogGroupName("/rare"), DAY, "")
