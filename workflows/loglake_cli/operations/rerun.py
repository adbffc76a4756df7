"""Opening windows again that FAILED: to be converted where their raw objects are there, else to be exported."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.row import LedgerRow, WindowState, pending_around
from loglake.core.outcome import EXPORT, Outcome, RunNote
from loglake.core.planning.export_again import again, why_not_again
from loglake.core.units import EPOCH
from loglake.errors import LedgerConflictError
from loglake.pipelines.reconvert import Convertible, look_for_raw, of_objects, reopen
from loglake_cli.operations.rerun_landed import look_again, what_is_there
from loglake_cli.operations.snapshot import landed_objects

if TYPE_CHECKING:
    from loglake.core.cloud_types import LogGroup
    from loglake.core.units import LogGroupName
    from loglake_cli.operations.deployment import Deployment

_NOT_KEPT = "it has to be exported again, and a local run keeps no log groups: start another `loglake local run`"


@dataclass(frozen=True)
class Retry:
    """What can be done about windows that FAILED.

    Attributes:
        convert: windows whose raw objects are all there.
        export: windows that have to be exported again.
        left: windows for which there is no way, or no need, each with the reason in words.
        landed: landed objects that could not be read, which every run looks at again.
        gone: keys of landed objects without which windows are converted, since a person accepts that.
        stopped: jobs whose last run failed as a whole, and whose work another run can do.
        elsewhere: log groups of which windows failed that no pattern means, in order.
    """

    convert: tuple[Convertible, ...] = ()
    export: tuple[LedgerRow, ...] = ()
    left: tuple[tuple[LedgerRow, str], ...] = ()
    landed: int = 0
    gone: frozenset[str] = frozenset()
    stopped: tuple[str, ...] = ()
    elsewhere: tuple[LogGroupName, ...] = field(default=(), compare=False)  # told, but nothing is done about them

    @property
    def empty(self) -> bool:
        """Whether nothing that is meant has failed."""
        return not (self.convert or self.export or self.left or self.landed or self.stopped)


@dataclass(frozen=True)
class Retried:
    """What was opened again.

    Attributes:
        converting: windows that are to be converted.
        exporting: windows that are to be exported, and `held` those of them whose log group is paused.
        woken: whether the workflow was.
    """

    converting: tuple[LedgerRow, ...] = ()
    exporting: tuple[LedgerRow, ...] = ()
    held: tuple[LedgerRow, ...] = ()
    woken: bool = False


def is_meant(log_group: str, patterns: Sequence[str]) -> bool:
    """Whether patterns name a log group; no pattern names all."""
    return not patterns or any(fnmatchcase(log_group, pattern) for pattern in patterns)


def failed_windows(rows: Iterable[LedgerRow], patterns: Sequence[str]) -> list[LedgerRow]:
    """The FAILED windows that patterns mean; without any pattern, those that nobody has dismissed."""
    failed = (row for row in rows if row.state is WindowState.FAILED)
    return [row for row in failed if is_meant(row.log_group, patterns) and (patterns or row.is_trouble)]


def failed_elsewhere(rows: Iterable[LedgerRow], patterns: Sequence[str]) -> tuple[LogGroupName, ...]:
    """The log groups, in order, that have FAILED windows and that patterns do not mean, as where one is mistyped."""
    return tuple(sorted({row.log_group for row in failed_windows(rows, ()) if not is_meant(row.log_group, patterns)}))


def failed_objects(landed: Iterable[LandedObject], patterns: Sequence[str]) -> int:
    """How many landed objects could not be read. They belong to no log group, so a pattern means none of them."""
    return 0 if patterns else sum(each.state is LandedState.FAILED for each in landed)


def stopped_jobs(runs: Iterable[RunNote], patterns: Sequence[str], *, exports: bool) -> tuple[str, ...]:
    """The jobs whose last run failed as a whole, so that windows wait which did not fail; a pattern means none of them.

    Args:
        runs: how the last run of each job went.
        patterns: of log groups.
        exports: there are log groups to export from.
    """
    stopped = [run.job for run in runs if run.outcome is Outcome.FAILED and (exports or run.job != EXPORT)]
    return () if patterns else tuple(stopped)


def plan_retry(deployment: Deployment, patterns: Sequence[str], *, accept_fewer: bool = False) -> Retry:
    """Looks at what failed, of log groups of some patterns or of all; changes nothing.

    A window whose second export failed, and of which there can be no third, is converted from the first one's objects
    where these are there: what it then has is what it had. A window that lies in a wider one, which is on its way to
    take its place or is opened again too, is left to that. One that was dismissed is meant only by a pattern. Where a
    person accepts fewer events, a landed window goes on without the raw objects that are gone.
    """
    rows = list(deployment.ledger.in_states(WindowState.FAILED))
    failed, elsewhere = failed_windows(rows, patterns), failed_elsewhere(rows, patterns)
    left = _left_to_wider(deployment, failed)
    held = {row for row, _ in left}
    rows = [row for row in failed if row not in held]
    fewer = [found for row in rows if accept_fewer and (found := what_is_there(deployment, row))]
    accepted = {(found.window.row.log_group, found.window.row.window) for found in fewer}
    rows = [row for row in rows if (row.log_group, row.window) not in accepted]
    survivors = look_for_raw(rows, deployment.control, deployment.raw)
    groups = _log_groups(deployment, [row for row, _ in survivors.gone])
    convert, export = [*survivors.whole, *(found.window for found in fewer)], []
    for row, missing in survivors.gone:
        reason = _why_left(deployment, row, missing, groups)
        before = _exported_before(deployment, row) if reason and not row.landed else None
        if before:
            convert.append(before)
        elif reason:
            left.append((row, reason))
        else:
            export.append(row)
    landed = failed_objects(landed_objects(deployment), patterns)
    stopped = stopped_jobs(deployment.runs(), patterns, exports=deployment.tasks is not None)
    gone = frozenset(key for found in fewer for key in found.gone)
    return _without_inner(Retry(tuple(convert), tuple(export), tuple(left), landed, gone, stopped, elsewhere))


def retry(deployment: Deployment, plan: Retry, *, accept_fewer: bool = False) -> Retried:
    """Opens the windows again under their next generation, and wakes the workflow. What another run changed is left.

    Args:
        deployment: where.
        plan: which windows.
        accept_fewer: a pass may take away more events than it brings.
    """
    if plan.gone:
        look_again(deployment, plan.gone)
    convert = [replace(each, row=replace(each.row, events_before=None)) for each in plan.convert if accept_fewer]
    converting = reopen(convert or plan.convert, deployment.ledger, deployment.control, deployment.clock)
    exporting = []
    for row in plan.export:
        opened = again(row, deployment.clock.now_ms(), events_before=None if accept_fewer else row.events_before)
        with suppress(LedgerConflictError):
            deployment.ledger.replace(opened)
            exporting.append(opened)
    woken = bool(converting or exporting or plan.landed or plan.stopped)
    if woken:
        deployment.wake()
    paused = deployment.ledger.paused()
    held = tuple(row for row in exporting if row.log_group in paused)
    return Retried(tuple(converting), tuple(exporting), held, woken)


def _left_to_wider(deployment: Deployment, failed: Sequence[LedgerRow]) -> list[tuple[LedgerRow, str]]:
    """Windows whose place a wider one is about to take, each with that in words."""
    groups = {name: deployment.ledger.rows(name) for name in {row.log_group for row in failed}}
    wider = [(row, pending_around(row, groups[row.log_group])) for row in failed]
    told = "a wider window is on its way to take its place, and brings what it lacks"
    return [(row, f"{told}: {other.window}") for row, other in wider if other]


def _without_inner(plan: Retry) -> Retry:
    """A plan that opens no window inside another that it opens."""
    opened = [*(each.row for each in plan.convert), *plan.export]
    inner = {row for row in opened if any(row.lies_in(other) for other in opened)}
    told = "a wider window, which takes its place, is opened again"
    return replace(
        plan,
        convert=tuple(each for each in plan.convert if each.row not in inner),
        export=tuple(row for row in plan.export if row not in inner),
        left=(*plan.left, *((row, told) for row in opened if row in inner)),
    )


def _log_groups(deployment: Deployment, rows: Sequence[LedgerRow]) -> Mapping[LogGroupName, LogGroup] | None:
    """The log groups as CloudWatch tells them, as far as they matter; None where they are not kept."""
    if deployment.tasks is None:
        return None
    inside = deployment.ledger.rows_inside
    if all(row.generation == 1 and not inside(row.log_group, row.window) for row in rows):
        return {}
    return {group.name: group for group in deployment.tasks.log_groups()}


def _why_left(
    deployment: Deployment, row: LedgerRow, missing: str, groups: Mapping[LogGroupName, LogGroup] | None
) -> str:
    """Why a window can't be exported again; empty where it can."""
    if row.landed:
        fewer = f"loglake retry --accept-fewer --log-group {shlex.quote(row.log_group)}"
        return f"{missing} is gone: put it back, and retry; or go on with the others: {fewer}"
    if groups is None:
        return _NOT_KEPT
    inside = deployment.ledger.rows_inside(row.log_group, row.window)
    if row.generation == 1 and not inside:
        return ""
    group = groups.get(row.log_group)
    return why_not_again(row, group, deployment.clock.now_ms(), inside) if group else "its log group is gone"


def _exported_before(deployment: Deployment, row: LedgerRow) -> Convertible | None:
    """A window with the objects of the newest generation before this one that has all of its own."""
    for generation in range(row.generation - 1, 0, -1):
        older = replace(row, generation=generation, digest="")  # what is noted is of this generation's list
        for found in look_for_raw([older], deployment.control, deployment.raw).whole:
            # When that generation was exported is not known any more, so it counts as fresh: it is exported once more.
            return Convertible(of_objects(row, found.objects, EPOCH), found.objects)
    return None
