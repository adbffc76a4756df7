"""The Glue catalog, and the crawler that keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from loglake.core.catalog_gaps import Missing


class Catalog(Protocol):
    """The Glue catalog. The crawler owns its tables and columns.

    Every call may raise TransientError or AccessDeniedError.
    """

    def missing(self, table: str, asked: Missing) -> Missing:
        """Which of these the catalog lacks for a table; all of them if there is no such table.

        A partition with another location, or with other columns than its table, is missing too.
        """

    def register(self, table: str, asked: Missing) -> Missing:
        """Registers the missing partitions, if the table has all of the columns.

        Doing it twice is doing it once.

        Returns:
            What is missing then: nothing, or columns with the partitions that wait for them.

        Raises:
            TransientError: Glue refused some of the partitions; the others are registered.
        """

    def unregister(self, table: str, partitions: Sequence[str]) -> None:
        """Takes partitions out of the catalog; one that it lacks, or that has another location, is left alone.

        Raises:
            TransientError: Glue refused some of the partitions; the others are gone.
        """

    def is_crawler_ready(self) -> bool:
        """Whether the crawler can be started: it is neither RUNNING nor STOPPING."""
