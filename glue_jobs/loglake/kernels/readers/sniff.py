"""Recognises the kind of a raw object by its content, never by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Callable, NamedTuple

import numpy as np
import pyarrow as pa

from loglake.core.plain_notes import EMPTY, PlainNotes
from loglake.core.schema.bundle import Bundle
from loglake.kernels.arrow import Strings, pc
from loglake.kernels.blocks import TruncatedInputError, damaged
from loglake.kernels.formats.colours import plain as uncoloured
from loglake.kernels.formats.registry import FORMATS
from loglake.kernels.formats.together import by_format
from loglake.kernels.readers.events import Events, Fragment, Origin, decode
from loglake.kernels.readers.export_text import NO_TIMESTAMP, read_events
from loglake.kernels.readers.export_timestamps import TIMESTAMP_BYTES, find_timestamps, is_timestamp
from loglake.kernels.readers.plain.encoding import IN_NO_TEXT, is_marked, to_utf8
from loglake.kernels.readers.plain.journal import CURSOR
from loglake.kernels.readers.plain.reader import BLOCK_BYTES, read_plain
from loglake.kernels.readers.saved.documents import begins_answer, read_answers
from loglake.kernels.readers.saved.tables import begins_table, read_table
from loglake.kernels.readers.saved.tailed import begins_tail, read_tail
from loglake.kernels.readers.service_logs import read_service_logs, recognise
from loglake.kernels.readers.subscription import looks_like_payload, read_payloads

HEAD_BYTES = 64 * 1024
"""Decompressed bytes of an object that decide what it is."""

_SAMPLED = 200
"""Lines that show whether the time before them is CloudWatch's."""

_OF_TIME = ("timestamp", "time")

_BINARY = "binary data"
_TAR_AT = 257
_SIGNATURES = (
    (b"PAR1", "a Parquet file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x7fELF", "a program (ELF)"),
    (b"MZ", "a program (Windows)"),
    (b"\xcf\xfa\xed\xfe", "a program (macOS)"),
    (b"\xca\xfe\xba\xbe", "a Java class or a program (macOS)"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture (pcap)"),
    (b"LPKSHHRH", "a journal of systemd (export it with journalctl -o json)"),
    (b"ElfFile\x00", "a Windows event log (export it as text)"),
    (b"\x1f\x8b", "gzip over and over"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)
_WORDS = (b"PAR1", b"ORC", b"MZ", b"GIF8")
"""Signatures with which a line of text may begin, too."""

_RARE = 20
"""Of so many bytes of a text, at most one is a control character or begins a run of zero bytes."""


@dataclass(frozen=True)
class PlainRules:
    """What is said about plain log files.

    Attributes:
        zone: the time zone of timestamps that name none; UTC if empty.
        event_start: RE2 that the first line of each event has; empty for none.
    """

    zone: str = ""
    event_start: str = ""

    @staticmethod
    def of(bundle: Bundle) -> PlainRules:
        """As a bundle has them."""
        return PlainRules(bundle.timezone, bundle.event_start)


NO_RULES = PlainRules()


@dataclass(frozen=True)
class Plain:
    """How an object is read if it is a plain log file.

    Attributes:
        notes: what a person should know about it; see `PlainNotes`.
        reopen: opens its decompressed bytes again.
        rules: what is said about such files.
    """

    notes: PlainNotes
    reopen: Callable[[], Iterable[bytes]]
    rules: PlainRules = NO_RULES


def read_sniffed(chunks: Iterable[bytes], origin: Origin, plain: Plain | None = None) -> Iterator[Events | Fragment]:
    """The events of an object's decompressed bytes.

    The kinds are tried in this order: an export, if one line starts with CloudWatch's timestamp; subscription payloads;
    the logs that AWS services deliver to S3. Anything else is read as an export without timestamps: all of it becomes
    fragments. Neither the decision nor the events depend on how the chunks are cut.

    With `plain`, an export starts with CloudWatch's timestamp (see `_is_export`), and other text is read as events that
    a person saved from CloudWatch (see `readers.saved`), or else as a plain log file.

    Args:
        chunks: decompressed bytes in order, of any sizes. `TruncatedInputError` at any point is a fragment here.
        origin: the events' origin, if the object itself doesn't say more.
        plain: how to read the object as a plain log file; None if CloudWatch or a service wrote it.
    """
    head = _take_head(iter(chunks))
    if _is_export(head.data) if plain else _has_timestamp(head.data):
        yield from _read_export(head.chunks, origin, NO_TIMESTAMP)
    elif looks_like_payload(head.data):
        yield from read_payloads(head.chunks, origin)
    elif format_id := recognise(head.data, head.is_whole):
        yield from read_service_logs(head.chunks, origin, format_id)
    elif plain:
        yield from _read_plain(head, origin, plain)
    else:
        yield from _read_export(head.chunks, origin, _why_not(head.data))


def read_as_plain(chunks: Iterable[bytes], origin: Origin, plain: Plain) -> Iterator[Events | Fragment]:
    """As `read_sniffed`, but reads any text as saved events or as a plain log file."""
    yield from _read_plain(_take_head(iter(chunks)), origin, plain)


def why_no_log(chunks: Iterable[bytes]) -> str:
    """What an object is if its first bytes show that it is no log, such as ``a PNG image``.

    Empty if it may be a log, or if these bytes are damaged.
    """
    head = _take_head(iter(chunks))
    if not head.is_whole and len(head.data) < HEAD_BYTES:
        return ""
    if head.is_whole and not head.data:
        return EMPTY
    is_text = _has_timestamp(head.data[:TIMESTAMP_BYTES]) or _is_text(head.data) or looks_like_payload(head.data)
    return "" if is_text or recognise(head.data, head.is_whole) else _kind(head.data) or _BINARY


def _read_plain(head: _Head, origin: Origin, plain: Plain) -> Iterator[Events | Fragment]:
    text = b"".join(to_utf8([head.data]))
    if begins_answer(text):
        yield from read_answers(to_utf8(head.chunks), text, origin, BLOCK_BYTES)
    elif begins_table(text):
        yield from read_table(to_utf8(head.chunks), origin, BLOCK_BYTES)
    elif begins_tail(text):
        yield from read_tail(to_utf8(head.chunks), origin, BLOCK_BYTES)
    elif _is_text(head.data):
        yield from read_plain(
            head.chunks,
            head.data,
            origin,
            plain.notes,
            reopen=plain.reopen,
            zone=plain.rules.zone,
            event_start=plain.rules.event_start,
        )
    else:
        yield from _read_export(head.chunks, origin, _why_not(head.data))


def _is_text(head: bytes) -> bool:
    """Whether it is text. An entry of a journal is, although it may have binary fields."""
    return is_marked(head) or head.startswith(CURSOR.encode()) or not (_kind(head) or _is_binary(head))


def _is_binary(head: bytes) -> bool:
    """Whether bytes are no text. A log that was cut while its program went on writing has a run of zero bytes."""
    runs = len(re.findall(rb"\0+", head))
    rest = head.replace(b"\0", b"")
    odd = len(rest) - len(rest.translate(None, IN_NO_TEXT))
    return bool(runs) and not is_marked(head) and _RARE * max(runs, odd) > len(rest)


def _has_timestamp(head: bytes) -> bool:
    """Whether a line of these bytes starts with the timestamp of an exported event."""
    if is_timestamp(head[:TIMESTAMP_BYTES]):  # as of nearly all exports
        return True
    data = np.frombuffer(head, np.uint8)
    lines = np.append(0, np.flatnonzero(data == ord("\n")) + 1)
    found, _ = find_timestamps(data, lines[lines <= len(head) - TIMESTAMP_BYTES])
    return len(found) > 0


def _is_export(head: bytes) -> bool:
    """Whether a file that may be a plain one is an export: it starts with CloudWatch's timestamp.

    Some loggers write such a time themselves. Then more events are of a format if the time belongs to their text.
    """
    if not is_timestamp(head[:TIMESTAMP_BYTES]):
        return False
    lines = [line for line in head.split(b"\n")[:_SAMPLED] if is_timestamp(line[:TIMESTAMP_BYTES])]
    texts = decode(pa.array(lines, pa.binary()))[0]
    return _with_fields(texts) <= _with_fields(pc.utf8_slice_codeunits(texts, TIMESTAMP_BYTES))


def _with_fields(texts: Strings) -> int:
    """How many events are of a format that finds more in them than a time."""
    found = by_format(uncoloured(texts), list(FORMATS.values()))
    return sum(len(own) for each, own in found if any(path[-1] not in _OF_TIME for path in each.infer_types(own)))


class _Head(NamedTuple):
    """The start of an object.

    Attributes:
        data: its first `HEAD_BYTES`; fewer if the object, or its part before any damage, is smaller.
        is_whole: whether `data` is the whole object, and nothing is damaged.
        chunks: all bytes of the object, `data` included; raises as the original chunks do.
    """

    data: bytes
    is_whole: bool
    chunks: Iterator[bytes]


def _take_head(chunks: Iterator[bytes]) -> _Head:
    read = bytearray()
    try:
        for chunk in chunks:
            read += chunk
            if len(read) > HEAD_BYTES:
                return _Head(bytes(read[:HEAD_BYTES]), False, chain([bytes(read)], chunks))
    except TruncatedInputError as error:
        return _Head(bytes(read), False, damaged(bytes(read), error))
    return _Head(bytes(read), True, iter([bytes(read)]))


def _read_export(chunks: Iterable[bytes], origin: Origin, no_timestamp: str) -> Iterator[Events | Fragment]:
    """Events of an export; a fragment without a timestamp gets that reason, unless events follow: then it is text."""
    held: Fragment | None = None
    for item in read_events(chunks):
        if isinstance(item, pa.RecordBatch):
            no_timestamp = NO_TIMESTAMP
        if held:
            yield replace(held, reason=no_timestamp)
        held = item if isinstance(item, Fragment) and item.reason == NO_TIMESTAMP else None
        if isinstance(item, pa.RecordBatch):
            yield Events(origin, item)
        elif not held:
            yield item
    if held:
        yield replace(held, reason=no_timestamp)


def _why_not(head: bytes) -> str:
    """Why nothing in an object of this kind has a timestamp."""
    kind = _kind(head) or (_BINARY if _is_binary(head) else "")
    return f"{kind}, which is not a log that can be read here" if kind else NO_TIMESTAMP


def _kind(head: bytes) -> str:
    """What the first bytes of an object look like, if not text."""
    if head.startswith(b"ustar", _TAR_AT):
        return "a tar archive"
    found = next(((signature, kind) for signature, kind in _SIGNATURES if head.startswith(signature)), (b"", ""))
    return "" if found[0] in _WORDS and head.translate(None, IN_NO_TEXT) == head else found[1]
