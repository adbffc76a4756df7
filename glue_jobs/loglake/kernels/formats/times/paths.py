"""Which field of an event is its time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, TableSchema
from loglake.kernels.arrow import Array, Strings, choose, coalesce, matches, pc

LOG_TIME = "log_time"
"""The group of a shape that is the event's time, and no field."""

_NAMES = (
    "timestamp @timestamp time ts Timestamp eventTime event_time @t t.$date datetime date_time asctime timeMillis "
    "eventTimestamp query_timestamp requestReceivedTimestamp stageTimestamp time_unix_nano _aws.Timestamp "
    "record.time.repr jsonPayload.timestamp fields.timestamp log.time timeStamp time_stamp TimeStamp logTime "
    "log_time logged_at _SOURCE_REALTIME_TIMESTAMP __REALTIME_TIMESTAMP Extended_Timestamp TimeCreated container.time t"
)
TIME_PATHS: tuple[FieldPath, ...] = tuple(tuple(name.split(".")) for name in _NAMES.split())
"""Where loggers and services put it, the surest first."""


_DATE, _CLOCK, _ZONE = ("date",), ("time",), ("tz",)


def first_time(at: Callable[[FieldPath], Array | None]) -> Strings | None:
    """The texts of the first of `TIME_PATHS` that each event has; None if no event has one.

    A ``time`` that is a clock's belongs to the ``date`` beside it, and has the zone ``tz``.

    Args:
        at: what the events have at a path, null if they have nothing there.
    """
    there = {path: found for path in TIME_PATHS if (found := at(path)) is not None and found.null_count < len(found)}
    texts = {path: each.cast(pa.string()) for path, each in there.items() if not pa.types.is_boolean(each.type)}
    if _CLOCK in texts and (date := at(_DATE)) is not None:
        clock, zone = texts[_CLOCK], at(_ZONE)
        dated = pc.binary_join_element_wise(date.cast(pa.string()), clock, " ")
        if zone is not None:
            dated = coalesce(pc.binary_join_element_wise(dated, zone.cast(pa.string()), " "), dated)
        texts[_CLOCK] = coalesce(choose(matches(clock, r"^\d\d:\d\d"), dated, clock), clock)
    return coalesce(*texts.values()) if texts else None


def time_reader(schema: TableSchema) -> Callable[[Sequence[Array]], Strings | None]:
    """A function of a table's columns that gives the times of events: see `first_time`."""
    places = {column.path: index for index, column in enumerate(schema.columns) if not column.json}
    return lambda columns: first_time(lambda path: columns[places[path]] if path in places else None)
