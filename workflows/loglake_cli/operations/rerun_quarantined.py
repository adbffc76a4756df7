"""Converts again: quarantined input after a fix, or all windows after a dataset began to hide personal data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loglake.core.keys import REMOVED
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.row import TERMINAL, LedgerRow, pending_around
from loglake.pipelines.reconvert import RawCheck, look_for_current, reopen
from loglake_cli.operations.deployment import Deployment, scan_again
from loglake_cli.operations.selection import ALL, Selection


@dataclass(frozen=True)
class QuarantinePlan:
    """Windows and landed objects with quarantined input.

    Attributes:
        windows: windows with entries of quarantine.
        landed: landed objects with entries of their own, which belong to no window.
        entries: how many entries that is.
        held: windows with entries that a wider window is about to replace; nothing is done about them.
        landed_gone: missing landed objects with entries of their own; nothing is done about them.
    """

    windows: RawCheck
    landed: tuple[LandedObject, ...]
    entries: int
    landed_gone: tuple[LandedObject, ...] = ()
    held: tuple[LedgerRow, ...] = ()


def plan_quarantined(deployment: Deployment, chosen: Selection = ALL, *, redact: bool = False) -> QuarantinePlan:
    """Finds quarantined input; changes nothing. With `redact`, all windows that are in a table, too.

    Undecodable landed objects belong to no table and no log group: only a selection of everything includes them.
    """
    every = deployment.ledger.all_rows()
    pending = [row for row in every if row.state not in TERMINAL]
    counted = [(row, _quarantined(row)) for row in every if chosen.has(row)]
    found = {row: entries for row, entries in counted if entries or (redact and row.live and not row.attempt)}
    held = tuple(row for row in found if pending_around(row, pending))
    rows = [row for row in found if row not in set(held)]
    damaged = [known for known in deployment.ledger.landed_objects() if known.quarantined] if chosen.is_all else []
    landed = tuple(known for known in damaged if deployment.raw.exists(known.key))
    gone = tuple(known for known in damaged if known not in landed)
    entries = sum(found[row] for row in rows) + sum(known.quarantined for known in landed)
    return QuarantinePlan(
        look_for_current(rows, deployment.control, deployment.raw, deployment.lake), landed, entries, gone, held
    )


def rerun_quarantined(deployment: Deployment, plan: QuarantinePlan, *, redact: bool = False) -> list[LedgerRow]:
    """Converts all of it again; a window's rows and quarantine replace the earlier ones.

    With `redact`, files that a person took out of the tables are deleted: they have what the new rows hide.

    A landed object is scanned again, and each hour with its events is converted again, even if the hour's list has it
    already: the two scans may differ.

    Returns:
        The windows that are to be converted again, as far as they are known by now.
    """
    reopened = reopen(plan.windows.whole, deployment.ledger, deployment.control, deployment.clock)
    scan_again(deployment, plan.landed)
    if redact:
        tables = tuple({f"tables/{row.table}/" for row in reopened})
        removed = [item.key for item in deployment.lake.list(REMOVED)]
        deployment.lake.delete([key for key in removed if key.split("/", 2)[-1].startswith(tables)])
    if reopened or plan.landed:
        deployment.wake()
    return reopened


def still_quarantined(plan: QuarantinePlan, rows: Iterable[LedgerRow], landed: Iterable[LandedObject]) -> list[str]:
    """Which parts of an applied plan still have quarantine entries, or could not be read, in words.

    Args:
        plan: what was done again.
        rows: the ledger's rows as they are now.
        landed: what it knows of landed objects now.
    """
    windows = {window.row.name for window in plan.windows.whole}
    keys = {known.key for known in plan.landed}
    left = [
        f"{row.log_group} {row.window}: {_quarantined(row)} entries are still in quarantine"
        for row in rows
        if row.name in windows and _quarantined(row)
    ]
    return [*left, *(line for known in landed if known.key in keys and (line := _left_of(known)))]


def _left_of(known: LandedObject) -> str:
    if known.state is LandedState.FAILED:
        return f"{known.key}: {known.reason}"
    if known.state is LandedState.REQUESTED_AGAIN:
        return f"{known.key}: it is still to be looked at; run the job again"
    return f"{known.key}: {known.quarantined} entries are still in quarantine" if known.quarantined else ""


def _quarantined(row: LedgerRow) -> int:
    """The quarantine entries of a window; 0 during an attempt, or if another window has replaced it."""
    return row.live.accounting.quarantined if row.live and not row.attempt else 0
