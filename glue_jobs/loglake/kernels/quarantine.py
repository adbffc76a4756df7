"""Undecodable input as gzipped lines of JSON, one per entry: reason, place, and bytes.

A small object can hold much: 1 MB of gzip may unpack to 1 GB without an event. So `QUARANTINE_BYTES` of one object are
kept; the rest is counted, and stays in the raw object only.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from loglake.core.accounting import QUARANTINE_BYTES
from loglake.kernels.blocks import character_start
from loglake.kernels.readers.raw_objects import UndecodedStretch

ENTRY_BYTES = 256
"""What an entry counts for beside its bytes: an object can have millions that are empty."""

_GZIP_WBITS = 31
_PIECE = 1 << 20
"""Characters of a text that are made JSON at a time; a control character becomes six."""


class LeftOut(NamedTuple):
    """What quarantine leaves out: the number of whole entries, and the bytes of these and of shortened entries."""

    entries: int = 0
    size_bytes: int = 0


class QuarantineWriter:
    """Writes entries to a file. The first entry creates the file, and closing completes it.

    An entry has ``reason``, ``source`` (raw object key), ``line`` (1-based) and ``offset`` (bytes, in the decompressed
    object) of its start, and its bytes as ``text``, or as ``base64`` if they are not UTF-8; and ``left_out_bytes`` if
    some of them are left out. An event that breaks its table's contract also has ``values``: those that do, by field;
    its offset is -1. Same entries, same bytes. Memory: a few MB beside the entry.

    Args:
        path: of the file.
        redacts: the bytes may have what a dataset hides, so entries have none, and ``left_out_bytes`` is their number.

    Attributes:
        entries: the number of entries in the file.
        left_out: what is not in the file.
    """

    def __init__(self, path: str, *, redacts: bool = False) -> None:
        self.path = path
        self._redacts = redacts
        self.entries = 0
        self.left_out = LeftOut()
        self._room: dict[str, int] = defaultdict(lambda: QUARANTINE_BYTES)
        self._gzip = zlib.compressobj(wbits=_GZIP_WBITS)

    def write(self, undecoded: UndecodedStretch) -> LeftOut:
        """Adds an entry, unless its object has reached the limit. Returns what was left out."""
        data, room = undecoded.fragment.data, self._room[undecoded.source]
        if room <= 0:
            left_out = LeftOut(1, len(data))
        else:
            kept = b"" if self._redacts else data[: character_start(data, room)]
            left_out = LeftOut() if self._redacts else LeftOut(0, len(data) - len(kept))
            self._room[undecoded.source] = room - len(kept) - ENTRY_BYTES
            self._append(self._gzip.compress(piece) for piece in _line(undecoded, kept))
            self.entries += 1
        entries, size_bytes = self.left_out
        self.left_out = LeftOut(entries + left_out.entries, size_bytes + left_out.size_bytes)
        return left_out

    def close(self) -> None:
        """Ends the file, if there is one."""
        if self.entries:
            self._append(iter([self._gzip.flush()]))

    def _append(self, pieces: Iterator[bytes]) -> None:
        with open(self.path, "ab") as out:
            out.writelines(pieces)


def read_entries(content: bytes) -> Iterator[dict[str, Any]]:
    """The entries of a quarantine file."""
    for line in zlib.decompress(content, wbits=_GZIP_WBITS).splitlines():
        yield json.loads(line)


def _line(undecoded: UndecodedStretch, kept: bytes) -> Iterator[bytes]:
    fragment = undecoded.fragment
    where: dict[str, Any] = {
        "reason": fragment.reason,
        "source": undecoded.source,
        "line": fragment.line,
        "offset": fragment.offset,
    }
    if undecoded.values:
        where["values"] = undecoded.values
    if len(kept) < len(fragment.data):
        where["left_out_bytes"] = len(fragment.data) - len(kept)
    try:
        name, text = "text", kept.decode("utf-8")
    except UnicodeDecodeError:
        name, text = "base64", base64.b64encode(kept).decode("ascii")
    yield f'{json.dumps(where, ensure_ascii=False)[:-1]}, "{name}": "'.encode()
    for start in range(0, len(text), _PIECE):
        yield json.dumps(text[start : start + _PIECE], ensure_ascii=False)[1:-1].encode()
    yield b'"}\n'
