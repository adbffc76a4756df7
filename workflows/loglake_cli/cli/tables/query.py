"""``loglake query``: one statement in Athena's SQL over the tables of the last local run."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from athena_duckdb.query.athena import Dialect, QueryResult
from athena_duckdb.query.query_bounds import NO_BOUNDS, Bounds
from gluelocal.shown_stream import exact
from loglake.errors import ConfigError
from loglake_cli.aws_views.query import query as run_query
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.errors import warn
from loglake_cli.cli.shared.options import KEEP, Aws, Database, Json, Keep
from loglake_cli.cli.shared.pace import PERCENT
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.operations.tables import query_output

SHOWN_ROWS = 1000
"""Rows that a person is shown of an answer."""


class Format(str, Enum):
    """How an answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


Sql = Annotated[
    Optional[str],
    typer.Argument(help="One statement: SELECT, SHOW, DESCRIBE or EXPLAIN. - reads it from stdin.", metavar="SQL"),
]
File = Annotated[Optional[Path], typer.Option("--file", "-f", help="Read the statement from a file.", metavar="FILE")]
As = Annotated[
    Optional[Format], typer.Option("--format", help="table, csv, json or parquet; by default a table.", metavar="NAME")
]
Output = Annotated[Optional[Path], typer.Option("--output", help="Write all rows into this file.", metavar="FILE")]


MaxCost = Annotated[
    float,
    typer.Option(help="With --aws: ask first if a query may scan for more than so many USD.", metavar="USD", min=0),
]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing.")]


def query(
    sql: Sql = None,
    *,
    file: File = None,
    keep: Keep = KEEP,
    aws: Aws = None,
    database: Database = None,
    dialect: Annotated[
        Dialect, typer.Option(help="Whose SQL it is: athena (engine version 3) or duckdb.", metavar="NAME")
    ] = Dialect.ATHENA,
    written_as: As = None,
    to: Output = None,
    reuse: Annotated[
        int,
        typer.Option(
            help="With --aws: take a result that is at most so old, and scan nothing.", metavar="MINUTES", min=0
        ),
    ] = 0,
    max_cost: MaxCost = 1.0,
    yes: Yes = False,
    no_formulas: Annotated[
        bool,
        typer.Option("--no-formulas", help="In CSV, put ' before a text that a spreadsheet would take for a formula."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Answer a query over the tables of the last local run, in Athena's SQL.

    A table of the first 1,000 rows is printed; any other format has all rows.
    With --aws the same statement runs in Athena, which bills what it scans.

    Exit status: 0 it is answered, 2 bad usage or a query that fails, 3 it would cost too much.
    """
    statement = _statement(sql, file)
    format_ = _format(written_as, to, as_json)
    if no_formulas and format_ != Format.CSV:
        raise ConfigError("--no-formulas is for CSV: add --format csv.")
    whole = format_ != Format.TABLE
    if aws:
        if dialect != Dialect.ATHENA:
            raise ConfigError("--dialect duckdb is for a local run: Athena has its own SQL alone.")
        from loglake_cli.cli.shared.athena import in_athena  # noqa: PLC0415  (boto3 and sqlglot)

        rows = None if whole else SHOWN_ROWS
        result, line = in_athena(
            aws, database, statement, reuse_minutes=reuse, max_cost=None if yes else max_cost, rows=rows
        )
    else:
        with Progress(output.console(stderr=True)) as progress:
            progress.begin("Answering the query", PERCENT)
            bounds = NO_BOUNDS if whole else Bounds(rows=SHOWN_ROWS)
            result = run_query(keep, statement, bounds, progress.part, dialect=dialect, database=database)
        line = query_output.read_line(result)
    _write(result, format_, to, formulas=not no_formulas)
    if aws or not whole:
        output.console(stderr=True).print(line, style="dim", soft_wrap=True)
    if result.more:
        warn(
            [f"the first {SHOWN_ROWS:,} rows are shown: narrow the query, such as with WHERE, or get all with --json."]
        )


def _statement(sql: str | None, file: Path | None) -> str:
    if (sql is None) == (file is None):
        raise ConfigError("give one statement: as an argument, as - for stdin, or as a file with -f FILE.")
    if file is not None:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file} can't be read as UTF-8 text: {error}") from error
    assert sql is not None
    return sys.stdin.read() if sql == "-" else sql


def _format(written_as: Format | None, to: Path | None, as_json: bool) -> Format:
    if as_json:
        if written_as not in {None, Format.JSON}:
            raise ConfigError("--json and --format contradict each other: leave one of them out.")
        return Format.JSON
    named = to.suffix.lstrip(".").lower() if to else ""
    chosen = written_as or (Format(named) if named in {"csv", "json", "parquet"} else Format.TABLE)
    if chosen == Format.TABLE and to is not None:
        raise ConfigError(f"a table is only printed: add --format csv, json or parquet to write {to}.")
    if chosen == Format.PARQUET and to is None:
        raise ConfigError("Parquet is not text: add --output FILE.")
    return chosen


def _write(result: QueryResult, format_: Format, to: Path | None, *, formulas: bool) -> None:
    if format_ == Format.TABLE:
        query_output.print_result(result, output.console())
        return
    if format_ == Format.PARQUET:
        from loglake_cli.operations.tables import query_files  # pyarrow

        assert to is not None
        query_files.write_parquet(result, to)
    else:
        is_csv = format_ == Format.CSV
        text = query_output.csv_text(result, formulas=formulas) if is_csv else query_output.json_text(result)
        if to is None:
            exact(sys.stdout).write(text)
        else:
            to.write_text(text, encoding="utf-8", newline="")
