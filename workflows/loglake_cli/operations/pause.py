"""Pausing a log group: nothing of it is exported until it is resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loglake.core.units import EpochMs, LogGroupName
    from loglake_cli.operations.deployment import Deployment


def pause(deployment: Deployment, log_group: LogGroupName) -> bool:
    """Pauses a log group; returns whether it was not paused before."""
    return deployment.ledger.pause(log_group, deployment.clock.now_ms())


def resume(deployment: Deployment, log_group: LogGroupName) -> bool:
    """Ends a pause and wakes the workflow; returns whether there was a pause."""
    changed = deployment.ledger.resume(log_group)
    if changed:
        deployment.wake()
    return changed


def paused_since(deployment: Deployment, log_group: LogGroupName) -> EpochMs | None:
    """When a log group was paused; None if it is not."""
    return deployment.ledger.paused().get(log_group)


def is_known(deployment: Deployment, log_group: LogGroupName) -> bool:
    """Whether the ledger or CloudWatch knows a log group; also where CloudWatch may not be asked."""
    if deployment.ledger.rows(log_group):
        return True
    there = deployment.log_group_names()
    return there is None or log_group in there
