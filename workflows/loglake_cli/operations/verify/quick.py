"""The cheap part of a verification: one listing of each table, compared with the ledger's rows.

No decision about a window is read. A row says how many files its current version has in the table, and their size; rows
of older versions of loglake don't, and are skipped. Only decisions about compacted partitions are read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from loglake.core.compaction.keys import is_compacted
from loglake.core.keys import TABLES
from loglake.core.ledger.row import TERMINAL, LedgerRow
from loglake.core.ports.objects import ObjectStore
from loglake.core.windows import WindowName
from loglake_cli.operations.evidence import KnownState
from loglake_cli.operations.verify.decisions import read_places
from loglake_cli.operations.verify.files import version_of


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


def lost_files(rows: Iterable[LedgerRow], lake: ObjectStore, ledger: KnownState | None = None) -> tuple[LostFiles, ...]:
    """The lost files of each table.

    Args:
        rows: of the ledger, ordered by log group and window.
        lake: where the tables are.
        ledger: reads the rows once more if something seems lost, because jobs may be at work; None if none are.
    """
    found = [each for table, mine in sorted(_comparable(rows).items()) if (each := _lost(table, mine, lake))]
    if not found or ledger is None:
        return tuple(found)
    again = (_lost(each.table, _comparable(ledger.all_rows(each.table))[each.table], lake) for each in found)
    return tuple(both for each, second in zip(found, again) if second and (both := _both(each, second)))


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
            if row.live and row.live.table_files and not moving and not any(map(row.lies_in, pending)):
                tables[row.table].append(row)
    return tables


def _lost(table: str, rows: Sequence[LedgerRow], lake: ObjectStore) -> LostFiles | None:
    sizes = {item.key: item.size_bytes for item in lake.list(f"{TABLES}{table}/")}
    decided = [file for each in read_places(lake, table).values() if each.live for file in each.live.files]
    merged = [part.key for file in decided for part in file.parts]
    parts = Counter[tuple[str, int]](map(version_of, merged))
    loose: dict[tuple[str, int], list[int]] = defaultdict(list)
    for key in sizes.keys() - merged:
        version = version_of(key)
        if version.prefix and not is_compacted(key):
            loose[version].append(sizes[key])
    windows = tuple(row.name for row in rows if not _is_whole(row, loose, parts))
    broken = [file for file in decided if sizes.get(file.final_key) != file.size_bytes]
    # A recent decision may still have its files in staging.
    compacted = tuple(file.final_key for file in broken if not (file.staged_key and lake.exists(file.staged_key)))
    return LostFiles(table, windows, compacted) if windows or compacted else None


def _is_whole(row: LedgerRow, loose: Mapping[tuple[str, int], list[int]], parts: Mapping[tuple[str, int], int]) -> bool:
    assert row.live
    version = (row.key_prefix, row.live.generation)
    sizes, merged = loose.get(version, []), parts.get(version, 0)
    whole = (
        merged or sum(sizes) == row.live.table_bytes
    )  # the original files of a compacted part are gone, with their sizes
    return bool(whole) and len(sizes) + merged == row.live.table_files and all(sizes)
