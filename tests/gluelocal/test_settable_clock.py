"""A clock that tests move."""

from __future__ import annotations

import pytest

from gluelocal.settable_clock import SettableClock

pytestmark = pytest.mark.unit

NOW = 1_795_219_200_000


def test_it_stands_still_but_for_its_moves() -> None:
    clock = SettableClock(NOW)
    assert clock.now_ms() == NOW
    clock.sleep(0.25)
    assert clock.now_ms() == NOW + 250
    clock.advance(3600)
    assert clock.now_ms() == NOW + 3_600_250
    clock.set(NOW + 4_000_000)
    assert clock.now_ms() == NOW + 4_000_000


@pytest.mark.parametrize("ticking", [False, True])
def test_it_never_goes_back(ticking: bool) -> None:
    clock = SettableClock(NOW, ticking=ticking)
    with pytest.raises(ValueError, match="can't go back"):
        clock.set(NOW - 1)


def test_it_can_tick() -> None:
    clock = SettableClock(NOW, ticking=True)
    clock.sleep(0.002)
    assert clock.now_ms() > NOW
    clock.advance(3600)
    clock.set(NOW + 86_400_000)
    assert clock.now_ms() >= NOW + 86_400_000
