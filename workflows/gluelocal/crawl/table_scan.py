"""Scans a crawler's target: folders become tables, footers become schemas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import md5
from itertools import count
from typing import TYPE_CHECKING

from gluelocal.crawl.layout import Layout, lay_out, table_folder
from gluelocal.crawl.listing import DataFile, list_target
from gluelocal.crawl.parquet_footer import Footer, FooterOf
from gluelocal.crawl.schema import SIMILAR, Columns, columns_of, merge_columns, similarity
from gluelocal.crawl.settings import CrawlSettings, S3Target

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Statistics:
    """The size of a table or partition. `records` is an estimate if not all footers were read."""

    objects: int
    size_bytes: int
    records: int


@dataclass(frozen=True)
class ScannedTable:
    """A table as found in its files."""

    layout: Layout
    footers: tuple[Footer, ...]

    def columns(self, values: tuple[str, ...] | None = None) -> tuple[Columns, list[str]]:
        """The merged columns of the table or a partition, and the ones with conflicting types."""
        return merge_columns(columns_of(footer.schema) for footer in self._footers_of(values))

    def statistics(self, values: tuple[str, ...] | None = None) -> Statistics:
        """The size of the table or of a partition."""
        files = self.layout.files if values is None else self.layout.partitions[values]
        read = self._footers_of(values)
        size = sum(file.size_bytes for file in files)
        read_size = sum(footer.file.size_bytes for footer in read)
        rows = sum(footer.rows for footer in read)
        return Statistics(len(files), size, rows * size // read_size if read_size else 0)

    def _footers_of(self, values: tuple[str, ...] | None) -> list[Footer]:
        if values is None:
            return list(self.footers)
        known = self._by_key
        return [known[file.key] for file in self.layout.partitions[values] if file.key in known]

    @cached_property
    def _by_key(self) -> dict[str, Footer]:
        return {footer.file.key: footer for footer in self.footers}


def scan(
    s3: S3Client,
    target: S3Target,
    settings: CrawlSettings,
    footer_of: FooterOf,
    on_part: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[list[ScannedTable], list[str]]:
    """Finds the tables of a target, and the S3 URIs of its files in no table.

    `on_part` gets the number of scanned folders with files, and of all such folders.

    A file that isn't Parquet is ignored and reported. A real crawler would classify it: it can make a table of it, or
    give the folder's table a classification that Athena can't read.
    """
    folders: defaultdict[str, list[DataFile]] = defaultdict(list)
    ignored = []
    for file in list_target(s3, target):
        folder = table_folder(file, target, settings.table_level)
        if folder is None:
            ignored.append(file)
        else:
            folders[folder].append(file)
    tables = []
    done, of = count(1), len({file.folder for files in folders.values() for file in files})
    for folder, files in folders.items():
        footers, unreadable = _read_footers(
            partial(footer_of, s3), files, target.sample_size, lambda: on_part(next(done), of)
        )
        ignored += unreadable
        if footers:
            tables.append(_table(target.bucket, folder, set(files) - set(unreadable), footers))
    if settings.table_level is None and len(tables) > 1 and _are_one(tables, settings.combine):
        tables = [_combined(target, tables)]
    return tables, [f"s3://{file.bucket}/{file.key}" for file in ignored]


def _table(bucket: str, folder: str, files: Iterable[DataFile], footers: Iterable[Footer]) -> ScannedTable:
    layout = lay_out(bucket, folder, sorted(files, key=lambda file: file.key))
    return ScannedTable(layout, tuple(sorted(footers, key=lambda footer: footer.file.key)))


def _read_footers(
    read: Callable[[DataFile], Footer | None],
    files: list[DataFile],
    sample_size: int | None,
    looked: Callable[[], None],
) -> tuple[list[Footer], list[DataFile]]:
    """The footers of a sample, and its files that aren't Parquet; `looked` is called once for each folder.

    In every folder files are read until the sample is full; without SampleSize all are. Glue picks them at random (API,
    S3Target): here by a hash of their keys, so that the same files are the sample each time.
    """
    wanted = sample_size or len(files)
    folders: defaultdict[str, list[DataFile]] = defaultdict(list)
    for file in sorted(files, key=lambda file: md5(file.key.encode()).digest()):
        folders[file.folder].append(file)

    def sample(candidates: list[DataFile]) -> tuple[list[Footer], list[DataFile]]:
        found: list[Footer] = []
        unreadable: list[DataFile] = []
        for file in candidates:
            if len(found) >= wanted:
                break
            footer = read(file)
            if footer:
                found.append(footer)
            else:
                unreadable.append(file)
        return found, unreadable

    footers: list[Footer] = []
    others: list[DataFile] = []
    with ThreadPoolExecutor(4) as pool:
        for found, unreadable in pool.map(sample, folders.values()):
            footers += found
            others += unreadable
            looked()
    return footers, others


def _are_one(tables: list[ScannedTable], combine: bool) -> bool:
    """Whether the folders of an include path are partitions of one table.

    With CombineCompatibleSchemas they are if their schemas can be merged; else if each resembles the first.
    """
    schemas = [table.columns()[0] for table in tables]
    if combine:
        return not merge_columns(schemas)[1]
    return all(similarity(schemas[0], schema) >= SIMILAR for schema in schemas[1:])


def _combined(target: S3Target, tables: list[ScannedTable]) -> ScannedTable:
    root = f"{target.prefix.rstrip('/')}/" if target.prefix.rstrip("/") else ""
    files = [file for table in tables for file in table.layout.files]
    return _table(target.bucket, root, files, [footer for table in tables for footer in table.footers])
