"""``loglake query``: one SELECT over the tables of the last local run."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from loglake_cli.cli import output
from loglake_cli.cli.errors import errors_printed
from loglake_cli.cli.options import KEEP, Json, Keep
from loglake_cli.local.lake.query.athena import query as run_query
from loglake_cli.operations import query_output


def query(
    sql: Annotated[str, typer.Argument(help="One SELECT statement, in DuckDB's SQL.", metavar="SQL")],
    *,
    keep: Keep = KEEP,
    as_json: Json = False,
) -> None:
    """Answer a query over the tables of the last local run.

    Exit status: 0 it is answered, 2 bad usage or a query that fails.
    """
    with errors_printed():
        result = run_query(keep, sql)
        if as_json:
            print(json.dumps(query_output.documents(result.rows, result.columns), default=str, indent=2))
        else:
            query_output.print_result(result, output.console())
