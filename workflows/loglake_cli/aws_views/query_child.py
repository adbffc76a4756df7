"""The process of a query that also sees AWS's views, and the text of each event in ``raw``."""

from __future__ import annotations

import os

from athena_duckdb.query import query_child
from athena_duckdb.query.sources import Source, kept_source
from loglake_cli.aws_views.views import with_views
from loglake_cli.aws_views.whole_texts import with_whole_texts


def main() -> None:
    """Answers one query."""
    query_child.main(with_views, _opened)


def _opened(place: str) -> Source:
    source = kept_source(place)
    return source._replace(catalog=with_whole_texts(source.catalog))


if __name__ == "__main__":
    main()
    os._exit(0)  # as there
