"""State items: notes beside the ledger rows. Each kind has its own writer, so each note is its own item.

::

    kind         key         value
    ledger       format      since when the table is a ledger; like every item it has the format, and is read first
    watermark    log group   how far it is planned (`core.ledger.watermark`)
    served       log group   when it last had the export slot
    paused       log group   since when nothing is exported of it; 0 once it is resumed
    landed-days  log group   which days of landed hours have still to settle (`core.landing.settling`)
    check        table       when compaction checks it next
    catalog-gap  table       what of it the catalog lacks (`core.catalog_gaps`)
    run          job         how its last run went (`core.run.outcome`)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable, Generic, TypeVar

from loglake.core.catalog_gaps import CatalogGap, Missing
from loglake.core.landing.settling import LandedDays
from loglake.core.ledger.row_json import FORMAT
from loglake.core.ledger.watermark import Watermark
from loglake.core.run.outcome import Outcome, RunNote
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.unreadable import UnreadableItem, check_format, check_value, check_values, parse, texts
from loglake.core.windows import Window

T = TypeVar("T")


@dataclass(frozen=True)
class StateKind(Generic[T]):
    """A kind of items, and how their values are JSON."""

    name: str
    to_json: Callable[[T], Mapping[str, Any]]
    from_json: Callable[[Mapping[str, Any]], T]


@dataclass(frozen=True)
class StateItem(Generic[T]):
    """A value under a key. `version` counts its changes; 0 if it was never written."""

    kind: StateKind[T]
    key: str
    value: T
    version: int = 0


class StateOfKind(dict[str, StateItem[T]]):
    """The items of a kind by their keys, in order.

    Attributes:
        unreadable: those that can't be read, which are not among them, by their keys.
    """

    def __init__(
        self, items: Mapping[str, StateItem[T]] | None = None, unreadable: Mapping[str, UnreadableItem] | None = None
    ) -> None:
        super().__init__(items or {})
        self.unreadable = dict(unreadable or {})


def state_from_json(kind: StateKind[T], key: str, data: Mapping[str, Any]) -> StateItem[T]:
    """Reads a stored item: its format, version and value.

    Raises:
        UnreadableItemError: it is not what was written.
    """

    def read() -> StateItem[T]:
        check_format(data.get("format"), FORMAT)
        check_value("version", data["version"], int)
        return StateItem(kind, key, kind.from_json(data["value"]), data["version"])

    return parse(f"{kind.name} {key}", read)


def _time(name: str) -> StateKind[EpochMs]:
    return StateKind(name, lambda ms: {"at_ms": ms}, lambda data: _ms("at_ms", data["at_ms"]))


def _ms(name: str, value: Any) -> EpochMs:
    check_value(name, value, int)
    return EpochMs(value)


def _watermark(data: Mapping[str, Any]) -> Watermark:
    return Watermark(**{name: _ms(name, value) for name, value in data.items()})


def _landed_days(data: Mapping[str, Any]) -> LandedDays:
    check_value("log_group", data["log_group"], str)
    planned = tuple(Window(_ms("from_ms", start), _ms("to_ms", end)) for start, end in data["planned"])
    return LandedDays(LogGroupName(data["log_group"]), tuple(_ms("day_ms", day) for day in data["days"]), planned)


def _catalog_gap(data: Mapping[str, Any]) -> CatalogGap:
    missing = Missing(**{name: texts(names) for name, names in data["missing"].items()})
    check_value("table", data["table"], str)
    gap = CatalogGap(**{**data, "missing": missing})
    check_values(gap)
    return gap


def _run(data: Mapping[str, Any]) -> RunNote:
    check_value("job", data["job"], str)
    _ms("ended_ms", data["ended_ms"])
    note = RunNote(**{**data, "outcome": Outcome(data["outcome"]), "remarks": texts(data["remarks"])})
    check_values(note)
    return note


WATERMARK: StateKind[Watermark] = StateKind("watermark", vars, _watermark)
LEDGER, SERVED, PAUSED, CHECK = _time("ledger"), _time("served"), _time("paused"), _time("check")
LANDED_DAYS: StateKind[LandedDays] = StateKind(
    "landed-days",
    lambda days: {**vars(days), "days": list(days.days), "planned": [window.to_json() for window in days.planned]},
    _landed_days,
)
CATALOG_GAP: StateKind[CatalogGap] = StateKind(
    "catalog-gap",
    lambda gap: {**vars(gap), "missing": {name: list(names) for name, names in vars(gap.missing).items()}},
    _catalog_gap,
)
RUN: StateKind[RunNote] = StateKind(
    "run", lambda note: {**vars(note), "outcome": note.outcome.value, "remarks": list(note.remarks)}, _run
)

KINDS: tuple[StateKind[Any], ...] = (WATERMARK, SERVED, PAUSED, LANDED_DAYS, CHECK, CATALOG_GAP, RUN)
