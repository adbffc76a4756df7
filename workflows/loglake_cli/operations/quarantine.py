"""Quarantine of a deployment, of a kept local run, or of an output of ``loglake convert``."""

from __future__ import annotations

import base64
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from gluelocal.shown_stream import visible
from loglake.core.ports.objects import ObjectStore
from loglake.kernels.quarantine import read_entries

_HEX_BYTES = 16
_DAMAGED = "this file of quarantine can't be read: `loglake verify` says what to do"


@dataclass(frozen=True)
class Entry:
    """A stretch of a raw object that is not an event, or an event that breaks its table's schema setting.

    Attributes:
        table: of the window; ``_landing`` for a landed object without a known table.
        source: the raw object's key.
        line: 1-based number of its first line in the decompressed object.
        offset: of its first byte there; -1 if that is not known.
        data: the bytes that quarantine keeps.
        left_out_bytes: the number of bytes that it does not keep.
        values: of an event, what breaks the setting: JSON texts by field.
    """

    table: str
    reason: str
    source: str
    line: int
    offset: int
    data: bytes
    left_out_bytes: int = 0
    values: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict; bytes that are not UTF-8 become base64."""
        known = {name: value for name, value in vars(self).items() if name not in {"data", "values"}}
        known |= {"values": dict(self.values)} if self.values else {}
        try:
            return {**known, "text": self.data.decode("utf-8")}
        except UnicodeDecodeError:
            return {**known, "base64": base64.b64encode(self.data).decode("ascii")}


@dataclass
class Reason:
    """Entries of one table with the same reason.

    Attributes:
        source: the first raw object that has one, and `line` where.
        objects: how many different ones have.
    """

    table: str
    reason: str
    source: str
    line: int
    entries: int = 0
    objects: int = 0
    size_bytes: int = 0


class Quarantine:
    """The quarantine files below a prefix of a store, each below the folder of its table."""

    def __init__(self, store: ObjectStore, prefix: str) -> None:
        self._store = store
        self._prefix = prefix

    def entries(self, table: str | None = None) -> Iterator[Entry]:
        """All entries, of one table or of all, in the order of their files. Memory: that of a file.

        A file that can't be read is an entry of its own.
        """
        for item in self._store.list(f"{self._prefix}{table}/" if table else self._prefix):
            name = item.key[len(self._prefix) :].split("/")[0]
            content = self._store.get(item.key)
            try:
                yield from [_entry(name, entry) for entry in read_entries(content)]
            except (ValueError, KeyError, TypeError, RecursionError, zlib.error):
                yield Entry(name, _DAMAGED, item.key, 1, 0, b"", len(content))

    def tables(self) -> set[str]:
        """The tables that have files of quarantine."""
        return {item.key[len(self._prefix) :].split("/")[0] for item in self._store.list(self._prefix)}

    def reasons(self, table: str | None = None) -> list[Reason]:
        """How many entries there are by table and reason, the most first."""
        found: dict[tuple[str, str], Reason] = {}
        sources: dict[tuple[str, str], set[str]] = defaultdict(set)
        for entry in self.entries(table):
            key = (entry.table, entry.reason)
            mine = found.setdefault(key, Reason(*key, entry.source, entry.line))
            mine.entries += 1
            mine.size_bytes += len(entry.data) + entry.left_out_bytes
            sources[key].add(entry.source)
            mine.objects = len(sources[key])
        return sorted(found.values(), key=lambda each: (each.table, -each.entries, each.reason))

    def first(self, limit: int, table: str | None = None, reason: str = "") -> list[Entry]:
        """The first entries; with a reason, those with this text in their own."""
        return list(islice((each for each in self.entries(table) if reason in each.reason), limit))


HEX_SHOWN = 256
"""Bytes of a hex dump: the start shows the kind of a file, and a full screen shows no more."""


def readable(data: bytes, most: int) -> tuple[str, int]:
    """Bytes for a person: text with its control characters escaped, anything else as the start of a hex dump.

    Args:
        data: the bytes.
        most: how many of them are shown, at most; of a dump `HEX_SHOWN`.

    Returns:
        What to print, and how many bytes it shows.
    """
    shown = data[:most]
    try:
        text = shown.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.start >= len(shown) - 3 and len(data) > most  # in the middle of a character
        if not cut:
            shown = shown[:HEX_SHOWN]
            return "\n".join(_hex_line(shown, start) for start in range(0, len(shown), _HEX_BYTES)), len(shown)
        shown = shown[: error.start]
        text = shown.decode("utf-8")
    return visible(text), len(shown)


def _hex_line(data: bytes, start: int) -> str:
    piece = data[start : start + _HEX_BYTES]
    letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
    return f"{start:08x}  {piece.hex(' '):<{3 * _HEX_BYTES}} {letters}"


def _entry(table: str, entry: dict[str, Any]) -> Entry:
    return Entry(
        table,
        entry["reason"],
        entry["source"],
        entry["line"],
        entry["offset"],
        base64.b64decode(entry["base64"]) if "base64" in entry else entry["text"].encode(),
        entry.get("left_out_bytes", 0),
        entry.get("values", {}),
    )
