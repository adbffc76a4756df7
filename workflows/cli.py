"""The command ``loglake``."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from glue_jobs.aws.system_clock import SystemClock
from glue_jobs.core.units import LogGroupName
from glue_jobs.errors import ConfigError
from workflows import convert_command, operator_cli, terminal
from workflows.local.lake.athena import query as run_query
from workflows.local.local_run import LocalRun, execute, prepare
from workflows.option_order import OrderedOptionsCommand, option_order
from workflows.schema_cli import replay, schema
from workflows.told import told

if TYPE_CHECKING:
    from types import FrameType

    from workflows.local.report import LocalRunReport

KEEP = Path(".loglake/local")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Turns CloudWatch log groups into tables that people can query.",
)
local = typer.Typer(no_args_is_help=True, help="The whole system on this machine, with no AWS account.")
app.add_typer(local, name="local")
app.add_typer(schema, name="schema")
app.command("replay")(replay)
operator_cli.register(app)


@local.command("run", cls=OrderedOptionsCommand)
def local_run(
    ctx: typer.Context,
    *,
    logs: Annotated[
        Optional[list[Path]],  # noqa: UP045 - typer reads it at run time
        typer.Option(
            help="A text file or a folder of them, in place of the sample; each with a --log-group.", metavar="PATH"
        ),
    ] = None,
    landing: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Option(
            help="A file as a subscription, Firehose or an AWS service delivers it; each with a --log-group.",
            metavar="FILE",
        ),
    ] = None,
    log_group: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="The log group of the --logs or --landing before it.", metavar="NAME"),
    ] = None,
    datasets: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="A datasets file: which log group goes to which table.", metavar="FILE"),
    ] = None,
    keep: Annotated[Path, typer.Option(help="Where what the run made stays; replaced.", metavar="DIR")] = KEEP,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Run the whole pipeline once: on the built-in sample, or on text files and landed objects.

    Exit status: 0 all good, 1 a node failed or the accounting does not balance, 2 bad usage or bad input.
    """
    clock = SystemClock()
    with told():
        given = {"logs": logs or [], "landing": landing or []}
        paired = _paired(option_order(ctx), given, log_group or [])
        run = LocalRun(paired["logs"], datasets, keep, paired["landing"])
        prepared = prepare(run, clock.now_ms())
        with terminal.Progress(terminal.console(stderr=as_json)) as progress:
            report = execute(prepared, keep, clock, progress.show, progress.say)
        if as_json:
            print(json.dumps(report.to_json(), indent=2))
        else:
            _show(report, keep)
    for problem in report.problems() if as_json else []:
        print(problem, file=sys.stderr)
    raise typer.Exit(1 if report.problems() else 0)


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
            print(json.dumps(terminal.documents(result.rows, result.columns), default=str, indent=2))
        else:
            terminal.print_result(result, terminal.console())


def _paired(
    order: list[str], given: dict[str, list[Path]], groups: list[str]
) -> dict[str, tuple[tuple[Path, LogGroupName], ...]]:
    """The paths of each option with their log groups, which were given in the same order."""
    kinds = [name for name in order if name in given]
    if len(kinds) != len(groups):
        raise ConfigError(
            f"each --logs and each --landing needs its --log-group: there are {len(kinds)} of them and {len(groups)}"
        )
    by_kind = {kind: [group for name, group in zip(kinds, groups, strict=True) if name == kind] for kind in given}
    return {
        kind: tuple((path, LogGroupName(group)) for path, group in zip(paths, by_kind[kind], strict=True))
        for kind, paths in given.items()
    }


def _show(report: LocalRunReport, keep: Path) -> None:
    """The report, and the answer of one query over the largest table."""
    out = terminal.console()
    terminal.print_report(report, out)
    if not report.tables:
        return
    table = max(report.tables, key=lambda each: each.rows)
    sql = f"SELECT dt, level, count(*) AS events FROM {table.database}.{table.name} GROUP BY ALL ORDER BY ALL"
    out.print(f"\nloglake query '{sql}'\n", soft_wrap=True)
    terminal.print_result(run_query(keep, sql), out)
    out.print(f"\n{report.seconds:.1f} s. Everything is in {keep}.", soft_wrap=True)


def _interrupted(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> None:
    """Runs the command. SIGTERM ends it as Ctrl-C does, so that whatever was started is ended too."""
    signal.signal(signal.SIGTERM, _interrupted)
    app()
