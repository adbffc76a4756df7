"""Firehose's delivery to S3. It replaces moto's, which writes one object per record and leaves ``!{…}`` unresolved.

A delivery stream collects records until the first one reaches the buffering interval, or until they reach the buffer
size (BufferingHints), by the clock of the embedded AWS. It then writes them, one after the other, as one object.
Sources: Firehose developer guide, "Configure destination settings for Amazon S3" and "Understand custom prefixes".
"""

from __future__ import annotations

import gzip
import re
import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Callable

from botocore.exceptions import ClientError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.firehose.models import FirehoseBackend, firehose_backends

from gluelocal.clock import Clock
from gluelocal.units import from_ms

_DEFAULT_HINTS = {"IntervalInSeconds": 300, "SizeInMBs": 5}
_MIB = 1024 * 1024
_EXPRESSION = re.compile(r"!\{(\w+):([^}]*)\}")
_TIMES = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


@dataclass
class _Buffer:
    """The records that a delivery stream collected since its last object."""

    since_ms: int
    records: list[bytes] = field(default_factory=list)


@dataclass
class Firehose:
    """The delivery streams of every Region: moto keeps their definitions, this class their records.

    Attributes:
        clock: gives the age of a record.
        s3: the client that writes objects. Its requests trigger no delivery, so they can be made during one.
    """

    clock: Clock
    s3: Callable[[], Any]
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _buffers: dict[tuple[str, str], _Buffer] = field(default_factory=dict, init=False)

    def take_over(self) -> Callable[[], None]:
        """Makes moto hand all records to this; returns a function that undoes this."""
        before, firehose = FirehoseBackend.put_s3_records, self

        def undo() -> None:
            FirehoseBackend.put_s3_records = before

        def put(
            backend: Any, delivery_stream_name: str, _version: str, _destination: object, records: list[dict[str, Any]]
        ) -> list[dict[str, str]]:
            firehose.collect(backend.region_name, delivery_stream_name, [record["Data"] for record in records])
            return [{"RecordId": str(uuid.uuid4())} for _ in records]

        FirehoseBackend.put_s3_records = put
        return undo

    def collect(self, region: str, name: str, records: Iterable[bytes]) -> None:
        """Takes records for a delivery stream; writes nothing yet."""
        with self._lock:
            buffer = self._buffers.setdefault((region, name), _Buffer(self.clock.now_ms()))
            buffer.records.extend(records)

    def deliver(self) -> None:
        """Writes an object for each delivery stream with a full or old enough buffer."""
        with self._lock:
            due = {key: buffer for key, buffer in self._buffers.items() if self._is_due(*key, buffer)}
            for key in due:
                del self._buffers[key]
        for (region, name), buffer in due.items():
            self._write(region, name, buffer)

    def _is_due(self, region: str, name: str, buffer: _Buffer) -> bool:
        stream = stream_of(region, name)
        if stream is None:  # it was deleted, and its records with it
            return True
        hints = {**_DEFAULT_HINTS, **_destination(stream).get("BufferingHints", {})}
        age_ms = self.clock.now_ms() - buffer.since_ms
        size_bytes = sum(map(len, buffer.records))
        return age_ms >= int(hints["IntervalInSeconds"]) * 1000 or size_bytes >= int(hints["SizeInMBs"]) * _MIB

    def _write(self, region: str, name: str, buffer: _Buffer) -> None:
        stream = stream_of(region, name)
        if stream is None:
            return
        destination, body = _destination(stream), b"".join(buffer.records)
        if destination.get("CompressionFormat") == "GZIP":
            body = gzip.compress(body, mtime=0)
        key = object_key(destination, name, stream.version_id, from_ms(buffer.since_ms))
        try:
            self.s3().put_object(Bucket=destination["BucketARN"].rpartition(":")[2], Key=key, Body=body)
        except ClientError:  # Firehose retries, for up to 24 hours (Data delivery to S3)
            self.collect(region, name, buffer.records)


def stream_of(region: str, name: str) -> Any:
    """A delivery stream in moto; None if no stream has this name."""
    return firehose_backends[DEFAULT_ACCOUNT_ID][region].delivery_streams.get(name)


def object_key(destination: Mapping[str, Any], name: str, version: str, at: datetime) -> str:
    """The key of an object, from the time (UTC) of its first record.

    Raises:
        ValueError: the prefix has an expression that is unknown here.
    """

    def value(found: re.Match[str]) -> str:
        space, pattern = found.groups()
        if space != "timestamp":
            raise ValueError(f"the embedded Firehose does not know !{{{space}:{pattern}}} in a prefix")
        return at.strftime(re.sub("|".join(_TIMES), lambda time: _TIMES[time[0]], pattern))

    prefix = destination.get("Prefix", "")
    folder = _EXPRESSION.sub(value, prefix) + ("" if "!{timestamp:" in prefix else at.strftime("%Y/%m/%d/%H/"))
    return (
        f"{folder}{name}-{version}-{at.strftime('%Y-%m-%d-%H-%M-%S')}-{uuid.uuid4()}"
        f"{destination.get('FileExtension', '')}"
    )


def _destination(stream: Any) -> Mapping[str, Any]:
    configured = stream.destinations[0]
    found: Mapping[str, Any] = configured.get("ExtendedS3") or configured.get("S3") or {}
    return found
