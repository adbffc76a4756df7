"""Which windows a request opens again, and which it leaves because rows would be lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.worlds.ledger_rows import changed, ledger_row

from loglake.core.accounting import Accounting
from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import Attempt, Current, LedgerRow, Queue, WindowState
from loglake.core.planning.asked import again_of
from loglake.core.planning.candidate import Candidate
from loglake.core.planning.passes import RETENTION_MARGIN_MS
from loglake.core.planning.replacing import why_rows_stay
from loglake.core.requests.requests import Request, RequestKind
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, parse_instant
from loglake.core.unreadable import UnreadableItem
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

NOW = parse_instant("2026-11-24T10:00")
SHOP = LogGroup(LogGroupName("/app/shop"), parse_instant("2026-01-01"))


def window(start: str, end: str) -> Window:
    return Window(parse_instant(start), parse_instant(end))


def ask(start: str, end: str, reexport: bool = True) -> Request:
    return Request(
        "requests/requested/1", RequestKind.REQUESTED, ("/app/*",), window(start, end), reexport, asked_ms=NOW
    )


def day(number: int, state: WindowState = WindowState.CONVERTED) -> LedgerRow:
    """A window of a day in November, in a state that it reached the day after."""
    here = window(f"2026-11-{number:02d}", f"2026-11-{number + 1:02d}")
    return ledger_row(SHOP.name, here, "app_shop", state, version=5, updated_at_ms=here.to_ms)


class Reopening(NamedTuple):
    """The rows with which exports begin again, and why others stay."""

    rows: tuple[LedgerRow, ...]
    refused: tuple[str, ...]


def opened(*rows: LedgerRow, group: LogGroup = SHOP, request: Request | None = None) -> Reopening:
    return open_again(rows, group, [request or ask("2026-11-01", "2026-11-24")])


def open_again(rows: Iterable[LedgerRow], group: LogGroup, requests: Sequence[Request]) -> Reopening:
    pieces, skipped = again_of(rows, group, requests, NOW)
    begun = [begin(each.again, each.accepts_fewer) for each in pieces if each.again]
    return Reopening(tuple(begun), tuple(skip.reason for skip in skipped))


def begin(row: LedgerRow, accepts_fewer: bool) -> LedgerRow:
    return Candidate(
        row.log_group, row.window, Queue.REQUESTED, row.table, again=row, accepts_fewer=accepts_fewer
    ).begun(NOW)


def test_a_converted_window_is_planned_again_with_nothing_of_the_generation_before() -> None:
    done = changed(day(20), task_id="t", objects=2, size_bytes=9, accounting=Accounting(4, 4), partitions=("dt=x",))
    (row,) = opened(done).rows
    assert (row.version, row.generation, row.updated_at_ms, row.queue) == (6, 2, NOW, Queue.REQUESTED)
    assert (row.current, row.attempt) == (done.current, Attempt(2, exported_at_ms=NOW, tries=1, accepts_fewer=True))


def test_a_window_is_exported_as_a_whole_where_a_reexport_has_any_of_it() -> None:
    rows = [day(19), day(20), day(21)]
    request = ask("2026-11-20T23:00", "2026-11-21T00:00:00.001")
    assert [row.window for row in opened(*rows, request=request).rows] == [day(20).window, day(21).window]


def test_a_plain_request_opens_failed_windows_alone_that_it_holds_all_of() -> None:
    rows = [day(20), day(21, WindowState.FAILED), day(22, WindowState.FAILED)]
    request = ask("2026-11-20", "2026-11-22T12:00", reexport=False)
    assert [row.window for row in opened(*rows, request=request).rows] == [day(21).window]


def test_what_is_under_way_is_not_opened_but_reported() -> None:
    states = [WindowState.EXPORTING, WindowState.EXPORTED, WindowState.CONVERTING]
    rows = [day(11 + number, state) for number, state in enumerate(states)]
    assert opened(*rows) == Reopening(
        (),
        (
            "3 windows in [2026-11-11T00:00:00.000Z, 2026-11-14T00:00:00.000Z): "
            "its export is under way; ask again once it is CONVERTED",
        ),
    )


def test_a_window_with_a_row_that_can_not_be_read_stays_and_the_row_is_named() -> None:
    damaged = replace(day(20), unreadable=UnreadableItem("group#x 0#1", "damaged"))
    assert why_rows_stay(damaged, SHOP, NOW) == str(damaged.unreadable)
    assert why_rows_stay(day(21), SHOP, NOW, [damaged]) == str(damaged.unreadable)
    assert "group#x 0#1" in str(damaged.unreadable)


def test_landed_windows_stay_and_a_plain_request_says_nothing_of_them() -> None:
    rows = [changed(day(20), landed=True), changed(day(21, WindowState.FAILED), landed=True)]
    (reported,) = opened(*rows).refused
    assert "it has landed objects" in reported
    assert opened(*rows, request=ask("2026-11-01", "2026-11-24", reexport=False)) == Reopening((), ())


def test_rows_that_retention_would_leave_without_events_stay() -> None:
    group = replace(SHOP, retention_days=3)  # since the 21st, 10:00, and a day on top
    rows = [day(20), day(21), day(22), day(23)]
    result = opened(*rows, group=group)
    assert [row.window for row in result.rows] == [day(23).window]
    assert result.refused == (
        "3 windows in [2026-11-20T00:00:00.000Z, 2026-11-23T00:00:00.000Z): "
        "its events are kept for 3 days, so an export may lack some; its rows stay",
    )
    (reported,) = opened(day(22), group=replace(SHOP, retention_days=1)).refused
    assert reported.startswith("[2026-11-22T00:00:00.000Z, 2026-11-23T00:00:00.000Z): its events are kept for 1 day,")


def test_rows_of_a_log_group_that_was_deleted_and_made_again_stay() -> None:
    made_again = replace(SHOP, created_ms=EpochMs(day(20).updated_at_ms + 1))
    result = opened(day(20), day(21), group=made_again)
    assert [row.window for row in result.rows] == [day(21).window]
    assert "deleted and made again" in result.refused[0]


def test_a_window_without_rows_is_exported_again_whatever_is_left_of_it() -> None:
    short = replace(SHOP, retention_days=1, created_ms=NOW)
    first = day(10, WindowState.FAILED)
    second = replace(day(11, WindowState.FAILED), current=Current(exported_at_ms=EpochMs(1)))
    result = opened(first, second, group=short)
    assert [row.window for row in result.rows] == [first.window]
    assert "deleted and made again" in result.refused[0]


def test_requests_without_a_range_open_nothing() -> None:
    scheduled = Request("requests/scheduled/1", RequestKind.SCHEDULED)
    assert opened(day(20), day(21, WindowState.FAILED), request=scheduled) == Reopening((), ())


def test_of_two_requests_one_that_means_a_window_is_enough() -> None:
    plain = ask("2026-11-01", "2026-11-24", reexport=False)
    assert len(open_again([day(20)], SHOP, [plain, ask("2026-11-20", "2026-11-21")]).rows) == 1


HOURS = st.integers(0, 24 * 20)
ROWS = st.builds(
    lambda start, length, state, generation, landed, late: ledger_row(
        SHOP.name,
        Window(
            EpochMs(NOW - 20 * MS_PER_DAY + start * MS_PER_HOUR),
            EpochMs(NOW - 20 * MS_PER_DAY + (start + length) * MS_PER_HOUR),
        ),
        "app_shop",
        state,
        generation=generation,
        current=Current(generation - 1) if generation > 1 else None,
        landed=landed,
        updated_at_ms=EpochMs(NOW - late * MS_PER_HOUR),
    ),
    HOURS, st.integers(1, 24), st.sampled_from(list(WindowState)), st.integers(1, 3), st.booleans(), HOURS,
)  # fmt: skip
REQUESTS = st.builds(
    lambda start, length, reexport: Request(
        "", RequestKind.REQUESTED, ("/app/*",),
        Window(EpochMs(NOW - 20 * MS_PER_DAY + start * MS_PER_HOUR), EpochMs(NOW + (start + length) * MS_PER_HOUR)),
        reexport, asked_ms=NOW,
    ),
    HOURS, st.integers(1, 200), st.booleans(),
)  # fmt: skip
GROUPS = st.builds(
    lambda created, days: LogGroup(SHOP.name, EpochMs(NOW - created * MS_PER_HOUR), retention_days=days),
    HOURS, st.none() | st.integers(1, 30),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(ROWS, max_size=8, unique_by=lambda row: row.window), st.lists(REQUESTS, max_size=3), GROUPS)
def test_asking_twice_opens_once_and_no_rows_are_lost(
    rows: list[LedgerRow], requests: list[Request], group: LogGroup
) -> None:
    before = {row.window: row for row in rows}
    result = open_again(rows, group, requests)
    for row in result.rows:
        old = before[row.window]
        assert row == begin(old, row.trying.accepts_fewer)
        assert not row.trying.accepts_fewer or any(request.reexport for request in requests)
        assert not old.landed
        assert old.state in {WindowState.CONVERTED, WindowState.FAILED}
        if old.state is WindowState.CONVERTED:
            assert any(request.reexport for request in requests)
        if old.state is WindowState.CONVERTED or old.generation > 1:
            kept_ms = (group.retention_days or 10_000) * MS_PER_DAY
            assert NOW - row.window.from_ms <= kept_ms - RETENTION_MARGIN_MS
            assert group.created_ms <= old.updated_at_ms
    after = {**before, **{row.window: row for row in result.rows}}
    assert open_again(after.values(), group, requests).rows == ()
