"""CloudWatch Logs subscription data: payloads, or envelopes with payloads in them, one after the other.

A payload is ``{"messageType":"DATA_MESSAGE","owner":…,"logGroup":…,"logStream":…,"subscriptionFilters":[…],
"logEvents":[{"id":…,"timestamp":…,"message":…}, …]}``; other members are ignored. A ``CONTROL_MESSAGE`` tests
that the destination takes data: it has no events. Source:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html

Bytes in, batches of `EVENTS` out, in the order of the object; ``line`` is the number of the event in it, fragments
counted too. ``raw`` is the message as JSON has it. A message that UTF-8 can't encode gets U+FFFD in ``raw``, and its
exact bytes in ``exact``: a bad byte as the object has it, a lone surrogate from an escape as three bytes (CESU-8). In
an object with bad bytes, an escape of U+DC80 to U+DCFF looks like a bad byte, and counts as one.
Peak memory: as `loglake.kernels.json.stream`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np

from loglake.core.log_groups import account_in
from loglake.kernels.arrow import is_encodable
from loglake.kernels.json.spans import ArrayElements, members, skip_white, value_end
from loglake.kernels.json.stream import BLOCK_BYTES, Document, read_items, read_runs
from loglake.kernels.readers.envelopes import Envelope, begins_envelope, envelope_of, unpack_package
from loglake.kernels.readers.events import Events, Fragment, Origin, events_batch
from loglake.kernels.readers.payload_columns import CONTROL_MESSAGE, DATA_MESSAGE, Columns, read_columns
from loglake.kernels.readers.payload_rows import WaitingRows, bytes_of, rows_of

NO_PAYLOAD = "no payload of a subscription filter"
NO_EVENT = "its timestamp or its message is none"
NO_PACKAGE = "its data is not base64"

SMALL_BYTES = 32 * 1024
"""Arrow's reader is not worth its call for less."""

_BEGINNING = re.compile(
    rb'\{[ \t\r\n]*"(?:messageType|owner|logGroup|logStream|subscriptionFilters|policyLevel|logEvents'
    rb'|awslogs|Records|records|invocationId|deliveryStreamArn)"'
)


@dataclass(frozen=True)
class _Package:
    """The position of a package in an envelope.

    Attributes:
        envelope: the document.
        records: the envelope's records; None if the envelope is one package itself.
        index: the number of the record.
    """

    envelope: Document
    records: ArrayElements | None
    index: int

    @property
    def data(self) -> bytes:
        """The exact bytes of the record, or of the envelope."""
        return self.records[self.index] if self.records else self.envelope.data


def read_payloads(
    chunks: Iterable[bytes], origin: Origin, block_bytes: int = BLOCK_BYTES
) -> Iterator[Events | Fragment]:
    """The events of all payloads.

    They depend on the bytes alone, not on how the chunks are cut. Anything but a payload, envelope or event is a
    fragment. If the object is damaged, all after its last whole document is a fragment too. If the bytes in a package
    are not whole, the fragment has the package itself, because it says more than its decoded bytes.

    Args:
        chunks: decompressed bytes in order, of any sizes.
        origin: gives the events their source; its group and stream count if a payload has none.
        block_bytes: the size of one step. Batches depend on it, their events don't.
    """
    return _Reader(origin, block_bytes).read(chunks)


def looks_like_payload(head: bytes) -> bool:
    """Whether an object begins with a payload, or with an envelope of payloads.

    Args:
        head: its first decompressed bytes, which may end anywhere.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    start, has_events = skip_white(text, 0), False
    for key, at in members(text, start):
        if key == "messageType" and _is_whole(text, at):
            return text.startswith((f'"{DATA_MESSAGE}"', f'"{CONTROL_MESSAGE}"'), at)
        if begins_envelope(text, key, at):
            return True
        has_events = has_events or (key == "logEvents" and text.startswith("[", at))
    return has_events and not _is_whole(text, start)  # its type may come after its events


def _is_whole(text: str, at: int) -> bool:
    try:
        value_end(text, at)
    except (ValueError, RecursionError):
        return False
    return True


class _Reader:
    """Holds the events that wait for their batch, and counts."""

    def __init__(self, origin: Origin, block_bytes: int) -> None:
        self._origin = origin
        self._block_bytes = block_bytes
        self._line = 1
        self._rows = WaitingRows()

    def read(self, chunks: Iterable[bytes]) -> Iterator[Events | Fragment]:
        """All of an object."""
        yield from self._bytes(chunks, None)
        yield from self._waiting()

    def _bytes(self, chunks: Iterable[bytes], package: _Package | None) -> Iterator[Events | Fragment]:
        """All of an object, or of a package."""
        for run in read_runs(chunks, self._block_bytes):
            is_small = len(run.data) < SMALL_BYTES
            columns = None if run.problem or is_small else read_columns(run.data, len(run.starts))
            if columns:
                yield from self._waiting()
                yield from self._batches(columns)
                continue
            for item in read_items(run, _BEGINNING):
                if isinstance(item, Document):
                    yield from self._document(item, package)
                else:
                    data = package.data if package and item.is_truncated else item.data
                    yield from self._fragment(item.offset, data, item.reason, package)

    def _document(self, document: Document, package: _Package | None) -> Iterator[Events | Fragment]:
        """A payload or an envelope. An envelope in a package is not opened, so that there is an end."""
        value = document.value
        kind = value.get("messageType") if isinstance(value, dict) else None
        envelope = envelope_of(value) if kind is None and package is None else None
        if envelope:
            yield from self._packages(document, envelope)
        elif kind == DATA_MESSAGE and _is_sound(value):
            yield from self._data_message(document, package)
        elif kind != CONTROL_MESSAGE:
            yield from self._fragment(document.offset, document.data, NO_PAYLOAD, package)

    def _packages(self, document: Document, envelope: Envelope) -> Iterator[Events | Fragment]:
        records = ArrayElements(document.data, envelope.key) if envelope.key else None
        for index, packed in enumerate(envelope.packages):
            package = _Package(document, records, index)
            try:
                chunks = unpack_package(packed)
            except ValueError:
                yield from self._fragment(document.offset, package.data, NO_PACKAGE, package)
            else:
                yield from self._bytes(chunks, package)

    def _data_message(self, document: Document, package: _Package | None) -> Iterator[Events | Fragment]:
        """The events of a payload; invalid ones are fragments."""
        payload, events = document.value, document.value["logEvents"]
        origin = (
            account_in(payload.get("owner")),
            _name_of(payload, "logGroup", self._origin.log_group),
            _name_of(payload, "logStream", self._origin.log_stream),
        )
        rows = rows_of(events, document.is_utf8)
        if rows:
            self._rows.add(rows, origin)
        else:
            located = ArrayElements(document.data, "logEvents")
            for index, event in enumerate(events):
                row = rows_of([event], document.is_utf8)
                if row:
                    self._rows.add(row, origin)
                else:
                    offset = document.offset + located.start(index)
                    yield from self._fragment(offset, located[index], NO_EVENT, package)
        if self._rows.size >= self._block_bytes:
            yield from self._waiting()

    def _waiting(self) -> Iterator[Events | Fragment]:
        """The events that wait."""
        yield from self._batches(self._rows.take())

    def _batches(self, columns: Columns) -> Iterator[Events]:
        """One batch for each stretch of events of the same origin."""
        count = len(columns.times)
        if not count:
            return
        batch = events_batch(columns.times, columns.texts, np.arange(self._line, self._line + count), columns.ids)
        self._line += count
        start = 0
        for (account, group, stream), payloads in groupby(columns.origins, itemgetter(0, 1, 2)):
            length = sum(count for *_, count in payloads)
            if length:
                placed = Origin(self._origin.source, group, stream, account=account or self._origin.account)
                yield Events(placed, batch.slice(start, length))
                start += length

    def _fragment(self, offset: int, data: bytes, reason: str, package: _Package | None) -> Iterator[Events | Fragment]:
        """A fragment, after the events that wait."""
        yield from self._waiting()
        yield Fragment(self._line, package.envelope.offset if package else offset, data, reason)
        self._line += 1


def _is_sound(payload: dict[str, Any]) -> bool:
    names = payload.get("logGroup"), payload.get("logStream")
    return isinstance(payload.get("logEvents"), list) and all(name is None or isinstance(name, str) for name in names)


def _name_of(payload: dict[str, Any], key: str, otherwise: str) -> str:
    """A group's or a stream's name. AWS accepts only names that UTF-8 can encode."""
    name: str | None = payload.get(key)
    if name is None:
        return otherwise
    return name if is_encodable(name) else bytes_of(name).decode("utf-8", "replace")
