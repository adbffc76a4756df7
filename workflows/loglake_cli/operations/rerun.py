"""Retries failed windows: converts them if their raw objects exist, else exports them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from loglake.core.cloud_types import LogGroup
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.row import CLOSED, LedgerRow, Version, WindowState, pending_around
from loglake.core.planning.replacing import why_rows_stay
from loglake.core.run.outcome import EXPORT, Outcome, RunNote
from loglake.core.state_items import paused
from loglake.core.units import LogGroupName
from loglake.errors import LedgerConflictError
from loglake.pipelines.reconvert import Convertible, check_raw, look_at, reopen
from loglake_cli.local.kept_ledger import kept_contents
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.evidence import Evidence
from loglake_cli.operations.selection import ALL, Selection
from loglake_cli.wording import command


@dataclass(frozen=True)
class RerunPlan:
    """The plan for failed windows.

    Attributes:
        convert: windows with all of their raw objects.
        export: windows that have to be exported again.
        left: windows that can't or need not be retried, each with the reason in words.
        landed: unreadable landed objects, which every run reads again.
        stopped: jobs with a failed last run; another run can do their work.
        elsewhere: log groups with failed windows outside of the selection, in order.
    """

    convert: tuple[Convertible, ...] = ()
    export: tuple[LedgerRow, ...] = ()
    left: tuple[tuple[LedgerRow, str], ...] = ()
    landed: int = 0
    stopped: tuple[str, ...] = ()
    elsewhere: tuple[LogGroupName, ...] = field(default=(), compare=False)  # only shown

    @property
    def empty(self) -> bool:
        """Whether nothing of the selection has failed."""
        return not (self.convert or self.export or self.left or self.landed or self.stopped)


@dataclass(frozen=True)
class Reopened:
    """What is retried, or would be.

    Attributes:
        converting: windows to convert.
        exporting: windows to export; `held`: those of them in paused log groups.
        woken: whether the workflow was woken.
    """

    converting: tuple[LedgerRow, ...] = ()
    exporting: tuple[LedgerRow, ...] = ()
    held: tuple[LedgerRow, ...] = ()
    woken: bool = False


def failed_windows(rows: Iterable[LedgerRow], chosen: Selection) -> list[LedgerRow]:
    """The failed windows of a selection. Ignored ones count only if it names log groups."""
    failed = (row for row in rows if row.state is WindowState.FAILED and chosen.has(row))
    return [row for row in failed if chosen.log_groups or row.is_trouble]


def failed_elsewhere(rows: Iterable[LedgerRow], chosen: Selection) -> tuple[LogGroupName, ...]:
    """The log groups, in order, with failed windows outside of a selection, such as after a typing error."""
    return tuple(sorted({row.log_group for row in failed_windows(rows, ALL) if not chosen.has(row)}))


def has_failed(kept: Evidence, chosen: Selection) -> bool:
    """Whether a kept local run has anything to retry; checked before an embedded AWS is started for it."""
    stopped = _stopped_jobs(kept.runs(), chosen, exports=False)
    return bool(stopped or failed_windows(kept.ledger.all_rows(), chosen) or _failed_objects(kept.landed(), chosen))


def plan_rerun(deployment: Deployment, chosen: Selection = ALL) -> RerunPlan:
    """Plans the retry of what failed; changes nothing.

    A failed window is skipped if a wider window that replaces it is pending or reopened too.
    """
    rows = list(deployment.ledger.in_states(WindowState.FAILED))
    return replace(
        plan_windows(deployment, failed_windows(rows, chosen)),
        landed=_failed_objects(deployment.landed(), chosen),
        stopped=_stopped_jobs(deployment.runs(), chosen, exports=deployment.tasks is not None),
        elsewhere=failed_elsewhere(rows, chosen),
    )


def plan_windows(
    deployment: Deployment, failed: Sequence[LedgerRow], ready: Mapping[LedgerRow, Convertible] | None = None
) -> RerunPlan:
    """Plans the retry of failed windows; changes nothing.

    If a window's second export failed and it can't be exported a third time, it is converted from the objects of the
    first export, if they exist. It then has the same rows as before.

    Args:
        deployment: where.
        failed: the windows.
        ready: windows to convert from these objects in any case.
    """
    given = ready or {}
    left = _left_to_wider(deployment, failed)
    held = {row for row, _ in left}
    rows = [row for row in failed if row not in held]
    raw = check_raw([row for row in rows if row not in given], deployment.control, deployment.raw)
    groups = _log_groups(deployment, [row for row, _ in raw.gone])
    convert, export = [*raw.whole, *(given[row] for row in rows if row in given)], []
    for row, missing in raw.gone:
        reason = _why_left(deployment, row, missing, groups)
        before = _exported_before(deployment, row) if reason and not row.landed else None
        if before:
            convert.append(before)
        elif reason:
            left.append((row, reason))
        else:
            export.append(row)
    return _without_inner(RerunPlan(tuple(convert), tuple(export), tuple(left)))


def rerun(deployment: Deployment, plan: RerunPlan, *, accept_fewer: bool = False) -> Reopened:
    """Reopens the windows under their next generation, and wakes the workflow.

    Windows that another run changed are left.

    Args:
        deployment: where.
        plan: which windows.
        accept_fewer: they may remove more events than they add.
    """
    converting = reopen(
        plan.convert, deployment.ledger, deployment.control, deployment.clock, accept_fewer=accept_fewer
    )
    exporting = []
    for row in plan.export:
        opened = row.retry(deployment.clock.now_ms(), accepts_fewer=accept_fewer)
        with suppress(LedgerConflictError):
            deployment.ledger.replace(opened)
            exporting.append(opened)
    woken = bool(converting or exporting or plan.landed or plan.stopped)
    if woken:
        deployment.wake()
    return Reopened(tuple(converting), tuple(exporting), _held(deployment, exporting), woken)


def foreseen(deployment: Deployment, plan: RerunPlan) -> Reopened:
    """What applying a plan would reopen."""
    return Reopened(tuple(each.row for each in plan.convert), plan.export, _held(deployment, plan.export))


def unfinished(reopened: Sequence[LedgerRow], keep: Path) -> list[str]:
    """The windows of a kept local run that should have been converted again and were not, in words."""
    now = {row.name: row for row in kept_contents(keep).all_rows()}
    ends = ((row.generation, now[row.name]) for row in reopened)
    # If the current version was converted again, an earlier failure may remain.
    left = (row for generation, row in ends if not _is_done(row, generation))
    return [f"{row.log_group} {row.window} is {row.state.value}: {row.reason}" for row in left]


def _is_done(row: LedgerRow, generation: int) -> bool:
    return row.state in CLOSED or (row.live is not None and row.live.generation >= generation)


def _failed_objects(landed: Iterable[LandedObject], chosen: Selection) -> int:
    """How many landed objects are unreadable. They belong to no log group and no table."""
    return sum(each.state is LandedState.FAILED for each in landed) if chosen.is_all else 0


def _stopped_jobs(runs: Iterable[RunNote], chosen: Selection, *, exports: bool) -> tuple[str, ...]:
    """The jobs with a failed last run: other windows may wait because of it.

    Args:
        runs: how the last run of each job went.
        chosen: what a person means.
        exports: there are log groups to export from.
    """
    stopped = [run.job for run in runs if run.outcome is Outcome.FAILED and (exports or run.job != EXPORT)]
    return tuple(stopped) if chosen.is_all else ()


def _held(deployment: Deployment, exporting: Sequence[LedgerRow]) -> tuple[LedgerRow, ...]:
    groups = paused(deployment.ledger)
    return tuple(row for row in exporting if row.log_group in groups)


def _left_to_wider(deployment: Deployment, failed: Sequence[LedgerRow]) -> list[tuple[LedgerRow, str]]:
    """Windows that a wider one is about to replace, each with the reason in words."""
    groups = {name: deployment.ledger.rows(name) for name in {row.log_group for row in failed}}
    wider = [(row, pending_around(row, groups[row.log_group])) for row in failed]
    reason = "a wider window is about to replace it, and has what it lacks"
    return [(row, f"{reason}: {other.window}") for row, other in wider if other]


def _without_inner(plan: RerunPlan) -> RerunPlan:
    """The plan without windows inside other windows that it reopens."""
    opened = [*(each.row for each in plan.convert), *plan.export]
    inner = {row for row in opened if any(row.lies_in(other) for other in opened)}
    reason = "a wider window that replaces it is reopened"
    return replace(
        plan,
        convert=tuple(each for each in plan.convert if each.row not in inner),
        export=tuple(row for row in plan.export if row not in inner),
        left=(*plan.left, *((row, reason) for row in opened if row in inner)),
    )


def _log_groups(deployment: Deployment, rows: Sequence[LedgerRow]) -> Mapping[LogGroupName, LogGroup] | None:
    """The log groups as CloudWatch tells them, as far as they matter; None if they are not kept."""
    if deployment.tasks is None:
        return None
    if not any(row.live or deployment.ledger.rows_inside(row.log_group, row.window) for row in rows):
        return {}
    return {group.name: group for group in deployment.tasks.log_groups()}


def _why_left(
    deployment: Deployment, row: LedgerRow, missing: str, groups: Mapping[LogGroupName, LogGroup] | None
) -> str:
    """Why a window can't be exported again; empty if it can."""
    if row.landed:
        go_on = "" if row.holds_exports else f"; or go on with the others: {command('accept', names=[row.log_group])}"
        return f"{missing} is gone: put it back, and run this again{go_on}"
    if groups is None:
        return "it has to be exported again, and a local run keeps no log groups: start another `loglake local run`"
    inside = deployment.ledger.rows_inside(row.log_group, row.window)
    if not row.live and not inside:
        return ""
    group = groups.get(row.log_group)
    return why_rows_stay(row, group, deployment.clock.now_ms(), inside) if group else "its log group is gone"


def _exported_before(deployment: Deployment, row: LedgerRow) -> Convertible | None:
    """A window with the objects of the newest earlier generation that still has all of them."""
    for version in _before(row):
        found = look_at(row, version, deployment.control, deployment.raw)
        if isinstance(found, Convertible):
            # Not as a reconversion of the current version, which would leave the failure unresolved.
            return replace(found, version=Version.of(version)) if version is row.current else found
    return None


def _before(row: LedgerRow) -> Iterator[Version]:
    """Versions, the newest first, without the one that `check_raw` looks for.

    An unnoted export time counts as fresh, so that the window is exported once more.
    """
    known: dict[int, Version] = {each.generation: each for each in (row.current, row.failure) if each}
    if row.failure and row.failure.reconversion:
        yield row.failure
    yield from (known.get(number, Version(number)) for number in range(row.newest.generation - 1, 0, -1))
