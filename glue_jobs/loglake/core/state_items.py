"""State items: what is noted beside ledger rows. Each kind has a writer of its own, so each is an item of its own.

::

    kind         key         value
    watermark    log group   how far it is planned (`core.ledger.watermark`)
    served       log group   when it last had the export slot
    paused       log group   since when nothing is exported of it; 0 once it is resumed
    landed-days  log group   which days of landed hours have still to settle (`core.landing.settling`)
    check        table       when compaction checks it next
    catalog-gap  table       what of it is not in the catalog yet (`core.catalog_gaps`)
    run          job         how its last run went (`core.outcome`)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Callable, Generic, TypeVar

from loglake.core.catalog_gaps import CatalogGap, Missing
from loglake.core.landing.settling import LandedDays
from loglake.core.ledger.watermark import Watermark
from loglake.core.outcome import Outcome, RunNote
from loglake.core.units import EpochMs, LogGroupName
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


def _time(name: str) -> StateKind[EpochMs]:
    return StateKind(name, lambda ms: {"at_ms": ms}, lambda data: EpochMs(data["at_ms"]))


def _landed_days(data: Mapping[str, Any]) -> LandedDays:
    planned = tuple(Window(EpochMs(start), EpochMs(end)) for start, end in data["planned"])
    return LandedDays(LogGroupName(data["log_group"]), tuple(map(EpochMs, data["days"])), planned)


def _landed_days_json(value: LandedDays) -> dict[str, Any]:
    planned = [[window.from_ms, window.to_ms] for window in value.planned]
    return {"log_group": value.log_group, "days": list(value.days), "planned": planned}


def _catalog_gap(data: Mapping[str, Any]) -> CatalogGap:
    missing = Missing(**{name: tuple(names) for name, names in data["missing"].items()})
    return CatalogGap(**{**data, "missing": missing})


def _catalog_gap_json(value: CatalogGap) -> dict[str, Any]:
    missing = {name: list(names) for name, names in asdict(value.missing).items()}
    return {**vars(value), "missing": missing}


def _run(data: Mapping[str, Any]) -> RunNote:
    return RunNote(**{**data, "outcome": Outcome(data["outcome"]), "remarks": tuple(data["remarks"])})


def _run_json(value: RunNote) -> dict[str, Any]:
    return {**vars(value), "outcome": value.outcome.value, "remarks": list(value.remarks)}


WATERMARK: StateKind[Watermark] = StateKind("watermark", vars, lambda data: Watermark(**data))
SERVED, PAUSED, CHECK = _time("served"), _time("paused"), _time("check")
LANDED_DAYS = StateKind("landed-days", _landed_days_json, _landed_days)
CATALOG_GAP = StateKind("catalog-gap", _catalog_gap_json, _catalog_gap)
RUN = StateKind("run", _run_json, _run)
