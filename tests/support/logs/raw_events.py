"""The output of a reader of raw objects, event by event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from loglake.kernels.readers.events import EVENTS, Events, Fragment, Origin


class Event(NamedTuple):
    time: int
    raw: str
    line: int
    origin: Origin


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def collect(items: Iterable[Events | Fragment]) -> tuple[list[Event], list[Fragment]]:
    """Events and fragments, each in the order in which they came."""
    events: list[Event] = []
    fragments: list[Fragment] = []
    for item in items:
        if isinstance(item, Fragment):
            fragments.append(item)
            continue
        assert item.batch.schema == EVENTS
        assert item.batch.num_rows
        columns: list[Any] = [column.to_pylist() for column in item.batch.columns[:3]]
        events.extend(Event(time, raw, line, item.origin) for time, raw, line in zip(*columns, strict=True))
    return events, fragments
