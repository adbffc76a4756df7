"""Events of parsed payloads, if Arrow's reader refuses them, or if they are too few for it."""

from __future__ import annotations

from typing import Any, NamedTuple, Union

import pyarrow as pa

from loglake.kernels.arrow import Array, is_encodable
from loglake.kernels.readers.payload_columns import MAX_MS, MIN_MS, Columns

Text = Union[str, bytes]


class Rows(NamedTuple):
    """Events, column by column.

    Attributes:
        times: ms since the epoch.
        texts: bytes if the payload is not UTF-8; a string may have lone surrogates.
        ids: None if an event has none.
    """

    times: list[int]
    texts: list[Text]
    ids: list[str | None]


def rows_of(events: list[Any], is_utf8: bool) -> Rows | None:
    """The events of a payload; None if one lacks a usable timestamp or message.

    Args:
        events: as `Document.value` has them.
        is_utf8: as `Document.is_utf8`.
    """
    try:
        times = [event["timestamp"] for event in events]
        texts = [event["message"] for event in events]
        ids = [event.get("id") for event in events]
    except (AttributeError, KeyError, TypeError):
        return None
    if not set(map(type, times)) <= {int} or not set(map(type, texts)) <= {str}:
        return None
    if times and not MIN_MS <= min(times) <= max(times) <= MAX_MS:
        return None
    return Rows(times, texts if is_utf8 else [bytes_of(text) for text in texts], [id_of(each) for each in ids])


def id_of(value: Any) -> str | None:
    """The id if it is as CloudWatch writes it, else None: mistaking two ids for the same would lose an event."""
    return value if isinstance(value, str) and value and is_encodable(value) else None


def bytes_of(text: str) -> bytes:
    """The bytes of a text from a payload that is not UTF-8; in the text, bad bytes are surrogates (PEP 383)."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return b"".join(map(_bytes_of_char, text))


def _bytes_of_char(char: str) -> bytes:
    return char.encode("utf-8", "surrogateescape" if "\udc80" <= char <= "\udcff" else "surrogatepass")


class WaitingRows:
    """Collects the events of payloads until they are worth a batch.

    Attributes:
        size: of their texts.
    """

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.size = 0
        self._rows = Rows([], [], [])
        self._origins: list[tuple[str, str, str, int]] = []

    def add(self, rows: Rows, origin: tuple[str, str, str]) -> None:
        """Adds events of one payload, with its account, log group and log stream."""
        self._rows.times.extend(rows.times)
        self._rows.texts.extend(rows.texts)
        self._rows.ids.extend(rows.ids)
        self._origins.append((*origin, len(rows.times)))
        self.size += sum(map(len, rows.texts))

    def take(self) -> Columns:
        """Returns all events so far, and forgets them."""
        times, texts, ids = self._rows
        columns = Columns(pa.array(times, pa.int64()), _texts(texts), pa.array(ids, pa.string()), self._origins)
        self._clear()
        return columns


def _texts(texts: list[Text]) -> Array:
    """String, or binary if UTF-8 can't encode all of them."""
    try:
        array: Array = pa.array(texts, pa.string())
    except (UnicodeEncodeError, pa.ArrowInvalid):
        array = pa.array([text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass") for text in texts])
    return array
