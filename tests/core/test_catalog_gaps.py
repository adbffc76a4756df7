"""What waits for a crawl, and when a wake-up is left for it."""

from __future__ import annotations

import pytest

from loglake.core.catalog_gaps import MOST_NAMES, CatalogGap, Missing
from loglake.core.requests.requests import parse_request
from loglake.core.requests.wake_ups import MOST_DELAY_MS, MOST_RUNS, crawl_wake_up
from loglake.core.units import MS_PER_MINUTE, EpochMs

pytestmark = pytest.mark.unit


def test_a_note_has_what_is_missing_until_it_is_there() -> None:
    note = CatalogGap("app").plus(Missing(("dt=1",), ("a",))).plus(Missing(("dt=1", "dt=2")))
    assert note.missing == Missing(("dt=1", "dt=2"), ("a",))
    assert note.plus(Missing(("dt=2",))) is note
    assert note.only(note.missing) is note
    assert note.only(Missing(("dt=2",))).missing == Missing(("dt=2",))
    assert not note.only(Missing()).missing
    assert note.missing


def test_what_changes_begins_anew() -> None:
    reported = CatalogGap("app").plus(Missing(("dt=1",))).woken().give_up()
    assert (reported.wakes, reported.given_up) == (1, True)
    again = reported.plus(Missing((), ("a",)))
    assert (again.wakes, again.given_up) == (0, False)


def test_the_newest_names_are_kept() -> None:
    many = tuple(f"dt={n}" for n in range(MOST_NAMES + 3))
    assert CatalogGap("app").plus(Missing(many)).missing.partitions == many[3:]


def test_wake_ups_for_a_crawl_come_later_and_later_and_end() -> None:
    waits = []
    for wakes in range(MOST_RUNS):
        body = crawl_wake_up(wakes, EpochMs(1000), 5 * MS_PER_MINUTE)
        assert body is not None
        waits.append(parse_request("requests/continue/1", body).not_before_ms - 1000)
    assert waits == [min(5 * MS_PER_MINUTE << n, MOST_DELAY_MS) for n in range(MOST_RUNS)]
    assert crawl_wake_up(MOST_RUNS, EpochMs(1000), 5 * MS_PER_MINUTE) is None
