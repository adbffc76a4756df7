"""Payloads as a subscription filter delivers them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from loglake.core.units import LogGroupName


class LandedEvent(NamedTuple):
    """An event: its id is CloudWatch's, 56 digits."""

    id: str
    timestamp: int
    message: str


def landed_event(number: int, ms: int, message: str = "") -> LandedEvent:
    """The event with a number; the same number is the same event."""
    return LandedEvent(f"{number:056d}", ms, message or f"event {number}")


def payload(group: str, events: Iterable[LandedEvent], stream: str = "i-1", owner: str = "123456789012") -> bytes:
    """A payload, gzipped, as Kinesis and Firehose get it."""
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": owner,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": ["all"],
        "logEvents": [event._asdict() for event in events],
    }
    return gzip.compress(json.dumps(document).encode(), mtime=0)


def payloads(*parts: tuple[LogGroupName, Sequence[LandedEvent]]) -> bytes:
    """Payloads of several groups in one object, as Firehose puts them."""
    return b"".join(payload(group, events) for group, events in parts)
