"""Follows a request until what it asks for can be queried, or until something of it needs a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loglake.core.keys import REJECTED, REQUESTS
from loglake.core.outcome import Outcome
from loglake.core.state_items import CATALOG_GAP
from loglake.core.stored_state import paused, values
from loglake.errors import ConfigError
from loglake_cli.operations.export import matching_groups
from loglake_cli.operations.standing.status import status_of_groups
from loglake_cli.wording import counted

if TYPE_CHECKING:
    from loglake.core.units import EpochMs, LogGroupName
    from loglake_cli.operations.deployment import Deployment
    from loglake_cli.operations.export import ExportPlan

LOOK_S = 5.0
"""From one look at the ledger to the next."""


@dataclass(frozen=True)
class ExportProgress:
    """How far a request is.

    Attributes:
        windows: of its range, as far as they are planned.
        waiting: what is still to happen, in words; empty at the end.
        failed: what needs a person, in sentences.
    """

    windows: int
    waiting: str
    failed: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to wait for."""
        return not self.waiting or bool(self.failed)


def await_export(
    deployment: Deployment, plan: ExportPlan, asked_ms: EpochMs, say: Callable[[str], None]
) -> ExportProgress:
    """Waits until a request has ended.

    Args:
        deployment: where it was put.
        plan: the request.
        asked_ms: when it was put.
        say: is told each time that it waits for something else.

    Raises:
        ConfigError: the log groups may not be listed.
    """
    groups = matching_groups(deployment, plan)
    if groups is None:
        raise ConfigError("--wait needs to list the log groups (logs:DescribeLogGroups). The request stands.")
    said = ""
    while not (found := _progress(deployment, plan, groups, asked_ms)).ended:
        if found.waiting != said:
            said = found.waiting
            say(said)
        deployment.clock.sleep(LOOK_S)
    return found


def _progress(
    deployment: Deployment, plan: ExportPlan, groups: tuple[LogGroupName, ...], asked_ms: EpochMs
) -> ExportProgress:
    """How far it is now. Runs are asked first: what one has done by then, the ledger says."""
    stopped = [
        f"The {run.job} job failed: {run.error}"
        for run in deployment.runs()
        if run.outcome is Outcome.FAILED and run.ended_ms > asked_ms
    ]
    if deployment.control.exists(plan.key):
        return ExportProgress(0, "Waiting for the export job to take the request", tuple(stopped))
    wanted = plan.request.window
    assert wanted is not None  # of a request
    rows = [
        row
        for group in groups
        for row in deployment.ledger.rows(group)
        if row.window.from_ms < wanted.to_ms and wanted.from_ms < row.window.to_ms
    ]
    held = {group: since for group, since in paused(deployment.ledger).items() if group in groups}
    found = status_of_groups(rows, held, deployment.clock.now_ms(), deployment.settings().settle_after_ms)
    windows = sum(sum(group.counts.values()) for group in found)
    failed = [*_refused(deployment, plan, groups, asked_ms)]
    failed += [f"{row.log_group} {row.window} is {row.state.value}: {row.reason}" for g in found for row in g.failed]
    done = {row.log_group for row in rows} - {group.log_group for group in found if group.pending}
    failed += [f"{group} is paused" for group in held if group not in done]
    pending = sum(group.pending for group in found)
    if pending:
        waiting = f"{windows - pending:,} of {counted(windows, 'window')} done"
        return ExportProgress(windows, waiting, (*failed, *stopped))
    noted = {table for table, gap in values(deployment.ledger, CATALOG_GAP).items() if gap.missing}
    lacking = sorted({row.table for row in rows} & noted)
    waiting = f"Waiting for the crawler to bring in {', '.join(lacking)}" if lacking else ""
    return ExportProgress(windows, waiting, tuple(failed))


def _refused(
    deployment: Deployment, plan: ExportPlan, groups: tuple[LogGroupName, ...], asked_ms: EpochMs
) -> Iterator[str]:
    """What the export job said since then of the request or of its log groups."""
    if deployment.control.exists(f"{REJECTED}{plan.key[len(REQUESTS) :]}.json"):
        yield f"the export job rejected {plan.key}"
    for run in deployment.runs():
        if run.remarks_ms > asked_ms:
            yield from (said for said in run.remarks if said.startswith(tuple(f"{group}: " for group in groups)))
