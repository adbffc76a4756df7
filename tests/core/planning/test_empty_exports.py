"""When an empty export is retried."""

from __future__ import annotations

import pytest

from loglake.core.planning.passes import retry_from
from loglake.core.units import MS_PER_HOUR, EpochMs
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

DAY = Window(EpochMs(100 * MS_PER_HOUR), EpochMs(124 * MS_PER_HOUR))


@pytest.mark.parametrize(("now_hour", "due"), [(125, 136), (135, 136), (200, 201)])
def test_once_more_is_after_twelve_hours_and_an_hour_from_now_at_least(now_hour: int, due: int) -> None:
    assert retry_from(DAY, now_hour * MS_PER_HOUR) == due * MS_PER_HOUR
