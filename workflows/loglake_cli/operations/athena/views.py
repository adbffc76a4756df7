"""AWS's views over the tables of a kept run or a deployment, and how a deployment gets them."""

from __future__ import annotations

from athena_duckdb.catalog_file import kept_catalog, parquet_tables
from loglake.errors import ConfigError
from loglake_cli.aws_views.views import AwsView, aws_views
from loglake_cli.deploy.calls import Clients, is_here, pages
from loglake_cli.deploy.stacks import database_name
from loglake_cli.operations.athena.run import run, workgroup_of
from loglake_cli.operations.lakes.lake import Kind, Lake
from loglake_cli.operations.lakes.source import converted_source


def views_of(lake: Lake, client: Clients) -> list[AwsView]:
    """The views over the tables of a lake.

    Raises:
        ConfigError: there is no such deployment.
    """
    if lake.kind is Kind.DEPLOYED:
        return deployed_views(client, database_name(lake.place))
    catalog = kept_catalog(lake.folder) if lake.kind is Kind.RUN else converted_source(lake.place).catalog
    return aws_views(parquet_tables(catalog))


def deployed_views(client: Clients, database: str) -> list[AwsView]:
    """The views over the tables of a Glue database. A table that has the name of a view is left as it is."""
    found = pages(client("glue"), "get_tables", database, DatabaseName=database)
    tables = [table for page in found for table in page["TableList"] if table.get("TableType") != "VIRTUAL_VIEW"]
    names = {table["Name"] for table in tables}
    listed = {"databases": [], "tables": tables, "partitions": []}
    return [view for view in aws_views(parquet_tables(listed)) if view.name not in names]


def create_views(client: Clients, prefix: str, database: str, views: list[AwsView]) -> None:
    """Makes or replaces views in Athena, one after the other.

    Raises:
        ConfigError: there is no workgroup, Athena refuses a view, or it is a local stack's, which has the views.
    """
    if is_here(client("athena")):
        raise ConfigError("A local stack has the views already: query them, such as with `loglake query`.")
    workgroup = workgroup_of(client, prefix)
    for view in views:
        run(client("athena"), f'CREATE OR REPLACE VIEW "{view.name}" AS\n{view.sql}', workgroup, database)
