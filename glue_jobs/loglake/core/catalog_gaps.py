"""Catalog gaps: what was committed and the Glue catalog lacks. Tables and columns need a crawl, partitions do not.

Each table has one note in the ledger (`core.state_items`). It is written before the commit that adds something, so a
killed run leaves nothing out, and it is emptied when the catalog has all of it.
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
        """Whether there is anything."""
        return bool(self.partitions or self.columns)

    def without(self, partitions: Collection[str], columns: Collection[str]) -> Missing:
        """What is left, in its order."""
        return Missing(
            tuple(name for name in self.partitions if name not in partitions),
            tuple(name for name in self.columns if name not in columns),
        )


@dataclass(frozen=True)
class CatalogGap:
    """What the catalog lacks of a table, as the ledger notes it.

    Attributes:
        missing: what was committed, or is about to be, and was not in the catalog when somebody looked.
        wakes: how often a crawl or a registration was asked for since its columns changed.
        not_before_ms: when the next look is due; a crawl that was asked for should be over by then.
        given_up: a person was asked to look, and nothing more is asked for until its columns change.
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
        """Whether nothing was asked for yet."""
        return bool(self.missing) and not self.wakes and not self.given_up

    def is_due(self, now_ms: int) -> bool:
        """Whether it is time to look again at what was asked for."""
        return bool(self.missing) and not self.given_up and self.not_before_ms <= now_ms

    def has_room(self, more: Missing) -> bool:
        """Whether the note can take more partitions without losing any."""
        return len(set(self.missing.partitions).union(more.partitions)) <= MOST_PARTITIONS

    def plus(self, more: Missing) -> CatalogGap:
        """The note with more that is missing; itself if it has all of it."""
        return self._with(
            Missing(
                _newest(self.missing.partitions, more.partitions, MOST_PARTITIONS),
                _newest(self.missing.columns, more.columns, MOST_COLUMNS),
            )
        )

    def only(self, still: Missing) -> CatalogGap:
        """The note without what is in the catalog by now; itself if none of it is."""
        gone = self.missing.without(still.partitions, still.columns)
        return self._with(self.missing.without(gone.partitions, gone.columns))

    def asked(self, not_before_ms: EpochMs) -> CatalogGap:
        """The note when a crawl or a registration is asked for once more."""
        return replace(self, wakes=self.wakes + 1, not_before_ms=not_before_ms)

    def give_up(self) -> CatalogGap:
        """The note once a person was asked to look."""
        return replace(self, given_up=True)

    def _with(self, missing: Missing) -> CatalogGap:
        """What has new columns begins anew. A new partition does not: else each hour would ask for a crawl."""
        if missing == self.missing:
            return self
        if missing.columns == self.missing.columns and missing and self.missing:
            return replace(self, missing=missing)
        return CatalogGap(self.table, missing)


def _newest(have: Sequence[str], more: Sequence[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*have, *more]))[-most:]
