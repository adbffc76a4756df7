"""A deployment's status as text: a line for each log group, a summary, and the next step for each problem."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from heapq import nlargest

from loglake.core.catalog_gaps import CatalogGap
from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import EXPORT, RunNote
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, format_instant
from loglake_cli.operations.standing.status import FEW, SHOWN, GroupStatus, Status
from loglake_cli.operations.verify.damage import named_windows
from loglake_cli.operations.verify.quick import LostFiles
from loglake_cli.wording import command, counted

COLUMNS = ("log group", "table", "way", "complete until", "behind", "fresh", "waiting", "failed", "rows", "quarantined")
NUMBERS = frozenset(COLUMNS) - {"log group", "table", "way"}
SPARE = ("way", "table", "quarantined", "fresh", "waiting", "rows")
"""Columns that a narrow terminal leaves out, the first one first."""

_NAMED = 3
"""How many missing columns a sentence names."""


def lines(groups: Iterable[GroupStatus]) -> list[list[str]]:
    """A line of `COLUMNS` for each log group."""
    return [
        [
            group.log_group,
            group.table or "-",
            ", ".join(group.ways) or "-",
            moment(group.complete_until_ms),
            "-" if group.lag_ms is None else duration(group.lag_ms),
            f"{group.days.fresh:,}",
            f"{group.waiting:,}" + (" paused" if group.paused_since_ms is not None else ""),
            f"{len(group.failed):,}",
            f"{group.accounting.rows_out:,}",
            f"{group.accounting.quarantined:,}",
        ]
        for group in groups
    ]


def most_urgent(groups: Sequence[GroupStatus]) -> list[GroupStatus]:
    """Of many log groups, those with most failed windows, and then those that are most behind; of few, all."""
    if len(groups) <= FEW:
        return list(groups)
    return nlargest(SHOWN, groups, key=lambda group: (len(group.failed), group.lag_ms or 0))


def first_of(sentences: Sequence[str], about: str, most: int | None) -> list[str]:
    """The first of many sentences about log groups, and how many there are more."""
    more = len(sentences) - (most or len(sentences))
    rest = [f"{counted(more, 'more log group')} {about}: --all shows them."] if more > 0 else []
    return [*sentences[:most], *rest]


def problems(status: Status, where: str, most: int | None = None) -> list[str]:
    """Problems that need a person, each with what to do.

    Args:
        most: so many log groups are named; None names all.
        status: of a deployment.
        where: the options that name the deployment, such as ``--lake aws:loglake``; may be empty.
    """
    problems = [
        *([_unreadable(status)] if status.unreadable else []),
        *(_stopped(run, status, where) for run in status.stopped),
        *first_of([_failed(group, where) for group in status.groups if group.failed], "with failed windows", most),
        *(_lost(lost, where) for lost in status.lost),
        *(
            f"{lacking(gap)}, after {counted(gap.wakes, 'try', 'tries')}. Look at the crawler's log and at the "
            "Location of the catalog's table, then start the crawler."
            for gap in status.gaps
            if gap.given_up
        ),
    ]
    landed = status.landed
    if landed.failed:
        first = landed.unread[0]
        problems.append(
            f"{counted(landed.failed, 'landed object')} can't be read, such as {first.key}: {sentence(first.reason)} "
            "Each run reads them again: do what it says, or delete them, and then: " + command("rerun", where)
        )
    return problems


def summary(status: Status) -> str:
    """All of it in one sentence."""
    if not status.groups and not status.landed.known:
        return "No log group has a window yet: a request or the schedule gives it one."
    counts = {state: sum(group.counts.get(state, 0) for group in status.groups) for state in WindowState}
    states = ", ".join(f"{count:,} {state.value}" for state, count in counts.items() if count)
    windows = counted(sum(counts.values()), "window")
    return f"{counted(len(status.groups), 'log group')}, {windows}" + (f": {states}" if states else "")


def moment(ms: int | None) -> str:
    """``2026-11-21 08:30``, or a dash."""
    return "-" if ms is None else format_instant(ms)[:16].replace("T", " ")


def duration(ms: int) -> str:
    """In a suitable unit: ``45 min``, ``3.5 h``, ``12 d``."""
    if ms < MS_PER_HOUR:
        return f"{ms // MS_PER_MINUTE} min"
    return f"{ms / MS_PER_HOUR:.1f} h" if ms < 2 * MS_PER_DAY else f"{ms // MS_PER_DAY} d"


def _unreadable(status: Status) -> str:
    found = "; ".join(f"{item.key} ({item.reason})" for item in status.unreadable[:SHOWN])
    more = len(status.unreadable) - SHOWN
    rest = f"; and {more:,} more" if more > 0 else ""
    return (
        f"{counted(len(status.unreadable), 'item')} of the ledger can't be read: {found}{rest}. What depends on "
        f"{'it' if len(status.unreadable) == 1 else 'them'} waits, and all else goes on. "
        f"{_HOW_KEPT if status.kept else _HOW}"
    )


_HOW = (
    "Put back what was there, such as from a point-in-time restore of the ledger table, or deploy the newer loglake "
    "that wrote it: the next run goes on."
)
_HOW_KEPT = "Put back what was in ledger.json, or start another `loglake local run`."


def _stopped(run: RunNote, status: Status, where: str) -> str:
    """A failed run. No row shows it, or only the row that it worked on."""
    text = f"The last run of the {run.job} job failed, {moment(run.ended_ms)}: {sentence(run.error)}"
    if status.kept and run.job == EXPORT:
        return f"{text} When the cause is gone, start another `loglake local run`: this one keeps no log groups."
    goes_on = "No window is lost by that: the next run goes on where this one stopped."
    return f"{text} {goes_on} When the cause is gone, to have it now: {command('rerun', where)}"


def _lost(lost: LostFiles, where: str) -> str:
    of = [counted(len(lost.windows), "window")] if lost.windows else []
    of += [counted(len(lost.compacted), "compacted file")] if lost.compacted else []
    first = named_windows(lost.windows[:1]) if lost.windows else lost.compacted[0]
    what = f"{lost.table}: rows are gone or damaged, those of {' and '.join(of)}, such as {first}"
    see = command("verify", where, names=[lost.table])
    return f"{what}. To see all: {see}; to repair it: {command('rerun --damaged', f'--table {lost.table}', where)}"


def _failed(group: GroupStatus, where: str) -> str:
    last = max(group.failed, key=lambda row: row.updated_at_ms)
    first = f"{group.log_group}: {counted(len(group.failed), 'window')} failed, the last one {last.window}: "
    ignore = command("ignore", where, names=[group.log_group])
    again = rerun_of(group, where)
    return f"{first}{sentence(last.reason)} If nothing is to be done: {ignore}; when the cause is gone: {again}"


def rerun_of(group: GroupStatus, where: str) -> str:
    """The command that tries a log group's windows again."""
    return command("rerun", f"--log-group {shlex.quote(group.log_group)}", where)


def lacking(gap: CatalogGap) -> str:
    """``Some rows of app_shop can't be queried yet: the catalog lacks 2 columns (n, ok) and 1 partition``."""
    columns, partitions = gap.missing.columns, gap.missing.partitions
    names = ", ".join(columns[:_NAMED]) + (", ..." if len(columns) > _NAMED else "")
    lacks = [f"{counted(len(columns), 'column')} ({names})"] if columns else []
    lacks += [counted(len(partitions), "partition")] if partitions else []
    return f"Some rows of {gap.table} can't be queried yet: the catalog lacks {' and '.join(lacks)}"


def sentence(text: str) -> str:
    """The first line of a text, with a full stop."""
    text = text.partition("\n")[0]  # what comes after it is a traceback, which --json has
    return text if text.endswith((".", "!", "?")) else f"{text}."
