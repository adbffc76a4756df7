"""The speed of counted work, and the remaining time."""

from __future__ import annotations

from dataclasses import dataclass

_SCALES = ((1, "a second"), (60, "a minute"), (3600, "an hour"))

BYTES, PERCENT = "bytes", "percent"
"""Units with their own notation."""


@dataclass
class Pace:
    """Work of a known size.

    Attributes:
        began_s: when it began, on the clock that only goes forward.
        through: parts that are done.
        of: all parts; 0 if that is not known.
        unit: what these are, such as ``windows``; `BYTES` and `PERCENT` are written in their own way.
    """

    began_s: float
    through: int = 0
    of: int = 0
    unit: str = "parts"

    def text(self, now_s: float, short: bool = False) -> str:
        """How long it takes so far; with a size how much is done. Until all is: how fast it goes, and the time left.

        Args:
            now_s: the time, on the same clock.
            short: without the speed, for a narrow terminal.
        """
        passed_s = max(0.0, now_s - self.began_s)
        if not self.of:
            return _duration(passed_s)
        done = _amount(self.through, self.of, self.unit)
        if not 0 < self.through < self.of or passed_s <= 0:
            return f"{done}, {_duration(passed_s)}"
        per_s = self.through / passed_s
        left = f"about {_duration((self.of - self.through) / per_s)} left"
        return f"{done}, {left}" if short or self.unit == PERCENT else f"{done}, {_speed(per_s, self.unit)}, {left}"


def _amount(through: int, of: int, unit: str) -> str:
    if unit == PERCENT:
        return f"{through} %"
    if unit == BYTES:
        size, name = _size_scale(of)
        return f"{through / size:,.1f} of {of / size:,.1f} {name}"
    return f"{through:,} of {of:,} {unit.removesuffix('s') if of == 1 else unit}"


def _speed(per_s: float, unit: str) -> str:
    """Per second; slower work per minute or hour."""
    if unit == BYTES:
        size, name = _size_scale(per_s)
        return f"{per_s / size:,.1f} {name} a second"
    seconds, name = next((scale for scale in _SCALES if per_s * scale[0] >= 1), _SCALES[-1])
    return f"{per_s * seconds:,.1f} {name}"


def _size_scale(size_bytes: float) -> tuple[float, str]:
    return (1e6, "MB") if size_bytes >= 1e6 else (1e3, "kB")


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 7200 else f"{whole // 3600} h {whole % 3600 // 60} min"
