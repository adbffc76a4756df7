"""A settable clock whose times are loglake's."""

from __future__ import annotations

from gluelocal.settable_clock import SettableClock
from loglake.core.units import EpochMs


class LogClock(SettableClock):
    def now_ms(self) -> EpochMs:
        return EpochMs(super().now_ms())
