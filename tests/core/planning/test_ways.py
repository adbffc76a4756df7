"""By which way a window's events come."""

from __future__ import annotations

import pytest
from support.worlds.ledger_rows import ledger_row

from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.planning.candidate import Way
from loglake.core.planning.ways import BY_READ, BY_TASK, MOST_PAGES, READ_FIRST_PAGES, READ_ONLY_PAGES, Ways
from loglake.core.units import MS_PER_HOUR, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

CREATED = parse_instant("2026-11-20")
HOUR = Window(parse_instant("2026-11-21T05:00"), parse_instant("2026-11-21T06:00"))
EARLY = Window(EpochMs(CREATED - MS_PER_HOUR), CREATED)


def ways(ingest: str = "auto", *, may_read: bool = True) -> Ways:
    return Ways(ingest, CREATED, may_read=may_read)


def read(pages: int) -> LedgerRow:
    values = {"pages": pages, "events": 5, "id_sum": 7}
    return ledger_row(LogGroupName("/app/shop"), HOUR, "shop", WindowState.CONVERTED, **values)


def test_small_windows_are_read_and_large_ones_go_by_task() -> None:
    chosen = {pages: ways().of(HOUR, (), pages) for pages in (1, 31, 121, 1_201)}
    assert chosen == {1: BY_READ, 31: (Way.READ, Way.TASK), 121: (Way.TASK, Way.READ), 1_201: BY_TASK}
    assert (READ_ONLY_PAGES, READ_FIRST_PAGES, MOST_PAGES) == (30, 120, 1_200)


@pytest.mark.parametrize(
    ("ingest", "may_read", "expected"),
    [
        ("export", True, BY_TASK),
        ("auto", False, BY_TASK),
        ("read", True, BY_READ),
        ("read", False, ()),
    ],
)
def test_a_dataset_and_the_role_say_which_ways_there_are(ingest: str, may_read: bool, expected: tuple[Way]) -> None:
    assert ways(ingest, may_read=may_read).of(HOUR, (), 1) == expected


def test_what_came_by_task_is_replaced_by_task() -> None:
    task = ledger_row(LogGroupName("/app/shop"), HOUR, "shop", WindowState.CONVERTED, task_id="t-1", size_bytes=9)
    assert ways("read").of(HOUR, [task], 1) == BY_TASK
    assert ways().of(HOUR, [read(3)], 1) == BY_READ
    assert [row.newest.way for row in (task, read(3))] == ["task", "read"]


def test_time_before_the_creation_is_read_however_much_it_is() -> None:
    assert ways().of(EARLY, (), 2_000) == BY_READ
    assert ways("export").of(EARLY, (), 1) == BY_TASK


def test_the_expected_size_of_a_day_says_whether_an_hour_is_read() -> None:
    assert ways().are_read_first(0)
    assert ways().are_read_first(24 * 60 * 312_500)
    assert not ways().are_read_first(24 * 200 * 312_500)
    assert not ways("export").are_read_first(0)
