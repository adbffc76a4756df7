"""What is good to know about a deployment's status, in sentences."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator

from loglake.core.catalog_gaps import CatalogGap
from loglake.core.format_share import in_words
from loglake.core.ledger.row import Queue
from loglake.core.run.outcome import LOOK, REMARKS_KEPT_MS, QueueWaiting
from loglake.core.units import MS_PER_DAY, format_instant
from loglake_cli.operations.standing.status import SHOWN, GroupStatus, LandedStatus, SlotStatus, Status
from loglake_cli.operations.standing.status_text import duration, first_of, lacking, moment, rerun_of, sentence
from loglake_cli.wording import command, counted

_OVERDUE_MS = 2 * MS_PER_DAY
"""A day that has not settled this long after it could have is reported."""


def notes(status: Status, where: str, most: int | None = None) -> list[str]:
    """What is good to know; at most so many sentences of a kind about log groups, or all if `most` is None."""
    unread = {str(item) for item in status.unreadable}
    reported = {run.error for run in status.stopped} | unread
    problems = [
        *first_of(
            [note for group in status.groups for note in _group_notes(group, where, reported, kept=status.kept)],
            "that are paused or not done",
            most,
        ),
        *(
            f"The {run.job} job, {moment(run.remarks_ms)}: {sentence(said)}"
            for run in status.runs
            for said in run.remarks
            # Looks end with the stack streaming, and leave their last note.
            if said not in unread and (run.job != LOOK or status.now_ms < run.remarks_ms + REMARKS_KEPT_MS)
        ),
        *_waiting_notes(status),
        *(_gap(gap) for gap in status.gaps if not gap.given_up),
        *(
            f"{name}: the log group is gone. Its rows stay in the table, and no more will come."
            for name in status.gone[:SHOWN]
        ),
        *_removed_notes(status),
        *([] if status.kept else _settling_notes(status)),  # a local run exports each window once
        *first_of(
            [_gaps(group, where, exports=not status.kept) for group in status.groups if group.gaps],
            "with times that no request covers",
            most,
        ),
        *_read_notes(status),
        *_violation_notes(status, where),
    ]
    if status.landed.quarantined or any(group.accounting.quarantined for group in status.groups):
        problems.append(f"To see what is in quarantine, and why: {command('quarantine', where)}")
    if status.landed.known:
        problems += _landed_notes(status.landed)
    if status.requests:
        held = f"{counted(len(status.requests), 'request')} not taken up yet, such as {status.requests[0]}"
        problems.append(f"{held}. A run starts a minute after one; if none does: {command('doctor', where)}")
    if status.slot:
        problems.append(_slot(status.slot))
    if status.lake_unknown:
        problems.append(f"Whether files of the tables are gone is not known: {sentence(status.lake_unknown)}")
    return problems


def _group_notes(group: GroupStatus, where: str, reported: Collection[str], *, kept: bool) -> Iterator[str]:
    if group.paused_since_ms is not None:
        since = f"{group.log_group} is paused since {moment(group.paused_since_ms)}"
        go_on = f"To go on: {command('resume', where, names=[group.log_group])}"
        yield f"{since}. {'Nothing more is exported from what a local run kept.' if kept else go_on}"
    if group.ignored:
        ignored = counted(group.ignored, "failed window")
        yield f"{group.log_group}: {ignored} ignored. To try again: {rerun_of(group, where)}"
    if group.last_error and not group.failed and group.last_error not in reported:
        again = "" if group.held_until_ms else " The next run tries again."
        yield f"{group.log_group}: {sentence(group.last_error)}{again}"


def _removed_notes(status: Status) -> Iterator[str]:
    """One line for all log groups whose old days left."""
    removed = {name: until_ms for name, until_ms in status.removed.items() if until_ms}
    if removed:
        name, until_ms = min(removed.items(), key=lambda each: (-each[1], each[0]))
        others = len(removed) - 1
        more = f", and {counted(others, 'more log group')} alike" if others else ""
        yield f"By retention_days nothing of {name} from before {moment(until_ms)[:10]} is kept{more}."


def _waiting_notes(status: Status) -> Iterator[str]:
    """What waited for its export when the last export run ended: the ledger has no rows for that."""
    for run in status.runs:
        if run.waiting:
            queues = (
                f"{queue.replace('_', '-')} {counted(each.hours, 'hour')} of {counted(each.groups, 'log group')} "
                f"(since {moment(each.oldest_ms)})"
                for queue, each in run.waiting.items()
            )
            windows = sum(each.windows for each in run.waiting.values())
            size_bytes = sum(each.size_bytes for each in run.waiting.values())
            all_queues = QueueWaiting(
                slot_s=sum(each.slot_s for each in run.waiting.values()),
                pages=sum(each.pages for each in run.waiting.values()),
            )
            left = duration(all_queues.seconds_left * 1000)
            asked = run.waiting.get(Queue.REQUESTED.value)
            done = f" Of what was asked for, {asked.done_percent} % is exported." if asked else ""
            yield (
                f"Waiting for their export, as of {moment(run.ended_ms)}: {', '.join(queues)}. In all "
                f"{counted(windows, 'window')} of about {size_bytes / 1e9:.1f} GB, which take about {left}.{done}"
            )


def _gap(gap: CatalogGap) -> str:
    if gap.is_new:
        return f"{lacking(gap)}. The next run sees to it."
    asked = "A crawl was requested" if gap.needs_crawl else "A run will register them"
    return f"{lacking(gap)}. {asked}; the next check is at {moment(gap.not_before_ms)}."


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
    redacted: dict[str, Counter[str]] = defaultdict(Counter)
    for group in status.groups:
        tables[group.table].update(group.accounting.read_as)
        dropped[group.table] += group.accounting.dropped
        redacted[group.table].update(group.accounting.redacted)
    known = {table: counts for table, counts in sorted(tables.items()) if counts}
    for table, counts in list(known.items())[:SHOWN]:
        left = f" Its own transformation dropped {counted(dropped[table], 'event')}." if dropped[table] else ""
        hidden = f" Values hidden: {in_words(redacted[table])}." if redacted[table] else ""
        yield f"{table}: events read as {in_words(counts)}.{left}{hidden}"
    if len(known) > SHOWN:
        yield f"How the events of {counted(len(known) - SHOWN, 'more table')} were read: see --json."


def _violation_notes(status: Status, where: str) -> Iterator[str]:
    """The tables with events that break their schema contract."""
    broken: Counter[str] = Counter()
    for group in status.groups:
        broken[group.table] += group.accounting.violations
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
