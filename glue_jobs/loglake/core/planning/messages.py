"""Messages of a planning: which parts of a request are not exported, and why."""

from __future__ import annotations

from dataclasses import dataclass

TOO_EARLY = (
    "{}: the log group was made later, and CloudWatch exports no range that ends before that: ask for one that ends "
    "later, or set an earlier `start` of its dataset where what comes after it is exported already"
)
"""A request's range that can't be exported."""

LOST = (
    "{}: the log group was made later, CloudWatch exports no range that ends before that, and the window after it must "
    "not be exported again; what it had of that time is not in the table"
)
"""A schedule's range that can't be exported."""

NO_EVENTS_THEN = (
    "{}: nothing to export: the log group was made at {}, and CloudWatch accepts no event that is more than 14 days old"
)
"""A range that can have no event."""

WITH_CREATION = (
    "{}: the log group was made later, at {}. If it has events of that time, a schedule exports them together with the "
    "day of its creation, since CloudWatch exports no range that ends before that"
)
"""A range that a schedule exports anyway."""


@dataclass(frozen=True)
class Message:
    """A sentence about a log group.

    Attributes:
        text: the sentence.
        request: the key of its request; empty if it concerns all requests that name the log group.
        is_trouble: whether something requested is not exported; else it is only good to know.
    """

    text: str
    request: str = ""
    is_trouble: bool = True
