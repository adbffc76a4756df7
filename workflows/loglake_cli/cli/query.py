"""``loglake query``: one SELECT over the tables of the last local run."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.errors import errors_printed, warn
from loglake_cli.cli.shared.options import KEEP, Json, Keep
from loglake_cli.cli.shared.pace import PERCENT
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.local.lake.query.athena import query as run_query
from loglake_cli.local.lake.query.query_bounds import NO_BOUNDS, Bounds
from loglake_cli.operations.tables import query_output

SHOWN_ROWS = 1000
"""Rows that a person is shown of an answer."""


def query(
    sql: Annotated[str, typer.Argument(help="One SELECT statement, in DuckDB's SQL.", metavar="SQL")],
    *,
    keep: Keep = KEEP,
    as_json: Json = False,
) -> None:
    """Answer a query over the tables of the last local run.

    A table of the first 1,000 rows is printed; with --json all rows are.

    Exit status: 0 it is answered, 2 bad usage or a query that fails.
    """
    with errors_printed():
        with Progress(output.console(stderr=True)) as progress:
            progress.begin("Answering the query", PERCENT)
            result = run_query(keep, sql, NO_BOUNDS if as_json else Bounds(rows=SHOWN_ROWS), progress.part)
        if as_json:
            print(json.dumps(query_output.documents(result.rows, result.columns), default=str, indent=2))
        else:
            query_output.print_result(result, output.console())
    if result.more:
        warn(
            [f"the first {SHOWN_ROWS:,} rows are shown: narrow the query, such as with WHERE, or get all with --json."]
        )
