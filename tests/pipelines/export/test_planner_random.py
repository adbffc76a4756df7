"""Random changes of log groups and runs: their time is in the ledger once, and settles."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.fakes.fakes import START_MS
from support.worlds.planned_world import CrashError, PlannedWorld, request_for

from loglake.core.ledger.row import WindowState
from loglake.core.planning.coverage import coverage_of
from loglake.core.planning.derive import PlanRules
from loglake.core.planning.exportable import span_of
from loglake.core.planning.passes import Pass, pass_of
from loglake.core.planning.replacing import why_rows_stay
from loglake.core.requests.requests import Request
from loglake.core.state_items import WATERMARK, of_groups
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs, LogGroupName
from loglake.core.windows import Window, floor_to

pytestmark = pytest.mark.unit

GROUPS = [LogGroupName(f"/app/{name}") for name in "abc"]
SETTLED_FOR_GOOD_MS = 17 * MS_PER_DAY

step = st.one_of(
    st.tuples(st.just("pass"), st.integers(1, 60)),  # hours
    st.tuples(st.just("plan"), st.integers(0, 12)),  # writes until a crash; 9 or more means no crash
    st.tuples(st.just("export"), st.integers(1, 8)),
    st.tuples(st.just("start"), st.integers(1, 3)),
    st.tuples(st.just("convert"), st.integers(1, 12)),
    st.tuples(st.just("fail"), st.integers(1, 3)),
    st.tuples(st.just("stop_attempt"), st.integers(1, 3)),
    st.tuples(st.just("make_again"), st.integers(0, 2)),
    st.tuples(st.just("retention"), st.integers(0, 2)),
    st.tuples(st.just("request"), st.integers(0, 400)),
)


class History(PlannedWorld):
    """A history, step by step."""

    def __init__(self, created_hours: list[int], rules: PlanRules) -> None:
        super().__init__(rules=rules)
        self.clock.time_ms += 20 * MS_PER_MINUTE
        for name, hours in zip(GROUPS, created_hours):
            self.add_group(name, START_MS - hours * MS_PER_HOUR)

    def take(self, action: str, number: int) -> None:
        getattr(self, f"do_{action}")(number)

    def do_pass(self, hours: int) -> None:
        self.clock.time_ms += hours * MS_PER_HOUR

    def do_plan(self, writes: int, *requests: Request) -> None:
        self.ledger.writes_left = writes if writes < 9 else None
        try:
            self.plan(*requests)
        except CrashError:
            pass
        finally:
            self.ledger.writes_left = None

    def do_request(self, number: int) -> None:
        start = START_MS - 20 * MS_PER_DAY + number * MS_PER_HOUR
        window = Window(EpochMs(start), EpochMs(start + (1 + number % 50) * MS_PER_HOUR))
        self.do_plan(9, request_for("/app/*", window, reexport=number % 3 == 0))

    def do_export(self, most: int) -> None:
        for row, _ in zip(list(self.waiting()), range(most)):
            self.export(row)

    def do_start(self, most: int) -> None:
        for candidate, _ in zip(list(self.waiting()), range(most)):
            self.begin(candidate)

    def do_convert(self, most: int) -> None:
        for row, _ in zip(self.ledger.in_states(WindowState.EXPORTED), range(most)):
            self.convert(row)

    def do_fail(self, most: int) -> None:
        for row, _ in zip(self.ledger.in_states(WindowState.EXPORTING), range(most)):
            self.fail(row)

    def do_stop_attempt(self, most: int) -> None:
        for row, _ in zip(self.ledger.in_states(WindowState.EXPORTING), range(most)):
            now_ms = self.clock.now_ms()
            self.ledger.replace(row.fail(now_ms, "it failed", EpochMs(now_ms + MS_PER_HOUR)))

    def do_make_again(self, number: int) -> None:
        if GROUPS[number] in self.tasks.groups:
            self.change(GROUPS[number], created_ms=self.clock.now_ms())

    def do_retention(self, number: int) -> None:
        if GROUPS[number] in self.tasks.groups:
            self.change(GROUPS[number], retention_days=5)


def held(world: PlannedWorld, group: LogGroupName) -> Counter[int]:
    """How many windows of the coverage hold each hour of a log group."""
    hours: Counter[int] = Counter()
    for covering in coverage_of(world.rows(group)):
        hours.update(range(floor_to(covering.window.from_ms, MS_PER_HOUR), covering.window.to_ms, MS_PER_HOUR))
    return hours


def check_tiles(world: PlannedWorld) -> None:
    """No instant is covered twice, and each due instant is covered unless it is gone or can't be exported yet."""
    now_ms = world.clock.now_ms()
    for name, group in world.tasks.groups.items():
        hours = held(world, name)
        assert set(hours.values()) <= {1}
        dataset = world.datasets.find(name)
        assert dataset is not None
        span = span_of(group, dataset, of_groups(world.ledger, WATERMARK).get(name), now_ms, world.rules.lag_ms)
        for hour in range(span.start_ms, floor_to(span.end_ms, MS_PER_HOUR), MS_PER_HOUR):
            gone = hour < span.edge_ms or hour < group.created_ms
            assert hours[hour] or gone, (name, hour)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.lists(st.integers(0, 500), min_size=1, max_size=3),
    st.lists(step, max_size=40),
)
@example([1, 1, 1], [("pass", 1)])
@example([500, 500, 500], [("pass", 1)])
def test_each_instant_is_held_once_and_settles(created: list[int], steps: list[tuple[str, int]]) -> None:
    world = History(created, PlanRules(may_read=False))
    for action, number in steps:
        world.take(action, number)
    while world.plan().rows:
        for candidate in world.waiting():
            world.export(candidate)
    check_tiles(world)
    before = dict(world.ledger.stored)
    assert world.plan().rows == ()
    assert world.ledger.stored == before
    final(world)


def final(world: History) -> None:
    """After enough quiet days each old instant is in a final window, unless that would lose rows."""
    quiet_ms = world.clock.time_ms
    while world.clock.time_ms < quiet_ms + SETTLED_FOR_GOOD_MS + MS_PER_DAY:
        world.clock.time_ms += MS_PER_DAY // 2
        for _ in range(2):
            world.plan()
            world.finish_all()
    check_tiles(world)
    for name, group in world.tasks.groups.items():
        for covering in coverage_of(world.rows(name)):
            row = covering.row
            if row.window.to_ms > quiet_ms or why_rows_stay(row, group, world.clock.now_ms(), covering.inside):
                continue
            if row.window.to_ms <= group.created_ms:
                continue  # CloudWatch takes no such range
            if row.state is WindowState.FAILED:  # in each pass that was due while retention kept it
                assert group.retention_days or pass_of(row, MS_PER_DAY) is Pass.FINAL
                continue
            assert (row.state, covering.inside) == (WindowState.CONVERTED, ())
            assert pass_of(row, MS_PER_DAY) is Pass.FINAL, row
