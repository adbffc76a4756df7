"""``loglake local run --template``: its options and output."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NoReturn, Optional

import typer

from gluelocal.clock import Clock
from gluelocal.kept.keep import logs_folder
from gluelocal.runs.report import TemplateReport
from gluelocal.runs.template_run import TemplateRun, run_template
from loglake.aws.system_clock import SystemClock
from loglake.errors import ConfigError
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.errors import end_with
from loglake_cli.cli.shared.options import print_json
from loglake_cli.cli.shared.progress import Progress, run_tree
from loglake_cli.local.exports.exporting_aws import ExportingAws, with_permissions

Template = Annotated[
    Optional[Path],
    typer.Option(help="Run the Glue workflow of this CloudFormation file, instead of loglake's.", metavar="FILE"),
]
Parameters = Annotated[
    Optional[list[str]],
    typer.Option(help="A parameter of the --template; repeatable.", metavar="NAME=VALUE"),
]
Script = Annotated[
    Optional[list[str]],
    typer.Option(
        help="A file to upload before its jobs run: a script, or what scripts read; repeatable.", metavar="S3URI=FILE"
    ),
]
Put = Annotated[
    Optional[list[str]],
    typer.Option(help="An object to put; its event starts the workflow. Repeatable.", metavar="S3URI=FILE"),
]
Workflow = Annotated[str, typer.Option(help="Which of its workflows, if it has several.", metavar="NAME")]
IgnoreUnsupported = Annotated[
    bool,
    typer.Option(
        "--ignore-unsupported", help="Leave out resource types and properties that the local runtime does not know."
    ),
]


def check_kind(template: Path | None, own: Iterable[object], others: Iterable[object]) -> None:
    """Refuses options that belong to the other kind of run.

    Args:
        template: the template, if one is to be run.
        own: the other options of such a run; those that were given are true.
        others: the options of a run of loglake.

    Raises:
        ConfigError: there are some.
    """
    if template and any(others):
        raise ConfigError(
            "--template runs a workflow of its own, which takes no --logs, --landing, --datasets or --timezone"
        )
    if not template and any(own):
        raise ConfigError(
            "--parameters, --script, --put, --workflow and --ignore-unsupported belong to a --template: give one"
        )


def run(asked: TemplateRun, *, as_json: bool) -> NoReturn:
    """Runs the template and reports the result; exit status 1 if a job or crawler did not succeed."""
    with Progress(output.console(stderr=True)) as progress:
        report = run_template(asked, SystemClock().now_ms(), progress.show, progress.say, _made_aws)
    if as_json:
        print_json(report.to_json())
    else:
        _show(report, asked.keep)
    for warning in report.warnings:
        print(f"! {warning}", file=sys.stderr)
    end_with([f"! {problem}" for problem in report.problems()])


def _made_aws(clock: Clock) -> ExportingAws:
    return with_permissions(ExportingAws(clock))


def _show(report: TemplateReport, keep: Path) -> None:
    out = output.console()
    out.print()
    for each in report.runs:
        out.print(run_tree(each))
    for note in report.access.notes() if report.access else []:
        out.print(f"IAM: {note}", soft_wrap=True)
    logs = logs_folder(keep)
    out.print(f"\nEverything is in {keep}, the logs of the jobs in {logs}.", soft_wrap=True)
