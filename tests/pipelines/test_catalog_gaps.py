"""Committed rows can be queried: partitions are registered, and crawls are requested until they ran."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.worlds.worlds import DAYS, PAY, SHOP, World

from loglake.core.catalog_gaps import Missing
from loglake.core.keys import CATALOG, REQUESTS
from loglake.core.ledger.row import WindowState
from loglake.core.requests.requests import MOST_RUNS, Request, parse_request, request_body
from loglake.core.run.outcome import Outcome
from loglake.core.schema.schema import ENVELOPE, TRAILER
from loglake.core.state_items import CATALOG_GAP, values
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError, ServiceError, TransientError
from loglake.pipelines.reconvert import check_raw, reopen

PARTITIONS = ("dt=2026-11-21", "dt=2026-11-22")
OWN = {"n", "user_id", "ok"}
COLUMNS = (*ENVELOPE, *sorted(OWN), *TRAILER)


class KilledError(Exception):
    pass


@pytest.fixture
def world() -> World:
    world = World(is_crawled=False)
    world.export(SHOP)
    return world


def wake_ups(world: World) -> list[Request]:
    """The present wake-ups, which stay in place."""
    keys = [item.key for item in world.control.list(f"{REQUESTS}continue/")]
    return [parse_request(key, world.control.get(key)) for key in keys]


def asked(world: World) -> list[str]:
    """The runs that requested a crawl."""
    return [item.key[len(CATALOG) :] for item in world.control.list(CATALOG)]


def missing(world: World, table: str = "app_shop") -> Missing:
    notes = values(world.ledger, CATALOG_GAP)
    return notes[table].missing if table in notes else Missing()


def delay_s(world: World) -> float:
    (request,) = wake_ups(world)
    return (request.not_before_ms - world.clock.now_ms()) / 1000


def crawl(world: World) -> None:
    world.catalog.crawl_files(world.lake, world.ledger.schemas)


def convert_again(world: World, run_id: str) -> int:
    """Converts and commits everything again; returns the number of windows."""
    rows = [row for row in world.ledger.rows(SHOP) if row.state is WindowState.CONVERTED]
    assert reopen(check_raw(rows, world.control, world.raw).whole, world.ledger, world.control, world.clock)
    return world.convert(run_id).converted


def test_a_new_table_is_asked_for_once_and_its_gap_closes_after_the_crawl(world: World) -> None:
    report = world.convert("jr_1")
    assert (report.catalog_gaps, report.outcome, asked(world)) == (2 + len(COLUMNS), Outcome.OK, ["jr_1"])
    assert missing(world).partitions == PARTITIONS
    assert set(missing(world).columns) == set(COLUMNS)
    assert set(json.loads(world.control.get(f"{CATALOG}jr_1"))["columns"]["app_shop"]) == set(COLUMNS)
    assert delay_s(world) == 300
    assert world.catalog.tables == {}
    crawl(world)
    report_of_wake_up = world.run_export("jr_2")
    assert (report_of_wake_up.catalog_gaps, missing(world), wake_ups(world)) == (0, Missing(), [])
    assert world.convert("jr_3").catalog_gaps == 0
    assert asked(world) == ["jr_1"]


def test_partitions_of_a_table_that_has_the_columns_are_registered_without_a_crawl(world: World) -> None:
    world.catalog.tables["app_shop"] = Missing((), COLUMNS)
    report = world.convert()
    assert (report.converted, report.catalog_gaps, report.outcome) == (2, 0, Outcome.OK)
    assert world.catalog.tables["app_shop"].partitions == PARTITIONS
    assert (asked(world), wake_ups(world), missing(world)) == ([], [], Missing())


def test_partitions_wait_for_the_crawl_if_a_column_is_missing(world: World) -> None:
    world.catalog.tables["app_shop"] = Missing((), tuple(name for name in COLUMNS if name != "ok"))
    world.convert("jr_1")
    assert missing(world) == Missing(PARTITIONS, ("ok",))
    assert asked(world) == ["jr_1"]
    assert not world.catalog.tables["app_shop"].partitions
    # The crawl made the column, and saw no files of one partition yet: the rest is registered.
    world.catalog.tables["app_shop"] = Missing(PARTITIONS[:1], COLUMNS)
    assert world.run_export("jr_2").catalog_gaps == 0
    assert world.catalog.tables["app_shop"].partitions == PARTITIONS


@pytest.mark.parametrize("why", ["the event was lost", "the crawl failed"])
def test_a_crawl_that_did_not_come_is_asked_for_again_without_any_schedule(world: World, why: str) -> None:
    world.convert("jr_1")
    world.run_export("jr_2")  # the wake-up makes it wait until it is due
    assert asked(world) == ["jr_1", "jr_2"], why
    assert delay_s(world) == 600
    crawl(world)
    world.run_export("jr_3")
    assert (asked(world), missing(world), wake_ups(world)) == (["jr_1", "jr_2"], Missing(), [])


def test_a_crawl_that_is_running_is_waited_for(world: World) -> None:
    world.convert("jr_1")
    world.catalog.is_ready = False
    world.run_export("jr_2")
    assert asked(world) == ["jr_1"]
    assert delay_s(world) == 600
    world.catalog.is_ready = True  # and the crawl had begun before the files were there
    world.run_export("jr_3")
    assert asked(world) == ["jr_1", "jr_3"]


def test_a_crawler_that_may_not_be_looked_at_is_asked_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied() -> bool:
        raise AccessDeniedError("glue:GetCrawler on crawl-lake: denied", "glue:GetCrawler")

    world.convert("jr_1")
    monkeypatch.setattr(world.catalog, "is_crawler_ready", denied)
    report = world.run_export("jr_2")
    assert asked(world) == ["jr_1", "jr_2"]
    assert report.outcome is Outcome.PARTIAL
    assert "whether the crawler is READY is not known: glue:GetCrawler" in report.remarks[0]


def test_an_object_that_cant_be_put_stops_no_export(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.convert("jr_1")
    world.clock.sleep(300)
    put = world.control.put

    def denied(key: str, body: bytes) -> None:
        if key.startswith(CATALOG):
            raise AccessDeniedError(f"s3:PutObject on {key}: denied", "s3:PutObject")
        put(key, body)

    monkeypatch.setattr(world.control, "put", denied)
    world.control.put(f"{REQUESTS}requested/2", request_body([PAY], DAYS))
    report = world.run_export("jr_2")
    assert (report.exported, report.outcome, asked(world)) == (2, Outcome.PARTIAL, ["jr_1"])
    assert "no crawl could be asked for: s3:PutObject" in report.remarks[0]
    assert delay_s(world) > 0


def test_a_request_that_comes_before_the_time_asks_for_no_other_crawl(world: World) -> None:
    world.convert("jr_1")
    due_ms = wake_ups(world)[0].not_before_ms
    world.export(PAY)
    assert asked(world) == ["jr_1"]
    assert [(request.key, request.not_before_ms) for request in wake_ups(world)] == [
        (f"{REQUESTS}continue/jr_e-catalog", due_ms)
    ]


def test_asking_ends_with_words_and_the_next_commit_begins_nothing_anew(world: World) -> None:
    world.convert("jr_0")
    delays = [delay_s(world)]
    for number in range(1, MOST_RUNS):
        assert world.run_export(f"jr_{number}").outcome is Outcome.OK
        delays.append(delay_s(world))
    assert delays == [300, 600, 1200, 1800, 1800, 1800, 1800, 1800]
    report = world.run_export("jr_last")
    assert (report.outcome, wake_ups(world), len(asked(world))) == (Outcome.PARTIAL, [], MOST_RUNS)
    assert "app_shop: event_time (and 16 more) is not in the catalog after 8 tries. Look" in report.remarks[0]
    assert values(world.ledger, CATALOG_GAP)["app_shop"].given_up
    for number in range(2):
        assert convert_again(world, f"jr_hour_{number}") == 2
        assert world.run_export(f"jr_after_{number}").outcome is Outcome.OK
    assert (wake_ups(world), len(asked(world))) == ([], MOST_RUNS)
    crawl(world)  # by a person
    assert world.convert("jr_crawled").catalog_gaps == 0
    assert not missing(world)


def test_a_gap_that_is_overdue_wakes_the_export_job_at_once(world: World) -> None:
    world.convert("jr_1")
    world.control.delete([request.key for request in wake_ups(world)])
    world.clock.sleep(299)
    world.convert("jr_2")
    assert wake_ups(world) == []
    world.clock.sleep(1)
    world.convert("jr_3")
    assert delay_s(world) <= 0
    assert asked(world) == ["jr_1"]
    world.run_export("jr_4")
    assert asked(world) == ["jr_1", "jr_4"]


def test_a_new_column_of_a_table_that_was_given_up_is_asked_for(world: World) -> None:
    world.convert("jr_1")
    gap = values(world.ledger, CATALOG_GAP)["app_shop"]
    world.ledger.put(CATALOG_GAP, "app_shop", replace(gap, missing=Missing((), ("event_time",)), given_up=True))
    assert convert_again(world, "jr_2") == 2
    assert asked(world) == ["jr_1", "jr_2"]


def test_where_a_crawl_follows_each_run_none_is_asked_for(world: World) -> None:
    world.crawl_follows = True
    world.convert("jr_1")
    assert delay_s(world) == 300
    world.catalog.is_ready = False
    world.run_export("jr_2")
    assert delay_s(world) == 600
    crawl(world)
    assert (world.run_export("jr_3").catalog_gaps, asked(world), wake_ups(world)) == (0, [], [])


def test_what_a_run_was_killed_before_it_registered_the_next_one_registers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.catalog.tables["app_shop"] = Missing((), COLUMNS)

    def kill(*_: object) -> Missing:
        raise KilledError

    with monkeypatch.context() as killed:
        killed.setattr(world.catalog, "register", kill)
        with pytest.raises(KilledError):
            world.convert("jr_1")
    assert world.states() == {WindowState.CONVERTED}
    assert missing(world) == Missing(PARTITIONS)
    assert world.convert("jr_2").catalog_gaps == 0
    assert world.catalog.tables["app_shop"].partitions == PARTITIONS


@pytest.mark.parametrize("prefix", [CATALOG, REQUESTS])
def test_a_run_that_is_killed_before_it_asks_leaves_that_to_the_next_one(world: World, prefix: str) -> None:
    """Before the object, or before the wake-up: the first is put by the next run, the second once it is overdue."""
    put = world.control.put

    def kill(key: str, body: bytes) -> None:
        if key.startswith(prefix):
            raise KilledError
        put(key, body)

    world.control.put = kill  # type: ignore[method-assign]
    with pytest.raises(KilledError):
        world.convert("jr_1")
    world.control.put = put  # type: ignore[method-assign]
    assert missing(world).partitions == PARTITIONS
    world.clock.sleep(300)
    world.convert("jr_2")
    assert asked(world) == (["jr_2"] if prefix == CATALOG else ["jr_1"])
    assert len(wake_ups(world)) == 1


def test_what_a_killed_run_committed_is_noted(world: World) -> None:
    def kill(*_: object) -> None:
        raise KilledError

    world.lake.copy = kill  # type: ignore[method-assign,assignment]
    with pytest.raises(KilledError):
        world.convert()
    assert missing(world).partitions[:1] == PARTITIONS[:1]


def test_partitions_that_are_refused_are_reported_and_tried_again(world: World) -> None:
    world.catalog.tables["app_shop"] = Missing((), COLUMNS)
    world.catalog.refuses = TransientError("Glue did not register 2 partitions of app_shop")
    report = world.convert("jr_1")
    assert (report.converted, report.outcome, asked(world)) == (2, Outcome.PARTIAL, [])
    assert "Glue did not register 2 partitions of app_shop" in report.remarks[0]
    assert delay_s(world) == 300
    world.catalog.refuses = None
    assert world.run_export("jr_2").catalog_gaps == 0
    assert world.catalog.tables["app_shop"].partitions == PARTITIONS


def test_a_table_that_may_not_be_read_is_reported_and_the_others_are_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = world.catalog.missing

    def denied(table: str, wanted: Missing) -> Missing:
        if table == "app_shop":
            raise AccessDeniedError("glue:GetTable on app_shop: denied", "glue:GetTable")
        return look(table, wanted)

    monkeypatch.setattr(world.catalog, "missing", denied)
    world.export()
    report = world.convert("jr_1")
    assert (report.converted, report.failed, report.outcome) == (4, [], Outcome.PARTIAL)
    assert "table app_shop in the catalog: glue:GetTable on app_shop: denied" in report.remarks
    assert list(json.loads(world.control.get(f"{CATALOG}jr_1"))["columns"]) == ["app_pay"]
    assert missing(world).partitions == PARTITIONS
    assert not values(world.ledger, CATALOG_GAP)["app_shop"].wakes  # another run could not do more


def test_a_catalog_that_does_not_answer_is_asked_by_the_next_run(world: World) -> None:
    world.catalog.fault = ServiceError("glue:GetTable on app_shop: no answer")
    assert world.convert("jr_1").converted == 2
    assert (asked(world), len(wake_ups(world))) == (["jr_1"], 1)
    world.catalog.fault = None
    crawl(world)
    assert world.convert("jr_2").catalog_gaps == 0


def test_a_ledger_that_does_not_answer_at_the_end_stops_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    load_all = world.ledger.load_all

    def fails(kind: object) -> object:
        if kind is CATALOG_GAP:
            raise ServiceError("dynamodb:Query on ledger: no answer")
        return load_all(kind)  # type: ignore[arg-type]

    with monkeypatch.context() as failing:
        failing.setattr(world.ledger, "load_all", fails)
        report = world.convert("jr_1")
    assert (report.converted, report.outcome, asked(world)) == (2, Outcome.PARTIAL, [])
    assert "the catalog gaps are not known: dynamodb:Query on ledger: no answer" in report.remarks
    world.convert("jr_2")
    assert asked(world) == ["jr_2"]


def test_a_run_that_wakes_the_next_one_at_once_leaves_the_check_to_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loglake.pipelines.convert.job.BATCH_WINDOWS", 1)
    copy, clock = world.lake.copy, world.clock

    def slow(source_key: str, key: str) -> None:
        clock.sleep(30)
        copy(source_key, key)

    world.lake.copy = slow  # type: ignore[method-assign]
    report = world.convert("jr_1", deadline_s=20)
    assert (report.converted, report.remaining) == (1, 1)
    (request,) = wake_ups(world)
    assert request.not_before_ms == 0
    due_ms = values(world.ledger, CATALOG_GAP)["app_shop"].not_before_ms
    world.run_export("jr_2")
    assert [request.not_before_ms for request in wake_ups(world)] == [due_ms]


def test_windows_without_rows_lack_nothing() -> None:
    world = World(is_crawled=False)
    quiet = Window(EpochMs(DAYS.from_ms - MS_PER_DAY), DAYS.from_ms)
    world.tasks.add_group(SHOP, {"web/1": []}, created_ms=quiet.from_ms)
    world.control.put(f"{REQUESTS}requested/1", request_body([SHOP], quiet))
    world.run_export()
    report = world.convert()
    assert (report.converted, report.catalog_gaps, asked(world)) == (1, 0, [])


def test_a_note_that_would_overflow_is_registered_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loglake.core.catalog_gaps.MOST_PARTITIONS", 1)
    world.catalog.tables["app_shop"] = Missing((), COLUMNS)
    world.convert()
    assert world.catalog.tables["app_shop"].partitions == PARTITIONS


def test_what_is_in_the_catalog_already_is_never_noted(world: World) -> None:
    world.catalog.tables["app_shop"] = Missing(PARTITIONS, COLUMNS)
    world.convert()
    assert values(world.ledger, CATALOG_GAP) == {}
    assert (asked(world), wake_ups(world)) == ([], [])
