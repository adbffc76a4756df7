"""Random histories of one lake: what a user can see is right at each step, and complete in the end."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.fakes.fakes import FakeExportTasks
from support.fakes.stores import MemoryStore
from support.truth.oracle import DAY_MS, HOUR_MS

from histories.lake import GROUPS, Lake, Step
from loglake.core.keys import TABLES

pytestmark = pytest.mark.unit

OFTEN = ("put", "put", "land", "ran", "ran", "waited")
SELDOM = ("killed", "two at once", "deleted", "made again", "retention", "paused", "resumed", "asked", "foreign task")
AGAIN = ("converted again", "rerun", "retyped", "asleep", "awake")
MINUTES = st.integers(0, 14 * 24 * 60)
names = st.sampled_from((*OFTEN, *SELDOM, *AGAIN))
steps = st.lists(st.builds(Step, names, st.integers(0, 999), MINUTES), max_size=25)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps, st.sampled_from((None, None, 3, 20)))
def test_what_a_user_can_see_is_right_whatever_happens(taken: list[Step], kept_days: int | None) -> None:
    lake = Lake(kept_days)
    for step in taken:
        lake.take(step)
    lake.finish()
    assert lake.wrong == []


def test_what_a_log_group_had_that_went_before_any_run_is_not_promised() -> None:
    for number, group in enumerate(GROUPS):
        lake = Lake()
        for step in (Step("put", number, 5), Step("waited", 0), Step("made again", number), Step("put", number, 0)):
            lake.take(step)
        lake.finish(days=3)
        assert lake.wrong == [], group


def test_tasks_go_on_by_wake_ups_while_other_log_groups_are_read() -> None:
    lake = Lake()
    for step in (Step("waited", 956), Step("put", 695, 10774), Step("ran", 8), Step("waited", 945)):
        lake.take(step)
    lake.finish()
    assert lake.wrong == []


def test_rows_that_stay_beside_their_replacement_are_found() -> None:
    class Hoarder(MemoryStore):
        def delete(self, keys: Iterable[str]) -> None:
            super().delete(key for key in keys if not key.startswith(TABLES))

    lake = Lake()
    lake.lake = Hoarder("lake")
    for step in (Step("put", 0, 5), Step("waited", 2), Step("ran", 1)):
        lake.take(step)
    assert lake.wrong == []
    lake.finish(days=3)
    assert "has 2 events, and there were 1" in lake.wrong[0]


def test_an_export_that_leaves_out_an_event_is_found() -> None:
    class Forgetful(FakeExportTasks):
        def _arrive(self) -> None:
            super()._arrive()
            for events in (events for streams in self.events.values() for events in streams.values()):
                del events[2:]

    lake = Lake()
    lake.tasks.__class__ = Forgetful
    for step in (Step("put", 2, 5), Step("waited", 2), Step("ran", 1)):
        lake.take(step)
    assert "has 2 events of 3, and status says complete until" in lake.wrong[0]


def test_a_pass_that_no_run_makes_is_found() -> None:
    lake = Lake()
    for step in (Step("put", 0, 5), Step("waited", 2), Step("ran", 1), Step("put", 3, 120)):
        lake.take(step)
    lake.clock.time_ms += 4 * DAY_MS
    lake.look(due=True)
    assert "and the settled pass is over" in lake.wrong[0]


def test_an_hour_is_not_complete_while_a_killed_run_leaves_landed_events_out() -> None:
    for call in range(0, 50, 10):
        lake = Lake()
        for step in (Step("land", 0, 5), Step("ran", 1), Step("land", 2, 5), Step("killed", 1, call)):
            lake.take(step)
        lake.clock.time_ms += HOUR_MS
        for step in (Step("killed", 0, 0), Step("ran", 1)):
            lake.take(step)
        assert lake.wrong == [], call
