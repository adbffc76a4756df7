"""``loglake request``, ``status``, ``retry``, ``pause`` and ``resume``: what an operator does with a deployment."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, Optional

import typer

from loglake.aws.system_clock import SystemClock
from loglake.core.units import MS_PER_MINUTE, format_instant
from loglake.errors import ConfigError
from loglake_cli.cli import output
from loglake_cli.cli.errors import told
from loglake_cli.cli.options import DATABASE, KEEP, Aws, Json, Keep, deployed, opened, same_deployment, unfinished
from loglake_cli.operations import status_text
from loglake_cli.operations.export import doubts, parse_range, put_request
from loglake_cli.operations.pause import is_known, parse_log_group
from loglake_cli.operations.rerun import (
    Retried,
    Retry,
    failed_elsewhere,
    failed_objects,
    failed_windows,
    plan_retry,
    stopped_jobs,
)
from loglake_cli.operations.rerun import retry as run_retry
from loglake_cli.operations.snapshot import LedgerSnapshot, deployed_status, kept_snapshot, kept_status
from loglake_cli.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loglake_cli.operations.status import Status

_LAG_MS = 30 * MS_PER_MINUTE
"""How far behind now the export job ends, unless its ``lag_minutes`` say otherwise."""

LogGroups = Annotated[
    Optional[list[str]],
    typer.Option(
        "--log-group", help="Of log groups of this name, or pattern with * and ?; repeatable.", metavar="PATTERN"
    ),
]
AcceptFewer = Annotated[
    bool,
    typer.Option(
        "--accept-fewer",
        help="Let a pass with fewer events than the table take their place all the same, and landed windows go on "
        "without what is gone.",
    ),
]
LogGroup = Annotated[str, typer.Argument(help="A log group's name.", metavar="GROUP")]


def request(
    *,
    log_group: Annotated[
        list[str],
        typer.Option(help="A log group's name, or a pattern with * and ?; repeatable.", metavar="PATTERN"),
    ],
    start: Annotated[str, typer.Option("--from", help="A date or time, ISO 8601, UTC.", metavar="TIME")],
    end: Annotated[str, typer.Option("--to", help="The same; not part of the range.", metavar="TIME")],
    reexport: Annotated[
        bool,
        typer.Option(
            "--reexport", help="Export windows of the range again that are in the table already, and replace them."
        ),
    ] = False,
    aws: Aws = None,
    as_json: Json = False,
) -> None:
    """Ask for a time range of log groups: the workflow exports and converts what of it is not there yet.

    Exit status: 0 it is asked for, 1 AWS refused it, 2 bad usage.
    """
    with told():
        prefix, now_ms = _on_aws_only(aws, "request"), SystemClock().now_ms()
        window = parse_range(start, end, now_ms)
        deployment = deployed(prefix)
        warnings = doubts(deployment, log_group)
        if window.to_ms > now_ms - _LAG_MS:
            warnings.append(
                "what is younger than 30 minutes (or than the deployment's LagMinutes) when the job plans is left to "
                "the schedule"
            )
        key = put_request(deployment, log_group, window, reexport)
        if as_json:
            print(json.dumps({"bucket": deployment.control.bucket, "key": key, "warnings": warnings}, indent=2))
        else:
            times = f"{format_instant(window.from_ms)} to {format_instant(window.to_ms)}"
            print(f"{key}\n{', '.join(log_group)} from {times} is asked for; see loglake status --aws {prefix}")
        _warn(warnings)


def status(*, keep: Keep = KEEP, aws: Aws = None, as_json: Json = False) -> None:
    """Show how far each log group is, what failed and what to do about it, and who has the export slot.

    Exit status: 0 nothing has failed, 1 something has, 2 bad usage.
    """
    with told():
        found = deployed_status(deployed(aws)) if aws else kept_status(keep, SystemClock().now_ms())
        options = same_deployment(keep, aws)
        if as_json:
            print(json.dumps(status_text.document(found, options), indent=2))
        else:
            _show(found, options)
    raise typer.Exit(1 if found.failed else 0)


def retry(
    *,
    log_group: LogGroups = None,
    accept_fewer: AcceptFewer = False,
    keep: Keep = KEEP,
    aws: Aws = None,
    as_json: Json = False,
) -> None:
    """Open windows again that failed, under their next generation, and wake the workflow; also after a failed run.

    A window whose raw objects are there is converted again; one whose export failed is exported again. Landed objects
    that could not be read are looked at again by each run anyway.

    Exit status: 0 all are open again, and on a local run converted, 1 some are not, 2 bad usage.
    """
    patterns = log_group or []
    with told():
        if accept_fewer and not patterns:
            raise ConfigError("--accept-fewer takes rows away: name the log groups with --log-group.")
        kept = None if aws else kept_snapshot(keep)
        plan, done = Retry(elsewhere=failed_elsewhere(kept.rows if kept else (), patterns)), Retried()
        if kept is None or _has_failed(kept, patterns):
            with opened(keep, aws, DATABASE, None) as deployment:
                plan = plan_retry(deployment, patterns, accept_fewer=accept_fewer)
                done = run_retry(deployment, plan, accept_fewer=accept_fewer)
        left = [f"{row.log_group} {row.window}: {why}" for row, why in plan.left]
        left += [f"{row.log_group} {row.window}: its log group is paused" for row in done.held]
        _report(plan, done, left + unfinished(done.converting, keep, aws), aws=aws, as_json=as_json)


def pause(log_group: LogGroup, *, aws: Aws = None, as_json: Json = False) -> None:
    """Pause a log group: no export task is started for it any more, until it is resumed.

    A task that runs is brought to its end, and what is exported or landed is converted. Windows that wait for their
    task keep waiting. Resuming it brings in what was missed, as far as the log group still has it.
    """
    with told():
        prefix, name = _on_aws_only(aws, "pause"), parse_log_group(log_group)
        deployment = deployed(prefix)
        known, now_ms = is_known(deployment, name), deployment.clock.now_ms()
        changed = deployment.ledger.pause(name, now_ms)
        since = format_instant(deployment.ledger.paused().get(name, now_ms))
        end = f"Until loglake resume {shlex.quote(name)} --aws {prefix}, its retention may drop what was not exported."
        _tell(name, f"paused since {since}. {end}", changed, paused=True, as_json=as_json)
        _warn([] if known else [f"no log group has the name {name} now"])


def resume(log_group: LogGroup, *, aws: Aws = None, as_json: Json = False) -> None:
    """End a pause, and wake the workflow: the next scheduled request brings in what was missed."""
    with told():
        prefix, name = _on_aws_only(aws, "resume"), parse_log_group(log_group)
        deployment = deployed(prefix)
        changed = deployment.ledger.resume(name)
        if changed:
            deployment.wake()
        done = "resumed: the next scheduled request plans what was missed" if changed else "not paused"
        _tell(name, done, changed, paused=False, as_json=as_json)


def register(app: typer.Typer) -> None:
    """Gives the commands to an application."""
    for command in (request, status, retry, pause, resume):
        app.command(command.__name__)(command)


def _on_aws_only(aws: str | None, command: str) -> str:
    if not aws:
        raise ConfigError(
            f"{command} needs --aws PREFIX: a local run does not keep its log groups, so nothing more can be exported "
            "from it. Start another with `loglake local run`, which exports all that it is given; or keep one up with "
            "`loglake local up`, which says how to ask it."
        )
    return aws


def _show(found: Status, where: str) -> None:
    out = output.console()
    if found.groups:
        names = status_text.columns(out.width)
        output.print_rows(names, status_text.lines(found, names), out, right=status_text.NUMBERS)
        out.print()
    out.print(status_text.summary(found), soft_wrap=True)
    output.print_sentences(status_text.problems(found, where), status_text.notes(found, where), out)


def _has_failed(snapshot: LedgerSnapshot, patterns: Sequence[str]) -> bool:
    """Whether there is anything to retry; asked before an embedded AWS is started for it."""
    stopped = stopped_jobs(snapshot.runs, patterns, exports=False)
    return bool(stopped or failed_windows(snapshot.rows, patterns) or failed_objects(snapshot.landed, patterns))


def _report(plan: Retry, done: Retried, left: list[str], *, aws: str | None, as_json: bool) -> NoReturn:
    if as_json:
        document: dict[str, Any] = {
            "converted_again": [f"{row.log_group} {row.window}" for row in done.converting],
            "exported_again": [f"{row.log_group} {row.window}" for row in done.exporting],
            "landed_objects": plan.landed,
            "failed_runs": list(plan.stopped),
            "left": left,
        }
        print(json.dumps(document, indent=2))
    else:
        print("\n".join(_retried(plan, done, aws)))
    if plan.empty and plan.elsewhere:
        _warn([f"what has failed is of log groups that no --log-group means: {', '.join(plan.elsewhere)}"])
    for line in left:
        print(f"not retried: {line}", file=sys.stderr)
    raise typer.Exit(1 if left else 0)


def _retried(plan: Retry, done: Retried, aws: str | None) -> list[str]:
    if plan.empty:
        return ["Nothing has failed."]
    lines = []
    if done.converting or done.exporting or not plan.stopped:
        converting, exporting = (counted(len(rows), "window") for rows in (done.converting, done.exporting))
        lines.append(f"Opened again: {converting} to be converted, {exporting} to be exported.")
    lines += [f"The last run of the {job} job failed: what it left is taken up." for job in plan.stopped]
    if plan.landed:
        lines.append(f"{counted(plan.landed, 'landed object')} could not be read: each run looks at them again.")
    if done.woken:
        lines.append("The workflow was woken for it." if aws else "The workflow has run for it.")
    return lines


def _tell(name: str, text: str, changed: bool, *, paused: bool, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"log_group": name, "paused": paused, "changed": changed}, indent=2))
    else:
        print(f"{name} is {text}")


def _warn(warnings: Sequence[str]) -> None:
    for line in warnings:
        print(f"loglake: {line}", file=sys.stderr)
