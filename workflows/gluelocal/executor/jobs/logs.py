"""Reads the end of a job's log, and finds in it the job's progress or why it failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from gluelocal.engine.views import Part

_BYTES_PER_LINE = 400
_MARK = b'"event": "progress"'
_TRACEBACK = "Traceback (most recent call last):"


def tail(log: Path, lines: int) -> tuple[str, ...]:
    """The last lines of a log, oldest first; none if the file doesn't exist. Reads only the end of the file."""
    return tuple(text for _, text in placed_tail(log, lines))


def placed_tail(log: Path, lines: int) -> tuple[tuple[int, str], ...]:
    """As `tail`, each line with the byte at which it starts. That number is unique, however the file grows."""
    try:
        with log.open("rb") as file:
            start = max(0, file.seek(0, 2) - lines * _BYTES_PER_LINE)
            file.seek(start)
            written = file.read().splitlines(keepends=True)
    except FileNotFoundError:
        return ()
    places = accumulate(map(len, written), initial=start)
    found = [(at, line.rstrip(b"\r\n").decode("utf-8", "replace")) for at, line in zip(places, written)]
    if start and len(found) > 1:
        del found[0]  # its beginning is missing
    return tuple(found[-lines:])


def error_of(lines: Sequence[str]) -> str:
    """The exception of the last Python traceback, else the last three lines with text; empty if there are no lines."""
    written = [line.rstrip() for line in lines if line.strip()]
    for index in range(len(written) - 1, -1, -1):
        if written[index].startswith(_TRACEBACK):
            ends = (line for line in written[index + 1 :] if not line.startswith((" ", "\t")))
            return _explained(next(ends, _TRACEBACK), written[index + 1 :])
    return "\n".join(written[-3:])


_NO_GLUE_JARS = (
    "the script needs Glue's own jars (GlueContext, DynamicFrame and Job call them), which are only on Glue: "
    "use plain Spark, or run it there"
)
_NO_S3_CONNECTOR = (
    "Spark has no S3 connector here, since its jars are only on Glue: "
    "read and write S3 with boto3, or run the script there"
)
ONLY_ON_GLUE = (_NO_GLUE_JARS, _NO_S3_CONNECTOR)
"""Why a job can't succeed here."""


def _explained(error: str, traceback: Sequence[str]) -> str:
    """As `last_error`, unless missing jars are the cause: then what to do about them."""
    if "JavaPackage" in error and any("/awsglue/" in line for line in traceback):
        return _NO_GLUE_JARS
    if any('No FileSystem for scheme "s3' in line for line in traceback):
        return _NO_S3_CONNECTOR
    return error


def last_part(lines: Sequence[bytes]) -> Part | None:
    """The progress in the last line such as ``{"event": "progress", "done": 3, "of": 9, "unit": "files"}``.

    A job that wants its progress shown prints such lines. None if there is none.
    """
    for line in reversed(lines):
        if _MARK in line:
            try:
                said = json.loads(line)
                return Part(int(said["done"]), int(said["of"]), str(said["unit"]))
            except (ValueError, KeyError, TypeError):
                continue  # somebody else's script may write anything
    return None
