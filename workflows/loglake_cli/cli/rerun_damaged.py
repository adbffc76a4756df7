"""``loglake rerun --damaged``: repairs what ``loglake verify`` finds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import typer

from loglake.core.keys import REMOVED
from loglake.core.ledger.row import LedgerRow
from loglake_cli.cli.shared.arguments import agreed
from loglake_cli.cli.shared.deployments import opened
from loglake_cli.cli.shared.errors import end_with
from loglake_cli.cli.shared.options import NOTHING_CHANGED, answer
from loglake_cli.operations.evidence import kept_evidence
from loglake_cli.operations.lakes.lake import Kind, Lake
from loglake_cli.operations.repair.plan import Repaired, RepairPlan, plan_repair, repair_all, selected
from loglake_cli.operations.rerun import Reopened, foreseen, unfinished
from loglake_cli.operations.selection import Selection, check_known, check_patterns
from loglake_cli.operations.verify.check import verify
from loglake_cli.wording import command, counted

_SHOWN = 20
"""How many lines of one kind are printed; the document has all."""


def rerun_damaged(
    chosen: Selection,
    datasets: Path | None,
    lake: Lake,
    *,
    deep: bool,
    remove_unnamed: bool,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> NoReturn:
    """Repairs the damage, prints what was done, and ends the command."""
    plan, done, in_aws = RepairPlan(), Repaired(), lake.kind is Kind.DEPLOYED
    if not in_aws:
        check_patterns(chosen.log_groups, {row.log_group for row in kept_evidence(lake.folder).ledger.all_rows()})
    if in_aws or verify(kept_evidence(lake.folder), chosen.table or "", deep=deep).damage:
        with opened(lake, datasets=datasets) as deployment:
            check_known(deployment, chosen.log_groups)
            look = partial(plan_repair, deployment, chosen, deep=deep)
            plan = look(remove_unnamed=remove_unnamed)
            if plan.moved and not (yes or dry_run) and not agreed(_question(plan)):
                print("Nothing was changed.")
                raise typer.Exit(1)
            if dry_run:
                done = Repaired(plan.with_adopted(foreseen(deployment, plan.rerun)))
            else:
                plan, done = repair_all(deployment, plan, look)
    left = [*plan.left, *done.left]
    left += [f"{row.log_group} {row.window}: its log group is paused" for row in done.reopened.held]
    if not in_aws and not dry_run and plan.damage:
        left += _still(chosen, lake.folder, plan, done, deep=deep)
    lines = _lines(plan, done.reopened, dry_run=dry_run)
    if plan.damage and in_aws and done.reopened.woken:
        again = command("verify", lake.option, names=[chosen.table] if chosen.table else [])
        lines.append(f"The workflow was woken for it. To see when all is repaired: {again}")
    document = _document(plan, done.reopened, left, lake.option, dry_run=dry_run)
    answer(document, "\n".join(lines), as_json=as_json)
    end_with([f"{'would not be' if dry_run else 'not'} repaired: {line}" for line in left])


def _question(plan: RepairPlan) -> str:
    """What leaves the tables, in numbers."""
    rows = sum(each.rows or 0 for each in plan.moved)
    unread = sum(each.rows is None for each in plan.moved)
    more = f"; {counted(unread, 'file')} can't be read" if unread else ""
    files = "".join(f"{each}\n" for each in plan.moved[:_SHOWN])
    return f"{files}Move {counted(len(plan.moved), 'file')} with {counted(rows, 'row')} to {REMOVED}{more}?"


def _still(chosen: Selection, keep: Path, plan: RepairPlan, done: Repaired, *, deep: bool) -> list[str]:
    """What is still wrong in a kept local run after the workflow has run, without what is reported already."""
    reported = " ".join(plan.left)
    found = selected(verify(kept_evidence(keep), chosen.table or "", deep=deep).damage, chosen)
    still = [f"{each.key} {each.what}" for each in found if each.key not in reported]
    return [*unfinished(done.reopened.converting, keep), *still]


def _lines(plan: RepairPlan, done: Reopened, *, dry_run: bool) -> list[str]:
    if not plan.damage:
        return ["Nothing is damaged."]
    would = "would be " if dry_run else ""
    lines = [
        *some(f"{would}converted again", [f"{row.log_group} {row.window}" for row in done.converting]),
        *some(f"{would}exported again", [f"{row.log_group} {row.window}" for row in done.exporting]),
        *some(f"{would}looked at again", [known.key for known in plan.landed]),
        *some(f"{would}written again", plan.written),
        *some(f"{would}moved to {REMOVED}", list(map(str, plan.moved))),
        *some(f"{would}corrected in the catalog", [committed.table for committed in plan.catalog]),
    ]
    found = f"{counted(len(plan.damage), 'thing')} {'is' if len(plan.damage) == 1 else 'are'} damaged."
    return [found, *lines, *([NOTHING_CHANGED] if dry_run else [])]


def some(what: str, names: Sequence[str]) -> list[str]:
    """A line for each of the first names, and how many more there are."""
    lines = [f"{what}: {name}" for name in names[:_SHOWN]]
    more = len(names) - _SHOWN
    return [*lines, f"{what}: {more:,} more; --json has all"] if more > 0 else lines


def _document(plan: RepairPlan, done: Reopened, left: list[str], where: str, *, dry_run: bool) -> dict[str, Any]:
    def names(rows: Sequence[LedgerRow]) -> list[str]:
        return [f"{row.log_group} {row.window}" for row in rows]

    return {
        "dry_run": dry_run,
        "damage": [{**each.to_json(), "fix": each.fix(where)} for each in plan.damage],
        "converted_again": names(done.converting),
        "exported_again": names(done.exporting),
        "looked_at_again": [known.key for known in plan.landed],
        "written_again": plan.written,
        "removed": [{"key": each.key, "rows": each.rows} for each in plan.moved],
        "corrected_in_catalog": [committed.table for committed in plan.catalog],
        "left": left,
    }
