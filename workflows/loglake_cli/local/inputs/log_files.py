"""Reads log files as events: what ``loglake local run --logs PATH`` puts into log groups.

They are read as ``loglake convert`` reads plain log files (`loglake.kernels.readers.plain`): each event's text is
exactly its lines, without the last newline.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglake.core.local_files import LocalFiles
from loglake.core.plain_notes import PlainNotes
from loglake.core.schema.conversion import RawObject
from loglake.errors import ConfigError, UnreadableError
from loglake.kernels.readers.events import Fragment
from loglake.kernels.readers.raw_objects import read_plain_object

Event = tuple[int, str]
"""Milliseconds since the epoch, and the message."""


@dataclass(frozen=True)
class LogFile:
    """What a file gave.

    Attributes:
        events: in the order of the file.
        notes: what a person should know of how it was read.
        undecoded: what of it is no event, in a sentence; empty if all is.
    """

    events: list[Event]
    notes: PlainNotes
    undecoded: str = ""


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


def read_log_file(path: Path, now_ms: int, zone: str = "") -> LogFile:
    r"""The events of a file.

    They are held in memory. Text is read as UTF-8, because CloudWatch keeps Unicode: bytes that are no UTF-8 become
    U+FFFD. Only ``\n`` ends a line, so a ``\r`` before it stays in the text.

    Args:
        path: of the file.
        now_ms: no time that is made up is later.
        zone: of stamps that say none.

    Raises:
        ConfigError: there is no such file, or it can't be read.
    """
    if not path.exists():
        raise ConfigError(f"There is no file {path}: give --logs the path of a text file.")
    if path.is_dir():
        raise ConfigError(f"{path} is a folder, and not a text file.")
    try:
        status = path.stat()
        changed_ms = min(status.st_mtime_ns // 1_000_000, now_ms)
        notes = PlainNotes(changed_ms)
        raw = RawObject(str(path), status.st_size, "", changed_ms=changed_ms)
        return _read(raw, zone, notes)
    except UnreadableError as error:
        raise ConfigError(f"{error} Give --logs the path of a text file.") from error
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}. Check its permissions.") from error


def _read(raw: RawObject, zone: str, notes: PlainNotes) -> LogFile:
    events: list[Event] = []
    undecoded = ""
    for item in read_plain_object(raw, LocalFiles(), zone, notes):
        if isinstance(item, Fragment):
            undecoded = undecoded or f"{raw.key}, from line {item.line:,}: {item.reason}"
            continue
        columns: list[Any] = [item.batch.column(name).to_pylist() for name in ("event_time", "raw")]
        events.extend(zip(*columns, strict=True))
    return LogFile(events, notes, undecoded)
