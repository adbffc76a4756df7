"""Firehose as it writes to S3, in moto's place, which makes an object of every record and leaves ``!{…}`` as it is.

Records of a delivery stream are collected until the first is as old as the buffering interval, or until they have its
size (BufferingHints), by the clock of the embedded AWS. Then they are one object, one behind the other.
Sources: Firehose developer guide, "Configure destination settings for Amazon S3" and "Understand custom prefixes".
"""

from __future__ import annotations

import gzip
import re
import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable

from botocore.exceptions import ClientError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.firehose.models import FirehoseBackend, firehose_backends

from loglake.core.units import EpochMs, from_ms

if TYPE_CHECKING:
    from datetime import datetime

    from loglake.core.ports.clock import Clock

_DEFAULT_HINTS = {"IntervalInSeconds": 300, "SizeInMBs": 5}
_MIB = 1024 * 1024
_EXPRESSION = re.compile(r"!\{(\w+):([^}]*)\}")
_TIMES = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


@dataclass
class _Buffer:
    """What a delivery stream has collected since its first record came."""

    since_ms: EpochMs
    records: list[bytes] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        return sum(map(len, self.records))


class Firehose:
    """The delivery streams of every Region: moto keeps what they are, and this what they hold."""

    def __init__(self, clock: Clock, s3: Callable[[], Any]) -> None:
        """Takes its collaborators.

        Args:
            clock: says how old a record is.
            s3: the client that writes objects; its requests deliver nothing, so they can be made while delivering.
        """
        self._clock = clock
        self._s3 = s3
        self._lock = threading.Lock()
        self._buffers: dict[tuple[str, str], _Buffer] = {}

    def take_over(self) -> Callable[[], None]:
        """Has moto hand all records to this; returns the undoing."""
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
            buffer = self._buffers.setdefault((region, name), _Buffer(self._clock.now_ms()))
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
        if stream is None:  # it was deleted: what it held goes with it
            return True
        hints = {**_DEFAULT_HINTS, **_destination(stream).get("BufferingHints", {})}
        age_ms = self._clock.now_ms() - buffer.since_ms
        return age_ms >= int(hints["IntervalInSeconds"]) * 1000 or buffer.size_bytes >= int(hints["SizeInMBs"]) * _MIB

    def _write(self, region: str, name: str, buffer: _Buffer) -> None:
        stream = stream_of(region, name)
        if stream is None:
            return
        destination, body = _destination(stream), b"".join(buffer.records)
        if destination.get("CompressionFormat") == "GZIP":
            body = gzip.compress(body, mtime=0)
        key = object_key(destination, name, stream.version_id, from_ms(buffer.since_ms))
        try:
            self._s3().put_object(Bucket=destination["BucketARN"].rpartition(":")[2], Key=key, Body=body)
        except ClientError:  # Firehose tries again, for 24 hours at the most (Data delivery to S3)
            self.collect(region, name, buffer.records)


def stream_of(region: str, name: str) -> Any:
    """A delivery stream as moto has it; None if there is none of this name."""
    return firehose_backends[DEFAULT_ACCOUNT_ID][region].delivery_streams.get(name)


def object_key(destination: Mapping[str, Any], name: str, version: str, at: datetime) -> str:
    """The key of an object with a first record of a time (UTC).

    Raises:
        ValueError: the prefix has an expression that is not known here.
    """

    def value(found: re.Match[str]) -> str:
        space, pattern = found.groups()
        if space != "timestamp":
            raise ValueError(f"the embedded Firehose does not know !{{{space}:{pattern}}} in a prefix")
        return at.strftime(re.sub("|".join(_TIMES), lambda time: _TIMES[time[0]], pattern))

    prefix = destination.get("Prefix", "")
    has_time = "!{timestamp:" in prefix
    folder = _EXPRESSION.sub(value, prefix) + ("" if has_time else at.strftime("%Y/%m/%d/%H/"))
    return (
        f"{folder}{name}-{version}-{at.strftime('%Y-%m-%d-%H-%M-%S')}-{uuid.uuid4()}"
        f"{destination.get('FileExtension', '')}"
    )


def _destination(stream: Any) -> Mapping[str, Any]:
    configured = stream.destinations[0]
    found: Mapping[str, Any] = configured.get("ExtendedS3") or configured.get("S3") or {}
    return found
