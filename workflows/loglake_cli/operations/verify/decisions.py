"""Reads decisions: the commit manifests of windows, and the compaction logs of partitions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from loglake.core.compaction.decision import Decision
from loglake.core.compaction.keys import Place, parse_log_key
from loglake.core.keys import COMMITS
from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ports.objects import ObjectStore
from loglake.core.unreadable import parse
from loglake.core.windows import WindowName
from loglake.errors import NotFoundError, UnreadableItemError
from loglake_cli.operations.verify.damage import Damage, Kind, named_windows

CALLS = 16
"""How many objects are read in parallel: each takes a round trip."""


@dataclass(frozen=True)
class WindowDecision:
    """The decisions about a window.

    Attributes:
        current: the manifest of its rows; None if it has none, or if `damage` says why.
        pending: a manifest that is not fully applied yet.
    """

    row: LedgerRow
    current: Manifest | None = None
    pending: Manifest | None = None
    damage: Damage | None = None

    @property
    def name(self) -> WindowName:
        """The window."""
        return self.row.name


@dataclass(frozen=True)
class PlaceDecision:
    """The decisions about a partition's compaction.

    Attributes:
        newest: the highest number that was decided; 0 if none was.
        live: the newest decision that is not aborted.
        damage: why that is not known.
    """

    place: Place
    newest: int
    live: Decision | None = None
    damage: Damage | None = None


def read_windows(rows: Iterable[LedgerRow], lake: ObjectStore) -> list[WindowDecision]:
    """The decisions about windows, without replaced windows and unreadable rows."""
    live = [row for row in rows if row.state not in {WindowState.SUPERSEDED, WindowState.UNREADABLE}]
    with ThreadPoolExecutor(CALLS, "decisions") as pool:
        return list(pool.map(lambda row: _read_window(row, lake), live))


def read_places(lake: ObjectStore, table: str) -> dict[Place, PlaceDecision]:
    """The decisions about a table's partitions, or about all if the name is empty."""
    numbers: dict[Place, list[int]] = defaultdict(list)
    for item in lake.list(f"{COMMITS}_compacted/{table}/" if table else f"{COMMITS}_compacted/"):
        found = parse_log_key(item.key)
        if found and found.decided:
            numbers[found.place].append(found.number)
    with ThreadPoolExecutor(CALLS, "decisions") as pool:
        places = pool.map(lambda place: _read_place(lake, place, numbers[place]), sorted(numbers))
        return {each.place: each for each in places}


def read_manifest(lake: ObjectStore, key: str) -> Manifest | None:
    """A manifest; None if there is none.

    Raises:
        UnreadableItemError: it can't be read.
    """
    try:
        body = lake.get(key)
    except NotFoundError:
        return None
    return parse(key, lambda: Manifest.from_bytes(body))


def _read_window(row: LedgerRow, lake: ObjectStore) -> WindowDecision:
    done = row.live.generation if row.live else 0
    pending = None
    for generation in range(row.generation, done, -1):
        key = row.keys_at(generation).manifest
        try:
            found = read_manifest(lake, key)
        except UnreadableItemError as error:
            # The ledger has nothing of it yet, so only a person can know what it was.
            return WindowDecision(row, damage=_damage(Kind.ITEM_UNREADABLE, row, key, _unread(error)))
        if found and not found.closed:
            pending = found
            break
    decision = WindowDecision(row, pending=pending)
    return _with_current(decision, lake) if row.live else decision


def _with_current(decision: WindowDecision, lake: ObjectStore) -> WindowDecision:
    row = decision.row
    assert row.live
    key = row.keys_at(row.live.generation).manifest
    try:
        found = read_manifest(lake, key)
    except UnreadableItemError as error:
        return replace(decision, damage=_damage(Kind.DECISION_UNREADABLE, row, key, _unread(error)))
    if found is None:
        return replace(
            decision, damage=_damage(Kind.DECISION_GONE, row, key, f"is gone: it names the files of {_words(row)}")
        )
    other = _difference(row, found)
    if other:
        return replace(decision, damage=_damage(Kind.DECISION_OTHER, row, key, other))
    return replace(decision, current=found)


def _difference(row: LedgerRow, manifest: Manifest) -> str:
    """The contradiction of manifest and ledger; empty if they agree."""
    assert row.live
    if (manifest.log_group, manifest.window, manifest.generation) != (row.log_group, row.window, row.live.generation):
        return f"is of {manifest.log_group} {manifest.window}, and its key is one of {_words(row)}"
    if manifest.closed:
        return f"says that nothing of {_words(row)} becomes rows, and the ledger says that it has"
    rows = sum(staged.rows for staged in manifest.files if staged.partition)
    expected = row.live.accounting.rows_out
    if manifest.accounting != row.live.accounting or rows != expected:
        return f"names {rows:,} rows of {_words(row)}, and the ledger says {expected:,}"
    if row.live.decision and row.live.decision != manifest.digest:
        return f"was changed after the ledger noted it: it names the files of {_words(row)}"
    return ""


def _read_place(lake: ObjectStore, place: Place, numbers: Sequence[int]) -> PlaceDecision:
    newest = max(numbers)
    for number in sorted(numbers, reverse=True):
        key = place.decision(number)
        try:
            decision = parse(key, partial(Decision.from_bytes, lake.get(key)))
        except UnreadableItemError as error:
            return PlaceDecision(
                place, newest, damage=Damage(Kind.DECISION_UNREADABLE, key, _unread(error), place.table)
            )
        if (decision.place, decision.number) != (place, number):
            why = f"is of {decision.place.prefix}, and its key is one of {place.prefix}"
            return PlaceDecision(place, newest, damage=Damage(Kind.DECISION_OTHER, key, why, place.table))
        if not decision.aborted:
            return PlaceDecision(place, newest, decision)
    return PlaceDecision(place, newest)


def unnamed(key: str) -> Damage:
    """A file of a table or of quarantine without a decision."""
    table = key.split("/")[1]
    return Damage(Kind.FILE_UNNAMED, key, "is named by no decision", "" if table.startswith("_") else table)


def _damage(kind: Kind, row: LedgerRow, key: str, what: str) -> Damage:
    return Damage(kind, key, what, row.table, (row.name,))


def _unread(error: UnreadableItemError) -> str:
    return f"can't be read: {error.reason}"


def _words(row: LedgerRow) -> str:
    return named_windows([row.name])
