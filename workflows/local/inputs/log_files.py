"""Reads a text file as log events: what ``loglake local run --logs FILE`` puts into a log group.

A line that is empty or starts with white space belongs to the event before it. Each event's text is exactly its
lines, without the last newline. An event's time is parsed from the stamp that it starts with.
"""

from __future__ import annotations

from pathlib import Path

from glue_jobs.core.units import MS_PER_HOUR
from glue_jobs.errors import ConfigError
from workflows.local.inputs.stamps import StampReader

MAX_EVENT_BYTES = 1_048_576 - 26
"""PutLogEvents: an event has at most 1 MiB, of which 26 bytes are overhead."""


def read_log_file(path: Path, now_ms: int) -> list[tuple[int | None, str]]:
    r"""The events of a file, in its order.

    The file is held in memory. It is read as UTF-8, because CloudWatch keeps Unicode: bytes that are no UTF-8 become
    U+FFFD. Only ``\n`` ends a line, so a ``\r`` before it stays in the text.

    Args:
        path: of the file.
        now_ms: chooses the year of stamps that have none.

    Returns:
        (milliseconds since the epoch, or None where the event starts with no known stamp; the exact text).

    Raises:
        ConfigError: there is no such file, or it is a folder, empty, binary, or has an event that is too long.
    """
    text = _text(path)
    events: list[list[str]] = []
    for line in text.removesuffix("\n").split("\n"):
        if events and (not line or line[0].isspace()):
            events[-1].append(line)
        else:
            events.append([line])
    reader = StampReader(now_ms)
    joined = ["\n".join(lines) for lines in events]
    _check_lengths(path, joined)
    return list(zip(reader.read_all(joined), joined))


def spread(events: list[tuple[int | None, str]], now_ms: int) -> list[tuple[int, str]]:
    """Gives a time to every event that has none: spread evenly over the last hour, in their order.

    Args:
        events: as `read_log_file` returns them.
        now_ms: the end of the last hour.
    """
    unknown = sum(stamp is None for stamp, _ in events)
    free = iter(now_ms - MS_PER_HOUR + MS_PER_HOUR * i // unknown for i in range(unknown))
    return [(next(free) if stamp is None else stamp, text) for stamp, text in events]


def _text(path: Path) -> str:
    if not path.exists():
        raise ConfigError(f"There is no file {path}: give --logs the path of a text file.")
    if path.is_dir():
        raise ConfigError(f"{path} is a folder: give --logs one text file at a time; it can be given many times.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}. Check its permissions.") from error
    if not content:
        raise ConfigError(f"{path} is empty: give --logs a file with at least one line.")
    if b"\0" in content:
        raise ConfigError(f"{path} is not text (it has NUL bytes): unpack or convert it first.")
    return content.decode("utf-8", "replace")


def _check_lengths(path: Path, events: list[str]) -> None:
    for number, event in enumerate(events, start=1):
        if len(event.encode("utf-8")) > MAX_EVENT_BYTES:
            raise ConfigError(
                f"Event {number} of {path} is longer than CloudWatch's limit of {MAX_EVENT_BYTES} bytes: "
                "are its lines indented, so that they all belong to one event?"
            )
