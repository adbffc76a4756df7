"""The Glue catalog, and the notes of what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Protocol

    from loglake.core.catalog_gaps import Missing
else:
    from typing import Protocol


class Catalog(Protocol):
    """The Glue catalog that the crawler keeps. Every call may raise TransientError or AccessDeniedError."""

    def missing(self, table: str, asked: Missing) -> Missing:
        """Which of these a table of the catalog does not have: all of them where there is no such table."""
        ...

    def crawl_follows(self) -> bool:
        """Whether the crawl that comes after this run of the job will begin, as far as can be told.

        It does not where the crawler is at work or failed last time, where another run of the job is under way or ended
        without a crawl since, or outside of a workflow.
        """
        ...
