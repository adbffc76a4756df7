"""Which windows to export: pure, from what is asked for and what the ledger has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from glue_jobs.core.datasets import Dataset, Datasets
from glue_jobs.core.ledger import LedgerRow
from glue_jobs.core.ports import LogGroup
from glue_jobs.core.requests import Request, RequestKind
from glue_jobs.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from glue_jobs.core.windows import Window, floor_to, subtract, tile

EXPORTABLE_CLASS = "STANDARD"
"""CreateExportTask takes log groups of the STANDARD class only."""


@dataclass(frozen=True)
class Skipped:
    """A log group that a request means but that is not exported, and why, in words for a person."""

    log_group: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """New ledger rows, oldest window first and log groups in turn, so that none waits for another's backlog."""

    rows: tuple[LedgerRow, ...]
    skipped: tuple[Skipped, ...]


def plan(
    now_ms: int,
    lag_ms: int,
    *,
    groups: Iterable[LogGroup],
    datasets: Datasets,
    requests: Iterable[Request],
    ledger: Mapping[LogGroupName, list[LedgerRow]],
) -> Plan:
    """Windows that are asked for and that no ledger row has yet, as day-sized pieces.

    Args:
        now_ms: nothing after it is planned, since its events are still to come.
        lag_ms: how far behind now a scheduled window ends.
        groups: all log groups of the account.
        datasets: which of them belong to a table.
        requests: what is asked for.
        ledger: the rows of every log group that has some.

    Returns:
        Planning again once the rows are in the ledger gives no rows.
    """
    rows: list[LedgerRow] = []
    skipped: list[Skipped] = []
    asked = list(requests)
    for group in groups:
        ranges = [wanted for request in asked for wanted in _range(request, group, datasets, now_ms, lag_ms)]
        if not ranges:
            continue
        dataset, reason = _exportable(group, datasets)
        if dataset is None:
            skipped.append(Skipped(group.name, reason))
            continue
        known = [row.window for row in ledger.get(group.name, [])]
        for wanted in ranges:
            fresh = _pieces(subtract(wanted, known), group.created_ms)
            known.extend(fresh)
            table = dataset.table_for(group.name)
            rows.extend(LedgerRow(group.name, window, table, updated_at_ms=EpochMs(now_ms)) for window in fresh)
    rows.sort(key=lambda row: (row.window, row.log_group))
    return Plan(tuple(rows), tuple(skipped))


def unmatched(requests: Iterable[Request], groups: Iterable[LogGroup]) -> list[str]:
    """Backfill patterns that no log group has, which is most often a typing error."""
    names = [group.name for group in groups]
    patterns = [pattern for request in requests for pattern in request.log_groups]
    return [p for p in patterns if not any(Request("", RequestKind.BACKFILL, (p,)).matches(name) for name in names)]


def _range(request: Request, group: LogGroup, datasets: Datasets, now_ms: int, lag_ms: int) -> list[Window]:
    """What a request asks of a log group: nothing or one window, which ends before now."""
    if request.kind is RequestKind.BACKFILL and request.window and request.matches(group.name):
        start, end = request.window.from_ms, EpochMs(min(request.window.to_ms, now_ms))
    elif request.kind is RequestKind.SCHEDULED and datasets.find(group.name):
        start, end = floor_to(group.created_ms, MS_PER_DAY), floor_to(max(now_ms - lag_ms, 0), MS_PER_HOUR)
    else:
        return []
    if group.retention_days:
        start = EpochMs(max(start, floor_to(max(now_ms - group.retention_days * MS_PER_DAY, 0), MS_PER_HOUR)))
    return [Window(start, end)] if start < end else []


def _exportable(group: LogGroup, datasets: Datasets) -> tuple[Dataset | None, str]:
    dataset = datasets.find(group.name)
    if dataset is None:
        return None, "no dataset matches it: add it to infra/datasets.yaml"
    if dataset.ingest != "export":
        return None, f"its dataset says ingest: {dataset.ingest}"
    if group.log_class != EXPORTABLE_CLASS:
        return None, f"its class is {group.log_class}, and only {EXPORTABLE_CLASS} can be exported"
    return dataset, ""


def _pieces(windows: Iterable[Window], created_ms: int) -> list[Window]:
    """Day-sized pieces. Those that end before the group's creation are joined to the next.

    CreateExportTask refuses a `to` before the creation, yet events may be up to 14 days older than their group.
    """
    pieces: list[Window] = []
    for window in windows:
        early: EpochMs | None = None
        for piece in tile(window):
            start = early if early is not None else piece.from_ms
            # The task's `to` is to_ms - 1.
            if piece.to_ms - 1 < created_ms and piece.to_ms < window.to_ms:
                early = start
                continue
            early = None
            pieces.append(Window(start, piece.to_ms))
    return pieces
