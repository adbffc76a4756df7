"""``loglake convert``: makes a table of log files and exported objects that exist already."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Optional

import typer

from loglake.core.format_share import MIN_READ_RATIO
from loglake_cli.cli.shared import output as terminal
from loglake_cli.cli.shared.options import DryRun, Json, Timezone, print_json
from loglake_cli.cli.shared.pace import BYTES
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.operations.convert_folder import ENGINES, ConvertCommand, run


def convert(
    source: Annotated[
        str,
        typer.Argument(help="A folder, or s3://bucket/prefix, of exports or log files; or one file.", metavar="INPUT"),
    ],
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
    min_read_ratio: Annotated[
        float,
        typer.Option(help="The share of events that --format has to read; below that: exit 1.", metavar="RATIO"),
    ] = MIN_READ_RATIO,
    datasets: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help="A datasets file that says how the log group is read, and transformed. Nothing leaves by its "
            "retention_days.",
            metavar="FILE",
        ),
    ] = None,
    timezone: Timezone = "",
    engine: Annotated[
        str, typer.Option(help="pool: processes on this machine; spark: Spark, which needs Java 17.", metavar="NAME")
    ] = ENGINES[0],
    master: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Spark's master, such as spark://host:7077; by default this machine.", metavar="URL"),
    ] = None,
    workers: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="Processes of the pool; by default one for each core.", metavar="NUMBER"),
    ] = None,
    accept_corrupt: Annotated[
        bool, typer.Option("--accept-corrupt", help="Take events of gzip members whose checksum is wrong, too.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 also if no event of a file says a time, so that all are made up.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Convert exports and log files that exist already, each of them once.

    A file without CloudWatch's timestamps is read as a plain log file: also gzip, zstd, bzip2 and UTF-16.

    Exit status: 0 all good, 1 something of INPUT is not in the table, the accounting does not balance, or with --strict
    times are made up, 2 bad usage or bad input.
    """
    command = ConvertCommand(
        source=source,
        output=output,
        table=table,
        log_group=log_group,
        format=format_name,
        partition_by=partition_by,
        timezone=timezone,
        min_read_ratio=min_read_ratio,
        datasets=datasets,
        engine=engine,
        master=master,
        workers=workers,
        accept_corrupt=accept_corrupt,
        dry_run=dry_run,
    )
    with Progress(terminal.console(stderr=True)) as progress:
        report = run(command, partial(progress.say, unit=BYTES), progress.part)
    if as_json:
        print_json({"dry_run": dry_run, "input": source, "output": output, **report.to_json()})
    elif dry_run:
        terminal.print_foreseen(report, output, terminal.console())
    else:
        terminal.print_conversion(report, output, terminal.console())
    for problem in report.problems() if as_json else []:
        print(problem, file=sys.stderr)
    made_up = strict and any(notes.is_made_up for notes in report.plain.values())
    raise typer.Exit(1 if made_up or report.problems() else 0)
