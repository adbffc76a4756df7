"""The end of a job's log for a person: a level and a sentence per line, with Spark's own messages folded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

ERROR, WARN, INFO = "ERROR", "WARN", "INFO"

_LOG4J = re.compile(r"\d\d/\d\d/\d\d (?P<time>\d\d:\d\d:\d\d) (?P<level>[A-Z]+) (?P<logger>[\w.$]+): (?P<text>.*)")
"""Spark's default layout: ``26/11/26 16:03:23 WARN NativeCodeLoader: Unable to load ...``."""

_STARTUP_LOGGERS = frozenset(
    [
        "NativeCodeLoader",
        "Utils",
        "SparkConf",
        "MetricsConfig",
        "package",
        "ProcfsMetricsGetter",
        "GarbageCollectionMetrics",
        "SQLConf",
    ]
)
"""Warnings at the start of every Spark on a laptop; they are harmless."""

_CHATTER = re.compile(
    r"WARNING: |Picked up |SLF4J|Using Spark's default log4j|Setting default log level|To adjust logging |"
    r":: |\[Stage |\s+at [\w.$/@]+\(|\s+\.\.\. \d+ (?:more|common)|"
    r"\S*site-packages/\S+: \w*Warning: |  warnings\.warn\("
)
"""Messages of the JVM, Spark and Python libraries about themselves, and the frames of Java's stack traces."""

_PYTHON_ERROR = re.compile(
    r"(?:Traceback \(most recent call last\):|(?:\w+\.)*\w*(?:Error|Exception|Interrupt)(?::|$))"
)
_BAD_EVENT = re.compile(r"\b(?:failed|not)\b")
_ODD_EVENT = re.compile(r"\b(?:lost|left|rejected|unreadable|unknown|trouble|stays|waiting)\b")
_APART = frozenset({"time", "event", "run", "text_bytes"})
"""Fields that no sentence needs."""

_WINDOW = re.compile(r"\[([\d-]+)T(\d\d:\d\d)[\d:.]*Z, ([\d-]+)T(\d\d:\d\d)[\d:.]*Z\)")
_NAMELESS = frozenset({"log_group", "window", "reason", "key", "what", "state"})
"""Fields with values that need no name."""


@dataclass(frozen=True)
class LogLine:
    """A line. `at` is its start byte in the file, which identifies it while the file grows."""

    at: int
    text: str
    level: str = ""
    time: str = ""
    chatter: bool = False


@dataclass(frozen=True)
class LogPart:
    """Consecutive lines that are shown one by one, or folded."""

    folded: bool
    lines: tuple[LogLine, ...]


def log_parts(lines: Iterable[tuple[int, str]]) -> tuple[LogPart, ...]:
    """The lines of a log, each with its start byte, in the same order."""
    return tuple(
        LogPart(chatter, tuple(part)) for chatter, part in groupby(map(_read, lines), lambda line: line.chatter)
    )


def _read(given: tuple[int, str]) -> LogLine:
    at, text = given
    plain = LogLine(at, text)
    if text.startswith("{"):
        return _event(plain)
    log4j = _LOG4J.match(text)
    if log4j:
        level = WARN if log4j["level"] == "WARNING" else log4j["level"]
        chatter = level not in {ERROR, WARN, "FATAL"} or (level == WARN and log4j["logger"] in _STARTUP_LOGGERS)
        return LogLine(at, f"{log4j['logger']}: {log4j['text']}", level, log4j["time"], chatter)
    if _PYTHON_ERROR.match(text):
        return replace(plain, level=ERROR)
    return replace(plain, chatter=bool(_CHATTER.match(text)))


def _event(plain: LogLine) -> LogLine:
    """A line of `Telemetry`; other JSON stays as it is."""
    try:
        fields = json.loads(plain.text)
    except ValueError:
        return plain
    if not isinstance(fields.get("event"), str) or not isinstance(fields.get("time"), str):
        return plain
    said = ", ".join(_said(fields))
    return replace(
        plain, text=fields["event"] + (f": {said}" if said else ""), level=_level(fields), time=fields["time"][11:19]
    )


def _level(fields: Mapping[str, Any]) -> str:
    if _BAD_EVENT.search(fields["event"]) or fields.get("failed") or fields.get("state") == "FAILED":
        return ERROR
    return WARN if _ODD_EVENT.search(fields["event"]) or fields.get("reason") else INFO


def _said(fields: Mapping[str, Any]) -> Iterator[str]:
    """The non-empty fields, nested ones included."""
    for name, value in fields.items():
        if name in _APART or value in (None, "", 0, [], {}):
            continue
        if isinstance(value, Mapping):
            yield from _said(value)
        elif name in _NAMELESS:
            yield _WINDOW.sub(r"\1 \2 to \3 \4", str(value))
        elif isinstance(value, int) and not isinstance(value, bool):
            yield f"{value:,} {_words(name)}"
        else:
            yield f"{_words(name)} {value if isinstance(value, str) else json.dumps(value)}"


def _words(name: str) -> str:
    return name.replace("_", " ")
