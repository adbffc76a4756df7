"""When the local EventBridge Scheduler fires."""

from __future__ import annotations

import pytest
from support.gluelocal.glue_accounts import NOON_MS

from gluelocal.executor.scheduler import Scheduler
from gluelocal.model.model import ScheduledCall
from gluelocal.settable_clock import SettableClock

pytestmark = pytest.mark.unit


def test_times_within_a_window_are_drawn_by_a_seed() -> None:
    def times(seed: int) -> list[int]:
        clock, made = SettableClock(NOON_MS), []

        class Client:
            def _make_api_call(self, _operation: str, _parameters: dict[str, str]) -> None:
                made.append(clock.now_ms() - NOON_MS)

        arn = "arn:aws:scheduler:::aws-sdk:s3:putObject"
        call = ScheduledCall("tick", "rate(1 hour)", arn, window_minutes=10)
        scheduler = Scheduler([call], lambda _service: Client(), clock.now_ms, seed=seed)
        while len(made) < 5:
            due_ms = scheduler.next_due_ms()
            assert due_ms is not None
            clock.set(due_ms)
            scheduler.fire_due()
        return made

    assert times(1) == times(1)
    assert times(1) != times(2)
    late = [at_ms % 3_600_000 for at_ms in times(1)]
    assert all(at_ms < 600_000 for at_ms in late)
    assert len(set(late)) == 5
