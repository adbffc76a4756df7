"""``loglake views``: tables under the names of columns that AWS's published queries have."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from loglake.errors import ConfigError
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.options import KEEP, Aws, Database, Json, Keep
from loglake_cli.operations.tables.terminal_tables import print_table

if TYPE_CHECKING:
    from loglake_cli.aws_views.views import AwsView

Name = Annotated[Optional[str], typer.Argument(help="Print the SQL of this view.", metavar="NAME")]


def views(
    name: Name = None,
    *,
    create: Annotated[
        bool, typer.Option("--create", help="With --aws: make the views in the Glue catalog, or replace them.")
    ] = False,
    keep: Keep = KEEP,
    aws: Aws = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List the views that have AWS's own names of columns, or print or create them.

    Queries that AWS publishes for VPC flow logs, load balancers, CloudFront, S3, CloudTrail, WAF and the Route 53
    Resolver run on them unchanged. `loglake query` knows them; Athena does after --create.

    Exit status: 0 it is done, 2 bad usage, no such view, or Athena refuses it.
    """
    if create and not aws:
        raise ConfigError("--create needs --aws PREFIX: in a local run, `loglake query` knows the views already.")
    from loglake.aws import session  # noqa: PLC0415  (boto3 and sqlglot)
    from loglake_cli.deploy.stacks import database_name  # noqa: PLC0415
    from loglake_cli.operations.athena import views as aws_views  # noqa: PLC0415

    clients = cache(session.client)
    of = database or (database_name(aws) if aws else None)
    found = aws_views.deployed_views(clients, of) if aws and of else aws_views.kept_views(keep, of)
    if name is not None:
        found = [view for view in found if view.name == name]
    if not found:
        which = name or "that there is a view for"
        raise ConfigError(f"no table has the columns of a format {which}: `loglake query 'SHOW TABLES'` lists them.")
    if create and aws and of:
        aws_views.create_views(clients, aws, of, found)
    _write(found, name, create, as_json)


def _write(found: list[AwsView], name: str | None, created: bool, as_json: bool) -> None:
    if as_json:
        listed = [{"name": v.name, "format": v.format, "tables": [*v.tables], "sql": v.sql} for v in found]
        print(json.dumps({"created": created, "views": listed}, indent=2))
    elif name is not None and not created:
        print(found[0].sql)
    else:
        rows = [(view.name, view.format, ", ".join(view.tables)) for view in found]
        print_table(("view", "format", "tables"), rows, output.console())
        if created:
            print(f"Created or replaced: {len(found)}.")
