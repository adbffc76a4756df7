"""What is left alone: failed windows that a person ignores, so `status` reports them no more, and paused log groups."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from loglake.core.ledger.row import LedgerRow
from loglake.core.state_items import PAUSED, change, paused
from loglake.core.units import EPOCH, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window
from loglake.errors import ConfigError, LedgerConflictError
from loglake_cli.operations.deployment import Deployment

ALL_TIME = Window(EPOCH, parse_instant("9999-12-31"))


@dataclass(frozen=True)
class IgnorePlan:
    """Failed windows of a log group.

    Attributes:
        rows: those that lie in the range as a whole, and are not ignored yet.
        before: how many are ignored already.
        left: how many others there are.
    """

    rows: tuple[LedgerRow, ...]
    before: int
    left: int


def plan_ignoring(deployment: Deployment, log_group: LogGroupName, within: Window = ALL_TIME) -> IgnorePlan:
    """Finds the failed windows of a log group in a range; changes nothing.

    Raises:
        ConfigError: the ledger has no window of the log group.
    """
    known = deployment.ledger.rows(log_group)
    if not known:
        raise unknown_log_group(log_group)
    failed = [row for row in known if row.is_trouble]
    rows = tuple(row for row in failed if within.holds(row.window))
    return IgnorePlan(rows, sum(row.is_ignored for row in known), len(failed) - len(rows))


def ignore(deployment: Deployment, plan: IgnorePlan) -> list[LedgerRow]:
    """Ignores the windows of a plan, and returns them. Windows that another run changed meanwhile are left to it."""
    ignored = []
    for row in plan.rows:
        changed = row.ignore(deployment.clock.now_ms())
        with suppress(LedgerConflictError):
            deployment.ledger.replace(changed)
            ignored.append(changed)
    return ignored


def unknown_log_group(log_group: LogGroupName) -> ConfigError:
    """The error for a log group that the ledger does not have, such as after a typing error."""
    return ConfigError(f"The ledger has no window of {log_group}: see the names that `loglake status` gives.")


def pause(deployment: Deployment, log_group: LogGroupName) -> bool:
    """Pauses a log group; returns whether it was not paused before."""
    before, now_ms = paused_since(deployment, log_group), deployment.clock.now_ms()
    change(deployment.ledger, PAUSED, log_group, EPOCH, lambda since_ms: since_ms or now_ms)
    return before is None


def resume(deployment: Deployment, log_group: LogGroupName) -> bool:
    """Ends a pause and wakes the workflow; returns whether there was a pause."""
    before = paused_since(deployment, log_group)
    change(deployment.ledger, PAUSED, log_group, EPOCH, lambda since_ms: EPOCH if since_ms else since_ms)
    if before is not None:
        deployment.wake()
    return before is not None


def paused_since(deployment: Deployment, log_group: LogGroupName) -> EpochMs | None:
    """When a log group was paused; None if it is not."""
    return paused(deployment.ledger).get(log_group)
