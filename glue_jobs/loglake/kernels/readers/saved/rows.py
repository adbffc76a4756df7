"""Events of saved files, put together to batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from loglake.kernels.readers.events import Events, Fragment, Origin, events_batch

NO_EVENT = "its timestamp or its message is none"

_BATCH_BYTES = 4 * 1024 * 1024


class Row(NamedTuple):
    """An event.

    Attributes:
        time_ms: ms since the epoch.
        text: its message, perhaps not UTF-8.
        line: as `EVENTS` has it.
        log_stream: its stream; empty if the file doesn't say it.
        event_id: CloudWatch's; None if the file doesn't say it.
    """

    time_ms: int
    text: bytes
    line: int
    log_stream: str = ""
    event_id: str | None = None


def batches(items: Iterable[Row | Fragment], origin: Origin) -> Iterator[Events | Fragment]:
    """The same events and fragments, in the same order.

    Args:
        items: of one file.
        origin: gives the events their source and group, and their stream if they have none.
    """
    waiting: list[Row] = []
    size = 0
    for item in items:
        if isinstance(item, Fragment):
            yield from _joined(waiting, origin)
            waiting, size = [], 0
            yield item
            continue
        waiting.append(item)
        size += len(item.text)
        if size >= _BATCH_BYTES:
            yield from _joined(waiting, origin)
            waiting, size = [], 0
    yield from _joined(waiting, origin)


def _joined(rows: list[Row], origin: Origin) -> Iterator[Events]:
    """One batch for each stretch of events of the same stream."""
    if not rows:
        return
    times, texts, lines, streams, ids = zip(*rows, strict=True)
    batch = events_batch(
        np.array(times, np.int64), pa.array(texts, pa.binary()), np.array(lines, np.int64), pa.array(ids, pa.string())
    )
    start = 0
    for stream, stretch in groupby(streams):
        length = sum(1 for _ in stretch)
        placed = replace(origin, log_stream=stream or origin.log_stream)
        yield Events(placed, batch.slice(start, length))
        start += length
