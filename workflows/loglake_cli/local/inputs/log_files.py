"""Reads log files as events for log groups: ``loglake local run --logs PATH``.

It reads them as ``loglake convert`` reads plain log files (`loglake.kernels.readers.plain`), so an event's text is
exactly its lines, without the last newline; and what was saved from CloudWatch (`loglake.kernels.readers.saved`).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglake.core.local_files import LocalFiles
from loglake.core.plain_notes import PlainNotes
from loglake.core.schema.bundle import RawObject
from loglake.core.units import LogGroupName
from loglake.errors import ConfigError, UnreadableError
from loglake.kernels.readers.events import Fragment
from loglake.kernels.readers.raw_objects import read_object, read_plain_object
from loglake.kernels.readers.sniff import NO_RULES, PlainRules

Event = tuple[int, str]
"""Milliseconds since the epoch, and the message."""


@dataclass(frozen=True)
class LogFile:
    """The content of a file.

    Attributes:
        streams: events by their log stream, in the order of the file; the stream is empty if the file names none.
        notes: notes for a person about how the file was read.
        undecoded: the parts that are not events, in a sentence; empty if there are none.
    """

    streams: dict[str, list[Event]]
    notes: PlainNotes
    undecoded: str = ""

    @property
    def events(self) -> list[Event]:
        """The events of all streams."""
        return [event for events in self.streams.values() for event in events]


def log_files(path: Path) -> list[tuple[str, Path]]:
    """The files at a path, each with the name of its log stream, ordered by name.

    A file is itself. A folder means all files in it and below, except hidden ones. Only regular files count.

    Raises:
        ConfigError: the path doesn't exist, the folder has no file, or a folder below it can't be read.
    """
    if not path.exists():
        raise ConfigError(f"There is no file {path}: give --logs the path of a text file or a folder of them.")
    if not path.is_dir():
        return [(_stream_name(path.name), path)]
    found = sorted(file for file in _below(path) if file.is_file() and not file.name.startswith("."))
    if not found:
        raise ConfigError(
            f"{path} has no file: give --logs a folder with text files in it, or the files to which its links lead."
        )
    return [(_stream_name(str(file.relative_to(path))), file) for file in found]


def _below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise ConfigError(f"{error.filename} can't be read: {error.strerror}. Check its permissions.") from error

    for parent, _, names in os.walk(folder, onerror=refuse):
        yield from (path for name in names if not (path := Path(parent, name)).is_symlink())


def _stream_name(text: str) -> str:
    """A log stream's name can't have ``:`` or ``*``, and has at most 512 characters (CreateLogStream)."""
    return text.replace(":", "-").replace("*", "-")[-512:]


def read_log_file(path: Path, now_ms: int, rules: PlainRules = NO_RULES) -> LogFile:
    r"""The events of a file.

    They are held in memory. Text is read as UTF-8, because CloudWatch stores Unicode: bytes that are not UTF-8 become
    U+FFFD. Only ``\n`` ends a line, so a ``\r`` before it stays in the text.

    Args:
        path: the file's path.
        now_ms: the maximum of times that are made up.
        rules: the time zone of timestamps without one, and where events start.

    Raises:
        ConfigError: the file doesn't exist, or can't be read.
    """
    if not path.exists():
        raise ConfigError(f"There is no file {path}: give --logs the path of a text file.")
    if path.is_dir():
        raise ConfigError(f"{path} is a folder, and not a text file.")
    try:
        status = path.stat()
        changed_ms = min(status.st_mtime_ns // 1_000_000, now_ms)
        raw = RawObject(str(path), status.st_size, "", changed_ms=changed_ms)
        return _read(raw, rules, PlainNotes(changed_ms))
    except UnreadableError as error:
        raise ConfigError(f"{error} Give --logs the path of a text file.") from error
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}. Check its permissions.") from error


def _read(raw: RawObject, rules: PlainRules, notes: PlainNotes) -> LogFile:
    streams: dict[str, list[Event]] = {}
    undecoded = ""
    for item in read_plain_object(raw, LocalFiles(), rules, notes):
        if isinstance(item, Fragment):
            undecoded = undecoded or f"{raw.key}, from line {item.line:,}: {item.reason}"
            continue
        columns: list[Any] = [item.batch.column(name).to_pylist() for name in ("event_time", "raw")]
        if item.batch.num_rows:
            streams.setdefault(item.origin.log_stream, []).extend(zip(*columns, strict=True))
    return LogFile(streams, notes, undecoded)


@dataclass(frozen=True)
class LandedFile:
    """A file to land.

    Attributes:
        log_group: the group from the command line, for events that name none.
        groups: the groups of its events.
        events: the number of events, including the ones that can't be decoded.
    """

    path: Path
    log_group: LogGroupName
    groups: frozenset[LogGroupName]
    events: int


def read_landed_file(path: Path, log_group: LogGroupName) -> LandedFile:
    """Inspects a file without changing it.

    Raises:
        ConfigError: the file doesn't exist, can't be read, or has only events of other log groups.
    """
    if not path.is_file():
        raise ConfigError(f"{path} is not a file: give --landing the path of one that a subscription delivered.")
    raw = RawObject(str(path), path.stat().st_size, "")
    counts: Counter[str] = Counter()
    try:
        for item in read_object(raw, log_group, LocalFiles()):
            if isinstance(item, Fragment):
                counts[""] += 1
            else:
                counts[item.origin.log_group] += item.batch.num_rows
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}. Check its permissions.") from error
    groups = frozenset(LogGroupName(group) for group in counts if group)
    if groups and log_group not in groups:
        held = ", ".join(sorted(groups))
        raise ConfigError(f"{path} holds events of {held}, and none of {log_group}: give --log-group one of those.")
    return LandedFile(path, log_group, groups or frozenset({log_group}), counts.total())
