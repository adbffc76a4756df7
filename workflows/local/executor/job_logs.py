"""The end of a job's log, and what in it says why the job failed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_BYTES_PER_LINE = 400
_TRACEBACK = "Traceback (most recent call last):"


def tail(log: Path, lines: int) -> tuple[str, ...]:
    """The last lines of a log, at most, oldest first; none if there is no file. Reads only the end of the file."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            start = max(0, size - lines * _BYTES_PER_LINE)
            file.seek(start)
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ()
    found = text.splitlines()
    if start and len(found) > 1:
        del found[0]  # its beginning was cut off
    return tuple(found[-lines:])


def error_of(lines: Sequence[str]) -> str:
    """The exception of the last Python traceback, else the last three lines that hold something; empty for no lines."""
    written = [line.rstrip() for line in lines if line.strip()]
    for index in range(len(written) - 1, -1, -1):
        if written[index].startswith(_TRACEBACK):
            ends = (line for line in written[index + 1 :] if not line.startswith((" ", "\t")))
            return next(ends, _TRACEBACK)
    return "\n".join(written[-3:])
