"""What convert runs commit gets into the catalog, whoever has the crawler: by their own crawl, or by a wake-up."""

from __future__ import annotations

import pytest
from support.fakes.catalogs import MemoryCatalog
from support.worlds.worlds import SHOP, World

from loglake.core.catalog_gaps import MOST_NAMES, CatalogGap, Missing
from loglake.core.keys import REQUESTS
from loglake.core.ledger.row import WindowState
from loglake.core.outcome import Outcome
from loglake.core.requests.requests import Request, parse_request
from loglake.core.requests.wake_ups import MOST_RUNS
from loglake.core.state_items import CATALOG_GAP
from loglake.core.stored_state import values
from loglake.errors import AccessDeniedError, ServiceError
from loglake.pipelines.reconvert import check_raw, reopen

PARTITIONS = ("dt=2026-11-21", "dt=2026-11-22")


@pytest.fixture
def world() -> World:
    world = World(is_crawled=False)
    world.export(SHOP)
    return world


def wake_ups(world: World) -> list[Request]:
    found = [item.key for item in world.control.list(f"{REQUESTS}continue/")]
    requests = [parse_request(key, world.control.get(key)) for key in found]
    world.control.delete(found)
    return requests


def missing(world: World) -> Missing:
    return values(world.ledger, CATALOG_GAP)["app_shop"].missing


def delay_s(world: World, request: Request) -> float:
    return (request.not_before_ms - world.clock.now_ms()) / 1000


def test_a_run_whose_own_crawl_is_sure_to_follow_leaves_no_wake_up(world: World) -> None:
    report = world.convert("jr_1")
    assert missing(world).partitions == PARTITIONS
    assert set(missing(world).columns) == {"level_field", "n", "user_id", "ok"}
    assert (report.catalog_gaps, report.outcome, wake_ups(world)) == (6, Outcome.OK, [])
    world.catalog.crawl(values(world.ledger, CATALOG_GAP))
    assert world.convert("jr_2").catalog_gaps == 0
    assert not missing(world)
    assert wake_ups(world) == []


def test_a_run_whose_crawl_may_not_begin_wakes_the_workflow_after_a_while(world: World) -> None:
    world.catalog.follows = False
    world.convert("jr_1")
    (request,) = wake_ups(world)
    assert (request.key, request.chain, delay_s(world, request)) == (f"{REQUESTS}continue/jr_1", 0, 300)
    world.catalog.crawl(values(world.ledger, CATALOG_GAP))
    world.convert("jr_2")
    assert wake_ups(world) == []


def test_what_the_crawl_of_an_earlier_run_did_not_bring_in_is_not_left_to_the_next_one(world: World) -> None:
    world.convert("jr_1")
    assert wake_ups(world) == []
    world.convert("jr_2")
    assert len(wake_ups(world)) == 1


def test_wake_ups_come_later_and_later_and_then_end_with_words(world: World) -> None:
    world.catalog.follows = False
    delays = []
    for number in range(MOST_RUNS):
        assert world.convert(f"jr_{number}").outcome is Outcome.OK
        (request,) = wake_ups(world)
        delays.append(delay_s(world, request))
    assert delays == [300, 600, 1200, 1800, 1800, 1800, 1800, 1800]
    report = world.convert("jr_last")
    assert (report.outcome, wake_ups(world)) == (Outcome.PARTIAL, [])
    assert "app_shop: dt=2026-11-21 and 5 more did not get into the catalog" in report.catalog_errors[0]
    assert world.convert("jr_after").outcome is Outcome.OK
    assert wake_ups(world) == []


def test_what_was_given_up_is_not_taken_for_new_by_the_next_commit(world: World) -> None:
    for number in range(MOST_RUNS + 2):  # the first one's own crawl follows, and the last one gives up
        world.convert(f"jr_{number}")
    wake_ups(world)
    rows = [row for row in world.ledger.rows(SHOP) if row.state is WindowState.CONVERTED]
    for number in range(3):
        checked = check_raw(rows, world.control, world.raw)
        assert reopen(checked.whole, world.ledger, world.control, world.clock)
        report = world.convert(f"jr_hour_{number}")
        assert (report.converted, report.catalog_gaps, report.outcome) == (len(rows), 6, Outcome.OK)
        assert wake_ups(world) == []
        rows = [world.ledger.row(row.log_group, row.window) for row in rows]
    world.catalog.crawl(values(world.ledger, CATALOG_GAP))
    assert world.convert("jr_crawled").catalog_gaps == 0
    assert not missing(world)


def test_a_run_that_wakes_the_next_one_at_once_leaves_the_check_to_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loglake.pipelines.convert.job.BATCH_WINDOWS", 1)
    world.catalog.follows = False
    copy, clock = world.lake.copy, world.clock

    def slow(source_key: str, key: str) -> None:
        clock.sleep(30)
        copy(source_key, key)

    world.lake.copy = slow  # type: ignore[method-assign]
    report = world.convert("jr_1", deadline_s=20)
    assert (report.converted, report.remaining) == (1, 1)
    (request,) = wake_ups(world)
    assert request.not_before_ms == 0
    assert {note.wakes for note in values(world.ledger, CATALOG_GAP).values()} == {0}


def test_a_change_begins_a_new_chain(world: World) -> None:
    world.catalog.follows = False
    for number in range(3):
        world.convert(f"jr_{number}")
    wake_ups(world)
    world.catalog.tables["app_shop"] = Missing(PARTITIONS[:1])
    world.convert("jr_3")
    (request,) = wake_ups(world)
    assert delay_s(world, request) == 300
    assert missing(world).partitions == PARTITIONS[1:]


def test_a_catalog_that_may_not_be_read_stops_nothing_and_is_reported(world: World) -> None:
    world.catalog.fault = AccessDeniedError("glue:GetTable on app_shop: denied", "glue:GetTable")
    report = world.convert()
    assert (report.converted, report.failed) == (2, [])
    assert report.outcome is Outcome.PARTIAL
    assert "the catalog can't be asked for table app_shop: glue:GetTable" in report.catalog_errors[0]
    assert missing(world).partitions == PARTITIONS
    assert wake_ups(world) == []  # nobody who is woken could tell more


def test_a_catalog_that_does_not_answer_is_asked_by_the_next_run(world: World) -> None:
    world.catalog.fault = ServiceError("glue:GetTable on app_shop: no answer")
    report = world.convert("jr_1")
    assert (report.converted, len(wake_ups(world))) == (2, 1)
    world.catalog.fault = None
    world.catalog.crawl(values(world.ledger, CATALOG_GAP))
    assert world.convert("jr_2").catalog_gaps == 0


def test_what_is_in_the_catalog_already_is_never_noted(world: World) -> None:
    world.catalog.tables["app_shop"] = Missing(PARTITIONS, ("level_field", "n", "user_id", "ok"))
    world.catalog.follows = False
    world.convert()
    assert values(world.ledger, CATALOG_GAP) == {}
    assert wake_ups(world) == []


def test_what_a_killed_run_committed_is_noted(world: World) -> None:
    class KilledError(Exception):
        pass

    def kill(*_: object) -> None:
        raise KilledError

    world.lake.copy = kill  # type: ignore[method-assign,assignment]
    with pytest.raises(KilledError):
        world.convert()
    assert missing(world).partitions[:1] == PARTITIONS[:1]


def test_a_note_is_bounded_and_keeps_the_newest() -> None:
    names = [f"dt={number:05d}" for number in range(3 * MOST_NAMES)]
    note = CatalogGap("t")
    for start in range(0, len(names), 700):
        note = note.plus(Missing(tuple(names[start : start + 700])))
    assert note.missing.partitions == tuple(names[-MOST_NAMES:])
    assert note.plus(Missing((names[-1],))) is note
    assert MemoryCatalog().missing("t", note.missing) == note.missing
