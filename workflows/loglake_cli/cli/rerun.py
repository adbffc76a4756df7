"""``loglake rerun``: retries windows that failed, are damaged, or have quarantined input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn, Optional

import typer

from loglake.core.ledger.row import LedgerRow
from loglake.core.unreadable import UnreadableItem
from loglake.errors import ConfigError
from loglake_cli.cli.rerun_damaged import rerun_damaged, some
from loglake_cli.cli.shared.deployments import opened
from loglake_cli.cli.shared.errors import end_with, warn
from loglake_cli.cli.shared.lakes import LedgerLake, lake_of
from loglake_cli.cli.shared.options import NOTHING_CHANGED, DryRun, Json, LeaveMissing, answer, check_raw
from loglake_cli.operations import rerun_quarantined as quarantined_windows
from loglake_cli.operations.evidence import kept_evidence
from loglake_cli.operations.lakes.lake import Kind, Lake
from loglake_cli.operations.rerun import (
    Reopened,
    RerunPlan,
    failed_elsewhere,
    foreseen,
    has_failed,
    plan_rerun,
    unfinished,
)
from loglake_cli.operations.rerun import rerun as run_again
from loglake_cli.operations.selection import Selection, check_known, check_patterns
from loglake_cli.wording import counted


def rerun(
    *,
    quarantined: Annotated[
        bool,
        typer.Option(
            "--quarantined",
            help="Windows with entries in quarantine, instead of those that failed.",
        ),
    ] = False,
    redact: Annotated[
        bool,
        typer.Option(
            "--redact",
            help="All windows that are in a table, so that `redact` hides what they have. Deletes what was moved to "
            "removed/.",
        ),
    ] = False,
    damaged: Annotated[
        bool, typer.Option("--damaged", help="What `loglake verify` finds: windows with missing or damaged files.")
    ] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="With --damaged: read every byte, as `loglake verify --deep`.")
    ] = False,
    remove_unnamed: Annotated[
        bool,
        typer.Option(
            "--remove-unnamed", help="With --damaged: move files that no decision names to removed/; it asks."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    log_group: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "--log-group",
            help="Only log groups of this name, or of a pattern with * and ?; repeatable.",
            metavar="PATTERN",
        ),
    ] = None,
    table: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only this table.", metavar="NAME"),
    ] = None,
    leave_missing: LeaveMissing = False,
    datasets: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="A datasets file instead of the one that the local run had.", metavar="FILE"),
    ] = None,
    dry_run: DryRun = False,
    lake: LedgerLake = None,
    as_json: Json = False,
) -> None:
    """Try windows again that failed, are damaged, or have quarantined input.

    It wakes the workflow, even if the last run failed.
    A failed window is converted again if its raw objects are there, else it is exported again. It is skipped if a wider
    window that replaces it is already pending. `loglake accept` is for windows that would take rows away. A window with
    quarantined input, or with missing or damaged files, is converted again as a whole. Each run reads unreadable landed
    objects again anyway.

    Exit status: 0 all are done again, or on AWS will be; 1 some are not, or still have entries in quarantine; 2 bad
    usage.
    """
    for is_wrong, said in (
        (
            quarantined + damaged + redact > 1,
            "--quarantined, --redact and --damaged exclude each other: give one at a time.",
        ),
        (
            leave_missing and not (quarantined or redact),
            "--leave-missing belongs to --quarantined and --redact: without it, what is gone is exported again.",
        ),
        ((deep or remove_unnamed) and not damaged, "--deep and --remove-unnamed belong to --damaged."),
        (yes and not remove_unnamed, "--yes belongs to --remove-unnamed: nothing else asks."),
        (
            remove_unnamed and as_json and not (yes or dry_run),
            "--json asks nothing: add --yes, or --dry-run to see what would be removed.",
        ),
    ):
        if is_wrong:
            raise ConfigError(said)
    asked, chosen = lake_of(lake, "rerun"), Selection(tuple(log_group or ()), table)
    if datasets and asked.kind is Kind.DEPLOYED:
        raise ConfigError("--datasets is for a local run: on AWS, deploy the datasets file.")
    if damaged:
        rerun_damaged(
            chosen,
            datasets,
            asked,
            deep=deep,
            remove_unnamed=remove_unnamed,
            yes=yes,
            dry_run=dry_run,
            as_json=as_json,
        )
    if quarantined or redact:
        _rerun_quarantined(chosen, leave_missing, datasets, asked, redact=redact, dry_run=dry_run, as_json=as_json)
    _rerun_failed(chosen, datasets, asked, dry_run=dry_run, as_json=as_json)


def report_reopened(
    plan: RerunPlan,
    done: Reopened,
    left: Sequence[str],
    *,
    in_aws: bool,
    dry_run: bool,
    as_json: bool,
    nothing: str = "Nothing has failed.",
    more: dict[str, Any] | None = None,
) -> NoReturn:
    """Prints what is retried and what is not, and ends the command.

    Args:
        plan: what there was to be done.
        done: what is opened again; of a dry run, what would be.
        left: what is not retried, in words.
        in_aws: it is a deployment: nobody waits for its runs.
        dry_run: nothing was changed.
        as_json: print a document.
        nothing: what is printed if there is nothing to be done.
        more: what else the document has.
    """
    left = [
        *left,
        *(f"{row.log_group} {row.window}: {why}" for row, why in plan.left),
        *(f"{row.log_group} {row.window}: its log group is paused" for row in done.held),
    ]
    document = {
        "dry_run": dry_run,
        "converted_again": [f"{row.log_group} {row.window}" for row in done.converting],
        "exported_again": [f"{row.log_group} {row.window}" for row in done.exporting],
        "landed_objects": plan.landed,
        "failed_runs": list(plan.stopped),
        "left": left,
        **(more or {}),
    }
    lines = [nothing] if plan.empty else _foreseen(plan, done) if dry_run else _reopened(plan, done, in_aws)
    answer(document, "\n".join([*lines, NOTHING_CHANGED] if dry_run else lines), as_json=as_json)
    if plan.empty and plan.elsewhere:
        warn([f"these log groups have failures but match no --log-group or --table: {', '.join(plan.elsewhere)}"])
    end_with([f"{'would not be' if dry_run else 'not'} done again: {line}" for line in left])


def _rerun_failed(chosen: Selection, datasets: Path | None, lake: Lake, *, dry_run: bool, as_json: bool) -> NoReturn:
    in_aws = lake.kind is Kind.DEPLOYED
    kept = None if in_aws else kept_evidence(lake.folder)
    rows = kept.ledger.all_rows() if kept else []
    plan, done, unread = RerunPlan(elsewhere=failed_elsewhere(rows, chosen)), Reopened(), dict[str, UnreadableItem]()
    if kept:
        check_patterns(chosen.log_groups, {row.log_group for row in rows})
        kept.load(row.table for row in rows)
    if kept is None or has_failed(kept, chosen):
        with opened(lake, datasets=datasets) as deployment:
            check_known(deployment, chosen.log_groups)
            plan = plan_rerun(deployment, chosen)
            done = foreseen(deployment, plan) if dry_run else run_again(deployment, plan)
            unread.update(deployment.ledger.unreadable)
    unread.update(kept.ledger.unreadable if kept else {})
    left = [] if in_aws or dry_run else unfinished(done.converting, lake.folder)
    left += map(str, unread.values())
    report_reopened(plan, done, left, in_aws=in_aws, dry_run=dry_run, as_json=as_json)


def _rerun_quarantined(
    chosen: Selection,
    leave_missing: bool,
    datasets: Path | None,
    lake: Lake,
    *,
    redact: bool,
    dry_run: bool,
    as_json: bool,
) -> NoReturn:
    with opened(lake, datasets=datasets) as deployment:
        check_known(deployment, chosen.log_groups)
        plan = quarantined_windows.plan_quarantined(deployment, chosen, redact=redact)
        check_raw(plan.windows, leave_missing)
        rows: Sequence[LedgerRow] = [each.row for each in plan.windows.whole]
        if not dry_run:
            rows = quarantined_windows.rerun_quarantined(deployment, plan, redact=redact)
        unread = deployment.ledger.unreadable
    left = [str(item) for item in unread.values()]
    in_aws = lake.kind is Kind.DEPLOYED
    if not in_aws and not dry_run:
        now = kept_evidence(lake.folder)
        left += unfinished(rows, lake.folder)
        left += [] if redact else quarantined_windows.still_quarantined(plan, now.ledger.all_rows(), now.landed())
    left += [f"{known.key} is gone, and its quarantine stays" for known in plan.landed_gone]
    left += [f"{row.log_group} {row.window}: a wider window is about to replace it" for row in plan.held]
    gone = [f"{row.log_group} {row.window}" for row, _ in plan.windows.gone]
    document = {
        "dry_run": dry_run,
        "entries": plan.entries,
        "converted_again": [f"{row.log_group} {row.window}" for row in rows],
        "landed_objects": len(plan.landed),
        "gone": gone,
        "left": left,
    }
    objects = f" and {counted(len(plan.landed), 'landed object')}" if plan.landed else ""
    done = "would be converted again" if dry_run else "to be converted again" if in_aws else "converted again"
    entries = counted(plan.entries, "entry", "entries")
    lines = [f"{entries} in quarantine{objects}: {counted(len(rows), 'window')} {done}."]
    lines += [f"left as it is, its raw objects are gone: {line}" for line in gone]
    lines += [*_windows("convert", rows), NOTHING_CHANGED] if dry_run else []
    answer(document, "\n".join(lines), as_json=as_json)
    end_with([f"{'would not be' if dry_run else 'not'} done again: {line}" for line in left])


def _reopened(plan: RerunPlan, done: Reopened, in_aws: bool) -> Iterator[str]:
    if done.converting or done.exporting or not plan.stopped:
        converting, exporting = (counted(len(rows), "window") for rows in (done.converting, done.exporting))
        yield f"Opened again: {converting} to be converted, {exporting} to be exported."
    yield from (f"The last run of the {job} job failed: what it left is taken up." for job in plan.stopped)
    if plan.landed:
        yield f"{counted(plan.landed, 'landed object')} could not be read: each run reads them again."
    if done.woken:
        yield "The workflow was woken for it." if in_aws else "The workflow has run for it."


def _foreseen(plan: RerunPlan, done: Reopened) -> Iterator[str]:
    yield from (*_windows("convert", done.converting), *_windows("export", done.exporting))
    yield from (f"would take up what the last run of the {job} job left" for job in plan.stopped)
    if plan.landed:
        yield f"would look again at {counted(plan.landed, 'landed object')}"


def _windows(what: str, rows: Sequence[LedgerRow]) -> list[str]:
    return some(f"would {what} again", [f"{row.log_group} {row.window}" for row in rows])
