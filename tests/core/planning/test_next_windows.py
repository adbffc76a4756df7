"""Which windows log groups offer, and what happens to one that is taken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core.planning.test_derive import DATASETS, NOW, RULES, SCHEDULED, SHOP, known, request_for
from support.worlds.ledger_rows import ledger_row

from loglake.core.ledger.row import PASSES, Attempt, LedgerRow, Queue, WindowState
from loglake.core.planning.candidate import Candidate, Way
from loglake.core.planning.expected import MOST_BYTES
from loglake.core.planning.next_windows import NextWindows
from loglake.core.planning.replacing import accepted_fewer, stands_for_rows
from loglake.core.units import MS_PER_HOUR, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

DAY = Window(parse_instant("2026-11-21"), parse_instant("2026-11-22"))
LATER = EpochMs(NOW + MS_PER_HOUR)


def failed(name: LogGroupName = SHOP.name, window: Window = DAY) -> LedgerRow:
    """A window that a person has retried."""
    row = ledger_row(name, window, "app", WindowState.FAILED, reason="broke")
    return row.retry(EpochMs(NOW), accepts_fewer=True)


def test_a_request_is_open_until_nothing_of_it_is_missing() -> None:
    request = replace(request_for("/app/shop", "2026-11-22", "2026-11-23"), asked_ms=NOW)
    windows = NextWindows([SHOP], DATASETS, [request], known(), RULES, now_ms=NOW)
    assert windows
    assert set(windows.open_requests) == {request.key}
    candidate = windows.take(Way.TASK, NOW)
    assert candidate is not None
    assert not candidate.replaces
    windows.put_back(candidate, again=True)
    again = windows.take(Way.TASK, LATER)
    assert again == candidate
    row = again.begun(LATER)
    windows.done(row.advance(WindowState.EXPORTED, LATER))
    assert windows.take(Way.TASK, LATER) is None
    assert not any(windows.open_requests)
    windows.done(failed(LogGroupName("/app/nobody")))  # a log group that nobody asks for
    assert not windows.waiting()


def test_a_window_that_is_given_back_is_left_to_another_run() -> None:
    row = failed()
    windows = NextWindows([SHOP], DATASETS, [], known([row], retried=[row]), RULES, now_ms=NOW)
    retried = windows.take(Way.TASK, NOW)
    assert retried is not None
    assert (retried.window, retried.queue, accepted_fewer(retried.row)) == (DAY, Queue.REQUESTED, True)
    begun = retried.begun(NOW)
    assert begun.trying.accepts_fewer
    windows.put_back(retried)
    assert windows.take(Way.TASK, LATER) is None
    assert windows, "another run may export it"


def test_only_what_is_at_rest_can_be_retried() -> None:
    done = ledger_row(SHOP.name, DAY, "app", WindowState.CONVERTED)
    with pytest.raises(ValueError, match="is EXPORTED, and can't be retried"):
        ledger_row(SHOP.name, DAY, "app", WindowState.EXPORTED).retry(NOW)
    assert Candidate(SHOP.name, DAY, Queue.FRESH, again=done).replaces
    again = done.retry(NOW)  # its files and its raw objects are gone
    assert (again.state, again.is_retried, again.is_trouble, again.live) == (WindowState.FAILED, True, False, done.live)


def test_what_failed_is_retried_though_its_log_group_is_gone_but_not_while_it_is_paused() -> None:
    gone, paused = LogGroupName("/gone"), LogGroupName("/paused")
    wider = Window(DAY.from_ms, parse_instant("2026-11-23"))
    rows = [failed(gone), failed(gone, wider), failed(paused)]
    ledger = known(rows, retried=rows, paused={paused})
    windows = NextWindows([], DATASETS, [SCHEDULED], ledger, RULES, now_ms=NOW)
    candidate = windows.take(Way.TASK, NOW)
    assert candidate is not None
    assert (candidate.log_group, candidate.window) == (gone, wider)  # the other one lies inside
    assert windows.take(Way.TASK, NOW) is None


def test_a_failed_window_that_a_pass_exports_is_left_to_that() -> None:
    row = failed()
    windows = NextWindows([SHOP], DATASETS, [SCHEDULED], known([row], retried=[row]), RULES, now_ms=NOW)
    taken = [each for each in iter(lambda: windows.take(Way.TASK, NOW), None) if each]
    assert [each.queue for each in taken if each.window == DAY] == [Queue.SETTLED]


def test_passes_are_known_to_be_all_that_is_left() -> None:
    row = failed()
    windows = NextWindows([SHOP], DATASETS, [SCHEDULED], known([row], retried=[row]), RULES, now_ms=NOW)
    assert not windows.has_only_passes(Way.TASK), "there are fresh hours"
    assert not windows.has_only_passes(Way.READ), "nothing waits for that"
    taken = [each for each in iter(lambda: windows.take(Way.TASK, NOW), None) if each]
    (due,) = [each for each in taken if each.queue in PASSES]
    windows.put_back(due, again=True)
    assert windows.has_only_passes(Way.TASK)


def test_no_other_way_takes_a_window_that_is_for_a_task() -> None:
    windows = NextWindows([SHOP], DATASETS, [SCHEDULED], known(), RULES, now_ms=NOW)
    assert windows.take(Way.READ, NOW) is None
    assert windows.take(Way.TASK, NOW) is not None


def test_an_attempt_of_its_own_is_no_retry() -> None:
    row = ledger_row(SHOP.name, DAY, "app", WindowState.CONVERTED)
    begun = Candidate(SHOP.name, DAY, Queue.SETTLED, again=row).begun(NOW)
    assert (begun.generation, begun.trying) == (
        row.generation + 1,
        Attempt(row.generation + 1, exported_at_ms=NOW, tries=1),
    )


def test_a_window_stands_for_rows_of_its_own_or_of_narrower_ones() -> None:
    new = Candidate(SHOP.name, DAY, Queue.SETTLED).row
    hour = Window(DAY.from_ms, EpochMs(DAY.from_ms + MS_PER_HOUR))
    inner = ledger_row(SHOP.name, hour, "app", WindowState.CONVERTED)
    assert not stands_for_rows(new, [])
    assert stands_for_rows(new, [inner])
    assert stands_for_rows(inner, [])


def test_a_window_of_a_log_group_that_nobody_asks_for_any_more_is_given_back_to_nobody() -> None:
    before = NextWindows([SHOP], DATASETS, [SCHEDULED], known(), RULES, now_ms=NOW)
    candidate = before.take(Way.TASK, NOW)
    assert candidate is not None
    windows = NextWindows([], DATASETS, [SCHEDULED], known(), RULES, now_ms=NOW)
    windows.put_back(candidate)
    assert windows.take(Way.TASK, LATER) is None


def test_a_log_group_whose_notes_can_not_be_read_is_left_out_and_its_requests_stay() -> None:
    request = replace(request_for("/app/*", "2026-11-22", "2026-11-23"), asked_ms=NOW)
    ledger = known(unreadable={SHOP.name: "paused /app/shop can't be read", LogGroupName("/other"): "damaged"})
    nobodys = replace(SHOP, name=LogGroupName("/other"))
    windows = NextWindows([SHOP, nobodys], DATASETS, [SCHEDULED, request], ledger, RULES, now_ms=NOW)
    assert windows.take(Way.TASK, NOW) is None
    assert [str(skip) for skip in windows.skipped] == ["/app/shop: paused /app/shop can't be read"]
    assert windows, "the schedule's request stays, too"
    assert set(windows.open_requests) == {request.key}


def test_cloudwatch_is_asked_once_for_the_size_of_a_history_of_which_nothing_was_exported() -> None:
    asked: list[LogGroupName] = []

    def incoming_bytes(log_group: LogGroupName) -> int:
        asked.append(log_group)
        return MOST_BYTES

    request = replace(request_for("/app/shop", "2026-09-02", "2026-09-05"), asked_ms=NOW)
    facts = replace(known(), incoming_bytes=incoming_bytes)
    older = replace(SHOP, created_ms=parse_instant("2026-08-01"))
    windows = NextWindows([older], DATASETS, [request], facts, RULES, now_ms=NOW)
    taken = [windows.take(Way.TASK, NOW) for _ in range(4)]
    assert [str(each.window)[1:11] if each else "" for each in taken] == ["2026-09-02", "2026-09-03", "2026-09-04", ""]
    assert asked == [SHOP.name]
    foreseen = NextWindows([older], DATASETS, [request], facts, RULES, now_ms=NOW)
    foreseen.size_all()
    assert foreseen.waiting()[Queue.REQUESTED].size_bytes == 3 * MOST_BYTES
    recent = replace(request_for("/app/shop", "2026-11-22", "2026-11-22T05:00"), asked_ms=NOW)
    settled = NextWindows([older], DATASETS, [recent], facts, RULES, now_ms=NOW)
    settled.size_all()
    settled.take(Way.TASK, NOW)
    assert asked == [SHOP.name] * 2
