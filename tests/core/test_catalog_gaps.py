"""Notes about what the catalog lacks, and when it is checked again."""

from __future__ import annotations

import pytest

from loglake.core.catalog_gaps import MOST_COLUMNS, MOST_PARTITIONS, CatalogGap, Missing
from loglake.core.requests.requests import MOST_DELAY_MS, MOST_RUNS, look_again_ms
from loglake.core.state_items import CATALOG_GAP
from loglake.core.units import EPOCH, MS_PER_MINUTE, EpochMs

pytestmark = pytest.mark.unit

LATER = EpochMs(5000)


def test_a_note_has_what_is_missing_until_it_is_there() -> None:
    note = CatalogGap("app").plus(Missing(("dt=1",), ("a",))).plus(Missing(("dt=1", "dt=2")))
    assert note.missing == Missing(("dt=1", "dt=2"), ("a",))
    assert note.plus(Missing(("dt=2",))) is note
    assert note.only(note.missing) is note
    assert note.only(Missing(("dt=2",))).missing == Missing(("dt=2",))
    assert not note.only(Missing()).missing
    assert note.missing


def test_only_columns_need_a_crawl() -> None:
    assert not CatalogGap("app", Missing(("dt=1",))).needs_crawl
    assert CatalogGap("app", Missing((), ("a",))).needs_crawl


def test_new_columns_begin_anew_and_new_partitions_do_not() -> None:
    gap = CatalogGap("app", Missing(("dt=1",), ("a",)))
    reported = gap.asked(LATER).give_up()
    assert (reported.wakes, reported.given_up, reported.not_before_ms) == (1, True, LATER)
    assert not reported.is_new
    waiting = reported.plus(Missing(("dt=2",)))
    assert (waiting.wakes, waiting.given_up, waiting.not_before_ms) == (1, True, LATER)
    for again in (reported.plus(Missing((), ("b",))), reported.only(Missing(("dt=1",))), reported.only(Missing())):
        assert (again.wakes, again.given_up, again.not_before_ms) == (0, False, EPOCH)
    assert gap.is_new
    assert not CatalogGap("app").asked(LATER).plus(Missing(("dt=2",))).wakes  # nothing was missing before


def test_a_gap_is_due_when_its_time_has_come_and_nobody_gave_it_up() -> None:
    gap = CatalogGap("app", Missing(("dt=1",)))
    assert gap.is_due(0)
    assert not gap.asked(LATER).is_due(LATER - 1)
    assert gap.asked(LATER).is_due(LATER)
    assert not gap.asked(LATER).give_up().is_due(LATER)
    assert not CatalogGap("app").is_due(LATER)
    assert not CatalogGap("app").is_new


def test_a_note_is_bounded_and_keeps_the_newest() -> None:
    days = tuple(f"dt={n}" for n in range(MOST_PARTITIONS + 3))
    names = tuple(f"c{n}" for n in range(MOST_COLUMNS + 2))
    full = CatalogGap("app").plus(Missing(days[: MOST_PARTITIONS - 1]))
    assert full.has_room(Missing(days[:MOST_PARTITIONS]))
    assert not full.has_room(Missing(days[: MOST_PARTITIONS + 1]))
    assert full.plus(Missing(days, names)).missing == Missing(days[3:], names[2:])


def test_a_note_of_a_version_that_knew_no_time_can_be_read() -> None:
    note = CatalogGap("app", Missing(("dt=1",), ("a",)), 2)
    data = {name: value for name, value in CATALOG_GAP.to_json(note).items() if name != "not_before_ms"}
    assert CATALOG_GAP.from_json(data) == note
    assert CATALOG_GAP.from_json(CATALOG_GAP.to_json(note.asked(LATER))) == note.asked(LATER)


def test_somebody_looks_again_later_and_later() -> None:
    first_ms = 5 * MS_PER_MINUTE
    waits = [look_again_ms(wakes, EpochMs(1000), first_ms) - 1000 for wakes in range(MOST_RUNS)]
    assert waits == [min(first_ms << n, MOST_DELAY_MS) for n in range(MOST_RUNS)]
