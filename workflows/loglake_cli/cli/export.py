"""``loglake export``: exports and converts a time range of log groups."""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import Annotated, Any

import typer

from loglake.core.units import EpochMs, LogGroupName, format_instant
from loglake.core.windows import Window
from loglake.errors import ConfigError, LoglakeError
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.arguments import parse_past_range
from loglake_cli.cli.shared.deployments import deployed
from loglake_cli.cli.shared.errors import warn
from loglake_cli.cli.shared.lakes import DeployedLake, lake_of
from loglake_cli.cli.shared.options import NOTHING_CHANGED, TIME, DryRun, Json, print_json
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.operations.await_export import ExportProgress, await_export
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.export import (
    ExportPlan,
    Foreseen,
    foresee,
    matching_groups,
    plan_export,
    put_request,
    windows_in_table,
)
from loglake_cli.wording import command, counted, program

_SHOWN = 5
"""How many reasons are printed for what can't be queried; ``--json`` has all."""


def export(
    log_groups: Annotated[
        list[str],
        typer.Argument(help="A log group's name, or a pattern with * and ?; repeatable.", metavar="GROUP"),
    ],
    *,
    start: Annotated[str, typer.Option("--from", help=f"{TIME}.", metavar="TIME")],
    end: Annotated[str, typer.Option("--to", help="The same; not part of the range.", metavar="TIME")] = "now",
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Also export windows again that are in the table already, and replace them."),
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until all of it can be queried or has failed.")] = False,
    dry_run: DryRun = False,
    lake: DeployedLake = None,
    as_json: Json = False,
) -> None:
    """Export and convert a time range of log groups.

    It puts a request, which starts the workflow. Rows that are in the table already stay, unless you give --replace.

    Exit status: 0 it is requested, and with --wait all of it can be queried; 1 AWS refused it, or with --wait not all
    can be queried; 2 bad usage. Ctrl-C ends the waiting, and the request goes on.
    """
    problems: tuple[str, ...] = ()
    if wait and dry_run:
        raise ConfigError("--dry-run asks for nothing: leave out --wait.")
    asked = lake_of(lake, "export")
    see = command("status", asked.option, start=program())
    deployment = deployed(asked)
    window = parse_past_range(start, end, deployment.clock.now_ms())
    plan = plan_export(deployment, log_groups, window, replace=replace)
    document: dict[str, Any] = {"bucket": deployment.control.bucket, "key": plan.key}
    if dry_run:
        document = {"dry_run": True, **_foreseen(deployment, plan)}
        lines = [*_foreseen_lines(document, log_groups, window), NOTHING_CHANGED]
    else:
        asked_ms = deployment.clock.now_ms()
        put_request(deployment, plan)
        lines = [plan.key, f"{_range(log_groups, window)} is asked for. To see how far it is: {see}"]
    document["warnings"] = list(plan.warnings)
    warn(plan.warnings)
    if not as_json:
        print("\n".join(lines), flush=True)
    if wait:
        ended = _awaited(deployment, plan, asked_ms, see)
        problems = ended.problems
        document |= {"windows": ended.windows, "in_table": ended.in_table}
        document |= {"failed": list(problems), "notes": list(ended.notes)}
        if not as_json:
            print("".join(f"{line}\n" for line in _ended_lines(ended)), end="")
    if as_json:
        print_json(document)
    for problem in problems[:_SHOWN]:
        print(f"! {problem}", file=sys.stderr)
    if problems:
        more = f"! and {len(problems) - _SHOWN:,} more\n" if len(problems) > _SHOWN else ""
        print(f"{more}To see what to do: {see}", file=sys.stderr)
        raise typer.Exit(1)


def _ended_lines(ended: ExportProgress) -> list[str]:
    of = "" if ended.in_table == ended.windows else f"{ended.in_table:,} of "
    lines = [f"{of}{counted(ended.windows, 'window')} of that time can be queried."]
    return [*(lines if ended.windows else []), *(f"- {note}" for note in ended.notes)]


def _awaited(deployment: Deployment, plan: ExportPlan, asked_ms: EpochMs, see: str) -> ExportProgress:
    try:
        with Progress(output.console(stderr=True)) as progress:
            return await_export(deployment, plan, asked_ms, partial(progress.say, unit="windows"), progress.part)
    except KeyboardInterrupt:
        print(f"loglake: the request goes on without this command. To see how far it is: {see}", file=sys.stderr)
        raise typer.Exit(130) from None
    except LoglakeError as error:
        print(f"loglake: {error}", file=sys.stderr)
        print(f"The request stands, but its progress is not known. To look again: {see}", file=sys.stderr)
        raise typer.Exit(1) from error


def _foreseen(deployment: Deployment, plan: ExportPlan) -> dict[str, Any]:
    groups: tuple[LogGroupName, ...] | None = matching_groups(deployment, plan)
    return {
        "request": json.loads(plan.body),
        "log_groups": None if groups is None else list(groups),
        "windows_in_table": None if groups is None else windows_in_table(deployment, plan, groups),
        "exports": _exports(foresee(deployment, plan)),
    }


def _exports(foreseen: Foreseen | None) -> dict[str, Any] | None:
    if foreseen is None:
        return None
    waiting = foreseen.waiting
    return {
        "windows": waiting.windows,
        "hours": waiting.hours,
        "bytes": waiting.size_bytes,
        "ways": [*(["task"] if waiting.slot_s else []), *(["read"] if waiting.pages else [])],
        "pages": waiting.pages,
        "seconds": waiting.seconds_left,
        "usd": round(foreseen.usd, 2),
        "left_out": list(foreseen.left_out),
    }


def _foreseen_lines(document: dict[str, Any], patterns: list[str], window: Window) -> list[str]:
    lines = [f"{_range(patterns, window)} would be asked for."]
    if document["log_groups"]:
        lines.append(f"Log groups: {', '.join(document['log_groups'])}")
    if document["windows_in_table"]:
        there = counted(document["windows_in_table"], "window")
        replaced = document["request"].get("reexport")
        what = "would be exported again, if CloudWatch still has their events" if replaced else "would stay"
        lines.append(f"{there} of that time in the table already {what}.")
    exports = document["exports"]
    if exports:
        size, hours = f"{exports['bytes'] / 1e9:,.1f} GB", exports["seconds"] / 3600
        lines.append(
            f"{counted(exports['windows'], 'window')} of about {size} would be exported, {_by(exports)}. If nothing "
            f"else waits, it takes about {hours:,.1f} hours, and Glue about {exports['usd']:,.2f} USD."
        )
        lines += [f"- {reason}" for reason in exports["left_out"][:_SHOWN]]
    return lines


def _by(exports: dict[str, Any]) -> str:
    ways = {"task": "by export task", "read": f"by reading {counted(exports['pages'], 'page')}"}
    return " and ".join(ways[way] for way in exports["ways"])


def _range(patterns: list[str], window: Window) -> str:
    return f"{', '.join(patterns)} from {format_instant(window.from_ms)} to {format_instant(window.to_ms)}"
