"""``loglake local``: the whole system on this machine, run once or kept up."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer
from rich.text import Text

from athena_duckdb.query.athena import Dialect
from gluelocal.kept.keep import logs_folder
from loglake.aws.system_clock import SystemClock
from loglake.core.units import LogGroupName
from loglake.errors import ConfigError
from loglake_cli.aws_views.query import query as run_query
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.options import Json, Timezone, absolute, print_json
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.cli.shared.verbs import OrderedOptionsCommand, Verbs, option_order
from loglake_cli.local.connection import Standing
from loglake_cli.local.local_run import execute
from loglake_cli.local.report import LocalRunReport
from loglake_cli.local.run_input import prepare
from loglake_cli.local.up import Ended, Watch, no_page
from loglake_cli.local.up import up as run_up
from loglake_cli.operations.lakes.lake import lake_option, run_folder
from loglake_cli.operations.tables import query_output
from loglake_cli.ui.app import serving
from loglake_cli.wording import command, counted, program

if TYPE_CHECKING:
    from rich.console import Console

_SHOWN_PROBLEMS = 5
"""How many of the last failed jobs and crawlers of a stack are reported once more at its end."""

local = typer.Typer(cls=Verbs, no_args_is_help=True, help="The whole system on this machine, with no AWS account.")

Logs = Annotated[
    Optional[list[Path]],
    typer.Option(
        help="A log file or a folder of them, instead of the sample; each with a --log-group.", metavar="PATH"
    ),
]
Landing = Annotated[
    Optional[list[Path]],
    typer.Option(
        help="A file as a subscription, Firehose or an AWS service delivers it; each with a --log-group.",
        metavar="FILE",
    ),
]
LogGroups = Annotated[
    Optional[list[str]],
    typer.Option(help="The log group of the --logs or --landing before it.", metavar="NAME"),
]
DatasetsFile = Annotated[
    Optional[Path],
    typer.Option(help="A datasets file: which log group goes to which table.", metavar="FILE"),
]
RunFolder = Annotated[
    Optional[str],
    typer.Option(
        "--lake", help="The folder for everything that the run makes; the next run replaces it.", metavar="DIR"
    ),
]
EnforceIam = Annotated[
    bool,
    typer.Option(
        "--enforce-iam", help="Each job gets its role's credentials, and fails if its role does not allow a call."
    ),
]


@local.command("run", cls=OrderedOptionsCommand)
def local_run(
    ctx: typer.Context,
    *,
    logs: Logs = None,
    landing: Landing = None,
    log_group: LogGroups = None,
    datasets: DatasetsFile = None,
    lake: RunFolder = None,
    enforce_iam: EnforceIam = False,
    timezone: Timezone = "",
    as_json: Json = False,
) -> None:
    """Run the whole pipeline once, on the sample or on your own logs.

    Logs are text files, or objects as a subscription delivers them.

    Exit status: 0 all good, 1 a node failed or the accounting does not balance, 2 bad usage or bad input.
    """
    keep = run_folder(lake)
    paired = _paired(ctx, {"logs": logs or [], "landing": landing or []}, log_group or [])
    prepared = prepare(
        keep,
        SystemClock().now_ms(),
        logs=paired["logs"],
        landing=paired["landing"],
        given=absolute(datasets),
        enforce_iam=enforce_iam,
        timezone=timezone,
    )
    with Progress(output.console(stderr=True)) as progress:
        report = execute(prepared, keep, SystemClock(), progress.show, progress.say)
    if as_json:
        print_json(report.to_json())
    else:
        _show(report, keep)
    for problem in report.problems() if as_json else []:
        print(problem, file=sys.stderr)
    raise typer.Exit(1 if report.problems() else 0)


@local.command("up", cls=OrderedOptionsCommand)
def local_up(
    ctx: typer.Context,
    *,
    logs: Logs = None,
    landing: Landing = None,
    log_group: LogGroups = None,
    datasets: DatasetsFile = None,
    enforce_iam: EnforceIam = False,
    timezone: Timezone = "",
    empty: Annotated[
        bool, typer.Option("--empty", help="Deploy nothing; others can deploy into it by CloudFormation.")
    ] = False,
    lake: RunFolder = None,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Where the embedded AWS listens; 0 is any free port.", metavar="PORT"),
    ] = 0,
    ui: Annotated[
        bool, typer.Option("--ui", help="Serve a page that shows what happens, on this machine only.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Keep the whole system up until Ctrl-C or SIGTERM.

    Any AWS client can use it, and every request runs its workflow.

    Exit status: 0 it was stopped and what it made is kept, 2 bad usage or bad input.
    """
    keep = run_folder(lake)
    paired = _paired(ctx, {"logs": logs or [], "landing": landing or []}, log_group or [])
    prepared = prepare(
        keep,
        SystemClock().now_ms(),
        logs=paired["logs"],
        landing=paired["landing"],
        given=absolute(datasets),
        enforce_iam=enforce_iam,
        timezone=timezone,
    )
    out = output.console(stderr=as_json)

    def ready(standing: Standing) -> None:
        with progress.paused():
            if as_json:
                print_json(standing.to_json())
            else:
                out.print(f"\n{standing.text()}\n", soft_wrap=True)

    with _stop_signals() as stopped, Progress(output.console(stderr=True), errors=True) as progress:
        watch = Watch(progress.show, progress.say, ready)
        loaded = prepared.requests()
        if ui and empty:
            raise ConfigError("--ui shows what is deployed, and with --empty nothing is: leave one of them out")
        page = (lambda stack: serving(stack, SystemClock(), loaded=loaded)) if ui else no_page
        ended = run_up(
            prepared, keep, port=port, clock=SystemClock(), watch=watch, stopped=stopped, page=page, empty=empty
        )
    out.print(_ended(ended, keep), soft_wrap=True)


def _paired(
    ctx: typer.Context, given: dict[str, list[Path]], groups: list[str]
) -> dict[str, tuple[tuple[Path, LogGroupName], ...]]:
    """The paths of each option with their log groups, which were given in the same order."""
    kinds = [name for name in option_order(ctx) if name in given]
    if len(kinds) != len(groups):
        raise ConfigError(
            f"each --logs and each --landing needs its --log-group: {len(kinds)} given, and {len(groups)} --log-group"
        )
    by_kind = {kind: [group for name, group in zip(kinds, groups, strict=True) if name == kind] for kind in given}
    return {
        kind: tuple((path.absolute(), LogGroupName(group)) for path, group in zip(paths, by_kind[kind], strict=True))
        for kind, paths in given.items()
    }


def _show(report: LocalRunReport, keep: Path) -> None:
    """The report, and the answer of one query over the largest table."""
    out = output.console()
    output.print_report(report, out)
    if report.accounting.quarantined:
        see = command("quarantine", lake_option(str(keep)), start=program())
        out.print(f"To see what is in quarantine, and why: {see}", soft_wrap=True)
    if not report.tables:
        _print_end(report, keep, out)
        return
    table = max(report.tables, key=lambda each: each.rows)
    sql = f"SELECT dt, level, count(*) AS events FROM {table.database}.{table.name} GROUP BY 1, 2 ORDER BY 1, 2"
    asked = command("query", lake_option(str(keep)), names=[sql], start=program())
    out.print(Text(f"\n{asked}\n"), soft_wrap=True)
    query_output.print_result(run_query(keep, sql, dialect=Dialect.ATHENA), out)
    _print_end(report, keep, out)


def _print_end(report: LocalRunReport, keep: Path, out: Console) -> None:
    """The folders of the run, and the next commands to paste."""
    where, start = lake_option(str(keep)), program()
    following = [command("rerun", where, start=start)] if report.unfinished else []
    if report.tables:
        newest = f"SELECT * FROM {report.tables[0].name} ORDER BY event_time DESC LIMIT 10"
        following += [command("query", where, names=[newest], start=start)]
    following += [command("status", where, start=start)]
    logs = logs_folder(keep)
    if report.not_kept:  # the folder has another run
        out.print(f"\n{report.seconds:.1f} s. The logs of the jobs are in {logs}.", soft_wrap=True)
        return
    lines = [f"\n{report.seconds:.1f} s. Everything is in {keep}, the logs of the jobs in {logs}. Next:", *following]
    out.print(Text("\n  ".join(lines)), soft_wrap=True)


@contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Notes the first Ctrl-C or SIGTERM, to be polled. The next one ends at once."""
    wish = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before: dict[signal.Signals, Any] = {number: signal.getsignal(number) for number in numbers}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def wished(_number: int, _frame: FrameType | None) -> None:
        wish.set()
        restore()

    for number in numbers:
        signal.signal(number, wished)
    try:
        yield wish.is_set
    finally:
        restore()


def _ended(ended: Ended, keep: Path) -> str:
    cut = f", {ended.stopped} not ended" if ended.stopped else ""
    kept = ended.not_kept or f"Everything is in {keep}."
    line = f"Stopped after {counted(ended.runs, 'workflow run')}{cut}. {kept}"
    problems = [*ended.failed[-_SHOWN_PROBLEMS:], *ended.refused[-_SHOWN_PROBLEMS:]]
    return "\n".join([*(f"! {problem}" for problem in problems), line])
