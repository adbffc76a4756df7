"""Catalogs for tests, which obey `loglake.core.ports.catalog.Catalog`."""

from __future__ import annotations

from loglake.core.catalog_gaps import CatalogGap, Missing
from loglake.core.keys import TABLES
from loglake.core.ports.objects import ObjectStore


class MemoryCatalog:
    """The Glue catalog in memory: tables by name, each with its partitions and columns.

    Attributes:
        follows: whether a crawl is sure to come after a run.
        fault: what each call raises, if anything.
    """

    def __init__(self) -> None:
        self.tables: dict[str, Missing] = {}
        self.follows = True
        self.fault: Exception | None = None

    def missing(self, table: str, asked: Missing) -> Missing:
        self._strike()
        has = self.tables.get(table)
        return asked.without(has.partitions, has.columns) if has else asked

    def crawl_follows(self) -> bool:
        self._strike()
        return self.follows

    def crawl(self, notes: dict[str, CatalogGap]) -> None:
        """Brings in all that is noted, as a crawl that finds the files would."""
        for table, note in notes.items():
            has = self.tables.get(table, Missing())
            self.tables[table] = Missing(
                (*has.partitions, *note.missing.partitions), (*has.columns, *note.missing.columns)
            )

    def _strike(self) -> None:
        if self.fault:
            raise self.fault


class CrawledAtOnce:
    """A catalog that has each partition as soon as there is a file of it, with all columns."""

    def __init__(self, lake: ObjectStore) -> None:
        self._lake = lake

    def missing(self, table: str, asked: Missing) -> Missing:
        names = [name for name in asked.partitions if not any(self._lake.list(f"{TABLES}{table}/{name}/"))]
        return Missing(tuple(names))

    def crawl_follows(self) -> bool:
        return True
