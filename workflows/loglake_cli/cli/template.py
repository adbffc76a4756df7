"""``loglake local run --template``: its options and output."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn, Optional

import typer

from gluelocal.kept.keep import logs_folder
from gluelocal.runs.template_run import TemplateRun, run_template
from loglake.aws.system_clock import SystemClock
from loglake.core.units import split_s3_uri
from loglake.errors import ConfigError
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.errors import end_with
from loglake_cli.cli.shared.progress import Progress, run_tree
from loglake_cli.local.report import TemplateReport

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
            "--template runs a workflow of its own, which takes no --logs, --landing, --datasets, --faults or "
            "--timezone"
        )
    if not template and any(own):
        raise ConfigError(
            "--parameters, --script, --put, --workflow and --ignore-unsupported belong to a --template: give one"
        )


def request(
    template: Path,
    keep: Path,
    parameters: Sequence[str],
    script: Sequence[str],
    put: Sequence[str],
    *,
    workflow: str,
    ignore_unsupported: bool,
    enforce_iam: bool,
) -> TemplateRun:
    """What the options ask for, as they were typed.

    Raises:
        ConfigError: one of them is not what it should be.
    """
    return TemplateRun(
        template=template.absolute(),
        keep=keep,
        parameters=_pairs("--parameters", "NAME=VALUE", [text.partition("=") for text in parameters]),
        scripts=_files("--script", script),
        puts=_files("--put", put),
        workflow=workflow,
        ignore_unsupported=ignore_unsupported,
        enforce_iam=enforce_iam,
    )


def run(asked: TemplateRun, *, as_json: bool) -> NoReturn:
    """Runs the template and reports the result; exit status 1 if a job or crawler did not succeed."""
    with Progress(output.console(stderr=True)) as progress:
        report = run_template(asked, SystemClock().now_ms(), progress.show, progress.say)
    if as_json:
        print(json.dumps(report.to_json(), indent=2))
    else:
        _show(report, asked.keep)
    end_with([f"! {problem}" for problem in report.problems()])


def _show(report: TemplateReport, keep: Path) -> None:
    out = output.console()
    out.print()
    for each in report.runs:
        out.print(run_tree(each))
    for note in report.access.notes() if report.access else []:
        out.print(f"IAM: {note}", soft_wrap=True)
    logs = logs_folder(keep)
    out.print(f"\nEverything is in {keep}, the logs of the jobs in {logs}.", soft_wrap=True)


def _pairs(option: str, shape: str, given: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Names with their values, typed with an equals sign between.

    Raises:
        ConfigError: it was not, or a name comes twice.
    """
    pairs: dict[str, str] = {}
    for name, equals, value in given:
        if not (name and equals):
            raise ConfigError(f"{option} takes {shape}, not {name or value!r}")
        if name in pairs:
            raise ConfigError(f"{option} gives {name} twice")
        pairs[name] = value
    return pairs


def _files(option: str, given: Sequence[str]) -> dict[str, Path]:
    """Files by S3 URI. A key may hold an equals sign (``dt=2026-11-21/``), so the last one is the one that counts."""
    shape = "s3://BUCKET/KEY=FILE"
    pairs = _pairs(option, shape, [text.rpartition("=") for text in given])
    for uri in pairs:
        if not split_s3_uri(uri)[1]:
            raise ConfigError(f"{option} takes {shape}, and {uri} has no key")
    return {uri: Path(path).absolute() for uri, path in pairs.items()}
