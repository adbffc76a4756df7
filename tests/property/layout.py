"""The layout of a case in the buckets: object keys, the bundle of each batch, and the expected rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from support.fakes.stores import MemoryStore

from loglake.core.keys import WindowKeys, exported_stream_name, partition_of
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.units import LogGroupName
from loglake.core.windows import Window, merge
from property.cases import Batch, Case, Event, window_of
from property.tables import Expected, Place

TABLE = "app"
LOG_GROUP = LogGroupName("/app")


class ChoppyStore(MemoryStore):
    """Returns an object's bytes in chunks of its own sizes, repeatedly, whatever size is requested."""

    def __init__(self, bucket: str, sizes: tuple[int, ...]) -> None:
        super().__init__(bucket)
        self._sizes = sizes

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        body = self.get(key)
        start = 0
        for size in cycle(self._sizes):
            if start >= len(body):
                return
            yield body[start : start + size]
            start += size


def task_id(number: int) -> str:
    """A unique id in the form of CloudWatch's export tasks, which marks a folder's objects as exported."""
    return f"3f1c8a52-6c1b-4f0e-9a59-{number:012d}"


def raw_objects(batch: Batch, number: int, log_group: LogGroupName) -> dict[RawObject, bytes]:
    """The objects of a batch, as an export lays them out, with their bytes."""
    prefix = f"{WindowKeys(log_group, window_of(number), 1).export_prefix}/{task_id(number)}"
    bodies = [(file.stream, file.zipped()) for file in batch.files]
    return {
        RawObject(f"{prefix}/{exported_stream_name(stream)}/000000.gz", len(body), stream): body
        for stream, body in bodies
    }


def bundle_of(case: Case, number: int, objects: tuple[RawObject, ...]) -> Bundle:
    """The bundle of a batch; the ledger knows its window and those before."""
    return Bundle(
        table=TABLE,
        log_group=LOG_GROUP,
        window=window_of(number),
        generation=1,
        number=0,
        attempt="a",
        objects=objects,
        partition_by=case.partition_by,
        elsewhere=earlier_windows(number),
        types=case.types,
    )


def earlier_windows(number: int) -> tuple[Window, ...]:
    """The windows of the batches before one."""
    return tuple(merge(window_of(earlier) for earlier in range(number)))


def expected_rows(case: Case, number: int, log_group: LogGroupName) -> dict[Place, Expected]:
    """The events of a batch that must become rows: all except those of an earlier window."""
    objects = raw_objects(case.batches[number], number, log_group)
    return {
        (raw.key, line): Expected(event, log_group, file.stream, partition_of(event.ms, case.partition_by))
        for raw, file in zip(objects, case.batches[number].files, strict=True)
        for line, event in file.lines()
        if not any(event.ms in window for window in earlier_windows(number))
    }


def sampled_events(batch: Batch) -> list[Event]:
    """The events that decide the types of new fields."""
    return [event for file in batch.files[: batch.sampled] for event in file.events]
