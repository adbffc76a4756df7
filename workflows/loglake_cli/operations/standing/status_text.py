"""A deployment's status as text: a line for each log group, and the next step for each problem."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from loglake.core.catalog_gaps import CatalogGap
from loglake.core.format_share import in_words
from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import EXPORT, RunNote
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs, format_instant
from loglake.core.windows import Window
from loglake_cli.operations.standing.status import SHOWN, GroupStatus, LandedStatus, SlotStatus, Status
from loglake_cli.operations.verify.damage import named_windows
from loglake_cli.operations.verify.quick import LostFiles
from loglake_cli.wording import command, counted

COLUMNS = ("log group", "table", "complete until", "behind", "fresh", "waiting", "failed", "rows", "quarantined")
NUMBERS = frozenset(COLUMNS) - {"log group", "table"}
SPARE = ("table", "quarantined", "fresh", "waiting", "rows")
"""Columns that a narrow terminal leaves out, the first one first."""

_NAMED = 3
"""How many missing columns a sentence names."""

_OVERDUE_MS = 2 * MS_PER_DAY
"""A day that has not settled this long after it could have is reported."""


def lines(status: Status) -> list[list[str]]:
    """A line of `COLUMNS` for each log group."""
    return [[cells[name] for name in COLUMNS] for cells in map(_cells, status.groups)]


def _cells(group: GroupStatus) -> dict[str, str]:
    return {
        "log group": group.log_group,
        "table": group.table or "-",
        "complete until": moment(group.complete_until_ms),
        "behind": "-" if group.lag_ms is None else duration(group.lag_ms),
        "fresh": f"{group.days.fresh:,}",
        "waiting": f"{group.waiting:,}" + (" paused" if group.paused_since_ms is not None else ""),
        "failed": f"{len(group.failed):,}",
        "rows": f"{group.rows:,}",
        "quarantined": f"{group.quarantined:,}",
    }


def problems(status: Status, where: str) -> list[str]:
    """Problems that need a person, each with what to do.

    Args:
        status: of a deployment.
        where: the options that name the deployment, such as ``--aws loglake``; may be empty.
    """
    problems = [_unreadable(status)] if status.unreadable else []
    problems += [_stopped(run, status, where) for run in status.stopped]
    problems += [_failed(group, where) for group in status.groups if group.failed]
    problems += [_lost(lost, where) for lost in status.lost]
    problems += [_given_up(gap) for gap in status.gaps if gap.given_up]
    landed = status.landed
    if landed.failed:
        first = landed.unread[0]
        problems.append(
            f"{counted(landed.failed, 'landed object')} can't be read, such as {first.key}: {_sentence(first.reason)} "
            "Each run reads them again: do what it says, or delete them, and then: " + command("rerun", where)
        )
    return problems


def notes(status: Status, where: str) -> list[str]:
    """What is good to know."""
    unread = {str(item) for item in status.unreadable}
    reported = {run.error for run in status.stopped} | unread
    problems = [note for group in status.groups for note in _group_notes(group, where, reported, kept=status.kept)]
    problems += [
        f"The {run.job} job, {moment(run.remarks_ms)}: {_sentence(said)}"
        for run in status.runs
        for said in run.remarks
        if said not in unread
    ]
    problems += [_gap(gap) for gap in status.gaps if not gap.given_up]
    problems += [_gone(name) for name in status.gone[:SHOWN]]
    if not status.kept:  # a local run exports each window once
        problems += _settling_notes(status)
    problems += [_gaps(group, where, exports=not status.kept) for group in status.groups if group.gaps]
    problems += _read_notes(status)
    problems += _violation_notes(status, where)
    if status.landed.quarantined or any(group.quarantined for group in status.groups):
        problems.append(f"To see what is in quarantine, and why: {command('quarantine show', where)}")
    if status.landed.known:
        problems += _landed_notes(status.landed)
    if status.slot:
        problems.append(_slot(status.slot))
    if status.lake_unknown:
        problems.append(f"Whether files of the tables are gone is not known: {_sentence(status.lake_unknown)}")
    return problems


def summary(status: Status) -> str:
    """All of it in one sentence."""
    if not status.groups and not status.landed.known:
        return "No log group has a window yet: a request or the schedule gives it one."
    # Replaced windows say nothing about the state.
    live = [state for state in WindowState if state is not WindowState.SUPERSEDED]
    counts = {state: sum(group.counts.get(state, 0) for group in status.groups) for state in live}
    states = ", ".join(f"{count:,} {state.value}" for state, count in counts.items() if count)
    windows = counted(sum(counts.values()), "window")
    return f"{counted(len(status.groups), 'log group')}, {windows}" + (f": {states}" if states else "")


def document(status: Status, where: str) -> dict[str, Any]:
    """The status as one JSON-ready document; times are ISO 8601, UTC."""
    landed = status.landed
    return {
        "at": format_instant(status.now_ms),
        "log_groups": [{**_group_document(group), "done": status.is_done(group)} for group in status.groups],
        "landed_objects": {
            "known": landed.known,
            "failed": landed.failed,
            "failed_objects": [{"key": each.key, "reason": each.reason} for each in landed.unread],
            "quarantined": landed.quarantined,
            "skipped_log_groups": list(landed.skipped),
            "more_skipped_log_groups": landed.more_skipped,
        },
        "runs": {run.job: _run_document(run) for run in status.runs},
        "catalog_gaps": [_gap_document(gap) for gap in status.gaps],
        "export_slot": _slot_document(status.slot) if status.slot else None,
        "unreadable_items": [{"key": item.key, "reason": item.reason} for item in status.unreadable],
        "problems": problems(status, where),
        "gone": list(status.gone),
        "lost_files": [_lost_document(lost) for lost in status.lost],
        "notes": notes(status, where),
    }


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
    text = f"The last run of the {run.job} job failed, {moment(run.ended_ms)}: {_sentence(run.error)}"
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
    again = _rerun_of(group, where)
    return f"{first}{_sentence(last.reason)} If nothing is to be done: {ignore}; when the cause is gone: {again}"


def _rerun_of(group: GroupStatus, where: str) -> str:
    return command("rerun", f"--log-group {shlex.quote(group.log_group)}", where)


def _group_notes(group: GroupStatus, where: str, reported: Collection[str], *, kept: bool) -> Iterator[str]:
    if group.paused_since_ms is not None:
        held = group.counts.get(WindowState.PLANNED, 0)
        since = f"{group.log_group} is paused since {moment(group.paused_since_ms)}"
        waits = f", and {counted(held, 'window')} of it wait" + ("s" if held == 1 else "") if held else ""
        go_on = f"To go on: {command('resume', where, names=[group.log_group])}"
        yield f"{since}{waits}. {'Nothing more is exported from what a local run kept.' if kept else go_on}"
    if group.ignored:
        ignored = counted(group.ignored, "failed window")
        yield f"{group.log_group}: {ignored} ignored. To try again: {_rerun_of(group, where)}"
    if group.last_error and not group.failed and group.last_error not in reported:
        again = "" if group.held_until_ms else " The next run tries again."
        yield f"{group.log_group}: {_sentence(group.last_error)}{again}"


def _given_up(gap: CatalogGap) -> str:
    return (
        f"{_lacking(gap)}, after {counted(gap.wakes, 'try', 'tries')}. Look at the crawler's log and at the Location "
        "of the catalog's table, then start the crawler."
    )


def _gap(gap: CatalogGap) -> str:
    if gap.is_new:
        return f"{_lacking(gap)}. The next run sees to it."
    asked = "A crawl was requested" if gap.needs_crawl else "A run will register them"
    return f"{_lacking(gap)}. {asked}; the next check is at {moment(gap.not_before_ms)}."


def _lacking(gap: CatalogGap) -> str:
    """``Some rows of app_shop can't be queried yet: the catalog lacks 2 columns (n, ok) and 1 partition``."""
    columns, partitions = gap.missing.columns, gap.missing.partitions
    names = ", ".join(columns[:_NAMED]) + (", ..." if len(columns) > _NAMED else "")
    lacks = [f"{counted(len(columns), 'column')} ({names})"] if columns else []
    lacks += [counted(len(partitions), "partition")] if partitions else []
    return f"Some rows of {gap.table} can't be queried yet: the catalog lacks {' and '.join(lacks)}"


def _gone(log_group: str) -> str:
    return f"{log_group}: the log group is gone. Its rows stay in the table, and no more will come."


def _settling_notes(status: Status) -> Iterator[str]:
    """One line for all log groups: every day brings a settled pass for every one of them."""
    settling = [group.settling for group in status.groups if group.settling]
    if settling:
        windows = counted(sum(settling), "window") + f" of {counted(len(settling), 'log group')}"
        what = "is pending and has its rows" if sum(settling) == 1 else "are pending and have their rows"
        yield f"{windows} {what} in the table already: the next export replaces them."
    due_ms = status.now_ms - MS_PER_DAY - status.settings.settle_after_ms - _OVERDUE_MS
    late = [(group.days.oldest_unsettled_ms, group.log_group) for group in status.groups]
    overdue = [(midnight_ms, name) for midnight_ms, name in late if midnight_ms is not None and midnight_ms < due_ms]
    if overdue:
        midnight_ms, name = min(overdue)
        groups = counted(len(overdue), "log group") + (" has" if len(overdue) == 1 else " have")
        oldest = f"days that should have settled by now, the oldest is {moment(midnight_ms)[:10]} of {name}"
        yield f"{groups} {oldest}: their late events are exported when the export slot is free."


def _gaps(group: GroupStatus, where: str, exports: bool) -> str:
    first, more = group.gaps[0], len(group.gaps) - 1
    others = f" and {counted(more, 'more such time')}" if more else ""
    text = f"{group.log_group}: no request covers {first}{others} between its windows."
    if not exports:
        return text
    times = f"--from {format_instant(first.from_ms)} --to {format_instant(first.to_ms)}"
    return f"{text} To export it: {command('export', times, where, names=[group.log_group])}"


def _read_notes(status: Status) -> Iterator[str]:
    """How the events of each table were read; ``--json`` has it for each log group."""
    tables: dict[str, Counter[str]] = defaultdict(Counter)
    dropped: Counter[str] = Counter()
    for group in status.groups:
        tables[group.table].update(group.read_as)
        dropped[group.table] += group.dropped
    known = {table: counts for table, counts in sorted(tables.items()) if counts}
    for table, counts in list(known.items())[:SHOWN]:
        left = f" Its own transformation dropped {counted(dropped[table], 'event')}." if dropped[table] else ""
        yield f"{table}: events read as {in_words(counts)}.{left}"
    if len(known) > SHOWN:
        yield f"How the events of {counted(len(known) - SHOWN, 'more table')} were read: see --json."


def _violation_notes(status: Status, where: str) -> Iterator[str]:
    """The tables with events that break their schema contract."""
    broken: Counter[str] = Counter()
    for group in status.groups:
        broken[group.table] += group.violations
    for table, count in sorted((+broken).items())[:SHOWN]:
        see = command("schema violations", where, names=[table])
        yield f"{table}: {counted(count, 'value')} broke the schema setting of the dataset. To see them: {see}"


def _landed_notes(landed: LandedStatus) -> Iterator[str]:
    left = f", {counted(landed.quarantined, 'entry', 'entries')} of quarantine" if landed.quarantined else ""
    yield f"{counted(landed.known, 'landed object')} known, {landed.failed:,} failed{left}."
    if landed.skipped:
        names = ", ".join(name or "(no log group)" for name in landed.skipped) + (
            ", ..." if landed.more_skipped else ""
        )
        yield (
            f"Landed events of {names} are in no table, since no dataset with ingest: landing takes them. "
            "Add one to the datasets file and deploy it; the next run takes them in."
        )


def _slot(slot: SlotStatus) -> str:
    if slot.unknown:
        return f"It is not known who has the account's export slot: {slot.unknown}"
    task = slot.task
    if task is None:
        return "The account's one export slot is free."
    since = f", since {moment(task.created_ms)}" if task.created_ms else ""
    what = f"{task.log_group or 'a log group'} to s3://{task.bucket}/{task.prefix} (task {task.task_id}{since})"
    if slot.ours:
        return f"The account's one export slot is this deployment's: it exports {what}."
    name = f", named {task.name}," if task.name else ""
    return f"The account's one export slot is somebody else's: a task{name} exports {what}. Exports wait until it ends."


def _group_document(group: GroupStatus) -> dict[str, Any]:
    return {
        "log_group": group.log_group,
        "table": group.table or None,
        "complete_until": _instant(group.complete_until_ms),
        "lag_seconds": None if group.lag_ms is None else group.lag_ms // 1000,
        "windows": {
            state.value: group.counts.get(state, 0) for state in WindowState if state is not WindowState.UNREADABLE
        },
        "pending": group.pending,
        "settling": group.settling,
        "days": {
            "fresh": group.days.fresh,
            "settled": group.days.settled,
            "final": group.days.final,
            "oldest_unsettled": _instant(group.days.oldest_unsettled_ms),
        },
        "failed": [
            {"window": _window(row.window), "reason": row.reason, "attempts": row.failure.tries if row.failure else 0}
            for row in group.failed
        ],
        "ignored": group.ignored,
        "last_error": group.last_error or None,
        "gaps": [_window(gap) for gap in group.gaps],
        "rows": group.rows,
        "quarantined": group.quarantined,
        "dropped": group.dropped,
        "violations": group.violations,
        "read_as": dict(group.read_as),
        "paused_since": _instant(group.paused_since_ms),
    }


def _lost_document(lost: LostFiles) -> dict[str, Any]:
    windows = [{"log_group": group, **_window(window)} for group, window in lost.windows]
    return {"table": lost.table, "windows": windows, "compacted": list(lost.compacted)}


def _run_document(run: RunNote) -> dict[str, Any]:
    remarked = _instant(run.remarks_ms) if run.remarks else None
    return {
        "outcome": run.outcome.value,
        "ended": _instant(run.ended_ms),
        "error": run.error or None,
        "remarks": list(run.remarks),
        "remarked": remarked,
    }


def _gap_document(gap: CatalogGap) -> dict[str, Any]:
    return {
        "table": gap.table,
        "columns": list(gap.missing.columns),
        "partitions": list(gap.missing.partitions),
        "crawls_asked_for": gap.wakes,
        "given_up": gap.given_up,
        "next_look": _instant(gap.not_before_ms) if gap.wakes else None,
    }


def _slot_document(slot: SlotStatus) -> dict[str, Any]:
    task = slot.task
    active = task and {
        "task_id": task.task_id,
        "name": task.name,
        "status": task.status,
        "log_group": task.log_group,
        "destination": f"s3://{task.bucket}/{task.prefix}",
        "since": format_instant(task.created_ms) if task.created_ms else None,
    }
    return {"active": active, "ours": slot.ours if task else None, "unknown": slot.unknown or None}


def _window(window: Window) -> dict[str, str]:
    return {"from": format_instant(window.from_ms), "to": format_instant(window.to_ms)}


def _instant(ms: EpochMs | None) -> str | None:
    return None if ms is None else format_instant(ms)


def _sentence(text: str) -> str:
    text = text.partition("\n")[0]  # what comes after it is a traceback, which --json has
    return text if text.endswith((".", "!", "?")) else f"{text}."
