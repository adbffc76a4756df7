"""A score is the share of known values that came into columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglake.kernels.formats.registry import FORMATS
from scores.confusion import claims, confusion, lines
from scores.score import Score, converted, mean, missed, score
from scores.sets import Known, KnownSet, fixture_events, fixture_sets, folder_sets

pytestmark = pytest.mark.unit


def test_what_is_read_counts_and_what_is_not_does_not() -> None:
    texts = ["level=warn id=17 note=late", "prose about order 18, ERROR and all"]
    right = score(KnownSet("logfmt", (Known(texts[0], ("17", "late"), "WARN"),)))
    assert right.shares == pytest.approx((1, 1, 1, 1))
    half = score(KnownSet("half", (Known(texts[0], ("17", "lat"), "ERROR"), Known(texts[1], ("18",), "ERROR"))))
    assert half.shares == pytest.approx((0.5, 0.5, 1 / 3, 2 / 3))
    assert mean([right, half]).shares == pytest.approx((0.75, 0.75, 2 / 3, 5 / 6))


def test_a_mean_below_a_target_is_a_miss() -> None:
    assert missed(Score("mean", 1, 0.95, 0.98, 0.90, 0.95)) == []
    assert missed(Score("mean", 1, 1, 0.97, 0.4, 1)) == [
        "level: 97.0 % is less than 98 %",
        "exact: 40.0 % is less than 90 %",
    ]


def test_times_and_numbers_are_compared_as_such() -> None:
    line = '192.0.2.1 - - [21/Nov/2026:08:30:00 +0100] "GET / HTTP/1.1" 200 17 "-" "-" 1.50'
    assert score(KnownSet("access", (Known(line, ("21/Nov/2026:08:30:00 +0100", "200")),))).exact == 1


def test_every_fixture_is_a_set(tmp_path: Path) -> None:
    names = [each.name for each in fixture_sets()]
    assert {"syslog", "alb", "logfmt"} <= set(names)
    assert len(names) == len(set(names))
    assert list(folder_sets(tmp_path)) == []


def test_each_format_claims_its_own_events_among_those_of_all() -> None:
    matrix = confusion()
    assert {name: set(row) for name, row in matrix.items()} == {name: {name} for name in FORMATS}
    assert len(list(lines(matrix))) == 1 + len(FORMATS)


@pytest.mark.parametrize("name", list(FORMATS))
def test_each_format_claims_its_own_events_one_by_one(name: str) -> None:
    assert [claims([text]) for text in fixture_events()[name]] == [[name]] * len(fixture_events()[name])


def test_events_of_all_formats_in_one_table_are_each_read_by_their_own() -> None:
    """Formats of containers have other events inside, and Lambda's format reads JSON and metrics itself."""
    events = {name: texts for name, texts in fixture_events().items() if name not in ("container", "lambda")}
    # Formats that hardly any event has are not used: each has as many here.
    every = [text for texts in events.values() for text in texts[:2] * 2]
    _, read_as = converted(every)
    assert read_as == {name: 2 * len(texts[:2]) for name, texts in events.items()}
