"""Converting again what was quarantined, after a fix: the windows and landed objects that it came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.row import TERMINAL, LedgerRow, pending_around
from loglake.pipelines.reconvert import RawCheck, look_for_current, reopen
from loglake_cli.operations.selection import ALL, Selection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loglake_cli.operations.deployment import Deployment


@dataclass(frozen=True)
class QuarantinePlan:
    """What has quarantined input.

    Attributes:
        windows: windows with entries of quarantine.
        landed: landed objects with entries of their own, which belong to no window.
        entries: how many entries that is.
        held: windows with entries that a wider window is about to take the place of, and converts anew. Nothing is done
            about them.
        landed_gone: landed objects with entries of their own that are not there any more. Nothing is done about them.
    """

    windows: RawCheck
    landed: tuple[LandedObject, ...]
    entries: int
    landed_gone: tuple[LandedObject, ...] = ()
    held: tuple[LedgerRow, ...] = ()


def plan_quarantined(deployment: Deployment, chosen: Selection = ALL) -> QuarantinePlan:
    """Looks for what is quarantined; changes nothing.

    Landed objects that can't be decoded belong to no table and no log group: they are meant only if all is.
    """
    every = deployment.ledger.all_rows()
    pending = [row for row in every if row.state not in TERMINAL]
    counted = [(row, _quarantined(row)) for row in every if chosen.has(row)]
    found = {row: entries for row, entries in counted if entries}
    held = tuple(row for row in found if pending_around(row, pending))
    rows = [row for row in found if row not in set(held)]
    damaged = [known for known in deployment.ledger.landed_objects() if known.quarantined] if chosen.is_all else []
    landed = tuple(known for known in damaged if deployment.raw.exists(known.key))
    gone = tuple(known for known in damaged if known not in landed)
    entries = sum(found[row] for row in rows) + sum(known.quarantined for known in landed)
    windows = look_for_current(rows, deployment.control, deployment.raw, deployment.lake)
    return QuarantinePlan(windows, landed, entries, gone, held)


def rerun_quarantined(deployment: Deployment, plan: QuarantinePlan) -> list[LedgerRow]:
    """Has all of it converted again; a window's rows and its quarantine replace those of before.

    A landed object is scanned again, and each hour that it has events of is converted again, even where its list of
    objects has it already: what that look or the one before found may have been something else.

    Returns:
        The windows that are to be converted again, as far as they are known by now.
    """
    reopened = reopen(plan.windows.whole, deployment.ledger, deployment.control, deployment.clock)
    for known in plan.landed:
        deployment.ledger.put_landed_object(replace(known, state=LandedState.REQUESTED_AGAIN))
    if reopened or plan.landed:
        deployment.wake()
    return reopened


def still_quarantined(plan: QuarantinePlan, rows: Iterable[LedgerRow], landed: Iterable[LandedObject]) -> list[str]:
    """What of a plan has entries of quarantine after it was carried out, or could not be read, in words.

    Args:
        plan: what was done again.
        rows: the ledger's rows as they are now.
        landed: what it knows of landed objects now.
    """
    windows = {(window.row.log_group, window.row.window) for window in plan.windows.whole}
    keys = {known.key for known in plan.landed}
    left = [
        f"{row.log_group} {row.window}: {_quarantined(row)} entries are still in quarantine"
        for row in rows
        if (row.log_group, row.window) in windows and _quarantined(row)
    ]
    return [*left, *(line for known in landed if known.key in keys and (line := _left_of(known)))]


def _left_of(known: LandedObject) -> str:
    if known.state is LandedState.FAILED:
        return f"{known.key}: {known.reason}"
    if known.state is LandedState.REQUESTED_AGAIN:
        return f"{known.key}: it is still to be looked at; run the job again"
    return f"{known.key}: {known.quarantined} entries are still in quarantine" if known.quarantined else ""


def _quarantined(row: LedgerRow) -> int:
    """Entries of quarantine that a window has, unless something is tried already.

    If another window has taken its place, they are that one's.
    """
    return row.live.accounting.quarantined if row.live and not row.attempt else 0
