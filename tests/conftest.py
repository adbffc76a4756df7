"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# Time is measured in benchmarks: a machine that has other work to do must not fail a test.
settings.register_profile("loglake", deadline=None)
settings.load_profile("loglake")
