"""Which windows a converter takes, as its threads tell it of more."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from support.fakes.fakes import ManualClock, MemoryLedger
from support.worlds.ledger_rows import changed, ledger_row

from loglake.core.ledger.row import PASSES, Failure, LedgerRow, Queue, WindowState
from loglake.core.run.outcome import EXPORT, Outcome, QueueWaiting, RunNote
from loglake.core.state_items import RUN, StateItem
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import UnreadableItemError
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


NOW_MS, LONGEST_MS, ALONE_MS = 400 * HOUR_MS, 6 * HOUR_MS, 90 * 60_000


def _night(*queues: Queue, waiting: Sequence[Queue]) -> tuple[MemoryLedger, ManualClock]:
    """A window of each queue, exported just now, and the note of an export run that left some to the next."""
    ledger = MemoryLedger()
    for hour, queue in enumerate(queues):
        ledger.add(_exported(hour, queue))
    _note(ledger, waiting)
    return ledger, ManualClock(EpochMs(NOW_MS))


def _exported(hour: int, queue: Queue, at_ms: int = NOW_MS) -> LedgerRow:
    row = ledger_row(LogGroupName("/app"), _window(hour), "t", WindowState.EXPORTED, exported_at_ms=EpochMs(at_ms))
    return replace(row, queue=queue, updated_at_ms=EpochMs(at_ms))


def _note(ledger: MemoryLedger, waiting: Sequence[Queue], version: int = 0) -> None:
    left = {queue.value: QueueWaiting(1, 1, 24) for queue in waiting}
    ledger.save(StateItem(RUN, EXPORT, RunNote.of(EXPORT, Outcome.OK, EpochMs(NOW_MS), waiting=left)), version)


def _taken(claims: Claims) -> list[Queue]:
    return [row.queue for row in claims.acquire(10)]


def test_passes_wait_while_the_last_export_run_left_some_of_their_queue_to_the_next() -> None:
    ledger, clock = _night(*Queue, waiting=[Queue.SETTLED, Queue.FINAL])
    claims = Claims(Leases(ledger, clock, "jr", 60))
    assert _taken(claims) == [Queue.REQUESTED, Queue.FRESH, Queue.CATCH_UP]
    assert {row.queue for row in claims.remaining()}.isdisjoint(PASSES), "nobody is woken for them"
    _note(ledger, [Queue.FINAL], version=1)
    clock.sleep(5)
    assert _taken(claims) == [Queue.SETTLED]


def test_settled_passes_do_not_wait_while_fresh_hours_wait_since_they_may_have_some() -> None:
    ledger, clock = _night(*PASSES, waiting=list(Queue))
    assert _taken(Claims(Leases(ledger, clock, "jr", 60))) == [Queue.SETTLED]


def test_all_passes_of_a_queue_are_taken_some_hours_after_the_first_was_exported() -> None:
    ledger, clock = _night(Queue.SETTLED, waiting=[Queue.SETTLED])
    clock.sleep(LONGEST_MS / 1000 - 1)
    for hour in (8, 9):
        ledger.add(_exported(hour, Queue.SETTLED, clock.now_ms()))
    assert not _taken(Claims(Leases(ledger, clock, "jr", 60)))
    clock.sleep(1)
    claims = Claims(Leases(ledger, clock, "jr", 60))
    for taken in (1, 1, 1, 0):
        assert len(claims.acquire(1)) == taken
        clock.sleep(5)


def test_passes_do_not_wait_for_others_if_none_has_come_for_longer_than_export_runs_wake_each_other() -> None:
    ledger, clock = _night(Queue.SETTLED, waiting=[Queue.SETTLED])
    clock.sleep(HOUR_MS / 1000)
    ledger.add(_exported(9, Queue.SETTLED, clock.now_ms()))
    clock.sleep(ALONE_MS / 1000 - 1)
    assert not _taken(Claims(Leases(ledger, clock, "jr", 60)))
    clock.sleep(1)
    assert _taken(Claims(Leases(ledger, clock, "jr", 60))) == [Queue.SETTLED] * 2


def test_a_pass_does_not_wait_that_failed_or_was_opened_again_or_has_landed_objects() -> None:
    ledger, clock = _night(waiting=list(PASSES))
    failed = replace(_exported(0, Queue.SETTLED), failure=Failure(reason="a format of its own"))
    ledger.add(failed)
    for hour, why in enumerate(["reconverts", "landed"], 1):
        ledger.add(changed(_exported(hour, Queue.FINAL), **{why: True}))
    assert _taken(Claims(Leases(ledger, clock, "jr", 60))) == [Queue.SETTLED, Queue.FINAL, Queue.FINAL]


def test_a_pass_whose_converter_went_silent_does_not_wait() -> None:
    ledger, clock = _night(Queue.FINAL, waiting=[])
    assert _taken(Claims(Leases(ledger, clock, "jr_dead", 60))) == [Queue.FINAL]
    _note(ledger, [Queue.FINAL], version=1)
    clock.sleep(61)
    assert _taken(Claims(Leases(ledger, clock, "jr", 60))) == [Queue.FINAL]


def test_passes_do_not_wait_if_the_note_of_the_last_export_run_can_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, clock = _night(*PASSES, waiting=list(PASSES))

    def damaged(kind: object, key: str) -> None:
        raise UnreadableItemError(key, "it is no JSON")

    claims = Claims(Leases(ledger, clock, "jr", 60))
    monkeypatch.setattr(ledger, "load", damaged)
    assert set(_taken(claims)) == PASSES
