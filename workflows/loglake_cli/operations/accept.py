"""Accepts that rows are removed: failed windows with fewer events than the table has for their time.

A settled or final pass is refused if its export has fewer events than the table. A landed window fails if raw objects
are gone or have fewer events than before. Files of a table may be gone together with their raw objects. Here a person
accepts the loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from loglake.core.ledger.row import LedgerRow
from loglake.core.planning.replacing import stands_for_rows
from loglake.core.schema.bundle import RawObject
from loglake.core.units import LogGroupName
from loglake.errors import DamagedListError, FewerEventsError, LostEventsError, NotFoundError
from loglake.pipelines.object_lists import read_object_list
from loglake.pipelines.reconvert import Convertible
from loglake_cli.operations.deployment import Deployment, scan_again
from loglake_cli.operations.left_alone import unknown_log_group
from loglake_cli.operations.repair.lost_rows import LostPlan, LostRows, accept_lost, plan_lost
from loglake_cli.operations.rerun import Reopened, RerunPlan, failed_windows, plan_windows, rerun
from loglake_cli.operations.selection import Selection
from loglake_cli.wording import counted

_NOTHING_LEFT = "none of its raw objects is there, so all of its rows would go: put one of them back"


class Loss(NamedTuple):
    """The rows that accepting removes.

    Attributes:
        row: the window.
        in_table: rows of its time that are in the table.
        going: how many fewer there are then; None if that is not known before it is done.
        why: why they go, in words.
        at_most: it may be fewer than `going`, since landed objects may have the same events.
    """

    row: LedgerRow
    in_table: int
    going: int | None
    why: str
    at_most: bool = False


@dataclass(frozen=True)
class Acceptance:
    """The windows that a person may accept.

    Attributes:
        plan: the windows that are retried without the comparison that failed.
        losses: what each of them removes, in the same order.
        gone: keys of missing landed objects that they continue without.
        others: the log group's windows that failed for another reason.
        lost: windows with files that are gone or damaged, and can't be made again.
    """

    plan: RerunPlan
    losses: tuple[Loss, ...]
    gone: frozenset[str]
    others: int
    lost: LostPlan = field(default_factory=LostPlan)


class _Found(NamedTuple):
    """A landed window that can be converted without its missing raw objects, and these objects."""

    window: Convertible
    gone: tuple[RawObject, ...]


def plan_acceptance(deployment: Deployment, log_group: LogGroupName) -> Acceptance:
    """Finds what a log group's failed windows would remove; changes nothing.

    Raises:
        ConfigError: the ledger has no window of the log group.
    """
    known = deployment.ledger.rows(log_group)
    if not known:
        raise unknown_log_group(log_group)
    failed = failed_windows(known, Selection((log_group,)))
    found = {row: there for row in failed if (there := _what_is_there(deployment, row))}
    bare = [row for row in failed if _is_landed(row) and row not in found]
    # Beside landed ones, those whose export replaces rows, so that it is compared with them.
    refused = [
        row
        for row in failed
        if row in found
        or (row not in bare and stands_for_rows(row, deployment.ledger.rows_inside(row.log_group, row.window)))
    ]
    plan = plan_windows(deployment, refused, {row: there.window for row, there in found.items()})
    plan = replace(plan, left=(*plan.left, *((row, _NOTHING_LEFT) for row in bare)))
    opened = {row.name for row in (*(each.row for each in plan.convert), *plan.export)}
    losses = [_loss(deployment, row, found.get(row)) for row in refused if row.name in opened]
    gone = {raw.key for row, there in found.items() if row.name in opened for raw in there.gone}
    lost = plan_lost(deployment, log_group)
    losses += [_lost_rows(each) for each in lost.windows]
    plan = replace(plan, convert=(*plan.convert, *lost.plan.convert), export=(*plan.export, *lost.plan.export))
    return Acceptance(plan, tuple(losses), frozenset(gone), len(failed) - len(refused) - len(bare), lost)


def accept(deployment: Deployment, acceptance: Acceptance) -> Reopened:
    """Retries the windows, whatever they remove. Windows that another run changed meanwhile are left to it."""
    if acceptance.gone:  # missing landed objects are scanned again if they come back: windows go on without them
        scan_again(deployment, (each for each in deployment.ledger.landed_objects() if each.key in acceptance.gone))
    accept_lost(deployment, acceptance.lost)
    return rerun(deployment, acceptance.plan, accept_fewer=True)


def _lost_rows(lost: LostRows) -> Loss:
    in_table = lost.row.live.accounting.rows_out if lost.row.live else 0
    entries = f", and {counted(lost.entries, 'entry', 'entries')} of quarantine" if lost.entries else ""
    what = f"files{entries} are gone or damaged" if lost.rows or lost.entries else "decision was changed"
    return Loss(lost.row, in_table, lost.rows, f"their {what}, and raw objects are gone")


def _is_landed(row: LedgerRow) -> bool:
    return row.landed and not row.holds_exports


def _what_is_there(deployment: Deployment, row: LedgerRow) -> _Found | None:
    """A landed window with its existing raw objects, whatever their current number of events.

    None if it was exported too, if its list is gone, or if all of its objects are gone: accepting would only remove
    rows.
    """
    if not _is_landed(row):
        return None
    try:
        objects = read_object_list(deployment.control, row)
    except (NotFoundError, DamagedListError):
        return None
    there = [each for each in objects if deployment.raw.exists(each.key)]
    if not there:
        return None
    now = tuple(replace(each, events=0) for each in there)
    return _Found(Convertible(row, row.newest, now), tuple(each for each in objects if each not in there))


def _loss(deployment: Deployment, row: LedgerRow, found: _Found | None) -> Loss:
    in_table = _rows_in_table(deployment, row)
    if found and found.gone:
        lost = sum(each.events for each in found.gone)
        objects = counted(len(found.gone), "raw object")
        return Loss(row, in_table, min(lost, in_table), f"{objects} with {counted(lost, 'event')} gone", at_most=True)
    counts = FewerEventsError.counts_in(row.reason) or LostEventsError.counts_in(row.reason)
    if counts:
        before, now = counts
        return Loss(row, in_table, before - now, f"{before:,} events before, {now:,} now")
    if found:
        return Loss(row, in_table, 0, "all of its raw objects are there")
    return Loss(row, in_table, None, "it is known once CloudWatch has exported it again")


def _rows_in_table(deployment: Deployment, row: LedgerRow) -> int:
    """Rows of a window's time: its own, or those of the narrower windows that it replaces."""
    windows: Sequence[LedgerRow] = [row] if row.live else deployment.ledger.rows_inside(row.log_group, row.window)
    return sum(each.live.accounting.rows_out for each in windows if each.live)
