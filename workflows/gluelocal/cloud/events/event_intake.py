"""PutLogEvents as CloudWatch Logs accepts it, in place of moto's.

moto's takes batches of any size, and returns wrong indices.
Rules: the API reference of PutLogEvents and RejectedLogEventsInfo. Messages: as observed on AWS.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Callable

from gluelocal.clock import Clock
from gluelocal.cloud.logs.log_store import LogStore
from gluelocal.cloud.wire.json_service import ApiError, JsonService
from gluelocal.units import MS_PER_DAY, MS_PER_HOUR

_MOST_BYTES = 1_048_576
"""Maximum sizes of a batch and of an event, both counted with `_OVERHEAD`."""
_OVERHEAD = 26
_OLDEST_MS = 14 * MS_PER_DAY
_NEWEST_MS = 2 * MS_PER_HOUR

Event = dict[str, Any]
Written = Callable[[str, str, str, int], None]
"""Takes the Region, the log group, the stream and the number of events that were added to it."""


def event_intake(clock: Clock, log_store: Callable[[str], LogStore], written: Written) -> JsonService:
    """PutLogEvents in every Region.

    Args:
        clock: decides which events are too old or too new.
        log_store: gives the log store of a Region.
        written: called after each batch.
    """
    return JsonService("logs", {"PutLogEvents": partial(_put, clock, log_store, written)})


def _put(
    clock: Clock, log_store: Callable[[str], LogStore], written: Written, region: str, request: dict[str, Any]
) -> dict[str, Any]:
    """Keeps the events of a batch that are neither too old nor too new.

    It refuses a batch that is too large, too long or out of order.
    Events are in order of time, so too old ones come first and too new ones last.
    """
    store, group, stream = log_store(region), request["logGroupName"], request["logStreamName"]
    if store.created_ms(group) is None:
        raise ApiError("ResourceNotFoundException", "The specified log group does not exist.")
    if stream not in store.stream_names(group):
        raise ApiError("ResourceNotFoundException", "The specified log stream does not exist.")
    events = request["logEvents"]
    _check_sizes(events)
    times = [event["timestamp"] for event in events]
    if any(later < earlier for earlier, later in zip(times, times[1:])):
        raise _refused("Log events in a single PutLogEvents request must be in chronological order.")
    old, expired, new = _bounds(store, group, times, clock.now_ms())
    kept = events[max(old, expired) : new]
    if kept and kept[-1]["timestamp"] - kept[0]["timestamp"] > MS_PER_DAY:
        raise _refused("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    rejected = {
        **({"tooOldLogEventEndIndex": old} if old else {}),
        **({"expiredLogEventEndIndex": expired} if expired > old else {}),
        **({"tooNewLogEventStartIndex": new} if new < len(events) else {}),
    }
    token = store.put(group, stream, kept)
    written(region, group, stream, len(kept))
    return {"nextSequenceToken": token, **({"rejectedLogEventsInfo": rejected} if rejected else {})}


def _bounds(store: LogStore, group: str, times: Sequence[int], now_ms: int) -> tuple[int, int, int]:
    """Counts events older than 14 days and older than the retention; and the index of the first too new one."""
    days = store.retention_days(group)
    old = sum(at < now_ms - _OLDEST_MS for at in times)
    expired = sum(at < now_ms - days * MS_PER_DAY for at in times) if days else 0
    return old, expired, sum(at <= now_ms + _NEWEST_MS for at in times)


def _check_sizes(events: Sequence[Event]) -> None:
    sizes = [len(event["message"].encode("utf-8", "replace")) + _OVERHEAD for event in events]
    if max(sizes) > _MOST_BYTES:
        raise _refused(f"Log event too large: {max(sizes)} bytes exceeds limit of {_MOST_BYTES}")
    if sum(sizes) > _MOST_BYTES:
        raise _refused(f"Upload too large: {sum(sizes)} bytes exceeds limit of {_MOST_BYTES}")


def _refused(message: str) -> ApiError:
    return ApiError("InvalidParameterException", message)
