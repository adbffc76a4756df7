"""``loglake queries``: the saved queries, and the SQL of one."""

from __future__ import annotations

import json
import re
from typing import Annotated, Optional

import typer

from loglake.errors import ConfigError
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.errors import warn
from loglake_cli.cli.shared.options import Database, Json
from loglake_cli.operations.tables.saved_queries import saved_queries, saved_query
from loglake_cli.operations.tables.terminal_tables import print_table

Name = Annotated[Optional[str], typer.Argument(help="Print the SQL of this query.", metavar="NAME")]
Table = Annotated[Optional[str], typer.Option(help="The table that the query reads.", metavar="TABLE")]


def queries(name: Name = None, *, table: Table = None, database: Database = None, as_json: Json = False) -> None:
    """List the saved queries per log format, or print one in Athena's SQL.

    `loglake query -` answers what is printed. The stack query has the same queries in Athena, for the tables
    that loglake.yaml names.

    Exit status: 0 it is printed, 2 bad usage or no such query.
    """
    if table is not None and not re.fullmatch(r"[a-z0-9_]+", table):
        raise ConfigError(f"{table!r} is not a table's name: give lower-case letters, digits and underscores.")
    in_database = database or "loglake"
    found = saved_queries() if name is None else [saved_query(name)]
    if as_json:
        listed = [
            {"name": q.name, "format": q.format, "about": q.about, "sql": q.sql(table, in_database)} for q in found
        ]
        print(json.dumps({"queries": listed}, indent=2))
    elif name is None:
        print_table(
            ("query", "format", "what it shows"), [(q.name, q.format, q.about) for q in found], output.console()
        )
    else:
        (query,) = found
        print(query.sql(table, in_database))
        if table is None and query.format:
            warn([f"the query reads the table {query.example}: name yours with --table TABLE."])
