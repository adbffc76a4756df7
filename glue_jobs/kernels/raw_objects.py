"""The events of many raw objects as batches of a steady size, however large or small the objects are.

Batches out: ``event_time`` int64 (ms), ``raw`` string, ``line`` int64, ``object`` int32 (the object's number in the
bundle), in the order of (object, line). They depend on the objects' bytes alone. Peak memory: as `read_events`, plus
`BATCH_BYTES` of text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from glue_jobs.core.conversion import RawObject
from glue_jobs.core.keys import WRITE_TEST
from glue_jobs.kernels.export_text import Fragment, read_events
from glue_jobs.kernels.gunzip import gunzip

READ_BYTES = 256 * 1024
"""How much is asked of the object store at a time. A gzip member's rest is copied once per member, so not too much."""

BATCH_BYTES = 4 * 1024 * 1024
"""Text of a batch: enough to make Arrow's functions worth their call."""


class ReadableStore(Protocol):
    """The part of `glue_jobs.core.ports.ObjectStore` that reading needs."""

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """An object's content in chunks of at most `chunk_bytes`."""
        ...


@dataclass(frozen=True)
class Damage:
    """A fragment, and the raw object that it is in."""

    source: str
    fragment: Fragment


def is_data(raw: RawObject) -> bool:
    """Whether an object holds events: the object with which CreateExportTask tests its permission does not."""
    return raw.key.rsplit("/", 1)[-1] != WRITE_TEST


def read_object(raw: RawObject, store: ReadableStore) -> Iterator[pa.RecordBatch | Fragment]:
    """Events and fragments of one object."""
    return read_events(gunzip(partial(store.read, raw.key, READ_BYTES)))


def read_objects(objects: Sequence[RawObject], store: ReadableStore) -> Iterator[pa.RecordBatch | Damage]:
    """Events and fragments of all objects, in their order."""
    waiting: list[pa.RecordBatch] = []
    size = 0
    for number, raw in enumerate(objects):
        if not is_data(raw):
            continue
        for item in read_object(raw, store):
            if isinstance(item, Fragment):
                yield Damage(raw.key, item)
                continue
            waiting.append(numbered(item, number))
            size += item.nbytes
            if size >= BATCH_BYTES:
                yield _join(waiting)
                waiting, size = [], 0
    if waiting:
        yield _join(waiting)


def numbered(events: pa.RecordBatch, number: int) -> pa.RecordBatch:
    """Events with the number of their object."""
    numbers: Any = pa.array(np.full(events.num_rows, number, np.int32))
    return events.append_column("object", numbers)


def _join(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return pa.Table.from_batches(batches).combine_chunks().to_batches()[0]
