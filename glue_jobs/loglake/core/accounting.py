"""What became of every event: nothing is lost, and it is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

QUARANTINE_BYTES = 16 * 1024 * 1024
"""Bytes that quarantine keeps of one raw object, before compression: the longest event fits, and more than a person
reads. The raw object has the rest."""


@dataclass(frozen=True)
class Accounting:
    """Counts of events, except `rescued_values` and `violations`, which count values, and what ends in ``bytes``.

    Attributes:
        events_in: events found in raw objects; what can't be decoded counts as one per damaged stretch.
        rows_out: rows in the table.
        quarantined: events that could not be decoded, or whose dataset discards rows that break its contract. Those
            that quarantine leaves out are included.
        duplicates: events left out because the same event id was seen before.
        out_of_window: events left out because another window of the same log group holds them.
        dropped: events that the dataset's own transformation left out.
        rescued_values: values that did not fit their column and are kept in ``_rescued``; counted before rows
            are discarded or transformed.
        violations: fields of events that break the table's schema contract, see `loglake.core.schema.contract`;
            counted as early.
        text_bytes: UTF-8 bytes of the events' texts, and the bytes of undecodable input. It does not count for
            equality.
        quarantine_left_out: how many of `quarantined` are not in quarantine, because their object had too many.
        quarantine_left_out_bytes: their bytes, and the missing bytes of entries that were cut.
        read_as: rows, and dropped events, by the format that read them; ``text`` if no other format did. Empty in
            windows from versions that did not count it.
        redacted: values that were hidden, by the pattern that found them.
    """

    events_in: int = 0
    rows_out: int = 0
    quarantined: int = 0
    duplicates: int = 0
    out_of_window: int = 0
    dropped: int = 0
    rescued_values: int = 0
    violations: int = 0
    text_bytes: int = field(default=0, compare=False)
    quarantine_left_out: int = 0
    quarantine_left_out_bytes: int = 0
    read_as: Mapping[str, int] = field(default_factory=dict, compare=False)
    redacted: Mapping[str, int] = field(default_factory=dict, compare=False)

    @property
    def balanced(self) -> bool:
        """Whether every event that came in went somewhere."""
        out = self.rows_out + self.quarantined + self.duplicates + self.out_of_window + self.dropped
        return self.events_in == out

    @property
    def held(self) -> int:
        """Events that the window itself holds: as rows, in quarantine, as duplicates, or dropped on purpose."""
        return self.events_in - self.out_of_window

    @property
    def left_out(self) -> str:
        """What quarantine leaves out, in words; empty if it has all."""
        if not self.quarantine_left_out and not self.quarantine_left_out_bytes:
            return ""
        return (
            f"Quarantine keeps {QUARANTINE_BYTES >> 20} MiB of an object at most: it leaves out "
            f"{self.quarantine_left_out_bytes / 1e6:,.1f} MB, with {self.quarantine_left_out:,} whole entries. The raw "
            "objects have them."
        )

    def __add__(self, other: Accounting) -> Accounting:
        summed: dict[str, Any] = {name: count + getattr(other, name) for name, count in self.counts().items()}
        summed |= {name: _sum(getattr(self, name), getattr(other, name)) for name in _BY_NAME}
        return Accounting(**summed)

    def counts(self) -> dict[str, int]:
        """The plain counts, by name."""
        return {name: value for name, value in vars(self).items() if name not in _BY_NAME}

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict of the counts."""
        return {**self.counts(), **{name: dict(found) for name in _BY_NAME if (found := getattr(self, name))}}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Accounting:
        """The inverse of `to_json`."""
        counts: dict[str, Any] = {name: int(value) for name, value in data.items() if name not in _BY_NAME}
        counts |= {name: {key: int(count) for key, count in data.get(name, {}).items()} for name in _BY_NAME}
        return Accounting(**counts)


_BY_NAME = ("read_as", "redacted")
"""Counts of several things each."""


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> Mapping[str, int]:
    return dict(Counter(one) + Counter(other)) if one and other else one or other


def total(parts: Iterable[Accounting]) -> Accounting:
    """The sum of many accountings. That of one is the same object: a status has very many such sums."""
    first, *others = [*parts] or [Accounting()]
    return sum(others, first)
