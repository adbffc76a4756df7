"""How far planning has come with a log group, so that it need not read a year of rows to plan an hour."""

from __future__ import annotations

from dataclasses import dataclass

from loglake.core.units import EpochMs


@dataclass(frozen=True)
class Watermark:
    """The times up to which nothing is left to plan for a log group. No window crosses one of them.

    Attributes:
        start_ms: where what a schedule asks for begins.
        settled_until_ms: every window before this is closed and settled, or is not planned again, because it must not
            be exported or because it FAILED in its final pass. A person may retry those.
        final_until_ms: the same for the final pass, which was done or skipped.
    """

    start_ms: EpochMs
    settled_until_ms: EpochMs
    final_until_ms: EpochMs

    def __post_init__(self) -> None:
        """States the invariant: a day settles before its final pass."""
        if self.final_until_ms > self.settled_until_ms:
            raise ValueError(f"{self}: a final pass can't be ahead of the settled one")

    @staticmethod
    def at(start_ms: EpochMs) -> Watermark:
        """The watermark of a log group without any planning yet."""
        return Watermark(start_ms, start_ms, start_ms)

    def back_to(self, ms: EpochMs) -> Watermark:
        """The watermark moved before a window that is added or reopened; itself if it is there already."""
        if self.settled_until_ms <= ms:
            return self
        return Watermark(self.start_ms, ms, min(self.final_until_ms, ms))
