"""Reads decisions: those about windows, and the compaction logs of partitions."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from loglake.core.compaction.decision import Decision, SharedFile
from loglake.core.compaction.keys import Place, parse_log_key
from loglake.core.keys import COMMITS, decision_key, parse_decision_key
from loglake.core.ledger.manifest import Batch, Manifest
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ports.objects import ObjectStore
from loglake.core.unreadable import parse
from loglake.core.windows import WindowName
from loglake.errors import UnreadableItemError
from loglake.pipelines.commit.decisions import find_batch
from loglake.pipelines.side_by_side import for_each
from loglake_cli.operations.verify.damage import Damage, Kind, named_windows


@dataclass(frozen=True)
class WindowDecision:
    """The decisions about a window.

    Attributes:
        current: the one about its rows; None if it has none, or if `damage` says why.
        pending: one that is not fully applied yet.
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


@dataclass(frozen=True)
class Batches:
    """The decisions about windows of a table, or of all tables.

    Attributes:
        read: by their keys. One that no row names says here only what may matter: most of its windows were replaced.
        unread: why one can't be read, by its key.
        shared: the files that their windows share, by key; of a decision that no row names, only existing ones.
    """

    read: Mapping[str, Batch]
    unread: Mapping[str, UnreadableItemError]
    shared: Mapping[str, SharedFile]

    def parts(self) -> Iterator[Manifest]:
        """What they say about each window."""
        return (part for _, batch in sorted(self.read.items()) for part in batch.windows)


def read_batches(lake: ObjectStore, table: str, rows: Sequence[LedgerRow], files: Collection[str]) -> Batches:
    """Reads the decisions about windows of a table, or of all if the name is empty.

    Args:
        lake: has them.
        table: its name.
        rows: of the whole ledger.
        files: the existing files of the tables.
    """
    listed = lake.list(f"{COMMITS}{table}/" if table else COMMITS)
    found = {item.key: name for item in listed if (name := parse_decision_key(item.key))}
    named = {decision_key(row.table, name) for row in rows for name in row.decisions}
    known, held = {row.name for row in rows}, defaultdict(list)
    shared: dict[str, SharedFile] = {}
    for row in sorted((row for row in rows if row.live), key=lambda row: row.window):
        held[row.log_group].append(row.window)

    def matters(part: Manifest) -> bool:
        windows = held.get(part.log_group, [])
        at = bisect_right(windows, part.window.from_ms, key=lambda window: window.from_ms)
        return part.name not in known and not (at and windows[at - 1].holds(part.window))

    def read(key: str) -> Batch | UnreadableItemError | None:
        try:
            batch = find_batch(lake, *found[key])
        except UnreadableItemError as error:
            return error
        for file in batch.shared_files if batch else ():
            if key in named or file.final_key in files:
                shared[file.final_key] = file
        if batch and key not in named:
            batch = replace(batch, windows=tuple(filter(matters, batch.windows)))
        return batch

    batches = dict(zip(found, for_each(read, found), strict=True))
    return Batches(
        {key: batch for key, batch in batches.items() if isinstance(batch, Batch)},
        {key: error for key, error in batches.items() if isinstance(error, UnreadableItemError)},
        shared,
    )


def read_windows(rows: Iterable[LedgerRow], batches: Batches) -> list[WindowDecision]:
    """The decisions about windows, without replaced windows and unreadable rows."""
    parts = {(part.key, part.name): part for part in batches.parts()}
    live = (row for row in rows if row.state not in {WindowState.SUPERSEDED, WindowState.UNREADABLE})
    return [_of_window(row, batches, parts) for row in live]


def read_places(lake: ObjectStore, table: str) -> dict[Place, PlaceDecision]:
    """The decisions about a table's partitions, or about all if the name is empty."""
    numbers: dict[Place, list[int]] = defaultdict(list)
    for item in lake.list(f"{COMMITS}_compacted/{table}/" if table else f"{COMMITS}_compacted/"):
        found = parse_log_key(item.key)
        if found and found.decided:
            numbers[found.place].append(found.number)
    places = for_each(lambda place: _read_place(lake, place, numbers[place]), sorted(numbers))
    return {each.place: each for each in places}


def _of_window(row: LedgerRow, batches: Batches, parts: Mapping[tuple[str, WindowName], Manifest]) -> WindowDecision:
    pending = None
    for name in row.open_decisions:
        key = decision_key(row.table, name)
        if key in batches.unread:
            # The ledger has nothing of it yet, so only a person can know what it was.
            return WindowDecision(row, damage=_damage(Kind.ITEM_UNREADABLE, row, key, _unread(batches.unread[key])))
        pending = parts.get((key, row.name), pending)
    if not row.live:
        return WindowDecision(row, pending=pending)
    key = decision_key(row.table, row.decisions[0])
    found, damage = parts.get((key, row.name)), None
    if key in batches.unread:
        damage = _damage(Kind.DECISION_UNREADABLE, row, key, _unread(batches.unread[key]))
    elif key not in batches.read:
        damage = _damage(Kind.DECISION_GONE, row, key, f"is gone: it names the files of {_words(row)}")
    elif other := _difference(row, found):
        damage = _damage(Kind.DECISION_OTHER, row, key, other)
    return WindowDecision(row, None if damage else found, pending, damage)


def _difference(row: LedgerRow, manifest: Manifest | None) -> str:
    """The contradiction of decision and ledger; empty if they agree."""
    assert row.live
    if manifest is None:
        return f"says nothing about {_words(row)}, and the ledger says that it has"
    if manifest.generation != row.live.generation:
        return f"is about another version of {_words(row)} than the ledger has"
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
