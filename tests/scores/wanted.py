"""The sets of lines with the rows that a person wants (`tests/columns`), and which event each row is about."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

from support.yaml_files import read_yaml

COLUMNS = Path(__file__).parents[1] / "fixtures" / "columns"

_OF_ALL = ("log_time", "level", "message")
_YEAR = "2026"


@dataclass(frozen=True)
class Wanted:
    """The row that a person wants of an event.

    Attributes:
        row: what is asked for. Null says that there is no value; what has no key is not asked for.
        names: the columns that may hold a value, if there are several.
    """

    row: Mapping[str, Any]
    names: Mapping[str, Sequence[str]]

    @property
    def fields(self) -> dict[str, Any]:
        """The values of the event's own fields, by the vendor's names."""
        return {key: value for key, value in self.row.items() if key not in _OF_ALL and value is not None}

    @property
    def message(self) -> str | None:
        """What is left to read, if the set says so."""
        return None if self.row.get("message") is None else text_of(self.row["message"])

    @property
    def texts(self) -> list[str]:
        """All values as text."""
        return [text_of(value) for value in self.fields.values()]

    @property
    def times(self) -> list[datetime | None]:
        """The times that are right. A zone is not in every text; UTC is right then, and so is no time at all."""
        if self.row["log_time"]:
            return [moment(self.row["log_time"])]
        return [None, *(moment(self.row[key]) for key in ("timestamp",) if self.row.get(key))]

    def columns(self, key: str) -> list[str]:
        """The columns that may hold a value."""
        return [column_of(name) for name in self.names.get(key, [key])]


@dataclass(frozen=True)
class WantedSet:
    """The lines of a product, and the rows of its events in their order."""

    name: str
    lines: str
    rows: tuple[Wanted, ...]

    @property
    def last(self) -> datetime | None:
        """The newest time of all rows: times without a year are read by the time of the file's last change."""
        times = [time for row in self.rows if "log_time" in row.row for time in row.times if time]
        return max(times, default=None)


def wanted_sets(folder: Path = COLUMNS) -> Iterator[WantedSet]:
    """All sets of all folders in `folder`."""
    for path in sorted(folder.glob("*/*.yaml")):
        known = read_yaml(path)
        rows = tuple(Wanted(row, known.get("names") or {}) for row in known["rows"])
        yield WantedSet(f"{path.parent.name}/{path.stem}", known["lines"], rows)


def events_of(rows: Sequence[Wanted], raws: Sequence[str]) -> list[int | None]:
    """The event of each row, in their order; None if there is none. Lines of a header are events without a row."""
    # The best sum of matches of the first rows with the first events, and the pairs that give it.
    best: list[tuple[int, tuple[tuple[int, int], ...]]] = [(0, ())] * (len(raws) + 1)
    for number, row in enumerate(rows):
        parts = [part for part in (*row.texts, row.message) if part]
        matches = [_match(parts, raw) for raw in raws]
        new = [best[0]]
        for event, (before, beside) in enumerate(pairwise(best)):
            both = (before[0] + matches[event], (*before[1], (number, event)))
            new.append(max(new[-1], beside, both if matches[event] else beside, key=lambda found: found[0]))
        best = new
    of_row = dict(best[-1][1])
    return [of_row.get(number) for number in range(len(rows))]


def _match(parts: Sequence[str], raw: str) -> int:
    """How much of a row an event has; what is in its first line counts twice."""
    first = raw.partition("\n")[0]
    return sum(len(part) * ((part in raw) + (part in first)) for part in parts) if parts else 1


def text_of(value: Any) -> str:
    """A value as it stands in a log."""
    return json.dumps(value) if isinstance(value, (bool, int, float)) else str(value).strip()


def column_of(name: str) -> str:
    """The column of a field."""
    return re.sub(r"\W", "_", name).lower()


def moment(text: str) -> datetime | None:
    """The time that a text says, in UTC if it names no zone: year to fraction in this order, with any signs between."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        digits = re.sub(r"\D", "", text)
        try:
            found = datetime.strptime((digits if digits.startswith(_YEAR) else _YEAR + digits)[:20], "%Y%m%d%H%M%S%f")
        except ValueError:
            return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def same_time(one: datetime | None, other: datetime | None) -> bool:
    """Whether both are the same millisecond, cut or rounded."""
    if one is None or other is None:
        return one is other
    return abs(one.replace(tzinfo=one.tzinfo or timezone.utc) - other) <= timedelta(milliseconds=1)
