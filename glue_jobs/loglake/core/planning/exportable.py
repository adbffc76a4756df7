"""Whether a log group can be exported, and from when to when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.watermark import Watermark
from loglake.core.schema.datasets import Dataset, Datasets, entry_to_add
from loglake.core.units import EPOCH, MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window, floor_to

OLDEST_EVENT_MS = 14 * MS_PER_DAY
"""PutLogEvents takes events up to 14 days old, so a new group may hold events older than itself."""

EXPORTABLE_CLASS = "STANDARD"
"""The only log class that CreateExportTask takes."""


def find_dataset(
    group: LogGroup, datasets: Datasets, paused: Collection[LogGroupName], known: bool
) -> tuple[Dataset | None, str]:
    """The dataset that a log group is exported for; or None, and why it is not, in words for a person.

    Args:
        group: as CloudWatch describes it.
        datasets: the datasets file.
        paused: log groups that a person has paused.
        known: it was planned before, so it may be empty without being new.
    """
    if group.name in paused:
        return None, "it is paused: resume it and ask again"
    dataset = datasets.find(group.name)
    if dataset is None:
        return None, f"no dataset matches it: {entry_to_add(group.name)}"
    if not dataset.is_exported:
        return None, "its dataset says ingest: landing; set ingest: auto to have it exported"
    if group.log_class != EXPORTABLE_CLASS:
        return None, (
            f"its class is {group.log_class}, and only {EXPORTABLE_CLASS} can be exported: "
            "a subscription filter can deliver it instead"
        )
    if group.stored_bytes == 0 and not known:
        return None, "CloudWatch says that it is empty: ask again once it has events; a schedule notices by itself"
    return dataset, ""


def with_shorter_retention(group: LogGroup, dataset: Dataset | None) -> LogGroup:
    """A log group with the retention of its dataset, if that is shorter: no pass may bring back what left the table."""
    days = dataset.retention_days if dataset else None
    return replace(group, retention_days=min(days, group.retention_days or days)) if days else group


@dataclass(frozen=True)
class Span:
    """What can be exported of a log group.

    Attributes:
        start_ms: where a schedule's range begins.
        edge_ms: retention has dropped all events before this, or the dataset keeps none; 0 if all are kept.
        end_ms: later events are still to come.
        kept_days: the `retention_days` of the dataset, if that is what says so.
    """

    start_ms: EpochMs
    edge_ms: EpochMs
    end_ms: EpochMs
    kept_days: int | None = None

    @property
    def why_dropped(self) -> str:
        """Why nothing before the edge is exported."""
        if self.kept_days is None:
            return "retention has dropped it"
        return f"its dataset says retention_days: {self.kept_days}, so nothing that old is exported"

    def clip(self, window: Window) -> Window | None:
        """A range without what is dropped and what is still to come."""
        start, end = max(window.from_ms, self.edge_ms), min(window.to_ms, self.end_ms)
        return Window(start, end) if start < end else None

    def due(self, since_ms: EpochMs) -> Window | None:
        """What a schedule asks for from a time on: whole hours."""
        start, end = max(self.start_ms, since_ms), floor_to(max(self.end_ms, 0), MS_PER_HOUR)
        return self.clip(Window(start, end)) if start < end else None


def span_of(group: LogGroup, dataset: Dataset | None, watermark: Watermark | None, now_ms: int, lag_ms: int) -> Span:
    """The time range that a log group can be exported for.

    The start is the dataset's, else 14 days before the group's creation, else the edge of its retention. Once something
    was planned, it does not move, even if the log group is made again or its retention grows.
    """
    edge_ms = EPOCH
    if group.retention_days:
        edge_ms = floor_to(max(now_ms - group.retention_days * MS_PER_DAY, 0), MS_PER_HOUR)
    kept_ms = dataset.kept_from(EpochMs(now_ms)) if dataset else EPOCH
    kept_days = dataset.retention_days if dataset and kept_ms > edge_ms else None
    edge_ms = max(edge_ms, kept_ms)
    start_ms = floor_to(max(group.created_ms - OLDEST_EVENT_MS, 0), MS_PER_DAY)
    if dataset and dataset.start_ms is not None:
        start_ms = EpochMs(max(start_ms, dataset.start_ms))
    elif watermark is not None:
        start_ms = watermark.start_ms
    if watermark is None:
        start_ms = EpochMs(max(start_ms, edge_ms))
    return Span(start_ms, edge_ms, EpochMs(now_ms - lag_ms), kept_days)
