"""Landed events become rows once, in whatever objects, order and runs they come."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.fakes.fakes import START_MS
from support.worlds.landed import LandedEvent, landed_event, payload, payloads
from support.worlds.landing_world import HOUR, SHOP, LandingWorld, as_rows

from loglake.core.accounting import Accounting
from loglake.core.keys import landing_folder
from loglake.core.landing.days import LandedTotal, day_start
from loglake.core.landing.objects import LandedState
from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import LANDED_TOTAL, SKIPPED, values
from loglake.core.units import MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.object_lists import read_object_list

pytestmark = pytest.mark.unit

PAY, OTHER = LogGroupName("/app/pay"), LogGroupName("/other")
EARLY = [landed_event(n, START_MS + n) for n in range(5)]
LATE = [landed_event(n, START_MS + MS_PER_HOUR + n) for n in range(5, 8)]


@pytest.fixture
def world() -> LandingWorld:
    return LandingWorld()


def test_a_payload_becomes_rows_of_its_hours(world: LandingWorld) -> None:
    world.land("2026/11/21/00/firehose-1", payload(SHOP, [*EARLY, *LATE]))
    world.land("2026/", b"")
    report = world.run()
    assert world.rows("app_shop") == as_rows(SHOP, [*EARLY, *LATE])
    assert (report.converted, report.outcome, report.accounting) == (2, Outcome.OK, Accounting(8, 8))
    first, second = world.ledger.rows(SHOP)
    assert (first.window, first.state, first.generation, first.landed, first.newest.objects) == (
        HOUR, WindowState.CONVERTED, 1, True, 1,
    )  # fmt: skip
    assert second.window == Window(HOUR.to_ms, EpochMs(HOUR.to_ms + MS_PER_HOUR))
    (known,) = world.ledger.landed.values()
    assert (known.state, known.events) == (LandedState.SCANNED, {SHOP: 8})


def test_a_payload_that_comes_twice_in_one_run_is_there_once(world: LandingWorld) -> None:
    world.land("a", payload(SHOP, EARLY))
    world.land("b", payload(SHOP, EARLY))
    assert world.run().accounting == Accounting(events_in=10, rows_out=5, duplicates=5)
    assert world.rows() == as_rows(SHOP, EARLY)


def test_a_payload_that_comes_again_in_another_run_is_there_once(world: LandingWorld) -> None:
    world.land("b", payload(SHOP, EARLY))
    world.run()
    world.land("a", payload(SHOP, EARLY))
    assert world.run().accounting == Accounting(events_in=10, rows_out=5, duplicates=5)
    assert world.rows() == as_rows(SHOP, EARLY)
    assert world.generations(SHOP) == {HOUR: 2}


def test_equal_lines_with_ids_of_their_own_are_rows_of_their_own(world: LandingWorld) -> None:
    twins = [landed_event(n, START_MS, "same") for n in (1, 2)]
    world.land("a", payload(SHOP, twins))
    assert world.run().accounting.rows_out == 2


def test_an_hour_is_converted_again_as_a_whole_when_more_of_it_lands(world: LandingWorld) -> None:
    world.land("a", payload(SHOP, EARLY[:2]))
    world.land("other", payload(SHOP, LATE))
    world.run()
    (before,) = [item.key for item in world.lake.list("tables/")]  # both hours share it
    world.land("b", payload(SHOP, EARLY[2:]))
    report = world.run()
    assert (report.converted, report.landing.scanned) == (1, 1)
    assert world.rows() == as_rows(SHOP, [*EARLY, *LATE])
    assert not world.lake.exists(before)
    assert sorted(world.generations(SHOP).values()) == [1, 2]
    assert [raw.key for raw in read_object_list(world.control, world.ledger.rows(SHOP)[0])] == [
        "landing/a",
        "landing/b",
    ]


def lose_events(world: LandingWorld) -> None:
    world.raw.landed.messages.clear()


def test_an_object_whose_event_was_lost_is_found_once_a_day(world: LandingWorld) -> None:
    world.land("2026/11/21/01", payload(SHOP, EARLY))
    world.run()
    world.land("2026/11/21/00", payload(SHOP, LATE))  # before all that is known, in the order of keys
    lose_events(world)
    world.clock.sleep(23 * 3600)
    assert world.run().landing.scanned == 0
    world.clock.sleep(3600)
    report = world.run()
    assert (report.landing.scanned, report.accounting.rows_out) == (1, 3)
    world.clock.sleep(24 * 3600)
    assert world.run().to_json()["landing"] == {"scanned": 0, "waiting": 0, "failed": [], "skipped": [], "too_old": {}}


def test_the_first_run_finds_what_landed_before_there_was_a_queue(world: LandingWorld) -> None:
    world.land("old", payload(SHOP, EARLY))
    lose_events(world)
    world.clock.sleep(90 * 24 * 3600)
    assert world.run().landing.scanned == 1


def test_what_is_young_may_wait_in_the_queue_so_no_look_takes_it(world: LandingWorld) -> None:
    world.run()
    world.clock.sleep(24 * 3600)
    world.land("a", payload(SHOP, EARLY))
    assert world.run().landing.scanned == 1


def test_a_message_that_comes_again_changes_nothing(world: LandingWorld) -> None:
    world.land("a", payload(SHOP, EARLY))
    (message,) = world.raw.landed.messages.values()
    world.run()
    for _ in range(2):
        world.raw.landed.add(message.key, message.size_bytes, message.arrived_ms)
    assert (world.run().converted, world.rows()) == (0, as_rows(SHOP, EARLY))
    assert world.raw.landed.messages == world.raw.landed.received == {}


def test_a_day_keeps_its_total(world: LandingWorld) -> None:
    body = payload(SHOP, EARLY)
    for name in "abc":
        world.land(name, body)
    world.land("d", b"no log at all")
    world.run()
    for _ in range(5):
        world.clock.sleep(24 * 3600)
        world.run()
    sizes = 3 * len(body) + len(b"no log at all")
    assert values(world.ledger, LANDED_TOTAL) == {"2026-11-22": LandedTotal(4, sizes, 16, 1)}
    world.ledger.landed.clear()
    world.clock.sleep(24 * 3600)
    world.run()
    assert values(world.ledger, LANDED_TOTAL)["2026-11-22"].objects == 4


def test_what_was_skipped_long_ago_is_found_when_its_dataset_is_there(world: LandingWorld) -> None:
    world.land("a", payloads((SHOP, EARLY), (OTHER, LATE)))
    world.run()
    world.clock.sleep(400 * 24 * 3600)
    known = world.ledger.landed["landing/a"]
    assert (known.expires_ms, values(world.ledger, SKIPPED)[OTHER].days) == (None, (day_start(known.arrived_ms),))
    world.datasets = load_datasets({"datasets": [{"log_groups": ["/*"], "ingest": "landing"}]})
    assert world.run().accounting == Accounting(3, 3)
    assert values(world.ledger, SKIPPED)[OTHER].days == ()


def test_an_object_that_was_deleted_before_it_could_be_read_is_forgotten(world: LandingWorld) -> None:
    key = world.land("a", payload(SHOP, EARLY))
    world.raw.delete([key])
    assert world.run().outcome is Outcome.PARTIAL
    assert world.run().outcome is Outcome.OK
    assert world.ledger.landed[key].state is LandedState.GONE


def test_one_object_may_hold_many_log_groups(world: LandingWorld) -> None:
    parts = [(LogGroupName(f"/app/{n}"), [landed_event(n, START_MS + n)]) for n in range(30)]
    world.land("firehose", payloads(*parts))
    report = world.run()
    assert (report.converted, report.accounting) == (30, Accounting(30, 30))
    assert world.rows() == sorted(row for group, events in parts for row in as_rows(group, events))


def test_groups_may_share_a_table_and_an_object_may_name_its_group_by_its_folder(world: LandingWorld) -> None:
    world.datasets = load_datasets({"datasets": [{"log_groups": ["/app/*"], "ingest": "landing", "table": "apps"}]})
    world.land("x", payload(SHOP, EARLY))
    world.raw.put(f"{landing_folder(PAY)}export.gz", gzip.compress(b"2026-11-21T00:00:01.000Z hello\n"))
    assert world.run().accounting == Accounting(6, 6)
    assert world.rows("apps/") == sorted([*as_rows(SHOP, EARLY), (PAY, "", START_MS + 1000, "hello")])


def test_a_group_that_no_dataset_matches_waits_for_one(world: LandingWorld) -> None:
    world.land("a", payloads((SHOP, EARLY), (OTHER, LATE)))
    report = world.run()
    assert (report.outcome, report.accounting) == (Outcome.PARTIAL, Accounting(5, 5))
    (skip,) = report.landing.skips()
    assert skip.startswith("/other: 3 events stay in the raw bucket, since no dataset matches it")
    assert world.run().outcome is Outcome.OK  # reported once
    world.datasets = load_datasets({"datasets": [{"log_groups": ["/*"], "ingest": "landing"}]})
    report = world.run()
    assert (report.outcome, report.converted, report.accounting) == (Outcome.OK, 1, Accounting(3, 3))
    assert world.rows() == sorted([*as_rows(SHOP, EARLY), *as_rows(OTHER, LATE)])
    assert world.run().landing.scanned == 0


def test_what_says_no_log_group_is_skipped_and_reported(world: LandingWorld) -> None:
    world.land("x.gz", gzip.compress(b"2026-11-21T00:00:01.000Z hello\n"))
    world.datasets = load_datasets({"datasets": [{"log_groups": ["*"], "ingest": "landing"}]})
    report = world.run()
    assert report.outcome is Outcome.PARTIAL
    assert "landing/log_group=" in report.landing.skips()[0]


def test_a_report_names_the_skipped_groups_with_most_events(world: LandingWorld) -> None:
    world.land("a", payloads(*[(LogGroupName(f"/{n}"), EARLY[: 1 + n % 2]) for n in range(50)]))
    skips = world.run().landing.skips()
    assert (len(skips), skips[-1]) == (21, "and 30 more log groups")
    assert all("2 events" in line for line in skips[:-1])


def test_what_lands_while_a_run_converts_is_taken_in_by_it(world: LandingWorld) -> None:
    def land_more(bundle: Bundle) -> None:
        if not world.raw.exists("landing/z"):
            world.land("z", payload(SHOP, EARLY))

    world.land("a", payload(SHOP, EARLY[:2]))
    report = world.run(world.stage(land_more))
    assert (report.landing.scanned, report.converted) == (2, 2)
    assert world.rows() == as_rows(SHOP, EARLY)


def test_what_is_no_event_is_in_quarantine_and_counted_once(world: LandingWorld) -> None:
    world.land("a", payload(SHOP, EARLY))
    world.land("b", b"no log at all")
    report = world.run()
    assert (report.outcome, report.accounting) == (Outcome.PARTIAL, Accounting(events_in=6, rows_out=5, quarantined=1))
    assert sum(report.reasons.values()) == 1
    (item,) = world.lake.list("quarantine/_landing/")
    assert json.loads(gzip.decompress(world.lake.get(item.key)))["source"] == "landing/b"
    assert world.run().accounting == Accounting()


GROUPS = (SHOP, PAY, LogGroupName("/app/third"))
EVENTS = st.tuples(st.sampled_from(GROUPS), st.integers(0, 40))
"""A number is an event: its hour follows from it, so the same event always has the same time."""


def numbered_event(number: int) -> LandedEvent:
    return landed_event(number, START_MS + (number % 4) * MS_PER_HOUR // 2 + number)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    objects=st.lists(st.lists(EVENTS, min_size=1, max_size=8), min_size=1, max_size=8),
    data=st.data(),
)
def test_the_rows_do_not_depend_on_objects_order_or_runs(
    objects: list[list[tuple[LogGroupName, int]]], data: st.DataObject
) -> None:
    """Each event is a row once, however events are put in objects, and objects land in runs."""
    world = LandingWorld()
    names = data.draw(st.permutations([f"{n:02d}" for n in range(len(objects))]), "names")
    for name, events in zip(names, objects, strict=True):
        parts = [(group, [numbered_event(n)]) for group, n in events]
        world.land(name, payloads(*parts))
        if data.draw(st.booleans(), "run now"):
            world.run()
    report = world.run()
    assert (report.outcome, report.landing.waiting) == (Outcome.OK, 0)
    expected = {row for events in objects for group, n in events for row in as_rows(group, [numbered_event(n)])}
    assert world.rows() == sorted(expected)
    assert world.run().converted == 0
