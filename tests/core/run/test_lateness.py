"""How late a deployment is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.worlds.ledger_rows import ledger_row

from loglake.core.ledger.row import Current, LedgerRow, Queue
from loglake.core.ledger.watermark import Watermark
from loglake.core.run.outcome import EXPORT, Outcome, QueueWaiting, RunNote, oldest_pending_age_s, settled_age_s
from loglake.core.units import MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

SHOP, PAY = LogGroupName("/app/shop"), LogGroupName("/app/pay")
NOW = 100 * MS_PER_HOUR


def hour(number: int, group: LogGroupName = SHOP, queue: Queue = Queue.FRESH) -> LedgerRow:
    window = Window(EpochMs((number - 1) * MS_PER_HOUR), EpochMs(number * MS_PER_HOUR))
    return ledger_row(group, window, "t", queue=queue)


def test_the_oldest_fresh_window_counts_from_its_end() -> None:
    assert oldest_pending_age_s([hour(98), hour(97), hour(99)], (), NOW) == 3 * 3600
    assert oldest_pending_age_s([], (), NOW) == 0
    assert oldest_pending_age_s([hour(101)], (), NOW) == 0


def test_what_waits_by_its_nature_does_not_count() -> None:
    others = [hour(1, queue=queue) for queue in Queue if queue is not Queue.FRESH]
    again = replace(hour(1), current=Current(exported_at_ms=EpochMs(0)))
    assert oldest_pending_age_s([*others, again, hour(1, PAY)], {PAY}, NOW) == 0


def test_what_the_last_export_run_left_counts_too() -> None:
    left = {"fresh": QueueWaiting(1, 1, 1, 0, EpochMs(NOW - 5 * MS_PER_HOUR)), "catch_up": QueueWaiting(1, 9, 9)}
    note = RunNote.of(EXPORT, Outcome.PARTIAL, EpochMs(NOW), waiting=left)
    assert oldest_pending_age_s([hour(98)], (), NOW, note) == 5 * 3600
    assert oldest_pending_age_s([hour(90)], (), NOW, note) == 10 * 3600
    assert oldest_pending_age_s([], (), NOW, RunNote.of(EXPORT, Outcome.OK, EpochMs(NOW))) == 0


def test_the_log_group_that_has_settled_least_counts() -> None:
    watermarks = [Watermark.at(EpochMs(NOW - hours * MS_PER_HOUR)) for hours in (30, 50, 40)]
    assert settled_age_s(watermarks, NOW) == 50 * 3600
    assert settled_age_s([], NOW) == 0


def test_what_waits_takes_as_long_as_the_way_that_takes_longer() -> None:
    assert QueueWaiting(1, 1, 1, slot_s=600, pages=100).seconds_left == 600
    assert QueueWaiting(1, 1, 1, slot_s=60, pages=2_400).seconds_left == 1_200
