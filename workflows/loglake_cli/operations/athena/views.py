"""AWS's views over the tables of a kept run or a deployment, and how a deployment gets them."""

from __future__ import annotations

from pathlib import Path

from athena_duckdb.catalog_file import kept_catalog
from athena_duckdb.query.table_views import parquet_tables
from loglake.errors import ConfigError
from loglake_cli.aws_views.views import AwsView, aws_views
from loglake_cli.deploy.calls import Clients, pages
from loglake_cli.operations.athena.run import is_here, run, workgroup_of


def kept_views(directory: Path) -> list[AwsView]:
    """The views over the tables of a kept run.

    Raises:
        ConfigError: there is no kept run.
    """
    return aws_views(parquet_tables(kept_catalog(directory)))


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
