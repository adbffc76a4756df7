"""``loglake ignore``: acknowledges failed windows, such as those of a deleted log group."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from loglake.aws.system_clock import SystemClock
from loglake_cli.cli.shared.arguments import parse_log_group, parse_range
from loglake_cli.cli.shared.deployments import opened
from loglake_cli.cli.shared.lakes import LedgerLake, lake_of
from loglake_cli.cli.shared.options import NOTHING_CHANGED, TIME, DryRun, Json, LogGroup, answer
from loglake_cli.operations import left_alone as ignoring
from loglake_cli.operations.selection import check_known
from loglake_cli.wording import counted


def ignore(
    log_group: LogGroup,
    *,
    start: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--from", help=f"Windows from this time on: {TIME}.", metavar="TIME"),
    ] = None,
    end: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--to", help="Windows up to this time.", metavar="TIME"),
    ] = None,
    dry_run: DryRun = False,
    lake: LedgerLake = None,
    as_json: Json = False,
) -> None:
    """Acknowledge failed windows, so `status` stops reporting them.

    They stay in the ledger with their reasons. `loglake rerun --log-group GROUP` still retries them.

    Exit status: 0 they are ignored, 1 AWS refused it, 2 bad usage.
    """
    name, within = parse_log_group(log_group), parse_range(start, end, SystemClock().now_ms())
    with opened(lake_of(lake, "ignore")) as deployment:
        check_known(deployment, [name])
        plan = ignoring.plan_ignoring(deployment, name, within)
        rows = list(plan.rows) if dry_run else ignoring.ignore(deployment, plan)
        left = plan.left if dry_run else sum(row.is_trouble for row in deployment.ledger.rows(name))
    windows = [str(row.window) for row in rows]
    document = {"dry_run": dry_run, "log_group": name, "ignored": windows, "before": plan.before, "failed": left}
    earlier = f", {plan.before:,} before that" if plan.before else ""
    lines = [f"{name}: {counted(len(rows), 'failed window')} {'would be ' if dry_run else ''}ignored{earlier}."]
    if left:
        lie = "lies" if left == 1 else "lie"
        lines.append(f"{counted(left, 'failed window')} of it {lie} outside of that range, or failed meanwhile.")
    if dry_run:
        lines += [*(f"  {window}" for window in windows), NOTHING_CHANGED]
    answer(document, "\n".join(lines), as_json=as_json)
