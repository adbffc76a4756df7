"""Which windows a converter takes, as its threads tell it of more."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.fakes.fakes import ManualClock, MemoryLedger
from support.worlds.ledger_rows import ledger_row

from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.commit.claims import Claims
from loglake.pipelines.commit.leases import Leases

pytestmark = pytest.mark.unit

HOUR_MS = 3_600_000
THREADS, HOURS = 8, 200


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that take turns after nearly every instruction."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def _window(hour: int) -> Window:
    return Window(EpochMs(hour * HOUR_MS), EpochMs((hour + 1) * HOUR_MS))


@pytest.mark.usefixtures("hasty_threads")
def test_threads_may_add_windows_while_others_end_some() -> None:
    ledger = MemoryLedger()
    claims = Claims(Leases(ledger, ManualClock(EpochMs(0)), "jr", 60))
    ended = LogGroupName("/app/ended")

    def work(number: int) -> None:
        group = LogGroupName(f"/app/{number}")
        for hour in range(HOURS):
            claims.enqueue([LedgerRow(group, _window(hour), "t")])
            claims.ended.add((ended, _window(number * HOURS + hour)))

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(work, range(THREADS))) == [None] * THREADS
    assert sorted(claims.ended) == [(ended, _window(at)) for at in range(THREADS * HOURS)]


def test_what_was_listed_some_seconds_ago_is_not_listed_again() -> None:
    ledger, clock, listed = MemoryLedger(), ManualClock(EpochMs(0)), []
    for hour in range(3):
        ledger.add(ledger_row(LogGroupName("/app"), _window(hour), "t", WindowState.EXPORTED))
    in_states = ledger.in_states
    ledger.in_states = lambda *states: (listed.append(states), in_states(*states))[1]  # type: ignore[method-assign, func-returns-value]
    claims = Claims(Leases(ledger, clock, "jr", 60))
    first, second = claims.acquire(1), claims.acquire(2)
    assert [row.window for row in (*first, *second)] == [_window(hour) for hour in range(3)]
    claims.ended.update(row.name for row in (*first, *second))
    ledger.add(ledger_row(LogGroupName("/app"), _window(3), "t", WindowState.EXPORTED))
    assert (claims.acquire(5), claims.remaining(), len(listed)) == ([], [], 1)
    clock.sleep(5)
    assert [row.window for row in claims.acquire(5)] == [_window(3)]
    assert len(listed) == 2
