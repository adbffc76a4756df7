"""Windows and what is left of them, whatever is covered already."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs
from loglake.core.windows import Window, floor_to, merge, subtract

pytestmark = pytest.mark.unit

INSTANTS = st.integers(0, 40 * MS_PER_DAY)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start, end = sorted(draw(st.lists(INSTANTS, min_size=2, max_size=2, unique=True)))
    return Window(EpochMs(start), EpochMs(end))


def test_window_is_half_open() -> None:
    window = Window(EpochMs(1000), EpochMs(2000))
    assert 1000 in window
    assert 1999 in window
    assert 2000 not in window
    assert str(window) == "[1970-01-01T00:00:01.000Z, 1970-01-01T00:00:02.000Z)"


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5), (-1, 5)])
def test_window_refuses_what_is_empty_or_before_the_epoch(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="needs 0 <= from < to"):
        Window(EpochMs(start), EpochMs(end))


def test_floor_to() -> None:
    assert floor_to(MS_PER_HOUR + 5, MS_PER_HOUR) == MS_PER_HOUR
    assert floor_to(MS_PER_HOUR, MS_PER_HOUR) == MS_PER_HOUR


@given(st.lists(windows(), max_size=8), st.lists(INSTANTS, max_size=20))
def test_merging_keeps_every_instant_in_as_few_windows_as_possible(parts: list[Window], instants: list[int]) -> None:
    merged = merge(parts)
    edges = [edge for part in parts for edge in (part.from_ms, part.to_ms - 1, part.to_ms)]
    for instant in instants + edges:
        assert sum(instant in window for window in merged) == int(any(instant in part for part in parts))
    assert all(left.to_ms < right.from_ms for left, right in zip(merged, merged[1:], strict=False))


@given(windows(), st.lists(windows(), max_size=6), st.lists(INSTANTS, max_size=20))
def test_an_instant_is_left_exactly_where_nothing_covers_it(
    window: Window, covered: list[Window], instants: list[int]
) -> None:
    rest = subtract(window, covered)
    edges = [edge for other in [window, *covered] for edge in (other.from_ms, other.to_ms, other.to_ms - 1)]
    for instant in instants + edges:
        expected = instant in window and not any(instant in other for other in covered)
        assert sum(instant in piece for piece in rest) == int(expected)
    assert all(left.to_ms < right.from_ms for left, right in zip(rest, rest[1:], strict=False))
