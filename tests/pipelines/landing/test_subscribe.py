"""Log groups to be landed get the deployment's subscription filter, others lose it, and no other filter changes."""

from __future__ import annotations

import pytest
from support.fakes.fakes import ManualClock, MemoryLedger
from support.fakes.stores import MemoryStore
from support.fakes.subscription_filters import MemoryFilters

from loglake.core.landing.subscriptions import SubscriptionFilter
from loglake.core.run.outcome import LOOK, Outcome
from loglake.core.schema.datasets import Dataset, Datasets
from loglake.core.state_items import RUN
from loglake.core.units import LogGroupName
from loglake.errors import AccessDeniedError, ConfigError, PermanentError
from loglake.pipelines.landing.subscribe import SUBSCRIBING_S, Report, Subscriber, note_look, read_note

pytestmark = pytest.mark.unit

STREAM = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/loglake-landing"
ROLE = "arn:aws:iam::123456789012:role/loglake-streaming-SubscribeRole-1"
WANTED = SubscriptionFilter("loglake-landing", STREAM, ROLE)
LANDED = Dataset(("/live/*",), table="live", ingest="landing")
EXPORTED = Dataset(("/app/*",), table="app")
OTHERS = [SubscriptionFilter("to-lambda", "arn:aws:lambda:x"), SubscriptionFilter("to-kinesis", "arn:aws:kinesis:x")]
HOUR_S = 3600
GROUP = LogGroupName("/live/a")


class World:
    """An account, and the looks of a deployment."""

    def __init__(self) -> None:
        self.clock, self.control = ManualClock(), MemoryStore("control")
        self.filters = MemoryFilters(self.clock)
        self.datasets = Datasets((LANDED, EXPORTED))

    def subscriber(self, wanted: SubscriptionFilter = WANTED) -> Subscriber:
        return Subscriber(wanted, self.filters, self.control, self.clock)

    def look(self, wanted: SubscriptionFilter = WANTED, within_s: float = SUBSCRIBING_S) -> Report:
        """An hourly look; returns what it did, and leaves the calls of it to be counted."""
        self.clock.sleep(HOUR_S)
        self.filters.calls.clear()
        return self.subscriber(wanted).subscribe(self.datasets, within_s)

    def having(self) -> list[str]:
        return [name for name, found in sorted(self.filters.filters.items()) if WANTED in found]


@pytest.fixture
def world() -> World:
    made = World()
    made.filters.add("/live/a", "/live/b", "/app/a", "/other")
    return made


def test_log_groups_with_ingest_landing_get_the_filter_and_no_others(world: World) -> None:
    report = world.look()
    assert (report.put, report.removed, report.remarks) == (2, 0, [])
    assert world.having() == ["/live/a", "/live/b"]


def test_a_look_that_finds_nothing_new_makes_few_calls(world: World) -> None:
    world.look()
    calls = []
    for _ in range(24):
        report = world.look()
        assert (report.put, report.removed) == (0, 0)
        calls.append(world.filters.calls.total())
    assert sum(calls) == 2, "each log group is asked once a day"


def test_a_new_log_group_gets_the_filter_with_the_next_look(world: World) -> None:
    world.look()
    world.filters.add("/live/new")
    assert world.look().put == 1
    assert "/live/new" in world.having()


def test_a_log_group_that_was_made_again_gets_it_again(world: World) -> None:
    world.look()
    world.filters.add("/live/a")
    assert world.look().put == 1
    assert "/live/a" in world.having()


def test_a_log_group_that_leaves_the_datasets_file_loses_the_filter_and_keeps_others(world: World) -> None:
    world.filters.filters[GROUP] = OTHERS[:1]
    world.look()
    world.datasets = Datasets((Dataset(("/live/a",)), LANDED))
    assert world.look().removed == 1
    assert world.having() == ["/live/b"]
    assert world.filters.filters[GROUP] == OTHERS[:1]


def test_a_filter_that_somebody_deletes_comes_back_within_a_day(world: World) -> None:
    world.look()
    world.filters.filters[GROUP] = []
    for _ in range(24):
        world.look()
    assert world.having() == ["/live/a", "/live/b"]


def test_another_pattern_changes_each_filter(world: World) -> None:
    world.look()
    errors = WANTED._replace(pattern="ERROR")
    assert world.look(errors).put == 2
    assert world.filters.filters[GROUP] == [errors]


def test_a_log_group_without_room_is_reported_and_gets_it_once_there_is(world: World) -> None:
    world.filters.filters[GROUP] = list(OTHERS)
    report = world.look()
    assert report.remarks == ["Subscription filter of /live/a: the log group has as many others as CloudWatch allows"]
    assert (world.having(), world.filters.filters[GROUP]) == (["/live/b"], OTHERS)
    world.filters.filters[GROUP] = OTHERS[:1]
    assert world.look().put == 1


def test_a_filter_of_its_name_that_delivers_elsewhere_is_left_alone(world: World) -> None:
    foreign = SubscriptionFilter(WANTED.name, STREAM.replace("loglake-landing", "other"), ROLE)
    alike = SubscriptionFilter("loglake-landing-2", "arn:aws:lambda:x")
    world.filters.filters[GROUP] = [alike, foreign]
    (remark,) = world.look().remarks
    assert remark.endswith(f"the log group has one of this name that delivers to {foreign.destination_arn}")
    world.datasets = Datasets(())
    world.look()
    world.subscriber().remove()
    assert world.filters.filters[GROUP] == [alike, foreign]


def test_a_filter_of_another_name_that_lands_events_is_enough(world: World) -> None:
    mine = WANTED._replace(name="by-hand")
    world.filters.filters[GROUP] = [mine]
    assert world.look().put == 1  # of the other log group
    world.datasets = Datasets(())
    world.look()
    assert world.filters.filters[GROUP] == [mine]


@pytest.mark.parametrize("log_class", ["INFREQUENT_ACCESS", "DELIVERY"])
def test_a_class_that_takes_no_filter_is_left_out_without_a_call(world: World, log_class: str) -> None:
    world.filters.add("/live/a", log_class=log_class)
    report = world.look()
    assert report.remarks == [f"Subscription filter of /live/a: log groups of the class {log_class} can't have one"]
    assert world.having() == ["/live/b"]
    assert world.filters.count("of") == 1


@pytest.mark.parametrize("name", ["/aws-glue/python-jobs/output", "/aws/kinesisfirehose/loglake-landing"])
def test_what_runs_and_deliveries_write_is_never_subscribed(world: World, name: str) -> None:
    world.filters.add(name)
    world.datasets = Datasets((Dataset(("*",), ingest="landing"),))
    report = world.look()
    assert report.refused == {name: "Glue or Firehose writes it, and its events would come round and round"}
    assert name not in world.having()
    assert len(world.having()) == 4


def test_another_accounts_pattern_means_no_log_group_of_this_account(world: World) -> None:
    world.datasets = Datasets((Dataset(("210987654321:/live/*",), ingest="landing"),))
    assert (world.look().put, world.having()) == (0, [])


@pytest.mark.parametrize("error", [AccessDeniedError("not allowed"), ConfigError("no such destination")])
def test_one_log_group_that_is_refused_stops_no_other(world: World, error: PermanentError) -> None:
    world.filters.refused[GROUP] = error
    report = world.look()
    assert report.remarks == [f"Subscription filter of /live/a: {error}"]
    assert world.having() == ["/live/b"]
    world.filters.refused.clear()
    assert world.look().put == 1


def test_a_log_group_that_is_deleted_meanwhile_is_no_trouble(world: World) -> None:
    world.filters.gone = {GROUP}
    report = world.look()
    assert (report.put, report.remarks) == (1, [])
    note = read_note(world.control)
    assert list(note.groups) == ["/live/b"]


def test_throttling_slows_a_look_down_and_loses_nothing(world: World) -> None:
    world.filters.throttles = 5
    assert world.look().put == 2


def test_calls_that_are_throttled_forever_end_the_look_in_time(world: World) -> None:
    world.filters.throttles = 10**9
    since_ms = world.clock.now_ms()
    report = world.look(within_s=60)
    assert report.left == 1
    assert world.clock.now_ms() - since_ms < (HOUR_S + 120) * 1000


def test_five_thousand_new_log_groups_take_less_than_the_jobs_time_out(world: World) -> None:
    world.filters.add(*(f"/live/{number}" for number in range(5000)))
    since_ms = world.clock.now_ms()
    assert world.look().put == 5002
    assert world.clock.now_ms() - since_ms < (HOUR_S + SUBSCRIBING_S) * 1000
    seconds = {second for _, second in world.filters.calls}
    assert max(sum(world.filters.calls[kind, at] for kind in ("of", "put")) for at in seconds) <= 5
    since_ms = world.clock.now_ms()
    world.look()
    assert 150 < world.filters.count("of") < 260
    assert world.clock.now_ms() - since_ms < (HOUR_S + 150) * 1000


def test_what_a_look_has_no_time_for_is_done_by_the_next_ones(world: World) -> None:
    world.filters.add(*(f"/live/{number}" for number in range(300)))
    report = world.look(within_s=60)
    assert 100 < report.put < 140
    assert report.remarks == [f"{302 - report.put} log groups wait for the next look at their subscription filters"]
    done = report.put
    while len(world.having()) < 302:
        before, done = done, done + world.look(within_s=60).put
        assert done > before


@pytest.mark.parametrize("calls", range(1, 9))
def test_a_killed_look_leaves_no_filter_that_nobody_knows(world: World, calls: int) -> None:
    world.filters.add("/live/c", "/live/d")
    world.filters.killed_at = calls
    with pytest.raises(KeyboardInterrupt):
        world.look()
    world.filters.killed_at = 0
    had = world.having()
    note = read_note(world.control)
    assert set(had) <= set(note.groups)
    assert world.look().put == 4 - len(had)
    assert len(world.having()) == 4


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"wanted": 1}', b'{"wanted": ["a", "b"], "groups": {}, "new": 1}'])
def test_a_damaged_note_has_all_log_groups_looked_at_again(world: World, damage: bytes) -> None:
    world.look()
    world.control.put("config/subscribed.json", damage)
    assert world.look().put == 0
    assert world.filters.count("of") == 2
    assert world.look().put == 0


def test_removing_deletes_exactly_what_looks_made(world: World) -> None:
    world.filters.filters[GROUP] = OTHERS[:1]
    by_hand = WANTED._replace(name="by-hand")
    world.filters.filters[LogGroupName("/other")] = [by_hand]
    world.look()
    assert world.subscriber().remove().removed == 2
    assert world.having() == []
    assert world.filters.filters == {"/app/a": [], "/live/a": OTHERS[:1], "/live/b": [], "/other": [by_hand]}
    world.filters.calls.clear()
    assert world.subscriber().remove().removed == 0
    assert world.filters.calls.total() == 0
    assert world.look().put == 2


def test_removing_without_a_note_asks_all_log_groups(world: World) -> None:
    world.look()
    world.control.delete(["config/subscribed.json"])
    assert world.subscriber().remove().removed == 2
    assert world.having() == []


def test_what_could_not_be_removed_is_said_and_removed_by_the_next_call(world: World) -> None:
    world.look()
    world.filters.refused[GROUP] = AccessDeniedError("Not allowed.")
    with pytest.raises(PermanentError, match=r"1 subscription filters can't be deleted, such as that of /live/a"):
        world.subscriber().remove()
    assert world.having() == ["/live/a"]
    world.filters.refused.clear()
    assert world.subscriber().remove().removed == 1


def test_status_reads_how_the_last_look_went(world: World) -> None:
    ledger = MemoryLedger()
    world.filters.refused = {group: AccessDeniedError("no") for group in world.filters.groups}
    world.filters.add(*(f"/live/{number}" for number in range(9)))
    world.filters.refused.update(dict.fromkeys(world.filters.groups, AccessDeniedError("no")))
    note_look(ledger, world.look(), world.clock.now_ms())
    item = ledger.load(RUN, LOOK)
    assert item
    assert item.value.outcome is Outcome.PARTIAL
    assert item.value.remarks[-1] == "6 more log groups lack theirs: `loglake doctor` names them"
    world.filters.refused.clear()
    note_look(ledger, world.look(), world.clock.now_ms())
    item = ledger.load(RUN, LOOK)
    assert item
    assert (item.value.outcome, item.value.remarks) == (Outcome.OK, ())
