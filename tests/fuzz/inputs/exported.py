"""Exported text with known content: what must become rows, and what must go to quarantine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta

from fuzz.oracle import Entry, Event, Held, Text, demand, joined

LONGEST_EVENT = 16 << 20
"""What is longer, timestamp and newline included, is not an event. CloudWatch takes one megabyte."""

HEAD_BYTES = 64 << 10
"""Where one line of an object's start has a timestamp, it is an export."""

_TIMESTAMP = re.compile(rb"^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z ", re.MULTILINE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_export(text: Text) -> bool:
    """Whether an object is an export beyond doubt."""
    return any(_ms(match) is not None for match in _TIMESTAMP.finditer(text.data[:HEAD_BYTES]))


def read_export(text: Text, entries: Sequence[Entry], _rows: AbstractSet[int]) -> Held:
    """Stamped events. Everything else must be in quarantine, exactly; so must the last event of a damaged object."""
    events, no_timestamp = split(text)
    found = joined(entries)
    demand(found == no_timestamp, f"quarantine has {found!r:.700}, but what is not an event is {no_timestamp!r:.700}")
    empty = sum(not entry.data for entry in entries)
    demand(empty <= int(text.damaged), "an entry of quarantine is for nothing")
    demand(bool(entries) or not text.damaged, "damage is not in quarantine")
    return Held(events)


def read_stretches(text: Text, entries: Sequence[Entry], _rows: AbstractSet[int]) -> Held:
    """Stamped events around members that fail their checks, but for the last one of each stretch: it may be cut."""
    demand(bool(entries), "a member that fails its check is not in quarantine")
    for entry in entries:
        demand(any(entry.data in each for each in text.stretches), f"bytes of no member that is whole: {entry!r:.700}")
    exported = [Text(each, True) for each in text.stretches if is_export(Text(each, True))]
    return Held([event for each in exported for event in split(each)[0]], exact=False)


def split(text: Text) -> tuple[list[Event], list[Entry]]:
    """Cuts text if a line starts with a timestamp."""
    data = text.data
    timestamps = [(match, ms) for match in _TIMESTAMP.finditer(data) if (ms := _ms(match)) is not None]
    starts = [match.start() for match, _ in timestamps]
    first = starts[0] if starts else len(data)
    events: list[Event] = []
    others = [Entry(0, 1, data[:first])]
    line = 1 + data.count(b"\n", 0, first)
    for (match, ms), end in zip(timestamps, (*starts, len(data))[1:], strict=True):
        start = match.start()
        if (text.damaged and end == len(data)) or end - start > LONGEST_EVENT:
            others.append(Entry(start, line, data[start:end]))
        else:
            events.append(Event(line, ms, data[match.end() : end].removesuffix(b"\n")))
        line += data.count(b"\n", start, end)
    return events, joined(others)


def _ms(match: re.Match[bytes]) -> int | None:
    year, month, day, hour, minute, second, millisecond = map(int, match.groups())
    try:
        instant = datetime(year, month, day, hour, minute, second, millisecond * 1_000, UTC)
    except ValueError:
        return None
    return (instant - _EPOCH) // timedelta(milliseconds=1)
