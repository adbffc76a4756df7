"""The catalog of a lake of any kind, as the Glue API has it: tables with their columns, and partitions."""

from __future__ import annotations

from athena_duckdb.catalog_file import Catalog, kept_catalog
from loglake.errors import ConfigError
from loglake_cli.deploy.stacks import database_name
from loglake_cli.operations.finding.statements import Searched, searched_tables
from loglake_cli.operations.lakes.lake import Kind, Lake
from loglake_cli.operations.lakes.source import converted_source


def tables_to_search(lake: Lake, text: str) -> list[Searched]:
    """The tables of a lake that may have a text.

    Raises:
        ConfigError: the text is empty.
        ConfigError, NoCatalogError: the lake has no catalog that can be read.
    """
    if not text.strip():
        raise ConfigError("give the text to find, such as a request id.")
    return searched_tables(_catalog_of(lake), text)


def _catalog_of(lake: Lake) -> Catalog:
    if lake.kind is Kind.CONVERTED:
        return converted_source(lake.place).catalog
    if lake.kind is Kind.RUN:
        return kept_catalog(lake.folder)
    from loglake.aws import session  # noqa: PLC0415  (boto3, which no folder needs)
    from loglake_cli.operations.athena.run import catalog_in  # noqa: PLC0415

    return catalog_in(session.client("glue"), database_name(lake.place))
