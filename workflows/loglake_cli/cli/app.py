"""The command ``loglake``."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from loglake_cli.cli import convert as convert_command
from loglake_cli.cli import ignore, operate
from loglake_cli.cli import output as terminal
from loglake_cli.cli.errors import told
from loglake_cli.cli.local import local
from loglake_cli.cli.options import KEEP
from loglake_cli.cli.schema import replay, schema
from loglake_cli.local.lake.query.athena import query as run_query
from loglake_cli.operations import query_output

if TYPE_CHECKING:
    from types import FrameType

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Turns CloudWatch log groups into tables that people can query.",
)
app.add_typer(local, name="local")
app.add_typer(schema, name="schema")
app.command("replay")(replay)
operate.register(app)
ignore.register(app)


@app.command("convert")
def convert(
    source: Annotated[str, typer.Argument(help="A folder, or s3://bucket/prefix, of exports.", metavar="INPUT")],
    output: Annotated[str, typer.Argument(help="Where the table's folder is or will be.", metavar="OUTPUT")],
    *,
    table: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="The table; else it is named after the log group.", metavar="NAME"),
    ] = None,
    log_group: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="The log group of the exports; else it is the name of INPUT.", metavar="NAME"),
    ] = None,
    format_name: Annotated[str, typer.Option("--format", help="How events are read.", metavar="NAME")] = "auto",
    partition_by: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="A new table's partitions: day (unless said otherwise) or hour.", metavar="UNIT"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Convert exported objects that exist already to Parquet, each of them once.

    Exit status: 0 all good, 1 something was not converted or the accounting does not balance, 2 bad usage or bad input.
    """
    with told():
        command = convert_command.ConvertCommand(source, output, table, log_group, format_name, partition_by)
        with terminal.Progress(terminal.console(stderr=as_json)) as progress:
            report = convert_command.run(command, progress.say)
        if as_json:
            print(json.dumps({"input": source, "output": output, **report.to_json()}, indent=2))
        else:
            terminal.print_conversion(report, output, terminal.console())
    for problem in report.problems() if as_json else []:
        print(problem, file=sys.stderr)
    raise typer.Exit(1 if report.problems() else 0)


@app.command("query")
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT statement, in DuckDB's SQL.")],
    keep: Annotated[Path, typer.Option(help="The folder of the run.", metavar="DIR")] = KEEP,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array of rows.")] = False,
) -> None:
    """Answer a query over the tables of the last local run."""
    with told():
        result = run_query(keep, sql)
        if as_json:
            print(json.dumps(query_output.documents(result.rows, result.columns), default=str, indent=2))
        else:
            query_output.print_result(result, terminal.console())


def _interrupted(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> None:
    """Runs the command. SIGTERM ends it as Ctrl-C does, so that whatever was started is ended too."""
    signal.signal(signal.SIGTERM, _interrupted)
    app()
