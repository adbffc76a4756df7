"""When retention will soon drop a window's events."""

from __future__ import annotations

import pytest

from loglake.core.planning.passes import expires_soon
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, parse_instant
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

DAY = Window(parse_instant("2026-11-01"), parse_instant("2026-11-02"))


@pytest.mark.parametrize(("keeps", "hours"), [(30, 25 * 24), (400, 395 * 24), (8, 6 * 24), (1, 18)])
def test_a_window_expires_soon_in_the_last_days_or_the_last_quarter_of_its_time(keeps: int, hours: int) -> None:
    since_ms = DAY.from_ms + hours * MS_PER_HOUR
    assert not expires_soon(DAY, keeps, since_ms - 1)
    assert expires_soon(DAY, keeps, since_ms)
    assert expires_soon(DAY, keeps, DAY.from_ms + 2 * keeps * MS_PER_DAY)  # the rest of it stays urgent


def test_nothing_presses_where_everything_is_kept() -> None:
    assert not expires_soon(DAY, None, DAY.to_ms + 9999 * MS_PER_DAY)
