"""What an answer lacks: from rows of the ledger to sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.worlds.ledger_rows import changed
from support.worlds.status_windows import DONE, EXPORTING, FAILED, MIDNIGHT, NOW, PAY, SHOP, hours

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs
from loglake.core.windows import Window
from loglake_cli.operations.standing.missing import AskedTime, Lack, Missing, Why, lacks_of_group

pytestmark = pytest.mark.unit

SETTLED = EpochMs(NOW + 9 * MS_PER_DAY)
CLEAN = Accounting(events_in=8, rows_out=8)


def done(
    start: int, end: int, exported_ms: int = SETTLED, counts: Accounting = CLEAN, landed: bool = False
) -> LedgerRow:
    row = hours(start, end, DONE, landed=landed)
    return changed(row, exported_at_ms=EpochMs(exported_ms), accounting=counts)


def lacks(*rows: LedgerRow, asked: tuple[int | None, int | None] = (None, None), now: int | None = None) -> list[str]:
    """What is missing, as ``reason from-to`` in hours after midnight."""
    ends = [None if each is None else EpochMs(MIDNIGHT + each * MS_PER_HOUR) for each in (*asked, now)]
    found = lacks_of_group(rows, AskedTime(ends[0], ends[1], ends[2], MS_PER_DAY))
    return [
        f"{each.why.value} {_hour(each.window.from_ms)}-{_hour(each.window.to_ms)}" for each in found if each.window
    ]


def _hour(ms: int) -> int:
    return (ms - MIDNIGHT) // MS_PER_HOUR


def test_a_settled_day_lacks_nothing() -> None:
    assert lacks(done(0, 24), done(24, 48)) == []
    assert lacks(done(0, 24), asked=(3, 5), now=200) == []


def test_windows_that_are_not_in_the_table_are_named_with_their_reason() -> None:
    assert lacks(done(0, 24), hours(24, 25, EXPORTING)) == ["waiting 24-25"]
    assert lacks(done(0, 24), hours(24, 25, FAILED)) == ["failed 24-25"]
    assert lacks(done(0, 24), hours(24, 25, WindowState.UNREADABLE)) == ["unreadable 24-25"]
    assert lacks(done(0, 24), done(30, 48)) == ["not exported 24-30"]


def test_an_hour_that_was_exported_before_its_day_settled_is_not_settled() -> None:
    fresh = [done(hour, hour + 1, MIDNIGHT + (hour + 2) * MS_PER_HOUR) for hour in (24, 25, 26)]
    assert lacks(done(0, 24), *fresh) == ["not settled 24-27"]
    assert lacks(done(0, 24), *fresh, asked=(25, 26)) == ["not settled 25-26"]
    assert lacks(done(0, 24), *fresh, asked=(0, 24)) == []


def test_the_time_before_the_first_window_and_after_the_last_one_is_not_exported() -> None:
    assert lacks(done(24, 48), asked=(20, 50), now=60) == ["not exported 20-24", "not exported 48-50"]
    assert lacks(done(24, 48), now=60) == ["not exported 48-60"]
    assert lacks(done(24, 48), asked=(60, 70), now=60) == []
    assert lacks(done(24, 48), asked=(24, 70)) == []  # of a run that has ended: nothing comes after it


def test_what_retention_removed_is_named_if_the_answer_is_about_it() -> None:
    kept = EpochMs(MIDNIGHT + 24 * MS_PER_HOUR)
    asked = AskedTime(EpochMs(MIDNIGHT), EpochMs(MIDNIGHT + 30 * MS_PER_HOUR), None, MS_PER_DAY, kept)
    (removed,) = lacks_of_group([done(24, 48)], asked)
    (said,) = Missing((removed,)).sentences()
    assert (removed.why, removed.window) == (Why.REMOVED, Window(asked.from_ms or EpochMs(0), kept))
    assert said.endswith(f"of {removed.name} was removed (retention_days).")
    assert lacks_of_group([done(24, 48)], replace(asked, to_ms=EpochMs(MIDNIGHT + 1)))[0].why is Why.REMOVED
    assert lacks_of_group([done(24, 48)], replace(asked, from_ms=None)) == []


def test_the_newest_days_of_a_landed_log_group_are_not_settled() -> None:
    landed = [done(hour, hour + 1, 0, landed=True) for hour in (3, 50)]
    assert lacks(*landed, now=72) == ["not settled 48-72"]
    assert lacks(*landed, asked=(0, 48), now=72) == []
    assert lacks(*landed, now=None) == []
    more = changed(landed[0], state=WindowState.EXPORTED, generation=2, landed=True)
    assert lacks(more, landed[1], asked=(0, 10), now=72) == ["waiting 3-4"]


def test_a_wider_window_that_waits_lacks_only_what_no_narrower_one_has() -> None:
    assert lacks(done(0, 1), hours(0, 3, EXPORTING)) == ["waiting 1-3"]
    assert lacks(done(0, 1), done(1, 3), hours(0, 3, FAILED)) == []


def test_quarantine_and_rescued_values_count_for_the_windows_that_the_time_meets() -> None:
    counts = Accounting(events_in=10, rows_out=8, quarantined=2, rescued_values=5)
    rows = [done(0, 24, counts=counts), done(24, 48), done(48, 72, counts=counts)]
    assert lacks(*rows) == ["quarantined 0-72", "rescued 0-72"]
    assert lacks(*rows, asked=(0, 20)) == ["quarantined 0-24", "rescued 0-24"]
    assert lacks(*rows, asked=(24, 48)) == []
    found = lacks_of_group(rows, AskedTime(None, None, None, MS_PER_DAY))
    assert [each.count for each in found] == [4, 10]


def test_an_ignored_failure_is_still_missing_if_the_table_has_no_rows_of_it() -> None:
    ignored = changed(hours(24, 25, FAILED), ignored_at_ms=EpochMs(5))
    assert lacks(done(0, 24), ignored) == ["failed 24-25"]


def test_sentences_are_short_and_name_alike_log_groups_together() -> None:
    window = Window(EpochMs(MIDNIGHT + 13 * MS_PER_HOUR), EpochMs(MIDNIGHT + 14 * MS_PER_HOUR))
    fresh = Lack(Why.NOT_SETTLED, PAY, window)
    missing = Missing((fresh, replace(fresh, name=SHOP), Lack(Why.QUARANTINED, PAY, window, 3)))
    assert missing.complete is False
    assert missing.sentences() == [
        "2026-11-20 13:00 to 14:00 of /app/pay and 1 more log group is not settled.",
        "3 events of /app/pay in quarantine (2026-11-20 13:00 to 14:00).",
    ]
    many = Missing(tuple(Lack(Why.RESCUED, PAY, window, count) for count in range(1, 9)))
    assert many.sentences()[-1] == "And 3 more sentences like these."
    assert len(many.to_json()["lacks"]) == 8


def test_an_answer_is_complete_or_not_or_unknown_and_never_silent_about_it() -> None:
    assert (Missing().complete, Missing().sentences()) == (True, [])
    unknown = Missing(unknown="this lake has no ledger.")
    assert unknown.complete is None
    assert unknown.sentences() == ["Whether anything is missing is unknown: this lake has no ledger."]
    assert unknown.to_json()["complete"] is None
