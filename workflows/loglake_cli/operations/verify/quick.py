"""The cheap part of a verification: one listing of each table, compared with the ledger's rows.

A row says how many files its current version has in the table, and their size; rows of older versions of loglake don't,
and are skipped. Windows of closed months are left to `loglake verify`. Decisions about compacted partitions are read.
One about windows is read only if they seem to lack something: their own files, and those that they share, are smaller
than what their rows say.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Callable

from loglake.core.compaction.keys import decision_of_shared
from loglake.core.keys import TABLES
from loglake.core.ledger.manifest import Batch
from loglake.core.ledger.row import TERMINAL, LedgerRow
from loglake.core.ports.objects import ObjectStore
from loglake.core.windows import WindowName
from loglake.errors import UnreadableItemError
from loglake.pipelines.commit.decisions import find_batch
from loglake_cli.operations.verify.decisions import read_places
from loglake_cli.operations.verify.files import version_of

Version = tuple[str, int]
"""The key prefix of a window, and a generation."""


@dataclass(frozen=True)
class LostFiles:
    """Missing files of a table, and files with another size.

    Attributes:
        windows: their windows, in order.
        compacted: keys of such files that a compaction wrote.
    """

    table: str
    windows: tuple[WindowName, ...]
    compacted: tuple[str, ...] = ()


def lost_files(
    rows: Iterable[LedgerRow], lake: ObjectStore, again: Callable[[], Iterable[LedgerRow]] | None = None
) -> tuple[LostFiles, ...]:
    """The lost files of each table.

    Args:
        rows: of the ledger, ordered by log group and window; stretches have no files.
        lake: where the tables are.
        again: reads the rows once more if something seems lost, because jobs may be at work; None if none are.
    """
    found = [each for table, mine in sorted(_comparable(rows).items()) if (each := _lost(table, mine, lake))]
    if not found or again is None:
        return tuple(found)
    later = ((each, _comparable(again())[each.table]) for each in found)
    pairs = ((each, _lost(each.table, rows, lake)) for each, rows in later)
    return tuple(both for each, second in pairs if second and (both := _both(each, second)))


def _both(first: LostFiles, second: LostFiles) -> LostFiles | None:
    windows = tuple(name for name in second.windows if name in first.windows)
    compacted = tuple(key for key in second.compacted if key in first.compacted)
    return LostFiles(first.table, windows, compacted) if windows or compacted else None


def _comparable(rows: Iterable[LedgerRow]) -> Mapping[str, list[LedgerRow]]:
    """By table, the rows that note their files, and that no run is about to change."""
    tables: dict[str, list[LedgerRow]] = defaultdict(list)
    for _, group in groupby(rows, lambda row: row.log_group):
        mine = list(group)
        pending = [row for row in mine if row.state not in TERMINAL or (row.failure and not row.live)]
        for row in mine:
            moving = row.attempt or (row.failure and row.live and row.failure.generation > row.live.generation)
            noted = row.live and (row.live.table_files or row.live.table_bytes)
            if noted and not moving and not any(map(row.lies_in, pending)):
                tables[row.table].append(row)
    return tables


def _lost(table: str, rows: Sequence[LedgerRow], lake: ObjectStore) -> LostFiles | None:
    sizes = {item.key: item.size_bytes for item in lake.list(f"{TABLES}{table}/")}
    decided = [file for each in read_places(lake, table).values() if each.live for file in each.live.files]
    merged = {part.key for file in decided for part in file.parts}
    parts, loose = Counter[Version](map(version_of, merged)), defaultdict[Version, list[int]](list)
    room, sharing = Counter[str](), defaultdict[str, set[WindowName]](set)
    for key in sizes.keys() - merged:
        loose[version_of(key)].append(sizes[key])
        room[decision_of_shared(key)] += sizes[key]
    lost = set[WindowName]()
    for row in rows:
        elsewhere = _elsewhere(row, loose, parts)
        if elsewhere is None or (elsewhere and not row.decisions):
            lost.add(row.name)
        elif elsewhere:
            room[row.decisions[0]] -= elsewhere
            sharing[row.decisions[0]].add(row.name)
    for name in (name for name in sharing if room[name] < 0):
        batch = None
        with suppress(UnreadableItemError):
            batch = find_batch(lake, table, name)
        lost |= sharing[name] & _lacking(batch, sizes, merged) if batch else sharing[name]
    windows = tuple(row.name for row in rows if row.name in lost)
    broken = [file for file in decided if sizes.get(file.final_key) != file.size_bytes]
    # A recent decision may still have its files in staging.
    compacted = tuple(file.final_key for file in broken if not (file.staged_key and lake.exists(file.staged_key)))
    return LostFiles(table, windows, compacted) if windows or compacted else None


def _elsewhere(row: LedgerRow, loose: Mapping[Version, list[int]], parts: Mapping[Version, int]) -> int | None:
    """The bytes of a row's version that should be in files that windows share; None if other files are missing."""
    assert row.live
    version = (row.key_prefix, row.live.generation)
    sizes, merged, noted = loose.get(version, []), parts.get(version, 0), row.live.table_files or 0
    rest = 0 if merged else (row.live.table_bytes or 0) - sum(sizes)
    # The sizes of what is compacted are not known; of rows that were in a shared file, only the first ones counted.
    whole = len(sizes) + merged >= noted if merged else rest > 0 or (rest == 0 and len(sizes) == noted)
    return rest if whole and all(sizes) else None


def _lacking(batch: Batch, sizes: Mapping[str, int], merged: Collection[str]) -> set[WindowName]:
    """The windows of a decision that lack rows."""
    noted = {file.final_key: file.size_bytes for file in batch.shared_files}
    lacking = set()
    for part in batch.windows:
        for staged in part.files:
            size = sizes.get(staged.place, -1)
            # A repaired window may have rows in a file of an earlier decision. This one does not say its size.
            expected = noted.get(staged.place, size if staged.within else staged.size_bytes)
            if staged.partition and staged.final_key not in merged and not 0 <= size == expected:
                lacking.add(part.name)
    return lacking
