"""Catalog gaps: what was committed and the Glue catalog lacks. They need a crawl, or else a wake-up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

MOST_NAMES = 1000
"""Partitions, and columns, that are noted of a table: an item of the ledger's table has 400 KB at the most.

The newest are kept. A crawl looks at all of a table, so once these are in the catalog, older ones are too.
"""


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
    """A table or columns that the catalog lacks, as the ledger notes it.

    Attributes:
        missing: what was committed, or is about to be, and was not in the catalog when somebody looked.
        wakes: wake-ups that were left for it since any of it changed.
        given_up: a person was told, and no more are left until any of it changes.
    """

    table: str
    missing: Missing = Missing()
    wakes: int = 0
    given_up: bool = False

    def plus(self, more: Missing) -> CatalogGap:
        """The note with more that is missing; itself where it has all of it."""
        return self._with(
            Missing(
                _newest(self.missing.partitions, more.partitions),
                _newest(self.missing.columns, more.columns),
            )
        )

    def only(self, still: Missing) -> CatalogGap:
        """The note without what is in the catalog by now; itself where none of it is."""
        gone = self.missing.without(still.partitions, still.columns)
        return self._with(self.missing.without(gone.partitions, gone.columns))

    def woken(self) -> CatalogGap:
        """The note when one more wake-up is left for it."""
        return replace(self, wakes=self.wakes + 1)

    def give_up(self) -> CatalogGap:
        """The note once the status has reported that no wake-up brings it in."""
        return replace(self, given_up=True)

    def _with(self, missing: Missing) -> CatalogGap:
        if missing == self.missing:
            return self
        return replace(self, missing=missing, wakes=0, given_up=False)


def _newest(have: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*have, *more]))[-MOST_NAMES:]
