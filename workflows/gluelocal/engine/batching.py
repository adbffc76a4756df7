"""Event batches of a workflow's EVENT trigger; pure.

A batch opens with its first event. It closes when it is full or when its window is over, whichever comes first (Glue
API EventBatchingCondition). Without a condition each event is a batch. A repeated event id counts as another event:
Glue doesn't deduplicate.
"""

from __future__ import annotations

from dataclasses import dataclass

from gluelocal.model.model import EventBatchingCondition

_ONE_EVENT = EventBatchingCondition(batch_size=1)


@dataclass(frozen=True)
class Batch:
    """Events that wait for more, oldest first."""

    event_ids: tuple[str, ...]
    opened_ms: int


@dataclass(frozen=True)
class StartingEventBatchCondition:
    """Glue API StartingEventBatchCondition: the member that is set closed the batch."""

    batch_size: int | None = None
    batch_window_s: int | None = None


@dataclass(frozen=True)
class ClosedBatch:
    """Events that start one run together, and the reason that closed the batch."""

    event_ids: tuple[str, ...]
    cause: StartingEventBatchCondition


def add(
    batch: Batch | None, event_id: str, condition: EventBatchingCondition | None, now_ms: int
) -> Batch | ClosedBatch:
    """The batch with one more event: still open, or closed because it is full."""
    condition = condition or _ONE_EVENT
    batch = batch or Batch((), now_ms)
    event_ids = (*batch.event_ids, event_id)
    if len(event_ids) >= condition.batch_size:
        return ClosedBatch(event_ids, StartingEventBatchCondition(batch_size=len(event_ids)))
    return Batch(event_ids, batch.opened_ms)


def due_ms(batch: Batch, condition: EventBatchingCondition | None) -> int:
    """When the window of an open batch is over."""
    return batch.opened_ms + (condition or _ONE_EVENT).batch_window_s * 1000


def close(batch: Batch, condition: EventBatchingCondition | None) -> ClosedBatch:
    """The batch, closed because its window is over."""
    window_s = (condition or _ONE_EVENT).batch_window_s
    return ClosedBatch(batch.event_ids, StartingEventBatchCondition(batch_window_s=window_s))
