"""What all tests share."""

from __future__ import annotations

import pytest
from hypothesis import settings
from support.fakes.interrupts import interrupts_arrive

# Time is measured in benchmarks: a machine that has other work to do must not fail a test.
settings.register_profile("loglake", deadline=None)
settings.load_profile("loglake")

ctrl_c = pytest.fixture(scope="session", autouse=True)(interrupts_arrive)
