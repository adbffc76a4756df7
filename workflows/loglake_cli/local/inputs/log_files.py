"""Reads text files as log events: what ``loglake local run --logs PATH`` puts into a log group.

A line that is empty or starts with white space belongs to the event before it. Each event's text is exactly its
lines, without the last newline. An event's time is parsed from the timestamp that it starts with.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

from loglake.core.local_files import open_file
from loglake.core.units import MS_PER_HOUR
from loglake.errors import ConfigError, UnreadableError
from loglake_cli.local.inputs.timestamps import TimestampReader

MAX_EVENT_BYTES = 1_048_576 - 26
"""PutLogEvents: an event has at most 1 MiB, of which 26 bytes are overhead."""


_GZIP = b"\x1f\x8b"


def log_files(path: Path) -> list[tuple[str, Path]]:
    """The files that a path names, each with the name of the stream that it becomes, in the order of their names.

    A file is itself; a folder is all files in it and below, hidden ones apart. What is no regular file is left out.

    Raises:
        ConfigError: there is nothing at the path, no file in the folder, or a folder below that can't be read.
    """
    if not path.exists():
        raise ConfigError(f"There is no file {path}: give --logs the path of a text file or a folder of them.")
    if not path.is_dir():
        return [(_stream_name(path.name), path)]
    found = sorted(file for file in _below(path) if file.is_file() and not file.name.startswith("."))
    if not found:
        raise ConfigError(f"{path} has no file: give --logs a folder with text files in it.")
    return [(_stream_name(str(file.relative_to(path))), file) for file in found]


def _below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise ConfigError(f"{error.filename} can't be read: {error.strerror}. Check its permissions.") from error

    for parent, _, names in os.walk(folder, onerror=refuse):
        yield from (Path(parent, name) for name in names)


def _stream_name(text: str) -> str:
    """A log stream's name can have neither ``:`` nor ``*`` (CreateLogStream), and 512 characters."""
    return text.replace(":", "-").replace("*", "-")[-512:]


def read_log_file(path: Path, now_ms: int) -> list[tuple[int | None, str]]:
    r"""The events of a file, in its order.

    The file is held in memory. Gzipped text is recognised by its content. It is read as UTF-8, because CloudWatch keeps
    Unicode: bytes that are no UTF-8 become U+FFFD. Only ``\n`` ends a line, so a ``\r`` before it stays in the text.

    Args:
        path: of the file.
        now_ms: chooses the year of timestamps that have none.

    Returns:
        (milliseconds since the epoch, or None where the event starts with no known timestamp; the exact text).

    Raises:
        ConfigError: there is no such file, or it is a folder, empty, binary, damaged, or has an event that is too long.
    """
    text = _text(path)
    events: list[list[str]] = []
    for line in text.removesuffix("\n").split("\n"):
        if events and (not line or line[0].isspace()):
            events[-1].append(line)
        else:
            events.append([line])
    reader = TimestampReader(now_ms)
    joined = ["\n".join(lines) for lines in events]
    _check_lengths(path, joined)
    return list(zip(reader.read_all(joined), joined))


def spread(events: list[tuple[int | None, str]], now_ms: int) -> list[tuple[int, str]]:
    """Gives a time to every event that has none: spread evenly over the last hour, in their order.

    Args:
        events: as `read_log_file` returns them.
        now_ms: the end of the last hour.
    """
    unknown = sum(timestamp is None for timestamp, _ in events)
    free = iter(now_ms - MS_PER_HOUR + MS_PER_HOUR * i // unknown for i in range(unknown))
    return [(next(free) if timestamp is None else timestamp, text) for timestamp, text in events]


def _text(path: Path) -> str:
    if not path.exists():
        raise ConfigError(f"There is no file {path}: give --logs the path of a text file.")
    if path.is_dir():
        raise ConfigError(f"{path} is a folder, and not a text file.")
    try:
        with open_file(str(path)) as file:
            content = file.read()
    except UnreadableError as error:
        raise ConfigError(f"{error} Give --logs the path of a text file.") from error
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}. Check its permissions.") from error
    if content.startswith(_GZIP):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise ConfigError(f"{path} is damaged gzip ({error}): unpack what is left of it first.") from error
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
