"""Converts a set as its own table, and compares the rows with the known events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from support.fakes.fakes import MemoryLedger
from support.fakes.stages import KernelStage
from support.fakes.stores import MemoryStore
from support.worlds.bundles import DAY, bundle_of, exported_line, put_object, table_rows

from loglake.core.schema.conversion import BundleFailure, BundleResult
from loglake.core.schema.format_choice import FLOOR
from loglake.pipelines.schema_plan import plan_tables
from scores.sets import Known, KnownSet

NAMES = ("typed", "level", "exact", "in a column")
TARGETS = (0.95, 0.98, 0.90, 0.95)
"""What the mean of all sets has at least."""

_NOT_PARSED = frozenset(
    {
        "event_time",
        "log_time",
        "log_account",
        "log_group",
        "log_stream",
        "raw",
        "_rescued",
        "_source",
        "_line",
        "_event_id",
    }
)
_TIMES = ("%d/%b/%Y:%H:%M:%S %z",)


@dataclass(frozen=True)
class Score:
    """Shares from 0 to 1.

    Attributes:
        typed: events that a format other than plain text read.
        level: events with the level that they have.
        exact: values that are the whole value of a column, or its number or time.
        inside: values that are at least in a column, which is not the whole event.
    """

    name: str
    events: int
    typed: float
    level: float
    exact: float
    inside: float

    @property
    def shares(self) -> tuple[float, float, float, float]:
        """All four, in the order of `NAMES`."""
        return self.typed, self.level, self.exact, self.inside


def mean(scores: Iterable[Score]) -> Score:
    """The mean over sets; all sets count the same."""
    every = list(scores)
    shares = [sum(column) / len(every) for column in zip(*(each.shares for each in every))]
    return Score("mean", sum(each.events for each in every), *shares)


def missed(average: Score) -> list[str]:
    """A sentence for each share that is below its target."""
    return [
        f"{name}: {100 * share:.1f} % is less than {100 * target:.0f} %"
        for name, share, target in zip(NAMES, average.shares, TARGETS)
        if share < target
    ]


def score(known: KnownSet) -> Score:
    """Converts the events of a set like an export without configuration."""
    rows, read_as = converted([*known.headers, *(each.text for each in known.events)])
    found = [_compared(each, row) for each, row in zip(known.events, rows[len(known.headers) :], strict=True)]
    values = sum(len(each.values) for each in known.events)
    events = len(known.events)
    return Score(
        known.name,
        events,
        1 - (read_as.get(FLOOR, 0) - len(known.headers)) / events,
        sum(level for level, _, _ in found) / events,
        sum(exact for _, exact, _ in found) / values,
        sum(inside for _, _, inside in found) / values,
    )


def converted(texts: Iterable[str]) -> tuple[list[dict[str, Any]], Mapping[str, int]]:
    """The rows in the order of the events, and how many events each format read, in a table of their own."""
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    lines = "".join(exported_line(DAY + number, text) for number, text in enumerate(texts))
    bundle = bundle_of([put_object(raw, "s", lines)])
    stage = KernelStage(raw, lake)
    plans, failures = plan_tables(stage, MemoryLedger(), [bundle])
    results: list[BundleResult | BundleFailure] = list(failures)
    stage.convert([(bundle, plans["app"])], results.append)
    (result,) = results
    if isinstance(result, BundleFailure):
        raise ValueError(f"the set can't be converted: {result.reason}")
    return sorted(table_rows(result, lake), key=lambda row: row["event_time"]), result.accounting.read_as


def _compared(known: Known, row: Mapping[str, Any]) -> tuple[bool, int, int]:
    """Whether the level is right, and how many values are exactly a column's value, or at least inside one."""
    whole = row["raw"].strip()
    cells = [row[name] for name in row if name not in _NOT_PARSED and row[name] is not None]
    texts = [text for cell in cells if (text := _text(cell)).strip() != whole]
    times = {cell for cell in cells if isinstance(cell, datetime)}
    exact = {value for value in known.values if value in texts or _as_number(value) in texts or _time(value) in times}
    inside = exact | {value for value in known.values if any(value in text for text in texts)}
    return (
        (row["level"] or "") == known.level,
        sum(value in exact for value in known.values),
        sum(value in inside for value in known.values),
    )


def _text(cell: Any) -> str:
    return json.dumps(cell) if isinstance(cell, (bool, int, float)) else str(cell)


def _as_number(value: str) -> str:
    try:
        return json.dumps(float(value))
    except ValueError:
        return ""


def _time(value: str) -> datetime | None:
    """A log's time, in UTC if it names no zone."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = _other_time(value)  # type: ignore[assignment]  # None is not a time
    return found.replace(tzinfo=found.tzinfo or timezone.utc) if found else None


def _other_time(value: str) -> datetime | None:
    for layout in _TIMES:
        try:
            return datetime.strptime(value, layout)
        except ValueError:
            continue
    return None
