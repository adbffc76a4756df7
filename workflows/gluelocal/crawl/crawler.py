"""A Glue crawler over Parquet in S3: one crawl, from the crawler's properties to tables in the Data Catalog.

It knows nothing of the job that wrote the files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluelocal.crawl.catalog import CatalogWriter
from gluelocal.crawl.parquet_footer import FooterOf, read_footer
from gluelocal.crawl.settings import read_settings
from gluelocal.crawl.table_scan import ScannedTable, scan

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

_NAMED_FILES = 5


@dataclass(frozen=True)
class CrawlResult:
    """The result of a crawl.

    Attributes:
        tables: the names of all tables found.
        changes: how many tables and partitions were created, updated, deleted and deprecated, as ``tables_created`` and
            so on. Deprecated ones have lost their data.
        files_ignored: files in the targets that belong to no table.
        warnings: sentences about problems for Athena.
    """

    tables: tuple[str, ...] = ()
    changes: Counter[str] = field(default_factory=Counter)
    files_ignored: int = 0
    warnings: tuple[str, ...] = ()


def crawl(
    properties: Mapping[str, Any],
    s3: S3Client,
    glue: GlueClient,
    now_ms: int,
    footer_of: FooterOf = read_footer,
    *,
    on_part: Callable[[int, int], None] = lambda done, of: None,
) -> CrawlResult:
    """Crawls a crawler's targets and writes the result.

    Args:
        properties: of AWS::Glue::Crawler, all intrinsics resolved.
        s3: reads the targets: listings and the ends of files.
        glue: writes tables and partitions.
        now_ms: the time of the new entries.
        footer_of: reads the footer of a file; it may know those that earlier crawls read.
        on_part: called with the number of crawled folders, mostly partitions, and of folders listed so far.

    Raises:
        ConfigError: the properties are wrong, or need something that the local crawler doesn't support.
        ClientError: S3 or Glue refused a call; earlier writes stay, as with a real crawler.
    """
    settings = read_settings(properties)
    tables: list[ScannedTable] = []
    ignored: list[str] = []
    for target in settings.targets:
        found, others = scan(s3, target, settings, footer_of, on_part)
        tables += found
        ignored += others
    writer = CatalogWriter(glue, settings, now_ms)
    names = writer.write(tables)
    warnings = [warning for table in tables for warning in _warnings(table)] + _ignored_warning(ignored)
    return CrawlResult(tuple(names), writer.changes, len(ignored), tuple(warnings))


def _warnings(table: ScannedTable) -> list[str]:
    columns, clashes = table.columns()
    where = table.layout.location
    warnings = [f"{where}: files disagree about the type of {name}: Athena can't read it" for name in clashes]
    warnings += (
        f"{where}: {key} is a column and a partition key: Athena refuses the table"
        for key in table.layout.partition_keys
        if key in columns
    )
    if table.layout.uneven:
        warnings.append(f"{where}: files lie at different depths; only the first levels became partitions")
    return warnings


def _ignored_warning(ignored: list[str]) -> list[str]:
    if not ignored:
        return []
    some = ", ".join(ignored[:_NAMED_FILES]) + (" …" if len(ignored) > _NAMED_FILES else "")
    return [f"{len(ignored)} files are not Parquet or lie above the table level and are in no table: {some}"]
