"""The process of a query that came by Athena's API: it also sees AWS's views, and the tables as Athena reads them."""

from __future__ import annotations

import os

from athena_duckdb.query import query_child
from loglake_cli.aws_views.views import with_views


def main() -> None:
    """Answers one query."""
    query_child.main(with_views)


if __name__ == "__main__":
    main()
    os._exit(0)  # as there
