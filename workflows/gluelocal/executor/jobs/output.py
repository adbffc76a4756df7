"""Follows the output of a running job: one log for a person, and two separate streams of lines for programs.

The script writes to two files, so it never waits for a reader. Each new line goes to the log and to the reader. Lines
that arrive together are ordered: standard output first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gluelocal.disk_space import full_disk_named
from gluelocal.temporary import TemporaryFolder

OUTPUT, ERROR = "output", "error"
Read = Callable[[str, Sequence[bytes]], None]
"""Takes a stream, `OUTPUT` or `ERROR`, and its new lines without line ends."""

_CHUNK_BYTES = 1 << 20
_CHUNKS = 8
"""The maximum read from a stream at once; the rest waits, so that a busy job leaves time for others."""


class JobOutput:
    """The output of one job run.

    Attributes:
        output: the file for the script's standard output.
        error: the file for its standard error.
    """

    def __init__(self, log: Path, read: Read) -> None:
        """Makes the files; `log` gets all lines."""
        self._temporary = TemporaryFolder("output")
        self._directory = Path(self._temporary.name)
        self.output, self.error = self._directory / OUTPUT, self._directory / ERROR
        self._log, self._read = log, read
        self._places = dict.fromkeys((OUTPUT, ERROR), 0)
        self._begun = dict.fromkeys((OUTPUT, ERROR), b"")
        log.touch()

    def follow(self) -> None:
        """Reads the new lines. An unfinished line waits for its end, unless it is very long."""
        for name in self._places:
            for _ in range(_CHUNKS):
                if not self._take(name):
                    break

    def close(self) -> None:
        """Reads everything that is left, and removes the files. Call it when nobody writes any more."""
        for name in self._places:
            while self._take(name):
                pass
            if self._begun[name]:
                self._report(name, self._begun[name])
        self._temporary.cleanup()

    def _take(self, name: str) -> bool:
        """Reads a chunk of a stream; returns whether there was one."""
        path = self._directory / name
        if not path.exists():
            return False
        with path.open("rb") as file:
            file.seek(self._places[name])
            chunk = file.read(_CHUNK_BYTES)
        self._places[name] += len(chunk)
        text = self._begun[name] + chunk
        whole, end, begun = text.rpartition(b"\n")
        if len(begun) > _CHUNK_BYTES:
            whole, end, begun = text, b"", b""
        self._begun[name] = begun
        if whole or end:
            self._report(name, whole)
        return bool(chunk)

    def _report(self, name: str, text: bytes) -> None:
        with full_disk_named(str(self._log)), self._log.open("ab") as log:
            log.write(text + b"\n")
        self._read(name, text.split(b"\n"))
