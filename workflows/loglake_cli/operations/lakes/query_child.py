"""The process of a query over what `loglake convert` wrote."""

from __future__ import annotations

import os

from athena_duckdb.errors import ConfigError
from athena_duckdb.query import query_child
from athena_duckdb.query.sources import Source
from loglake.errors import LoglakeError
from loglake_cli.aws_views.views import with_views
from loglake_cli.aws_views.whole_texts import with_whole_texts
from loglake_cli.operations.lakes.source import converted_source


def main() -> None:
    """Answers one query."""
    query_child.main(with_views, _opened)


def _opened(place: str) -> Source:
    """The tables of an output. This process reports errors of athena_duckdb as a sentence, and no others."""
    try:
        source = converted_source(place)
    except LoglakeError as error:
        raise ConfigError(str(error)) from error
    return source._replace(catalog=with_whole_texts(source.catalog))


if __name__ == "__main__":
    main()
    os._exit(0)  # as there
