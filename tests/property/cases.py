"""A case: several batches of one table's events, and their place in raw objects."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from loglake.core.schema.schema import ColumnType, FieldPath
from loglake.core.units import MS_PER_DAY, EpochMs, format_instant, parse_instant
from loglake.core.windows import Window

FIRST_DAY = parse_instant("2026-11-20")


@dataclass(frozen=True)
class Event:
    """One event: its exact bytes, without the newline that ends it, and whether a format of text has its fields."""

    ms: int
    data: bytes
    fields_of_text: bool = False

    @property
    def text(self) -> str:
        """The text for a reader, with U+FFFD for bytes that are not UTF-8."""
        return self.data.decode("utf-8", "replace")

    @property
    def is_exact(self) -> bool:
        """Whether that text is the exact content."""
        return self.text.encode() == self.data


@dataclass(frozen=True)
class File:
    """A raw object.

    Attributes:
        stream: its log stream; no two files of a batch have the same.
        head: a leading stretch without a timestamp: no event.
        events: in their order.
        ends: whether a newline is at the end.
        members: how many gzip members it has at most; they are cut anywhere.
    """

    stream: str
    events: tuple[Event, ...]
    head: bytes = b""
    ends: bool = True
    members: int = 1

    def lines(self) -> Iterator[tuple[int, Event]]:
        """Each event with the 1-based number of its first line."""
        line = 1 + self.head.count(b"\n")
        for event in self.events:
            yield line, event
            line += 1 + event.data.count(b"\n")

    def plain(self) -> bytes:
        """The text that CloudWatch writes, before gzip."""
        timestamped = b"".join(format_instant(event.ms).encode() + b" " + event.data + b"\n" for event in self.events)
        return self.head + (timestamped if self.ends else timestamped[:-1])

    def zipped(self) -> bytes:
        """The object's bytes; the same for the same file."""
        plain = self.plain()
        random = Random(len(plain))
        cuts = sorted(random.randint(0, len(plain)) for _ in range(self.members - 1))
        parts = [plain[start:end] for start, end in zip([0, *cuts], [*cuts, len(plain)], strict=True)]
        return b"".join(gzip.compress(part, 1, mtime=0) for part in parts)


@dataclass(frozen=True)
class Batch:
    """The objects of one window that are converted together; the types of new fields are decided on the first few."""

    files: tuple[File, ...]
    sampled: int


@dataclass(frozen=True)
class Case:
    """Batches of one table, day after day; the window of each is its day.

    Attributes:
        seed: what it was made of.
        types: hints, as people write them into `datasets.yaml`.
        chunks: the sizes in which the store gives an object's bytes, over and over.
        stable: in clean cases the kind of each field, by its path.
    """

    seed: int
    batches: tuple[Batch, ...]
    types: Mapping[FieldPath, ColumnType] = field(default_factory=dict)
    partition_by: str = "day"
    chunks: tuple[int, ...] = (1 << 20,)
    stable: Mapping[FieldPath, str] = field(default_factory=dict)


def window_of(number: int) -> Window:
    """The window of a batch, by its number from 0."""
    start = FIRST_DAY + number * MS_PER_DAY
    return Window(EpochMs(start), EpochMs(start + MS_PER_DAY))
