"""Which windows to export: pure, from what is asked for and what the ledger has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from glue_jobs.core.datasets import Dataset, Datasets
from glue_jobs.core.export_again import open_again
from glue_jobs.core.ledger import LedgerRow
from glue_jobs.core.ports import LogGroup
from glue_jobs.core.requests import Request, RequestKind
from glue_jobs.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from glue_jobs.core.windows import Window, floor_to, subtract, tile

OLDEST_EVENT_MS = 14 * MS_PER_DAY
"""PutLogEvents takes events of up to 14 days before, so a new group may hold older ones than itself."""

EXPORTABLE_CLASS = "STANDARD"
"""CreateExportTask takes log groups of the STANDARD class only."""


@dataclass(frozen=True)
class Skipped:
    """A log group that a request means but that is not exported, and why, in words for a person."""

    log_group: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """What is to be done about the requests.

    Attributes:
        rows: new ledger rows, oldest window first and log groups in turn, so that none waits for another's backlog.
        reopened: rows that a backfill asks for again, as PLANNED under their next generation (`export_again`).
        skipped: log groups that a backfill names and that can't be exported, or not all that it asks for.
    """

    rows: tuple[LedgerRow, ...]
    reopened: tuple[LedgerRow, ...]
    skipped: tuple[Skipped, ...]


def plan(
    now_ms: int,
    lag_ms: int,
    *,
    groups: Iterable[LogGroup],
    datasets: Datasets,
    requests: Iterable[Request],
    ledger: Mapping[LogGroupName, list[LedgerRow]],
    paused: Collection[LogGroupName] = frozenset(),
) -> Plan:
    """Windows that are asked for and that no ledger row has yet, as day-sized pieces.

    An hour that was landed is in the ledger, and so is not exported: what it holds would be there twice.

    Args:
        now_ms: the time.
        lag_ms: no window ends later than this before now, since its events are still to come.
        groups: all log groups of the account.
        datasets: which of them belong to a table.
        requests: what is asked for.
        ledger: the rows of every log group that has some.
        paused: log groups for which nothing is to be planned.

    Returns:
        Planning again once the rows are in the ledger gives none.
    """
    rows: list[LedgerRow] = []
    reopened: list[LedgerRow] = []
    skipped: list[Skipped] = []
    asked = list(requests)
    for group in groups:
        backfills = [request for request in asked if request.matches(group.name)]
        dataset, reason = _exportable(group, datasets, paused)
        if dataset is None:
            skipped += [Skipped(group.name, reason)] if backfills else []
            continue
        scheduled = any(request.kind is RequestKind.SCHEDULED for request in asked)
        ranges = [_clip(request.window, group, now_ms, lag_ms) for request in backfills if request.window]
        ranges += [_due(group, now_ms, lag_ms)] if scheduled else []
        known = ledger.get(group.name, [])
        reopening = open_again(known, group, backfills, now_ms)
        reopened += reopening.rows
        skipped += [Skipped(group.name, why) for why in reopening.refused]
        covered = [row.window for row in known]
        for wanted in filter(None, ranges):
            fresh = _pieces(subtract(wanted, covered), group.created_ms)
            covered.extend(fresh)
            table = dataset.table_for(group.name)
            rows.extend(LedgerRow(group.name, window, table, updated_at_ms=EpochMs(now_ms)) for window in fresh)
    rows.sort(key=lambda row: (row.window, row.log_group))
    return Plan(tuple(rows), tuple(reopened), tuple(skipped))


def unmatched(requests: Iterable[Request], groups: Iterable[LogGroup]) -> list[str]:
    """Backfill patterns that no log group has, which is most often a typing error."""
    names = [group.name for group in groups]
    patterns = [pattern for request in requests for pattern in request.log_groups]
    return [p for p in patterns if not any(Request("", RequestKind.BACKFILL, (p,)).matches(name) for name in names)]


def _due(group: LogGroup, now_ms: int, lag_ms: int) -> Window | None:
    """All that a schedule asks for: whole hours, from the earliest event that the group can have."""
    start = floor_to(max(group.created_ms - OLDEST_EVENT_MS, 0), MS_PER_DAY)
    end = floor_to(max(now_ms - lag_ms, 0), MS_PER_HOUR)
    return _clip(Window(start, end), group, now_ms, lag_ms) if start < end else None


def _clip(window: Window, group: LogGroup, now_ms: int, lag_ms: int) -> Window | None:
    """Without what retention has dropped, and without what is still to come."""
    start, end = window.from_ms, EpochMs(min(window.to_ms, now_ms - lag_ms))
    if group.retention_days:
        start = EpochMs(max(start, floor_to(max(now_ms - group.retention_days * MS_PER_DAY, 0), MS_PER_HOUR)))
    return Window(start, end) if start < end else None


def _exportable(group: LogGroup, datasets: Datasets, paused: Collection[LogGroupName]) -> tuple[Dataset | None, str]:
    if group.name in paused:
        return None, "it is paused: resume it and ask again"
    dataset = datasets.find(group.name)
    if dataset is None:
        return None, "no dataset matches it: add it to infra/datasets.yaml"
    if dataset.ingest != "export":
        return None, f"its dataset says ingest: {dataset.ingest}; set ingest: export to have it exported"
    if group.log_class != EXPORTABLE_CLASS:
        return None, (
            f"its class is {group.log_class}, and only {EXPORTABLE_CLASS} can be exported: "
            "a subscription filter can deliver it instead"
        )
    return dataset, ""


def _pieces(windows: Iterable[Window], created_ms: int) -> list[Window]:
    """Day-sized pieces. Those that end before the group's creation are joined to the first that does not.

    CreateExportTask refuses a `to` before the creation, yet events may be older than their group. A range that ends
    before the creation gives no piece: the first one that ends later begins where it does.
    """
    pieces: list[Window] = []
    for window in windows:
        early: EpochMs | None = None
        for piece in tile(window):
            start = early if early is not None else piece.from_ms
            if piece.to_ms - 1 < created_ms:  # the task's `to` is to_ms - 1
                early = start
                continue
            early = None
            pieces.append(Window(start, piece.to_ms))
    return pieces
