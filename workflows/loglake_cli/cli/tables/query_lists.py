"""``loglake query --saved`` and ``--views``: what can be asked by name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from loglake.errors import ConfigError
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.options import print_json
from loglake_cli.operations.tables.saved_queries import saved_queries
from loglake_cli.operations.tables.terminal_tables import print_table

if TYPE_CHECKING:
    from loglake_cli.aws_views.views import AwsView
    from loglake_cli.operations.lakes.lake import Lake


def list_saved(*, as_json: bool) -> None:
    """Prints the names of the saved queries, with the log format that each is for."""
    found = saved_queries()
    if as_json:
        print_json([{"name": q.name, "format": q.format, "about": q.about} for q in found])
    else:
        rows = [(q.name, q.format, q.about) for q in found]
        print_table(("query", "format", "what it shows"), rows, output.console())


def show_views(name: str | None, lake: Lake, *, create: bool, as_json: bool) -> None:
    """Prints the views that have AWS's own names of columns, or the SQL of one, or makes them.

    Args:
        name: of one view; None is all.
        lake: whose tables they are over.
        create: make them in the Glue catalog of the deployment that the lake is.
        as_json: print a document.

    Raises:
        ConfigError: there is no such view, or Athena refuses it.
    """
    from loglake.aws import session  # noqa: PLC0415  (boto3 and sqlglot)
    from loglake_cli.deploy.stacks import database_name  # noqa: PLC0415
    from loglake_cli.operations.athena import views  # noqa: PLC0415

    clients = cache(session.client)
    found = views.views_of(lake, clients)
    if name is not None:
        found = [view for view in found if view.name == name]
    if not found:
        which = name or "that there is a view for"
        raise ConfigError(f"no table has the columns of a format {which}: `loglake query 'SHOW TABLES'` lists them.")
    if create:
        views.create_views(clients, lake.place, database_name(lake.place), found)
    _write(found, name, create, as_json)


def _write(found: list[AwsView], name: str | None, created: bool, as_json: bool) -> None:
    if as_json:
        listed = [{"name": v.name, "format": v.format, "tables": [*v.tables], "sql": v.sql} for v in found]
        print_json({"created": created, "views": listed})
    elif name is not None and not created:
        print(found[0].sql)
    else:
        rows = [(view.name, view.format, ", ".join(view.tables)) for view in found]
        print_table(("view", "format", "tables"), rows, output.console())
        if created:
            print(f"Created or replaced: {len(found)}.")
