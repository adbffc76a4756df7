"""Which of the possible windows are planned now."""

from __future__ import annotations

import pytest
from support.worlds.ledger_rows import ledger_row

from loglake.core.ledger.row import LedgerRow, Queue
from loglake.core.planning.day_plan import Piece
from loglake.core.planning.selection import Days, Selection
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

NOW = EpochMs(100 * MS_PER_DAY)
ROOM = dict.fromkeys(Queue, 4)


def days(first: int, last: int, queue: Queue = Queue.CATCH_UP, request: str = "") -> Days:
    return Days(queue, Window(EpochMs(first * MS_PER_DAY), EpochMs(last * MS_PER_DAY)), request)


def hour(number: int, request: str = "", inside: tuple[LedgerRow, ...] = ()) -> Piece:
    window = Window(EpochMs(number * MS_PER_HOUR), EpochMs((number + 1) * MS_PER_HOUR))
    return Piece(Queue.FRESH, window, inside=inside, request=request)


def chosen(selection: Selection) -> list[tuple[int, int]]:
    """The group and the day of each chosen piece."""
    return [(group, piece.window.from_ms // MS_PER_DAY) for group, piece in selection.chosen()]


def test_all_is_chosen_where_there_is_room() -> None:
    selection = Selection(NOW, ROOM)
    selection.add(0, [days(0, 3), hour(80)], {})
    assert [str(piece.window)[:11] for _, piece in selection.chosen()] == [
        "[1970-01-01", "[1970-01-02", "[1970-01-03", "[1970-01-04",
    ]  # fmt: skip
    assert (selection.left, selection.unfinished) == (0, set())


def test_log_groups_are_chosen_from_in_turn() -> None:
    selection = Selection(NOW, ROOM)
    for group in range(3):
        selection.add(group, [days(0, 90)], {})
    assert chosen(selection) == [(0, 0), (1, 0), (2, 0), (0, 1)]
    assert (selection.left, selection.unfinished) == (3 * 90 - 4, {""})


def test_a_group_that_has_windows_waiting_comes_after_those_that_have_none() -> None:
    selection = Selection(NOW, ROOM)
    selection.add(0, [days(0, 90)], {Queue.CATCH_UP: 2})
    selection.add(1, [days(0, 90)], {})
    assert chosen(selection) == [(0, 0), (1, 0), (1, 1), (1, 2)]


def test_of_passes_the_most_overdue_are_chosen_whoever_has_some_waiting() -> None:
    selection = Selection(NOW, ROOM)
    selection.add(0, [days(75, 90, Queue.FINAL)], {Queue.FINAL: 3})
    for group in (1, 2):
        selection.add(group, [days(78, 90, Queue.FINAL)], {})
    assert chosen(selection) == [(0, 75), (0, 76), (0, 77), (1, 78)]


def test_no_pass_counts_as_so_overdue_that_one_group_has_all_of_the_queue() -> None:
    selection = Selection(NOW, ROOM)
    selection.add(0, [days(0, 90, Queue.FINAL)], {})
    selection.add(1, [days(60, 90, Queue.FINAL)], {})
    assert chosen(selection) == [(0, 0), (0, 1), (1, 60), (1, 61)]


def test_lines_have_room_of_their_own() -> None:
    selection = Selection(NOW, {**ROOM, Queue.FRESH: 0})
    selection.add(0, [days(0, 2), hour(80), hour(81)], {})
    assert chosen(selection) == [(0, 0), (0, 1)]
    assert selection.left == 2


def test_what_makes_a_queue_no_longer_and_what_is_requested_as_a_whole_is_chosen_always() -> None:
    inside = (ledger_row(LogGroupName("/a"), Window(EpochMs(0), EpochMs(1)), "a"),)
    selection = Selection(NOW, dict.fromkeys(Queue, 0), {"all"})
    selection.add(0, [hour(0, inside=inside), hour(1, "all"), hour(2, "some")], {})
    assert [piece.request for _, piece in selection.chosen()] == ["", "all"]
    assert (selection.left, selection.unfinished) == (1, {"some"})


def test_what_retention_is_about_to_drop_is_chosen_before_what_waits_longer() -> None:
    selection = Selection(NOW, ROOM)
    selection.add(0, [days(40, 50, Queue.FINAL)], {}, None)
    selection.add(1, [days(74, 76, Queue.FINAL)], {Queue.FINAL: 3}, 30)
    selection.add(2, [days(76, 80, Queue.FINAL)], {}, 30)
    assert chosen(selection) == [(0, 40), (0, 41), (1, 74), (1, 75)]
