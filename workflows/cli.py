"""The command ``loglake``."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from glue_jobs.aws.system_clock import SystemClock
from glue_jobs.core.units import LogGroupName
from glue_jobs.errors import ConfigError, LoglakeError
from workflows import terminal
from workflows.local.lake.athena import query as run_query
from workflows.local.local_run import LocalRun, execute, prepare

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


@local.command("run")
def local_run(
    logs: Annotated[
        Optional[list[Path]],  # noqa: UP045 - typer reads it at run time
        typer.Option(
            help="A text file or a folder of them, in place of the sample; each with a --log-group.", metavar="PATH"
        ),
    ] = None,
    log_group: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="The log group of the --logs before it.", metavar="NAME"),
    ] = None,
    datasets: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="A datasets file: which log group goes to which table.", metavar="FILE"),
    ] = None,
    keep: Annotated[Path, typer.Option(help="Where what the run made stays; replaced.", metavar="DIR")] = KEEP,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Run the whole pipeline once: on the built-in sample, or on text files.

    Exit status: 0 all good, 1 a node failed or the accounting does not balance, 2 bad usage or bad input.
    """
    clock = SystemClock()
    with _told():
        run = LocalRun(_paired(logs or [], log_group or []), datasets, keep)
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


@app.command("query")
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT statement, in DuckDB's SQL.")],
    keep: Annotated[Path, typer.Option(help="The folder of the run.", metavar="DIR")] = KEEP,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array of rows.")] = False,
) -> None:
    """Answer a query over the tables of the last local run."""
    with _told():
        result = run_query(keep, sql)
        if as_json:
            print(json.dumps(terminal.documents(result.rows, result.columns), default=str, indent=2))
        else:
            terminal.print_result(result, terminal.console())


def _paired(logs: list[Path], groups: list[str]) -> tuple[tuple[Path, LogGroupName], ...]:
    if len(logs) != len(groups):
        raise ConfigError(f"each --logs needs its --log-group: there are {len(logs)} and {len(groups)}")
    return tuple((path, LogGroupName(group)) for path, group in zip(logs, groups, strict=True))


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


@contextmanager
def _told() -> Iterator[None]:
    """Makes every expected end a sentence on stderr and an exit status, never a traceback."""
    try:
        yield
    except ConfigError as error:
        print(f"loglake: {error}", file=sys.stderr)
        raise typer.Exit(2) from error
    except (LoglakeError, TimeoutError) as error:
        print(f"loglake: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:  # what was started is ended by then: it is all in context managers
        print("loglake: stopped; nothing is left running", file=sys.stderr)
        raise typer.Exit(130) from error


def _interrupted(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> None:
    """Runs the command. SIGTERM ends it as Ctrl-C does, so that whatever was started is ended too."""
    signal.signal(signal.SIGTERM, _interrupted)
    app()
