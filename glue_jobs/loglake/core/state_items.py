"""State items: notes beside the ledger rows, and how they are read and changed.

Each kind has its own writer, so each note is its own item.

::

    kind         key         value
    ledger       format      since when the table is a ledger; like every item it has the format, and is read first
    watermark    log group   how far it is planned (`core.ledger.watermark`)
    paused       log group   since when nothing is exported of it; 0 once it is resumed
    landed-days  log group   which days of landed hours have still to settle (`core.landing.settling`)
    landed-total day         how many objects landed (`core.landing.days`)
    landed-look  full        when all of ``landing/`` was last looked through
    skipped      log group   the days of objects that were skipped for want of a dataset; a blank if they name none
    leases       converters  until when each run that converts owns its windows, by run
    check        table       when compaction checks it next
    retention    day         the last day on which all that is past was removed
    retention    months      the last day on which past months were closed (`core.ledger.closed`)
    asked        log group   since when a person asked for a log group that no schedule exports
    kept-from    log group   what of it lies before this was removed by its `retention_days`; 0: nothing was so far
    catalog-gap  table       what of it the catalog lacks (`core.catalog_gaps`)
    run          job         how its last run went (`core.run.outcome`)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Callable, Generic, Protocol, TypeVar

from loglake.core.catalog_gaps import CatalogGap, Missing
from loglake.core.landing.days import LandedTotal, SkippedDays
from loglake.core.landing.settling import LandedDays
from loglake.core.ledger.row_json import FORMAT
from loglake.core.ledger.watermark import Watermark
from loglake.core.run.outcome import Outcome, QueueWaiting, RunNote
from loglake.core.units import EPOCH, EpochMs, LogGroupName
from loglake.core.unreadable import UnreadableItem, check_format, check_value, check_values, parse, texts
from loglake.core.windows import Window
from loglake.errors import OtherVersionItemError, OtherVersionLedgerError, UnreadableItemError

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


class StateReader(Protocol):
    """What is noted beside rows, one item per kind and key."""

    def load_all(self, kind: StateKind[T]) -> StateOfKind[T]:
        """All items of a kind by their keys, in order; it names those that can't be read."""


class StateItems(StateReader, Protocol):
    """State items that can be changed. Reads are consistent, writes conditional."""

    def read_ahead(self, *items: tuple[StateKind[Any], str]) -> None:
        """Reads items in one request, by kind and key. The next `load` of each may return what was there by now.

        So it is for what is read soon, or matters only if it is written, which fails if it has changed.
        """

    def load(self, kind: StateKind[T], key: str) -> StateItem[T] | None:
        """The current item; None if there is none. Raises UnreadableItemError if it can't be read."""

    def save(self, item: StateItem[T], expected_version: int) -> bool:
        """Writes an item under the version after `expected_version` (0: there is none yet).

        False if the stored item has another version; then it stays.
        """


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


def _landed_total(data: Mapping[str, Any]) -> LandedTotal:
    total = LandedTotal(**data)
    check_values(total)
    return total


def _skipped_days(data: Mapping[str, Any]) -> SkippedDays:
    return SkippedDays(tuple(_ms("day_ms", day) for day in data["days"]))


def _catalog_gap(data: Mapping[str, Any]) -> CatalogGap:
    missing = Missing(**{name: texts(names) for name, names in data["missing"].items()})
    check_value("table", data["table"], str)
    gap = CatalogGap(**{**data, "missing": missing})
    check_values(gap)
    return gap


def _run(data: Mapping[str, Any]) -> RunNote:
    check_value("job", data["job"], str)
    _ms("ended_ms", data["ended_ms"])
    waiting = {queue: QueueWaiting(*(_ms(queue, number) for number in each)) for queue, each in data["waiting"].items()}
    told = {"outcome": Outcome(data["outcome"]), "remarks": texts(data["remarks"]), "waiting": waiting}
    note = RunNote(**{**data, **told})
    check_values(note)
    return note


WATERMARK: StateKind[Watermark] = StateKind("watermark", vars, _watermark)
LEDGER, PAUSED, CHECK = _time("ledger"), _time("paused"), _time("check")
RETENTION, KEPT_FROM, ASKED = _time("retention"), _time("kept-from"), _time("asked")
LEASES: StateKind[Mapping[str, EpochMs]] = StateKind(
    "leases", lambda until: until, lambda data: {owner: _ms(owner, ms) for owner, ms in data.items()}
)
LEASE = "converters"
LANDED_LOOK, LOOK, MISSED = _time("landed-look"), "full", "missed"
LANDED_DAYS: StateKind[LandedDays] = StateKind(
    "landed-days",
    lambda days: {
        **vars(days),
        "days": list(days.days),
        "planned": [[each.from_ms, each.to_ms] for each in days.planned],
    },
    _landed_days,
)
LANDED_TOTAL: StateKind[LandedTotal] = StateKind("landed-total", vars, _landed_total)
SKIPPED: StateKind[SkippedDays] = StateKind("skipped", lambda skipped: {"days": list(skipped.days)}, _skipped_days)
CATALOG_GAP: StateKind[CatalogGap] = StateKind(
    "catalog-gap",
    lambda gap: {**vars(gap), "missing": {name: list(names) for name, names in vars(gap.missing).items()}},
    _catalog_gap,
)
RUN: StateKind[RunNote] = StateKind(
    "run",
    lambda note: {
        **vars(note),
        "outcome": note.outcome.value,
        "remarks": list(note.remarks),
        "waiting": {queue: list(each) for queue, each in note.waiting.items()},
    },
    _run,
)

KINDS: tuple[StateKind[Any], ...] = (
    WATERMARK, PAUSED, LANDED_DAYS, LANDED_TOTAL, LANDED_LOOK, SKIPPED, CHECK, LEASES, CATALOG_GAP, RUN,
    RETENTION, KEPT_FROM, ASKED,
)  # fmt: skip


_FORMAT = "format"
"""The key of the only item of the kind `LEDGER`."""


def check_ledger(store: StateItems) -> None:
    """Reads the item that says the ledger's format, before anything else is read or written.

    Raises:
        OtherVersionLedgerError: another version of loglake wrote the ledger.
    """
    with _other_refused():
        store.load(LEDGER, _FORMAT)


def claim_ledger(store: StateItems, now_ms: EpochMs, *ahead: tuple[StateKind[Any], str]) -> None:
    """Checks the ledger, and writes that item if this is the first run on it.

    Args:
        store: where it is.
        now_ms: the time.
        *ahead: what else is read ahead, in the same request.

    Raises:
        OtherVersionLedgerError: as `check_ledger`; nothing was written.
    """
    store.read_ahead((LEDGER, _FORMAT), *ahead)
    with _other_refused():
        change(store, LEDGER, _FORMAT, EPOCH, lambda since_ms: since_ms or now_ms)


@contextmanager
def _other_refused() -> Iterator[None]:
    """If the item is damaged in another way, work goes on: each other item says if it can't be read."""
    try:
        yield
    except OtherVersionItemError as error:
        raise OtherVersionLedgerError(error.reason) from error
    except UnreadableItemError:
        pass


def values(store: StateReader, kind: StateKind[T]) -> dict[str, T]:
    """The values of all items of a kind, in the order of their keys."""
    return {key: item.value for key, item in store.load_all(kind).items()}


def of_groups(store: StateReader, kind: StateKind[T]) -> dict[LogGroupName, T]:
    """The values of all items of a kind with log groups as keys."""
    return {LogGroupName(key): value for key, value in values(store, kind).items()}


def known_groups(store: StateReader) -> set[LogGroupName]:
    """The log groups that have, or had, rows."""
    return {*of_groups(store, WATERMARK), *of_groups(store, LANDED_DAYS), *of_groups(store, ASKED)}


def paused(store: StateReader) -> dict[LogGroupName, EpochMs]:
    """The log groups that a person has paused, and since when."""
    return {group: since_ms for group, since_ms in of_groups(store, PAUSED).items() if since_ms}


def held(items: StateOfKind[EpochMs]) -> set[LogGroupName]:
    """The log groups that are not exported, by the items of `PAUSED`: paused ones, and those with unreadable notes."""
    return {LogGroupName(key) for key, item in items.items() if item.value} | set(map(LogGroupName, items.unreadable))


def change(store: StateItems, kind: StateKind[T], key: str, new: T, how: Callable[[T], T]) -> T:
    """Changes a value, safe against concurrent changes, and returns it.

    Args:
        store: where it is.
        kind: its kind.
        key: its key.
        new: the value before the first write.
        how: returns the next value; the same object changes nothing.
    """
    while True:
        item = store.load(kind, key) or StateItem(kind, key, new)
        value = how(item.value)
        if value is item.value or store.save(replace(item, value=value), item.version):
            return value
