"""Small cases of many log groups, and of history, and the pictures of them."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from simulation.many_groups.cases import CASES, Case, CaseAccount, Outcome, pages, table
from simulation.many_groups.pictures import draw

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def hourly() -> Outcome:
    """Ten log groups whose reading takes what two thousand take."""
    return CaseAccount(replace(CASES[0], days=1, scale=200)).outcome()


@pytest.fixture(scope="module")
def history() -> Outcome:
    """Six weeks of three log groups."""
    return CaseAccount(Case("3 log groups", 3, days=42, median_bytes=2e7)).outcome()


def test_hours_are_in_the_table_soon_after_they_could_be_read(hourly: Outcome) -> None:
    assert hourly.lag[0] <= hourly.lag[1] <= 55
    assert 0.8 < hourly.ratio < 1.25
    assert 0.4 < hourly.reading < 0.9


def test_a_history_takes_little_longer_than_the_least_possible(history: Outcome) -> None:
    assert history.share == 1
    assert 1 <= history.days / history.least < 20  # a run begins after a minute and a half, and three come after it
    assert history.reading > 0
    assert not history.grows


def test_log_groups_are_as_large_as_their_pages_say() -> None:
    case = CASES[0]
    assert pages(case.hour_bytes(), case.empty_last).mean() == pytest.approx(2, abs=0.01)


def test_tables_and_pictures_have_each_outcome_and_are_the_same_each_time(
    hourly: Outcome, history: Outcome, tmp_path: Path
) -> None:
    text = "\n".join(table([hourly, history]))
    assert "20 MB" in text
    assert text.count(hourly.name) == text.count(history.name) == 1
    first, second = draw([hourly, history], tmp_path / "1"), draw([hourly, history], tmp_path / "2")
    assert [path.name for path in first] == ["log-groups.svg", "history.svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert asdict(hourly)["pages"] == 2
