"""``loglake accept``: accepts that a log group's failed windows remove rows."""

from __future__ import annotations

import shlex
from typing import Annotated, Any

import typer

from loglake.core.units import format_instant
from loglake.errors import ConfigError
from loglake_cli.cli.rerun import report_reopened
from loglake_cli.cli.shared.arguments import agreed, parse_log_group
from loglake_cli.cli.shared.deployments import opened
from loglake_cli.cli.shared.lakes import LedgerLake, lake_of
from loglake_cli.cli.shared.options import DryRun, Json, LogGroup
from loglake_cli.operations import accept as accepting
from loglake_cli.operations.accept import Acceptance, Loss
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.lakes.lake import Kind
from loglake_cli.operations.rerun import Reopened, foreseen, unfinished
from loglake_cli.operations.selection import check_known
from loglake_cli.wording import command, counted


def accept(
    log_group: LogGroup,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    dry_run: DryRun = False,
    lake: LedgerLake = None,
    as_json: Json = False,
) -> None:
    """Accept that a log group has fewer rows than before.

    It is for failed windows, and for damage that can't be repaired. It prints how many rows of each window would go,
    and asks. A settled or final pass replaces the rows although its export has fewer events. A landed window continues
    without its missing raw objects; one that comes back later is converted again. A damaged window without raw objects
    continues with what is left.

    Exit status: 0 all are done again, or on AWS will be; 1 some are not, or you said no; 2 bad usage.
    """
    name = parse_log_group(log_group)
    if as_json and not (yes or dry_run):
        raise ConfigError("--json asks nothing: add --yes, or --dry-run to see what would go.")
    asked = lake_of(lake, "accept")
    in_aws = asked.kind is Kind.DEPLOYED
    with opened(asked) as deployment:
        check_known(deployment, [name])
        acceptance = accepting.plan_acceptance(deployment, name)
        if not as_json:
            print("".join(f"{_line(loss)}\n" for loss in acceptance.losses), end="")
        done = _decided(deployment, acceptance, yes=yes, dry_run=dry_run)
    left = [] if in_aws or dry_run else unfinished(done.converting, asked.folder)
    if acceptance.others and acceptance.plan.empty:
        again = command("rerun", f"--log-group {shlex.quote(name)}", asked.option)
        left.append(f"{name}: {counted(acceptance.others, 'window')} failed for another reason: {again}")
    report_reopened(
        acceptance.plan,
        done,
        left,
        in_aws=in_aws,
        dry_run=dry_run,
        as_json=as_json,
        nothing=_nothing(name, acceptance, dry_run=dry_run),
        more={"losses": [_document(loss) for loss in acceptance.losses]},
    )


def _decided(deployment: Deployment, acceptance: Acceptance, *, yes: bool, dry_run: bool) -> Reopened:
    """Does it if the person agrees."""
    if dry_run:
        return foreseen(deployment, acceptance.plan)
    if acceptance.losses and not yes and not agreed("Let these rows go?"):
        print("Nothing was changed.")
        raise typer.Exit(1)
    return accepting.accept(deployment, acceptance)


def _nothing(name: str, acceptance: Acceptance, *, dry_run: bool) -> str:
    """The text if no window is done again."""
    if not acceptance.lost.windows:
        return f"{name} has no failed window that would remove rows, and no damaged one that can't be repaired."
    count = len(acceptance.lost.windows)
    go = "would go" if dry_run else "goes" if count == 1 else "go"
    return f"{name}: {counted(count, 'window')} {go} on without these rows."


def _line(loss: Loss) -> str:
    if loss.going is None:
        going = f"any of its {counted(loss.in_table, 'row')} may go"
    else:
        go = "goes" if loss.going == 1 else "go"
        most = "up to " if loss.at_most else ""
        going = f"{most}{loss.going:,} of its {counted(loss.in_table, 'row')} {go}"
    return f"{loss.row.log_group} {loss.row.window}: {going}; {loss.why}"


def _document(loss: Loss) -> dict[str, Any]:
    return {
        "window": {"from": format_instant(loss.row.window.from_ms), "to": format_instant(loss.row.window.to_ms)},
        "rows_in_table": loss.in_table,
        "rows_going": loss.going,
        "at_most": loss.at_most,
        "why": loss.why,
    }
