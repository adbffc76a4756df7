"""Catalogs for tests that implement `loglake.core.ports.catalog.Catalog`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loglake.core.catalog_gaps import CatalogGap, Missing
from loglake.core.keys import TABLES
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.schema import ENVELOPE, TRAILER, TableSchema


class MemoryCatalog:
    """The Glue catalog in memory: tables by name, each with its partitions and columns.

    Attributes:
        is_ready: whether the crawler is READY.
        fault: what each call raises, if anything.
        refuses: whether registering partitions raises that alone.
    """

    def __init__(self) -> None:
        self.tables: dict[str, Missing] = {}
        self.is_ready = True
        self.fault: Exception | None = None
        self.refuses: Exception | None = None

    def missing(self, table: str, asked: Missing) -> Missing:
        self._strike()
        has = self.tables.get(table)
        return asked.without(has.partitions, has.columns) if has else asked

    def register(self, table: str, asked: Missing) -> Missing:
        missing = self.missing(table, asked)
        if missing.columns or not missing:
            return missing
        if self.refuses:
            raise self.refuses
        self._add(table, Missing(missing.partitions))
        return Missing()

    def unregister(self, table: str, partitions: Sequence[str]) -> None:
        self._strike()
        if has := self.tables.get(table):
            left = tuple(name for name in has.partitions if name not in partitions)
            self.tables[table] = Missing(left, has.columns)

    def is_crawler_ready(self) -> bool:
        self._strike()
        return self.is_ready

    def crawl(self, notes: Mapping[str, CatalogGap]) -> None:
        """Adds everything that is noted, as a crawl that finds the files would."""
        for table, note in notes.items():
            self._add(table, note.missing)

    def crawl_files(self, lake: ObjectStore, schemas: Mapping[str, list[TableSchema]]) -> None:
        """Adds all partitions of a lake that have files, with the columns of their tables."""
        for item in lake.list(TABLES):
            table, _, rest = item.key[len(TABLES) :].partition("/")
            columns = [column.name for schema in schemas.get(table, []) for column in schema.columns]
            self._add(table, Missing((rest.rpartition("/")[0],), (*ENVELOPE, *columns, *TRAILER)))

    def _add(self, table: str, more: Missing) -> None:
        has = self.tables.get(table, Missing())
        self.tables[table] = Missing(
            tuple(dict.fromkeys([*has.partitions, *more.partitions])),
            tuple(dict.fromkeys([*has.columns, *more.columns])),
        )

    def _strike(self) -> None:
        if self.fault:
            raise self.fault


class CrawledAtOnce:
    """A catalog that has each partition, with all columns, as soon as it has a file."""

    def __init__(self, lake: ObjectStore) -> None:
        self._lake = lake

    def missing(self, table: str, asked: Missing) -> Missing:
        names = [name for name in asked.partitions if not any(self._lake.list(f"{TABLES}{table}/{name}/"))]
        return Missing(tuple(names))

    def register(self, _table: str, _asked: Missing) -> Missing:
        return Missing()

    def unregister(self, _table: str, _partitions: Sequence[str]) -> None:
        return

    def is_crawler_ready(self) -> bool:
        return True
