"""Entries of systemd's journal in its export format: lines ``KEY=value``, then an empty line.

A field with line ends, or bytes that are no text, is its name on a line, the length of its value as eight bytes, and
the value.

https://systemd.io/JOURNAL_EXPORT_FORMATS/
"""

from __future__ import annotations

import re

CURSOR = "__CURSOR="
"""How the first line of an entry starts."""

_FIELD, _NAME = re.compile(r"[A-Z0-9_]+="), re.compile(r"[A-Z0-9_]+")
_LENGTH_BYTES, _MAX_LENGTH = 8, 1024 * 1024
_TIME = re.compile(rb"\n__REALTIME_TIMESTAMP=(\d{16})\r?(?:\n|$)")


def entry_ms(entry: bytes) -> int | None:
    """The time of an entry, which has microseconds; None if it is no entry, or says no time."""
    found = _TIME.search(entry) if entry.startswith(CURSOR.encode()) else None
    return int(found[1]) // 1000 if found else None


class Entry:
    """The lines of an entry after its first."""

    def __init__(self) -> None:
        self._is_binary = False
        self._head = ""  # of a binary field: what is read of it until its length is known
        self._left: int | None = None

    def takes(self, line: str) -> bool:
        """Whether the next line, a character per byte, is one of the entry's; ask until one isn't."""
        if self._is_binary:
            self._read(f"{line}\n")
            return True
        if _NAME.fullmatch(line):
            self._is_binary, self._head, self._left = True, "", None
            return True
        return not line.startswith(CURSOR) and bool(_FIELD.match(line))

    def _read(self, text: str) -> None:
        if self._left is None:
            self._head += text
            if len(self._head) < _LENGTH_BYTES:
                return
            length = int.from_bytes(self._head[:_LENGTH_BYTES].encode("latin-1"), "little")
            is_length = length <= _MAX_LENGTH  # else it is no binary field, but text
            self._left = length + 1 + _LENGTH_BYTES - len(self._head) if is_length else 0
        else:
            self._left -= len(text)
        self._is_binary = self._left > 0
