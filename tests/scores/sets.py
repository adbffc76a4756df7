"""The sets of known events: the fixtures of the formats, and a folder of real logs.

The known values of a real log follow from the documentation of its layout; plain Python code reads them here.
"""

from __future__ import annotations

import gzip
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.yaml_files import read_yaml

FIXTURES = Path(__file__).parents[1] / "kernels" / "formats" / "fixtures"


@dataclass(frozen=True)
class Known:
    """The known parts of an event.

    Attributes:
        text: the event.
        values: texts in the event; each should get its own column.
        level: its level; empty if it has none.
    """

    text: str
    values: tuple[str, ...]
    level: str = ""


@dataclass(frozen=True)
class KnownSet:
    """Events of one log, by the name of the set.

    Attributes:
        name: which log it is.
        events: what is scored.
        headers: header lines before them, which name their fields, and are plain text themselves.
    """

    name: str
    events: tuple[Known, ...]
    headers: tuple[str, ...] = ()


def fixture_sets() -> Iterator[KnownSet]:
    """The fixtures of all formats except plain text, because its events have no fields."""
    for path in sorted(FIXTURES.glob("*.yaml")):
        rows = read_yaml(path)
        own = [row for row in rows if row["columns"]]
        known = tuple(Known(row["event"], _leaves(row["columns"]), row.get("level", "")) for row in own)
        if known:
            yield KnownSet(path.stem, known)
    for path in sorted((FIXTURES / "software").glob("*.yaml")):
        for log in read_yaml(path):
            rows = [row for row in log["events"] if row["columns"]] * log.get("times", 1)
            if not rows:  # a log whose events stay text
                continue
            yield KnownSet(
                f"{path.stem}/{log['software']}",
                tuple(Known(row["event"], _leaves(row["columns"]), row.get("level", "")) for row in rows),
                tuple(row["event"] for row in log["events"] if not row["columns"] and row["event"].startswith("#")),
            )
    for path in sorted(FIXTURES.glob("*.expected.json")):
        name = path.name.removesuffix(".expected.json")
        lines = (FIXTURES / f"{name}.log").read_text("utf-8").splitlines()
        yield KnownSet(name, tuple(_of_row(text, row) for text, row in zip(lines, json.loads(path.read_text("utf-8")))))


def fixture_events() -> dict[str, list[str]]:
    """The events of all fixtures with known columns, by their format."""
    events: dict[str, list[str]] = {}
    for path in sorted(FIXTURES.glob("*.yaml")):
        events[path.stem] = [row["event"] for row in read_yaml(path)]
    for path in sorted(FIXTURES.glob("*.expected.json")):
        name = path.name.removesuffix(".expected.json")
        events.setdefault(name, []).extend((FIXTURES / f"{name}.log").read_text("utf-8").splitlines())
    return events


def _of_row(text: str, row: Mapping[str, Any]) -> Known:
    fields = {key: value for key, value in row.items() if key not in ("message", "level", "_rescued")}
    return Known(text, _leaves(fields), row.get("level", ""))


def _leaves(value: Any) -> tuple[str, ...]:
    """Every scalar, as text, except empty ones and dashes: these say nothing."""
    if isinstance(value, Mapping):
        return tuple(leaf for each in value.values() for leaf in _leaves(each))
    if isinstance(value, list):
        return tuple(leaf for each in value for leaf in _leaves(each))
    if value is None or value in ("", "-"):
        return ()
    return (json.dumps(value) if isinstance(value, (bool, int, float)) else str(value),)


LAYOUTS = {
    "Apache": r"\[(?P<time>.*?)\] \[(?P<level>\w+)\] (?P<text>.*)",
    "Hadoop": r"(?P<time>\S+ \S+) (?P<level>[A-Z]+) +\[(?P<process>.*?)\] (?P<component>[\w.$]+): ?(?P<text>.*)",
    "Spark": r"(?P<time>\S+ \S+) (?P<level>[A-Z]+) (?P<component>[\w.$]+): (?P<text>.*)",
    "OpenSSH": r"(?P<time>[A-Z]\w\w +\d+ [\d:]+) (?P<host>\S+) (?P<program>sshd)\[(?P<pid>\d+)\]: (?P<text>.*)",
}
"""https://github.com/logpai/loghub: the parts that its description names for each log."""

LEVELS = {"INFO": "INFO", "NOTICE": "INFO", "WARN": "WARN", "ERROR": "ERROR", "FATAL": "FATAL"}


def folder_sets(folder: Path) -> Iterator[KnownSet]:
    """The sets of a folder of real logs; missing sets are left out."""
    for name, layout in LAYOUTS.items():
        path = folder / "loghub" / f"{name}.log"
        if path.is_file():
            lines = path.read_text("utf-8").splitlines()
            yield KnownSet(f"loghub/{name}", tuple(_of_layout(line, layout) for line in lines))
    for name, read in SERVICES.items():
        path = folder / "aws" / name
        if path.is_file():
            body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            yield KnownSet(f"aws/{name.partition('.')[0]}", tuple(read(body.decode())))


def _of_layout(line: str, layout: str) -> Known:
    found = re.fullmatch(layout, line)
    parts = found.groupdict() if found else {}
    level = LEVELS[parts.pop("level").upper()] if parts.get("level") else ""
    return Known(line, tuple(value.strip() for value in parts.values() if value.strip()), level)


def _of_lines(split: Callable[[str], list[str]]) -> Callable[[str], Iterator[Known]]:
    """Lines of fields, without header lines; a dash is not a value."""

    def read(text: str) -> Iterator[Known]:
        for line in text.splitlines():
            if line and not line.startswith(("#", "version ")):
                yield Known(line, tuple(value for value in split(line) if value != "-"))

    return read


def _quoted(line: str) -> list[str]:
    """Fields between spaces, some of them in quotes or brackets."""
    return shlex.split(re.sub(r"\[([^\]]*)\]", r'"\1"', line))


def _tabbed(line: str) -> list[str]:
    return line.split("\t")


def _objects(text: str) -> Iterator[Known]:
    """CloudTrail's one object with all records, or an object a line."""
    try:
        records = json.loads(text)["Records"]
    except (ValueError, KeyError):
        records = [json.loads(line) for line in text.splitlines()]
    for record in records:
        yield Known(json.dumps(record), _scalars(record))


def _scalars(value: Any) -> tuple[str, ...]:
    """Those in objects; an array stays JSON."""
    if isinstance(value, Mapping):
        return tuple(leaf for each in value.values() for leaf in _scalars(each))
    return () if isinstance(value, list) else _leaves(value)


SERVICES: Mapping[str, Callable[[str], Iterator[Known]]] = {
    "albaccesslog.log.gz": _of_lines(_quoted),
    "cloudfront.log.gz": _of_lines(_tabbed),
    "cloudtrail-log-file.json.gz": _objects,
    "nlbaccesslog.log.gz": _of_lines(str.split),
    "s3accesslog.log": _of_lines(_quoted),
    "vpcflowlog.log.gz": _of_lines(str.split),
    "waflog.log.gz": _objects,
}
"""How the documentation of each service says that its log is to be read."""
