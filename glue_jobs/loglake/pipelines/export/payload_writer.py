"""Writes read events as gzipped subscription payloads, which convert-logs reads as it reads those of a subscription.

Schema in: events of one log group. Out: objects of JSON payloads, one a line, each with the events of one stream and
page in their order. Peak memory: one object, compressed, and one page.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from loglake.core.ports.event_reader import ReadEvent
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import RawObject
from loglake.core.units import LogGroupName

OBJECT_BYTES = 16 * 1024 * 1024
"""An object ends when it has so many compressed bytes: a Spark task converts it without much memory."""

_LEVEL = 3
"""Of zlib: 6 takes twice the processor time of a small job for objects that are a tenth smaller."""
_GZIP = 31


class PayloadWriter:
    """The objects of one read.

    Attributes:
        events: how many events were written.
        id_sum: the sum of 64-bit hashes of their ids, modulo 2**63. Two reads of a time have the same sum if they have
            the same events.
    """

    def __init__(self, raw: ObjectStore, log_group: LogGroupName, account: str) -> None:
        self._raw = raw
        self._head = {
            "messageType": "DATA_MESSAGE",
            "owner": account,
            "logGroup": log_group,
            "subscriptionFilters": ["loglake"],
        }
        self._objects: list[RawObject] = []
        self._begin()
        self.events = 0
        self.id_sum = 0

    def _begin(self) -> None:
        self._body = bytearray()
        self._gzip = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        self._is_empty = True

    @property
    def is_full(self) -> bool:
        """Whether an object is due."""
        return len(self._body) >= OBJECT_BYTES

    def write(self, events: Iterable[ReadEvent]) -> None:
        """Adds events."""
        streams: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
        for timestamp_ms, log_stream, event_id, message in events:
            streams[log_stream].append({"id": event_id, "timestamp": timestamp_ms, "message": message})
            self.id_sum += int.from_bytes(hashlib.blake2b(event_id.encode(), digest_size=8).digest(), "big")
            self.events += 1
        self.id_sum %= 2**63  # the most that a number of the ledger may be
        for log_stream, described in streams.items():
            payload = {**self._head, "logStream": log_stream, "logEvents": described}
            self._body += self._gzip.compress(json.dumps(payload, separators=(",", ":")).encode() + b"\n")
            self._is_empty = False

    def put(self, prefix: str) -> None:
        """Puts what was written since the last object, if it is anything, as ``<prefix>/000000.gz`` and so on."""
        if self._is_empty:
            return
        self._body += self._gzip.flush()
        key = f"{prefix}/{len(self._objects):06d}.gz"
        self._raw.put(key, bytes(self._body))
        self._objects.append(RawObject(key, len(self._body), ""))
        self._begin()

    @property
    def objects(self) -> Sequence[RawObject]:
        """The objects that were put."""
        return self._objects
