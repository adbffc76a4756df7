"""What the datasets file says about landed events."""

from __future__ import annotations

import pytest

from loglake.core.landing.rules import LandingRules
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

LIVE, OTHER = LogGroupName("/app/live"), LogGroupName("/app/other")


def test_an_hour_is_past_if_the_dataset_of_its_log_group_keeps_less() -> None:
    entries = [
        {"table": "live", "log_groups": [LIVE], "ingest": "landing", "retention_days": 20},
        {"table": "other", "log_groups": [OTHER], "ingest": "landing"},
    ]
    rules = LandingRules(load_datasets({"datasets": entries}))
    now_ms = EpochMs(100 * MS_PER_DAY + 5)
    before, after = (Window(EpochMs(day * MS_PER_DAY), EpochMs((day + 1) * MS_PER_DAY)) for day in (79, 80))
    assert [rules.is_past((LIVE, window), now_ms) for window in (before, after)] == [True, False]
    assert not rules.is_past((OTHER, before), now_ms)
    assert not LandingRules(load_datasets({"datasets": entries[1:]})).is_past((OTHER, before), now_ms)
