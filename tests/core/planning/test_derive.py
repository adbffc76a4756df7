"""Planning: requested time that is not in the ledger becomes windows of at most a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.worlds.ledger_rows import changed, ledger_row

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import LedgerRow, Queue, WindowState
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.asked import NO_EVENTS_THEN, Skipped
from loglake.core.planning.candidate import Candidate, Way
from loglake.core.planning.derive import PlanRules
from loglake.core.planning.next_windows import Known, NextWindows
from loglake.core.requests.requests import Request, RequestKind
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, format_instant, parse_instant
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

NOW = parse_instant("2026-11-24T10:20")
RULES = PlanRules(may_read=False)
SHOP = LogGroup(LogGroupName("/app/shop"), parse_instant("2026-11-20T15:00"))
DATASETS = load_datasets({"datasets": [{"log_groups": ["/app/*"]}, {"log_groups": ["/stream/*"], "ingest": "landing"}]})
SCHEDULED = Request("requests/scheduled/1", RequestKind.SCHEDULED)


def request_for(pattern: str, start: str, end: str) -> Request:
    window = Window(parse_instant(start), parse_instant(end))
    return Request("requests/requested/1", RequestKind.REQUESTED, (pattern,), window)


def known(rows: Iterable[LedgerRow] = (), **fields: Any) -> Known:
    """A planner's view of a ledger with these rows."""
    by_group: dict[LogGroupName, list[LedgerRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.window):
        by_group[row.log_group].append(row)

    def read(log_group: LogGroupName, since_ms: EpochMs, until_ms: EpochMs | None) -> list[LedgerRow]:
        until = until_ms if until_ms is not None else 10**15
        return [row for row in by_group[log_group] if since_ms <= row.window.from_ms < until]

    return Known(read, **fields)


class Plan(NamedTuple):
    """What is exported, one after the other."""

    rows: tuple[Candidate, ...] = ()
    reopened: tuple[Candidate, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def drained(groups: list[LogGroup], requests: list[Request], known: Known, at: int = NOW) -> Plan:
    asked = [replace(request, asked_ms=EpochMs(NOW)) for request in requests]
    windows = NextWindows(groups, DATASETS, asked, known, RULES, now_ms=EpochMs(at))
    taken = sorted(
        (each for each in iter(lambda: windows.take(Way.TASK, EpochMs(at)), None) if each),
        key=lambda each: (each.window, each.log_group),
    )
    rows = tuple(each for each in taken if each.again is None)
    return Plan(rows, tuple(each for each in taken if each.again), tuple(windows.skipped))


def planned(groups: list[LogGroup], requests: list[Request], rows: Iterable[LedgerRow] = (), at: int = NOW) -> Plan:
    return drained(groups, requests, known(rows), at)


def shown(result: Plan) -> list[str]:
    return [f"{row.log_group} {row.window}" for row in result.rows]


def test_what_waits_is_counted_by_queue() -> None:
    group = replace(SHOP, created_ms=parse_instant("2026-11-09"), stored_bytes=30_000_000_000)  # of 15 days
    old = replace(group, name=LogGroupName("/app/old"))
    wanted = replace(request_for("/app/shop", "2026-11-10", "2026-11-14"), asked_ms=EpochMs(NOW - MS_PER_HOUR))
    row = ledger_row(SHOP.name, Window(*map(parse_instant, ("2026-11-10", "2026-11-11"))), "app", WindowState.CONVERTED)
    windows = NextWindows([group, old], DATASETS, [wanted], known([row]), RULES, now_ms=EpochMs(NOW))
    (found,) = windows.waiting().values()
    assert found[:3] == (1, 3, 72)
    assert found.size_bytes == pytest.approx(3 * 2_000_000_000 / 0.15, rel=0.05)  # stored bytes are compressed
    assert (found.oldest_ms, found.done_percent) == (NOW - MS_PER_HOUR, 25)
    windows.take(Way.TASK, EpochMs(NOW))
    assert windows.waiting()[Queue.REQUESTED][:3] == (1, 2, 48)
    windows.paused = {SHOP.name}
    assert windows.waiting() == {}


def test_the_watermark_stays_before_a_day_that_is_missing() -> None:
    """Or else nobody would look for it any more."""
    group = replace(SHOP, created_ms=parse_instant("2026-10-01"))
    rows = [
        changed(
            ledger_row(SHOP.name, Window(parse_instant(day), EpochMs(parse_instant(day) + MS_PER_DAY)), "app"),
            state=WindowState.CONVERTED,
            exported_at_ms=EpochMs(NOW - MS_PER_HOUR),
        )
        for day in ("2026-10-20", "2026-10-21", "2026-10-23")
    ]
    start = Watermark.at(parse_instant("2026-10-20"))
    windows = NextWindows([group], DATASETS, [SCHEDULED], known(rows, watermarks={SHOP.name: start}), RULES, now_ms=NOW)
    assert windows.watermarks[SHOP.name].settled_until_ms == parse_instant("2026-10-22")
    assert windows.watermarks[SHOP.name].final_until_ms == parse_instant("2026-10-22")
    earlier = Watermark.at(parse_instant("2026-10-19"))
    windows = NextWindows(
        [group], DATASETS, [SCHEDULED], known(rows, watermarks={SHOP.name: earlier}), RULES, now_ms=NOW
    )
    assert windows.watermarks == {}


def test_what_waits_of_two_groups_is_added_up() -> None:
    other = replace(SHOP, name=LogGroupName("/app/pay"))
    windows = NextWindows([SHOP, other], DATASETS, [SCHEDULED], known(), RULES, now_ms=EpochMs(NOW))
    fresh = windows.waiting()[Queue.FRESH]
    assert (fresh.groups, fresh.done_percent) == (2, None)
    assert fresh.oldest_ms == parse_instant("2026-11-23T01:00")


def test_a_schedule_asks_for_all_whole_hours_up_to_the_lag() -> None:
    """It begins 14 days before the creation, because PutLogEvents accepts events that old."""
    result = planned([SHOP], [SCHEDULED])
    assert [str(row.window) for row in result.rows] == [
        "[2026-11-06T00:00:00.000Z, 2026-11-20T16:00:00.000Z)",
        "[2026-11-20T16:00:00.000Z, 2026-11-21T00:00:00.000Z)",
        "[2026-11-21T00:00:00.000Z, 2026-11-22T00:00:00.000Z)",
        "[2026-11-22T00:00:00.000Z, 2026-11-23T00:00:00.000Z)",
        "[2026-11-23T00:00:00.000Z, 2026-11-24T00:00:00.000Z)",
        "[2026-11-24T00:00:00.000Z, 2026-11-24T09:00:00.000Z)",
    ]
    assert {row.table for row in result.rows} == {"app_shop"}


def test_what_the_ledger_has_is_not_planned_again() -> None:
    started = [row.begun(NOW) for row in planned([SHOP], [SCHEDULED]).rows]
    assert planned([SHOP], [SCHEDULED], started).rows == ()
    later = planned([SHOP], [SCHEDULED], started, NOW + MS_PER_HOUR)
    assert shown(later) == ["/app/shop [2026-11-24T09:00:00.000Z, 2026-11-24T10:00:00.000Z)"]


def test_an_hour_that_was_landed_is_neither_exported_nor_opened_again() -> None:
    start = parse_instant("2026-11-24T08:00")
    hour = Window(start, EpochMs(start + MS_PER_HOUR))
    for state in (WindowState.CONVERTED, WindowState.FAILED):
        landed = ledger_row(SHOP.name, hour, "app_shop", state, landed=True)
        result = planned([SHOP], [request_for("/app/*", "2026-11-24T07:00", "2026-11-24T10:00")], (landed,))
        assert shown(result) == [
            "/app/shop [2026-11-24T07:00:00.000Z, 2026-11-24T08:00:00.000Z)",
            "/app/shop [2026-11-24T09:00:00.000Z, 2026-11-24T09:50:00.000Z)",
        ]
        assert result.reopened == ()


def test_a_group_that_nobody_asks_for_is_left_alone() -> None:
    assert planned([SHOP], [request_for("/web/*", "2026-11-22", "2026-11-23")]) == Plan()


def test_a_request_keeps_its_own_edges_and_ends_before_what_is_still_to_come() -> None:
    result = planned([SHOP], [request_for("/app/*", "2026-11-23T12:30", "2026-11-30")])
    assert shown(result) == [
        "/app/shop [2026-11-23T12:30:00.000Z, 2026-11-24T00:00:00.000Z)",
        "/app/shop [2026-11-24T00:00:00.000Z, 2026-11-24T09:50:00.000Z)",
    ]
    assert planned([SHOP], [request_for("/app/*", "2026-12-23", "2026-12-30")]).rows == ()


def test_overlapping_requests_make_each_window_once() -> None:
    requests = [request_for("/app/*", "2026-11-22", "2026-11-23"), request_for("/app/shop", "2026-11-21", "2026-11-24")]
    windows = [row.window for row in planned([SHOP], requests).rows]
    assert sum(window.to_ms - window.from_ms for window in windows) == 3 * MS_PER_DAY
    assert len(windows) == 3


def test_log_groups_alternate_from_the_oldest_day_on() -> None:
    pay = LogGroup(LogGroupName("/app/pay"), SHOP.created_ms)
    result = planned([SHOP, pay], [request_for("/app/*", "2026-11-22", "2026-11-24")])
    assert [(row.log_group, row.window.from_ms) for row in result.rows] == [
        ("/app/pay", parse_instant("2026-11-22")),
        ("/app/shop", parse_instant("2026-11-22")),
        ("/app/pay", parse_instant("2026-11-23")),
        ("/app/shop", parse_instant("2026-11-23")),
    ]


def test_windows_before_the_creation_join_the_first_that_cloudwatch_takes() -> None:
    result = planned([SHOP], [request_for("/app/*", "2026-11-18", "2026-11-22")])
    assert shown(result) == [
        "/app/shop [2026-11-18T00:00:00.000Z, 2026-11-20T16:00:00.000Z)",
        "/app/shop [2026-11-20T16:00:00.000Z, 2026-11-21T00:00:00.000Z)",
        "/app/shop [2026-11-21T00:00:00.000Z, 2026-11-22T00:00:00.000Z)",
    ]


def test_a_range_that_ends_before_the_creation_waits_for_one_that_does_not() -> None:
    young = LogGroup(LogGroupName("/app/young"), parse_instant("2026-11-24T09:30"))
    assert planned([young], [SCHEDULED]).rows == ()
    later = planned([young], [SCHEDULED], at=NOW + 2 * MS_PER_HOUR)
    assert shown(later) == [
        "/app/young [2026-11-10T00:00:00.000Z, 2026-11-24T10:00:00.000Z)",
        "/app/young [2026-11-24T10:00:00.000Z, 2026-11-24T11:00:00.000Z)",
    ]


def failed(start: str, end: str) -> LedgerRow:
    window = Window(parse_instant(start), parse_instant(end))
    tried_ms = EpochMs(window.to_ms + 30 * MS_PER_HOUR)
    row = ledger_row(SHOP.name, window, "app_shop", WindowState.FAILED, tries=5, task_id="t", reason="broke")
    return changed(row, updated_at_ms=tried_ms, failed_at_ms=tried_ms)


def test_a_request_opens_a_failed_window_again_under_its_next_generation() -> None:
    row = failed("2026-11-22", "2026-11-23")
    result = planned([SHOP], [request_for("/app/*", "2026-11-22", "2026-11-24")], (row,))
    assert shown(result) == ["/app/shop [2026-11-23T00:00:00.000Z, 2026-11-24T00:00:00.000Z)"]
    (again,) = result.reopened
    begun = again.begun(NOW)
    assert (begun.window, begun.state, begun.generation, begun.trying.tries, begun.version) == (
        row.window, WindowState.EXPORTING, 2, 1, row.version + 1,
    )  # fmt: skip
    assert planned([SHOP], [SCHEDULED], (row,)).reopened == ()
    assert planned([SHOP], [request_for("/app/*", "2026-11-22T01:00", "2026-11-24")], (row,)).reopened == ()


def test_a_schedule_says_nothing_of_groups_that_cant_be_exported() -> None:
    landing = LogGroup(LogGroupName("/stream/a"), EpochMs(0))
    assert planned([landing], [SCHEDULED]) == Plan()


def test_what_retention_has_dropped_is_not_requested() -> None:
    short = LogGroup(LogGroupName("/app/short"), parse_instant("2026-01-01"), retention_days=1)
    assert shown(planned([short], [SCHEDULED]))[0].startswith("/app/short [2026-11-23T10:00:00.000Z, ")


@pytest.mark.parametrize(
    ("group", "reason"),
    [
        (
            LogGroup(LogGroupName("/other"), EpochMs(0)),
            "no dataset matches it: add `- {table: other, log_groups: ['/other']}` under",
        ),
        (LogGroup(LogGroupName("/stream/a"), EpochMs(0)), "its dataset says ingest: landing"),
        (LogGroup(LogGroupName("/app/ia"), EpochMs(0), log_class="INFREQUENT_ACCESS"), "only STANDARD can be exported"),
    ],
)
def test_a_group_that_cant_be_exported_is_skipped_with_its_reason(group: LogGroup, reason: str) -> None:
    result = planned([group], [request_for("/*", "2026-11-22", "2026-11-24")])
    assert result.rows == ()
    assert reason in result.skipped[0].reason


def test_a_paused_group_is_not_planned_for_and_a_request_of_it_is_reported() -> None:
    pay = LogGroup(LogGroupName("/app/pay"), SHOP.created_ms)
    requests = [SCHEDULED, request_for("/app/*", "2026-11-01", "2026-11-02")]
    row = failed("2026-11-01", "2026-11-02")
    paused = known([row], paused={SHOP.name})
    result = drained([SHOP, pay], requests, paused)
    assert {planned.log_group for planned in result.rows} == {"/app/pay"}
    assert result.reopened == ()
    old = NO_EVENTS_THEN.format("[2026-11-01T00:00:00.000Z, 2026-11-02T00:00:00.000Z)", format_instant(SHOP.created_ms))
    assert result.skipped == (
        Skipped("/app/pay", old, requests[1].key, is_trouble=False),
        Skipped("/app/shop", "it is paused: resume it and ask again"),
    )
    alone = drained([SHOP], [SCHEDULED], paused)
    assert alone == Plan()


def test_what_is_said_is_about_one_request_or_about_all_of_its_log_group() -> None:
    mine, other = request_for("/app/*", "2026-11-22", "2026-11-23"), request_for("/web/*", "2026-11-22", "2026-11-23")
    said = Skipped("/app/shop", "why", mine.key)
    assert str(said) == "/app/shop: why"
    assert said.is_about(mine)
    assert not said.is_about(replace(mine, key="requests/requested/2"))
    assert not said.is_about(other)
    assert Skipped("/app/shop", "why").is_about(replace(mine, key="requests/requested/2"))


def test_a_reexport_plans_what_is_missing_and_opens_what_is_there() -> None:
    day = Window(parse_instant("2026-11-22"), parse_instant("2026-11-23"))
    there = ledger_row(SHOP.name, day, "app_shop", WindowState.CONVERTED, updated_at_ms=EpochMs(NOW - 1))
    under_way = changed(there, window=Window(day.to_ms, EpochMs(day.to_ms + 1)), state=WindowState.CONVERTING)
    request = replace(request_for("/app/*", "2026-11-22T12:00", "2026-11-24"), reexport=True)
    result = planned([SHOP], [request], (there, under_way))
    assert shown(result) == ["/app/shop [2026-11-23T00:00:00.001Z, 2026-11-24T00:00:00.000Z)"]
    assert [row.window for row in result.reopened] == [day]
    assert [skip.log_group for skip in result.skipped] == ["/app/shop"]
    assert "under way" in result.skipped[0].reason
    assert planned([SHOP], [request_for("/app/*", "2026-11-22", "2026-11-23")], (there,)) == Plan()


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 100)), min_size=1, max_size=5),
    st.integers(0, 200),
)
def test_planned_windows_cover_what_is_requested_exactly_once(ranges: list[tuple[int, int]], created_h: int) -> None:
    base = parse_instant("2026-11-10")
    group = LogGroup(SHOP.name, EpochMs(base + created_h * MS_PER_HOUR))
    requests = [
        Request(
            f"requests/requested/{number}", RequestKind.REQUESTED, ("/app/*",),
            Window(EpochMs(base + start * MS_PER_HOUR), EpochMs(base + (start + length) * MS_PER_HOUR)),
        )
        for number, (start, length) in enumerate(ranges)
    ]  # fmt: skip
    windows = [row.window for row in planned([group], requests).rows]
    for hour in range(320):
        instant = base + hour * MS_PER_HOUR
        asked = any(request.window and instant in request.window for request in requests)
        assert sum(instant in window for window in windows) <= 1
        if any(instant in window for window in windows):
            # A range that ends before the creation goes on up to the end of its hour.
            early = any(request.window and request.window.to_ms <= group.created_ms for request in requests)
            assert asked or (early and instant <= group.created_ms)
            assert instant < NOW - RULES.lag_ms
        elif asked:  # only what ends before the group's creation, or is still to come, is left out
            assert instant < group.created_ms or instant >= NOW - RULES.lag_ms
