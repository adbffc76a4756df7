"""A few simulated days: the whole system works, and the checks find faults."""

from __future__ import annotations

import pytest

from loglake.core.keys import TABLES
from loglake.core.ledger.row import Queue, WindowState
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, day_of
from loglake.core.windows import Window
from simulation.account import START_MS, Account, Scenario
from simulation.capacity import capacity, load, table
from simulation.report import Report
from simulation.traffic import GroupTraffic, make_traffic
from simulation.virtual_time import Calendar

pytestmark = pytest.mark.unit

FOREVER_MS = 10**15

DAYS = 20


@pytest.fixture(scope="module")
def account() -> Account:
    """Three weeks of eight log groups, with an outage, a deleted group and somebody else every night."""
    account = Account(Scenario(8, DAYS, outages=(6,), deleted_on=9, read="/app/000[13579]", late_days=3.5))
    account.run()
    return account


def test_all_comes_into_the_table_and_settles(account: Account) -> None:
    assert account.cloudwatch.use.tasks > 100
    assert account.reader.pages > 100
    assert account.checks.faults() == []
    assert account.checks.oracle.demanded > 8 * 24 * (DAYS - 3)
    assert account.checks.events > 100_000
    assert account.checks.claimed > 8 * 24 * (DAYS // 3 - 4)
    tasks = Report(account).tasks()
    assert min(tasks[queue] for queue in (Queue.FRESH, Queue.CATCH_UP, Queue.SETTLED, Queue.FINAL)) > 0
    assert account.cloudwatch.use.others_ms > 0


def test_a_log_group_that_keeps_its_events_for_a_week_has_its_final_passes_in_time() -> None:
    account = Account(Scenario(2, 12, retention_days=7))
    account.run()
    short, kept = (
        [row for row in account.ledger.rows(name) if row.queue is Queue.FINAL and row.state is WindowState.CONVERTED]
        for name in account.alive
    )
    assert len(short) >= 5
    assert not kept  # theirs is not due yet
    assert account.checks.faults() == []


@pytest.mark.parametrize(("days", "kept_days"), [(16, 6), (28, 20)])
def test_days_that_are_no_longer_kept_leave_and_all_later_ones_are_there(days: int, kept_days: int) -> None:
    account = Account(Scenario(3, days, kept_days=kept_days, outages=(8,), outage_days=1, late_days=2.1))
    account.run()
    assert account.checks.faults() == []
    assert account.checks.oracle.demanded > 3 * 24 * (days - 2)
    first = {item.key.split("/")[2] for item in account.lake.list(TABLES)}
    cut_ms = account.calendar.now_ms() - (kept_days + 1) * MS_PER_DAY
    assert min(first) >= f"dt={day_of(cut_ms)}"
    assert min(row.window.to_ms for row in account.ledger.stored.values()) > cut_ms
    assert set(account.catalog.tables["app"].partitions) == first


@pytest.mark.parametrize(("read", "kind"), [("", "shared"), ("/app/0001", "compacted")])
def test_days_that_nothing_is_due_for_become_one_file(read: str, kind: str) -> None:
    """Final passes of one decision share a file already; those of two, such as by reading and by task, are merged."""
    account = Account(Scenario(3, 19, read=read))
    account.run()
    assert account.checks.faults() == []
    files = [item.key for item in account.lake.list(f"{TABLES}app/dt=2026-01-0")]
    assert [key.rpartition("/")[2].partition(".")[0] for key in files[:2]] == [kind, kind]
    assert [key.split("/")[2] for key in files[:3]] == ["dt=2026-01-01", "dt=2026-01-02", "dt=2026-01-03"]


def test_events_that_came_late_are_in_the_table_after_the_final_pass(account: Account) -> None:
    account.checks.look()
    assert account.checks.late > 0


def test_the_deleted_group_leaves_nothing_that_waits(account: Account) -> None:
    (deleted,) = account.deleted
    states = {row.state for row in account.ledger.all_of(deleted)}
    assert WindowState.CONVERTED in states
    assert states <= {WindowState.CONVERTED, WindowState.SUPERSEDED, WindowState.FAILED}


def test_the_report_reports_lag_tasks_queue_and_what_an_outage_cost(account: Account) -> None:
    text = "\n".join(Report(account).lines())
    for part in ("fresh lag in hours", "outside outages", "by queue", "longest queue", "outage on day 6", "slot"):
        assert part in text
    (catch_up,) = Report(account).catch_ups()
    assert 0 < catch_up.complete < 24


def test_a_day_that_the_slot_has_no_room_for() -> None:
    found = load(Scenario(60, 3, median_s=300.0))
    assert found.fresh[0] > 2
    assert found.busy > 0.8
    assert len(list(table([found]))) == 3


def test_room_for_tasks_is_time_over_their_mean_time() -> None:
    assert capacity(60, 0) == pytest.approx(86_400 / (60 * 1.1972 + 7.2), rel=1e-3)
    assert capacity(60, 60) < capacity(60, 0)


def test_late_events_are_found_once_they_are_exportable() -> None:
    traffic = make_traffic(1, START_MS, 24 * 40, 4, range(24 * 40))
    late = traffic.late[0]
    hour = Window(EpochMs(START_MS + late.hour * MS_PER_HOUR), EpochMs(START_MS + (late.hour + 1) * MS_PER_HOUR))
    before, after = (traffic.exportable(hour, late.exportable_ms - early) for early in (1, 0))
    assert after - before >= late.events
    day = Window(EpochMs(START_MS), EpochMs(START_MS + MS_PER_DAY))
    assert traffic.exportable(day, FOREVER_MS) == _total(traffic, day)
    assert traffic.incoming(START_MS, START_MS + MS_PER_DAY)
    assert traffic.incoming(START_MS - MS_PER_DAY, START_MS) is None
    with pytest.raises(ValueError, match="whole hours"):
        traffic.exportable(Window(EpochMs(START_MS + 1), EpochMs(START_MS + MS_PER_HOUR)), FOREVER_MS)


def _total(traffic: GroupTraffic, day: Window) -> int:
    first, end = traffic.hours(day)
    on_time = traffic.prompt[end] - traffic.prompt[first] + traffic.slow[first:end].sum()
    return int(on_time) + sum(late.events for late in traffic.late if first <= late.hour < end)


def test_while_somebody_sleeps_what_is_due_is_done_at_its_time() -> None:
    calendar, seen = Calendar(1000), list[tuple[str, int]]()
    calendar.after(500, lambda: seen.append(("second", calendar.now_ms())))
    calendar.at(1200, lambda: calendar.at(1300, lambda: seen.append(("first", calendar.now_ms()))))
    calendar.sleep(0.6)
    assert (seen, calendar.now_ms()) == ([("first", 1300), ("second", 1500)], 1600)
