"""Catalog gaps: what is committed but not in the Glue catalog. Tables and columns need a crawl, partitions do not.

Each table has one note in the ledger (`core.state_items`). It is written before the commit that adds something, so a
killed run forgets nothing. It is emptied when the catalog has everything.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from loglake.core.units import EPOCH, EpochMs

MOST_PARTITIONS = 5000
"""Partitions in a table's note, the newest: an item of the ledger's table has 400 KB at most.

A run registers what is noted before the note overflows. Only a table that waits for a crawl can lose some, and a crawl
makes all partitions that have files.
"""

MOST_COLUMNS = 1000
"""Columns in a table's note."""


@dataclass(frozen=True)
class Missing:
    """Partitions (``dt=2026-11-21``) and columns of a table that the catalog does not have."""

    partitions: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is missing."""
        return bool(self.count)

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.partitions) + len(self.columns)

    def without(self, partitions: Collection[str], columns: Collection[str]) -> Missing:
        """The rest, in the same order."""
        return Missing(
            tuple(name for name in self.partitions if name not in partitions),
            tuple(name for name in self.columns if name not in columns),
        )


@dataclass(frozen=True)
class CatalogGap:
    """What the catalog lacks for a table, as noted in the ledger.

    Attributes:
        missing: what was committed, or is about to be, and was not in the catalog at the last check.
        wakes: how often a crawl or a registration was requested since its columns changed.
        not_before_ms: when the next check is due; a requested crawl should be over by then.
        given_up: a person was asked to look, and nothing more is requested until its columns change.
    """

    table: str
    missing: Missing = Missing()
    wakes: int = 0
    given_up: bool = False
    not_before_ms: EpochMs = EPOCH

    @property
    def needs_crawl(self) -> bool:
        """Whether a table or a column is missing. A new table lacks all of its columns."""
        return bool(self.missing.columns)

    @property
    def is_new(self) -> bool:
        """Whether nothing was requested yet."""
        return bool(self.missing) and not self.wakes and not self.given_up

    def is_due(self, now_ms: int) -> bool:
        """Whether it is time to check again."""
        return bool(self.missing) and not self.given_up and self.not_before_ms <= now_ms

    def has_room(self, more: Missing) -> bool:
        """Whether the note can take more partitions without losing any."""
        return len(set(self.missing.partitions).union(more.partitions)) <= MOST_PARTITIONS

    def plus(self, more: Missing) -> CatalogGap:
        """The note with more gaps; the same object if it has all of them."""
        return self._with(
            Missing(
                _newest(self.missing.partitions, more.partitions, MOST_PARTITIONS),
                _newest(self.missing.columns, more.columns, MOST_COLUMNS),
            )
        )

    def only(self, still: Missing) -> CatalogGap:
        """The note without what the catalog has by now; the same object if nothing changes."""
        gone = self.missing.without(still.partitions, still.columns)
        return self._with(self.missing.without(gone.partitions, gone.columns))

    def asked(self, not_before_ms: EpochMs) -> CatalogGap:
        """The note after another request for a crawl or a registration."""
        return replace(self, wakes=self.wakes + 1, not_before_ms=not_before_ms)

    def give_up(self) -> CatalogGap:
        """The note after a person was asked to look."""
        return replace(self, given_up=True)

    def _with(self, missing: Missing) -> CatalogGap:
        """New columns restart the count. A new partition does not: else each hour would request a crawl."""
        if missing == self.missing:
            return self
        if missing.columns == self.missing.columns and missing and self.missing:
            return replace(self, missing=missing)
        return CatalogGap(self.table, missing)


def _newest(have: Sequence[str], more: Sequence[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*have, *more]))[-most:]
