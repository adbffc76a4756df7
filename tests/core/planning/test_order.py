"""Which queue comes next."""

from __future__ import annotations

import pytest

from loglake.core.ledger.row import Queue
from loglake.core.planning.candidate import Way
from loglake.core.planning.order import urgency
from loglake.core.units import MS_PER_HOUR, MS_PER_MINUTE

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("queue", [Queue.SETTLED, Queue.FINAL])
def test_a_pass_waits_longer_for_reading_than_for_the_slot(queue: Queue) -> None:
    fresh_ms, pass_ms = 50 * MS_PER_MINUTE, 10 * MS_PER_HOUR

    def first(way: Way, *, expiring: bool = False) -> Queue:
        waited = {Queue.FRESH: fresh_ms, queue: pass_ms}
        return max(waited, key=lambda each: urgency(each, way, waited[each], expiring=expiring))

    assert first(Way.TASK) is queue
    assert first(Way.READ) is Queue.FRESH
    assert first(Way.READ, expiring=True) is queue


def test_a_pass_that_waits_for_reading_has_its_turn_in_the_end() -> None:
    fresh = urgency(Queue.FRESH, Way.READ, MS_PER_HOUR, expiring=False)
    assert urgency(Queue.SETTLED, Way.READ, 25 * MS_PER_HOUR, expiring=False) > fresh
