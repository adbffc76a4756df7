"""Rows that go to closed months and come out again are like all others for whoever reads or writes them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.fakes import ManualClock, MemoryLedger
from support.fakes.item_ledger import ItemLedger, emptied, having, item_ledger, without
from support.worlds.ledger_rows import ledger_row

from loglake.aws.ledger_rows import LedgerContents, serialize
from loglake.core.accounting import Accounting
from loglake.core.ledger.closed import closed_until, may_close, month_of
from loglake.core.ledger.row import Attempt, LedgerRow, WindowState, not_replaced
from loglake.core.ledger.stretches import windows_in
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import LedgerConflictError, NotFoundError, UnreadableItemError
from loglake_cli.operations.standing.reading import status_of_groups
from loglake_cli.operations.standing.status import GroupStatus

pytestmark = pytest.mark.contract

SHOP, PAY = LogGroupName("/app/shop"), LogGroupName("/app/pay")
START_MS = 1_796_083_200_000  # 2026-12-01
NOW_MS = START_MS + 100 * MS_PER_DAY
EVER = EpochMs(NOW_MS + 1000 * MS_PER_DAY)
DAYS = 5

Ledger = MemoryLedger | ItemLedger


def window(day: int, days: int = 1) -> Window:
    return Window(EpochMs(START_MS + day * MS_PER_DAY), EpochMs(START_MS + (day + days) * MS_PER_DAY))


def done(day: int, days: int = 1, group: LogGroupName = SHOP, **changes: Any) -> LedgerRow:
    """A converted window that has rested for a long time."""
    row = ledger_row(group, window(day, days), "app", WindowState.CONVERTED)
    assert row.current
    current = replace(row.current, task_id=f"task-{day}", accounting=Accounting(day, day), digest="d" * 64)
    return replace(row, current=current, updated_at_ms=EpochMs(START_MS + 5 * MS_PER_DAY), **changes)


def again(row: LedgerRow, now_ms: int = NOW_MS) -> LedgerRow:
    """A row whose raw objects are to be converted again."""
    attempt = Attempt(row.generation + 1, state=WindowState.EXPORTED, objects=1, reconverts=True)
    return row.begin(attempt, EpochMs(now_ms))


def converted_again(ledger: Ledger, day: int) -> LedgerRow:
    converting = again(done(day)).advance(WindowState.CONVERTING, EpochMs(NOW_MS), owner="jr")
    ended = converting.succeed(EpochMs(NOW_MS), Accounting(9, 9), ())
    for row in (again(done(day)), converting, ended):
        ledger.replace(row)
    return ended


@contextmanager
def opened(kind: str, clock: ManualClock) -> Iterator[Ledger]:
    if kind == "memory":
        yield MemoryLedger(clock)
    else:
        with item_ledger(clock) as ledger:
            yield ledger


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_MS)


@pytest.fixture(params=["memory", "dynamodb"])
def ledger(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Ledger]:
    with opened(request.param, clock) as found:
        yield found


@pytest.fixture
def items(clock: ManualClock) -> Iterator[ItemLedger]:
    with item_ledger(clock) as found:
        yield found


def close(ledger: Ledger, clock: ManualClock, group: LogGroupName = SHOP) -> None:
    """What two runs do on two days."""
    for _ in range(2):
        rows = ledger.open_rows(group, closed_until(clock.now_ms()))
        ledger.close_rows([row for row in rows if may_close(row, clock.now_ms())])
        clock.sleep(86_400)


def everything(ledger: Ledger) -> list[object]:
    """What each way to read gives."""
    names = [(SHOP, window(day, days)) for day in range(-1, DAYS + 1) for days in (1, 2, 31)]
    one: list[object] = []
    for name in names:
        with suppress(NotFoundError):
            one.append(ledger.row(*name))
    return [
        ledger.rows(SHOP),
        ledger.rows(PAY),
        ledger.all_rows(),
        ledger.all_rows("app"),
        ledger.all_rows("other"),
        *(ledger.rows_between(SHOP, window(day).from_ms) for day in range(-1, DAYS)),
        *(ledger.rows_between(SHOP, window(day).from_ms, window(day, 2).to_ms) for day in range(-1, DAYS)),
        *(ledger.rows_inside(SHOP, window(day, 2)) for day in range(-1, DAYS)),
        ledger.rows_inside(SHOP, window(0, 31)),
        one,
    ]


def filled(ledger: Ledger) -> list[LedgerRow]:
    rows = [done(day) for day in range(DAYS)]
    for row in [*rows, done(0, group=PAY), done(95)]:
        assert ledger.add(row)
    return rows


def test_rows_of_a_past_month_go_there_and_each_reader_finds_them(ledger: Ledger, clock: ManualClock) -> None:
    filled(ledger)
    before = everything(ledger)
    close(ledger, clock)
    assert ledger.open_rows(SHOP, EVER) == [done(95)]  # its month is not over
    assert everything(ledger) == before
    assert ledger.open_rows(PAY, EVER) == [done(0, group=PAY)]


def test_a_table_that_is_read_whole_has_them_too(items: ItemLedger, clock: ManualClock) -> None:
    rows = filled(items)
    close(items, clock)
    items.replace(again(rows[2]))
    contents = LedgerContents()
    for item in items.items(""):
        contents.add(serialize(item))
    assert contents.all_rows() == items.all_rows()
    assert contents.rows_and_totals(MS_PER_DAY) == items.rows_and_totals(MS_PER_DAY) == items.all_rows()
    assert [item["sk"] for item in items.items("closed#")] == [month_of(START_MS)]


def test_the_total_of_a_month_that_no_row_touches_stands_for_its_rows(items: ItemLedger, clock: ManualClock) -> None:
    filled(items)
    close(items, clock)
    contents = LedgerContents()
    for item in items.items(""):
        contents.add(serialize(item))
    found = items.rows_and_totals(MS_PER_DAY)
    assert contents.rows_and_totals(MS_PER_DAY) == found
    assert [(row.log_group, row.window, windows_in(row)) for row in found] == [
        (PAY, window(0), 1),
        (SHOP, window(0, DAYS), DAYS),
        (SHOP, window(95), 1),
    ]
    assert sum(row.live.accounting.events_in for row in found if row.live) == sum(range(DAYS)) + 95


def test_a_month_whose_total_cannot_be_read_is_unpacked(items: ItemLedger, clock: ManualClock) -> None:
    filled(items)
    close(items, clock)
    (month,) = items.items(f"closed#{SHOP}")
    for damage in (without("total"), having(total="AAAA"), having(stretches=7)):
        items.damage(month, damage)
        assert items.again().rows_and_totals(MS_PER_DAY) == items.all_rows()
    items.damage(month, emptied)
    damaged = items.again()
    held = damaged.rows_and_totals(MS_PER_DAY)
    assert WindowState.UNREADABLE in {row.state for row in held}
    assert list(damaged.unreadable) == [f"closed#{SHOP} 2026-12"]


def test_a_row_that_failed_or_is_under_way_or_was_changed_of_late_stays(ledger: Ledger, clock: ManualClock) -> None:
    stay = [
        again(done(0)),
        ledger_row(SHOP, window(1), "app", WindowState.FAILED),
        replace(done(2), updated_at_ms=EpochMs(NOW_MS - MS_PER_DAY)),
    ]
    for row in [*stay, done(3)]:
        ledger.add(row)
    close(ledger, clock)
    assert ledger.open_rows(SHOP, EVER) == stay


def test_a_write_takes_a_row_out_on_condition_of_its_version(ledger: Ledger, clock: ManualClock) -> None:
    rows = filled(ledger)
    close(ledger, clock)
    with pytest.raises(LedgerConflictError):
        ledger.replace(replace(again(rows[0]), version=7))
    ledger.replace(again(rows[0]))
    assert ledger.replace_all([again(rows[0]), again(rows[1]), replace(again(rows[2]), version=9)]) == [again(rows[1])]
    assert ledger.open_rows(SHOP, EVER)[:2] == [again(rows[0]), again(rows[1])]
    assert ledger.rows(SHOP)[:3] == [again(rows[0]), again(rows[1]), rows[2]]
    with pytest.raises(LedgerConflictError):
        ledger.replace(again(rows[0]))
    assert [row.window for row in ledger.in_states(WindowState.EXPORTED)] == [window(0), window(1)]


def test_a_window_whose_row_is_in_a_closed_month_is_not_added_again(ledger: Ledger, clock: ManualClock) -> None:
    rows = filled(ledger)
    close(ledger, clock)
    assert not ledger.add(replace(rows[0], version=1))
    assert ledger.rows(SHOP)[:DAYS] == rows


@pytest.mark.parametrize("is_out", [False, True], ids=["in its month", "taken out"])
def test_one_that_a_wider_window_replaces_or_that_is_removed_leaves_its_month(
    is_out: bool, ledger: Ledger, clock: ManualClock
) -> None:
    rows = filled(ledger)
    close(ledger, clock)
    if is_out:
        for day in range(2):
            rows[day] = converted_again(ledger, day)
    taken = rows[0].supersede(clock.now_ms(), window(0, 31))
    ledger.replace(taken)
    ledger.remove([rows[1], replace(rows[2], version=7)])
    assert ledger.rows(SHOP)[:DAYS] == [taken, *rows[2:], done(95)]
    clock.sleep(3 * 86_400)
    assert ledger.rows(SHOP) == ledger.rows_between(SHOP, EPOCH) == [*rows[2:], done(95)]


def test_one_that_rests_again_goes_back(ledger: Ledger, clock: ManualClock) -> None:
    rows = filled(ledger)
    close(ledger, clock)
    rows[0] = converted_again(ledger, 0)
    clock.sleep(4 * 86_400)
    close(ledger, clock)
    assert (ledger.open_rows(SHOP, EVER), ledger.rows(SHOP)) == ([done(95)], [*rows, done(95)])


def test_a_row_is_deleted_a_day_after_its_month_has_noted_it(items: ItemLedger, clock: ManualClock) -> None:
    """So whoever reads the whole table for hours meets the row or its month."""
    rows = filled(items)
    assert items.close_rows(rows) == 0
    clock.sleep(3600)
    assert items.close_rows(rows) == 0
    assert items.open_rows(SHOP, EVER) == [*rows, done(95)]
    clock.sleep(86_400)
    assert items.close_rows(rows) == DAYS


def test_a_month_without_notes_is_gone(items: ItemLedger, clock: ManualClock) -> None:
    rows = filled(items)
    close(items, clock)
    items.remove(rows)
    assert (items.items("closed#"), items.rows(SHOP)) == ([], [done(95)])


def test_newer_rows_are_read_without_asking_for_months(items: ItemLedger, clock: ManualClock) -> None:
    filled(items)
    close(items, clock)
    calls = Calls(items)
    assert items.rows_between(SHOP, window(95).from_ms) == [done(95)]
    items.replace(again(done(95)))
    assert calls.names == ["query", "put_item"]


def test_a_month_that_cannot_be_read_holds_all_of_its_time(items: ItemLedger, clock: ManualClock) -> None:
    filled(items)
    close(items, clock)
    (month,) = items.items(f"closed#{SHOP}")
    for damage in (emptied, having(rows="not packed"), having(rows="AAAA"), having(format=9), having(version=-1)):
        items.damage(month, damage)
        damaged = items.again()
        held = damaged.rows_between(SHOP, window(1).from_ms, window(1).to_ms)
        assert [(row.state, row.window) for row in held] == [(WindowState.UNREADABLE, window(0, 31))]
        assert damaged.rows_inside(SHOP, window(1))[0].unreadable
        assert list(damaged.unreadable) == [f"closed#{SHOP} 2026-12"]
        calls: list[Callable[[], object]] = [
            partial(damaged.row, SHOP, window(1)),
            partial(damaged.add, done(1)),
            partial(damaged.replace, again(done(1))),
            partial(damaged.remove, [done(1)]),
            partial(damaged.close_rows, [done(1)]),
        ]
        for call in calls:
            with pytest.raises(UnreadableItemError, match="2026-12"):
                call()


def test_a_month_takes_what_fits_into_an_item(items: ItemLedger, clock: ManualClock) -> None:
    """An item has 400 kB. Here each row has a text that can't be packed."""
    windows = [Window(EpochMs(START_MS + n), EpochMs(START_MS + n + 1)) for n in range(140)]
    prefixes = [random.Random(n).randbytes(2900).hex() for n in range(140)]
    rows = [replace(done(0), window=each, key_prefix=prefix) for each, prefix in zip(windows, prefixes)]
    for row in rows:
        items.add(row)
    close(items, clock)
    close(items, clock)
    stay = items.open_rows(SHOP, EVER)
    assert 0 < len(stay) < len(rows)
    assert items.rows(SHOP) == rows


class Calls:
    """Counts a ledger's calls of DynamoDB, and acts before one of them."""

    def __init__(self, ledger: ItemLedger, at: int = -1, act: Callable[[], None] = lambda: None) -> None:
        self.names: list[str] = []
        self._client, self._at, self._act = ledger._client, at, act
        ledger._client = self  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.names.append(name)
            if len(self.names) - 1 == self._at:
                self._act()
            return getattr(self._client, name)(*args, **kwargs)

        return call


class KilledError(Exception):
    """The process ends here."""


def kill() -> None:
    raise KilledError


def take_out_one(ledger: ItemLedger) -> None:
    ledger.replace(again(done(1)))


def take_the_place_of_one(ledger: ItemLedger) -> None:
    ledger.replace(done(1).supersede(EpochMs(NOW_MS), window(0, 31)))


def remove_one(ledger: ItemLedger) -> None:
    ledger.remove([done(1)])


def convert_one_again(ledger: ItemLedger) -> None:
    """As `schema set` has it done, to its end."""
    converted_again(ledger, 1)


CHANGES = [take_out_one, take_the_place_of_one, remove_one, convert_one_again]


def close_once(ledger: ItemLedger) -> None:
    rows = ledger.open_rows(SHOP, closed_until(ledger._clock.now_ms()))
    with suppress(LedgerConflictError):
        ledger.close_rows([row for row in rows if may_close(row, ledger._clock.now_ms())])


def after(change: Callable[[ItemLedger], None]) -> list[object]:
    """What a ledger reads after a change if no month is ever closed."""
    with item_ledger(ManualClock(NOW_MS)) as ledger:
        filled(ledger)
        change(ledger)
        return everything(ledger)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("days", [0, 1], ids=["while a row is noted", "while it is deleted"])
def test_a_change_between_any_two_calls_of_closing_counts(days: int, change: Callable[[ItemLedger], None]) -> None:
    expected, calls = after(change), 0
    for at in range(10):
        clock = ManualClock(NOW_MS)
        with item_ledger(clock) as ledger:
            filled(ledger)
            for _ in range(days):
                close_once(ledger)
            clock.sleep(days * 86_400)
            closing = ledger.again()
            stopped = Calls(closing, at, lambda ledger=ledger: change(ledger))  # type: ignore[misc]
            close_once(closing)
            if len(stopped.names) <= at:
                break
            calls += 1
            clock.time_ms = NOW_MS + MS_PER_DAY
            assert everything(ledger) == expected
            close(ledger, clock)
            clock.time_ms = NOW_MS + MS_PER_DAY
            assert everything(ledger) == expected
    assert calls == 3


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("days", [1, 2], ids=["noted", "closed"])
def test_a_change_that_stopped_for_days_meets_what_was_closed_meanwhile(
    days: int, change: Callable[[ItemLedger], None]
) -> None:
    done_or_not = [after(change), after(lambda _: None)]
    for at in range(10):
        clock = ManualClock(NOW_MS)
        with item_ledger(clock) as ledger:
            filled(ledger)
            other = ledger.again()

            def closing(other: ItemLedger = other, clock: ManualClock = clock) -> None:
                for _ in range(days):
                    close_once(other)
                    clock.sleep(86_400)

            stopped, conflicts = Calls(ledger, at, closing), False
            try:
                change(ledger)
            except LedgerConflictError:
                conflicts = True
            if len(stopped.names) <= at:
                break
            # `remove` leaves alone what was changed meanwhile.
            expected = done_or_not if change is remove_one else [done_or_not[conflicts]]
            for _ in range(3):
                clock.time_ms = NOW_MS + MS_PER_DAY
                assert everything(other) in expected
                close_once(other)


@pytest.mark.parametrize("change", [take_out_one, take_the_place_of_one, remove_one])
def test_a_change_that_is_killed_at_any_call_is_done_or_not(change: Callable[[ItemLedger], None]) -> None:
    done_or_not = [after(lambda _: None), after(change)]
    for at in range(10):
        clock = ManualClock(NOW_MS)
        with item_ledger(clock) as ledger:
            filled(ledger)
            close(ledger, clock)
            dying = ledger.again()
            calls = Calls(dying, at, kill)
            with suppress(KilledError):
                change(dying)
            clock.time_ms = NOW_MS
            assert everything(ledger) == done_or_not[len(calls.names) <= at]
            if len(calls.names) <= at:
                break


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "open", "convert", "wide", "remove", "close", "wait"]), st.integers(0, DAYS - 1)),
    max_size=30,
)


def step(ledger: Ledger, what: str, day: int, now_ms: int) -> None:
    """One change, as far as the ledger's rows have it; the same for both ledgers if they read the same."""
    known: dict[Window, LedgerRow] = {row.window: row for row in ledger.rows(SHOP)}
    row = known.get(window(day))
    wide = known.get(window(0, 31))
    now = EpochMs(now_ms)
    if what == "add":
        ledger.add(replace(done(day), updated_at_ms=now))
    elif row is None or row.superseded_by:
        return
    elif what == "open" and row.state is WindowState.CONVERTED:
        ledger.replace(again(row, now_ms))
    elif what == "convert" and row.state is WindowState.EXPORTED:
        converting = row.advance(WindowState.CONVERTING, now, owner="jr")
        ledger.replace(converting)
        ledger.replace(converting.succeed(now, Accounting(day, day), ()))
    elif what == "wide" and row.state is WindowState.CONVERTED:
        if wide is None:
            ledger.add(replace(done(0, 31), updated_at_ms=now))
        ledger.replace(row.supersede(now, window(0, 31)))
    elif what == "remove" and row.state is WindowState.CONVERTED:
        ledger.remove([row])


@settings(max_examples=20, deadline=None)
@given(STEPS)
def test_any_history_with_closing_reads_as_without(steps: Sequence[tuple[str, int]]) -> None:
    clock = ManualClock(NOW_MS)
    plain = MemoryLedger(clock)
    with item_ledger(clock) as closing:
        for what, day in steps:
            if what == "wait":
                clock.sleep(2 * 86_400)
            elif what == "close":
                close_once(closing)
                clock.sleep(86_400)
            else:
                for ledger in (plain, closing):
                    step(ledger, what, day, clock.now_ms())
            assert closing.rows(SHOP) == plain.rows(SHOP)
        assert everything(closing) == everything(plain)
        assert said(closing.rows_and_totals(MS_PER_DAY)) == said(plain.all_rows())


def said(rows: Sequence[LedgerRow]) -> tuple[GroupStatus, ...]:
    """What a status says of rows and stretches."""
    return status_of_groups(not_replaced(rows), {}, EpochMs(NOW_MS), MS_PER_DAY)
