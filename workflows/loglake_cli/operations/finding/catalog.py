"""The catalog of a lake of any kind, as the Glue API has it: tables with their columns, and partitions."""

from __future__ import annotations

from athena_duckdb.catalog_file import kept_catalog
from athena_duckdb.query.table_views import Catalog
from loglake_cli.deploy.stacks import database_name
from loglake_cli.operations.lakes.lake import Kind, Lake
from loglake_cli.operations.lakes.source import converted_source


def catalog_of(lake: Lake) -> Catalog:
    """The catalog of a lake.

    Raises:
        ConfigError, NoCatalogError: the lake has none that can be read.
    """
    if lake.kind is Kind.CONVERTED:
        return converted_source(lake.place).catalog
    if lake.kind is Kind.RUN:
        return kept_catalog(lake.folder)
    from loglake.aws import session  # noqa: PLC0415  (boto3, which no folder needs)
    from loglake_cli.operations.athena.run import catalog_in  # noqa: PLC0415

    return catalog_in(session.client("glue"), database_name(lake.place))
