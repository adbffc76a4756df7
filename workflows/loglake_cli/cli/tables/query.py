"""``loglake query``: one statement in Athena's SQL over the tables of a lake."""

from __future__ import annotations

import re
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from athena_duckdb.query.athena import Dialect, QueryResult
from athena_duckdb.query.query_bounds import NO_BOUNDS, Bounds
from gluelocal.shown_stream import exact
from loglake.errors import ConfigError
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.errors import warn
from loglake_cli.cli.shared.lakes import LakeText, lake_of
from loglake_cli.cli.shared.options import Json
from loglake_cli.cli.shared.pace import PERCENT
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.cli.tables.query_lists import list_saved, show_views
from loglake_cli.deploy.settings.settings import DEFAULT_PREFIX
from loglake_cli.deploy.stacks import database_name
from loglake_cli.operations.lakes.lake import Kind
from loglake_cli.operations.lakes.query import query_here
from loglake_cli.operations.standing.missing_answer import missing_of
from loglake_cli.operations.tables import query_output
from loglake_cli.operations.tables.saved_queries import SavedQuery, saved_query

SHOWN_ROWS = 1000
"""Rows that a person is shown of an answer."""


class Format(str, Enum):
    """How an answer is written; SQL is no answer, but what would be asked."""

    TABLE = "table"
    CSV = "csv"
    SPREADSHEET = "spreadsheet"
    JSON = "json"
    PARQUET = "parquet"
    SQL = "sql"


MaxCost = Annotated[
    float,
    typer.Option(
        help="In Athena: ask first if a query may scan for more than so many USD; inf asks nothing.",
        metavar="USD",
        min=0,
    ),
]


def query(
    sql: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            help="One statement: SELECT, SHOW, DESCRIBE or EXPLAIN; - reads it from stdin. The name of a saved query "
            "or a view, with --saved or --views.",
            metavar="SQL",
        ),
    ] = None,
    *,
    saved: Annotated[
        bool, typer.Option("--saved", help="List the saved queries, or answer the one that is named.")
    ] = False,
    table: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="With --saved: the table that the query reads.", metavar="NAME"),
    ] = None,
    views: Annotated[
        bool, typer.Option("--views", help="List the views with AWS's own names of columns, or print the SQL of one.")
    ] = False,
    create: Annotated[
        bool, typer.Option("--create", help="With --views: make these views in a deployment's catalog.")
    ] = False,
    lake: LakeText = None,
    dialect: Annotated[
        Dialect, typer.Option(help="Whose SQL it is: athena (engine version 3) or duckdb.", metavar="NAME")
    ] = Dialect.ATHENA,
    written_as: Annotated[
        Optional[Format],  # noqa: UP045
        typer.Option(
            "--as",
            help="table, csv, spreadsheet (CSV whose texts are no formulas), json, parquet, or sql, which only prints "
            "a saved query; by default a table.",
            metavar="FORM",
        ),
    ] = None,
    into: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--into", help="Write all rows into this file.", metavar="FILE"),
    ] = None,
    reuse: Annotated[
        int,
        typer.Option(
            help="In Athena: take a result that is at most so old, and scan nothing.", metavar="MINUTES", min=0
        ),
    ] = 0,
    max_cost: MaxCost = 1.0,
    as_json: Json = False,
) -> None:
    """Answer a query over the tables of a lake, in Athena's SQL.

    A table of the first 1,000 rows is printed; any other form has all rows.
    Over a deployment the same statement runs in Athena, which bills what it scans.
    Queries that AWS publishes for VPC flow logs, load balancers, CloudFront, S3, CloudTrail, WAF and the Route 53
    Resolver run unchanged, on views. This command knows them; Athena does after --views --create.

    Exit status: 0 it is answered or listed, 2 bad usage or a query that fails, 3 it would cost too much.
    """
    _check(saved=saved, table=table, views=views, create=create)
    if views:
        show_views(sql, lake_of(lake, "query --create" if create else "query"), create=create, as_json=as_json)
        return
    if saved and sql is None:
        list_saved(as_json=as_json)
        return
    format_ = _format(written_as, into, as_json)
    named = _saved(sql, table) if saved and sql is not None else None
    statement = "" if named else _statement(sql)
    asked = lake_of(lake, "query") if lake or format_ != Format.SQL else None
    if named:
        of_lake = asked.place if asked and asked.kind is Kind.DEPLOYED else DEFAULT_PREFIX
        statement = named.sql(table, database_name(of_lake))
    if asked is None or format_ == Format.SQL:
        print(statement)
        return
    whole = format_ != Format.TABLE
    in_aws = asked.kind is Kind.DEPLOYED
    if in_aws:
        if dialect != Dialect.ATHENA:
            raise ConfigError("--dialect duckdb is not for a deployment: Athena has its own SQL alone.")
        from loglake_cli.cli.shared.athena import in_athena  # noqa: PLC0415  (boto3 and sqlglot)

        rows = None if whole else SHOWN_ROWS
        result, line = in_athena(asked.place, statement, reuse_minutes=reuse, max_cost=max_cost, rows=rows)
    else:
        with Progress(output.console(stderr=True)) as progress:
            progress.begin("Answering the query", PERCENT)
            bounds = NO_BOUNDS if whole else Bounds(rows=SHOWN_ROWS)
            result = query_here(asked, statement, bounds, progress.part, dialect=dialect)
        line = f"{result.bytes_read:,} bytes of the tables' files were read."
    _write(result, format_, into)
    if in_aws or not whole:
        output.console(stderr=True).print(line, style="dim", soft_wrap=True)
    warn(missing_of(asked, result.reads).sentences())
    if result.more:
        warn(
            [f"the first {SHOWN_ROWS:,} rows are shown: narrow the query, such as with WHERE, or get all with --json."]
        )


def _check(*, saved: bool, table: str | None, views: bool, create: bool) -> None:
    for is_wrong, said in (
        (saved and views, "--saved and --views are two lists: give one."),
        (table is not None and not saved, "--table is for a saved query: name it with --saved."),
        (create and not views, "--create makes views: add --views."),
    ):
        if is_wrong:
            raise ConfigError(said)


def _saved(name: str, table: str | None) -> SavedQuery:
    """A saved query, which a table of this name can be read by."""
    if table is not None and not re.fullmatch(r"[a-z0-9_]+", table):
        raise ConfigError(f"{table!r} is not a table's name: give lower-case letters, digits and underscores.")
    found = saved_query(name)
    if table is None and found.format:
        warn([f"the query reads the table {found.example}: name yours with --table."])
    return found


def _statement(sql: str | None) -> str:
    if sql is None:
        raise ConfigError(
            "give one statement: as an argument, or as - for stdin, such as `loglake query - < file.sql`."
        )
    return sys.stdin.read() if sql == "-" else sql


def _format(written_as: Format | None, into: Path | None, as_json: bool) -> Format:
    if as_json:
        if written_as not in {None, Format.JSON}:
            raise ConfigError("--json and --as contradict each other: leave one of them out.")
        return Format.JSON
    named = into.suffix.lstrip(".").lower() if into else ""
    chosen = written_as or (Format(named) if named in {"csv", "json", "parquet"} else Format.TABLE)
    if chosen in {Format.TABLE, Format.SQL} and into is not None:
        raise ConfigError(f"{chosen.value} is only printed: add --as csv, json or parquet to write {into}.")
    if chosen == Format.PARQUET and into is None:
        raise ConfigError("Parquet is not text: add --into FILE.")
    return chosen


def _write(result: QueryResult, format_: Format, into: Path | None) -> None:
    if format_ == Format.TABLE:
        query_output.print_result(result, output.console())
        return
    if format_ == Format.PARQUET:
        from loglake_cli.operations.tables import query_files  # pyarrow

        assert into is not None
        query_files.write_parquet(result, into)
        return
    if format_ == Format.JSON:
        text = query_output.json_text(result)
    else:
        text = query_output.csv_text(result, formulas=format_ == Format.CSV)
    if into is None:
        exact(sys.stdout).write(text)
    else:
        into.write_text(text, encoding="utf-8", newline="")
