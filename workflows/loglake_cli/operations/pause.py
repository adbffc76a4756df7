"""Pauses a log group: it is not exported until it is resumed."""

from __future__ import annotations

from loglake.core.state_items import PAUSED, change, paused
from loglake.core.units import EPOCH, EpochMs, LogGroupName
from loglake_cli.operations.deployment import Deployment


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
