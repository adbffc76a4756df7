"""What a person is to know of a planning: what of a request is not exported, and why."""

from __future__ import annotations

from dataclasses import dataclass

TOO_EARLY = (
    "{}: the log group was made later, and CloudWatch exports no range that ends before that: ask for one that ends "
    "later, or set an earlier `start` of its dataset where what comes after it is exported already"
)
"""What a request asks for in vain."""

LOST = (
    "{}: the log group was made later, CloudWatch exports no range that ends before that, and the window after it must "
    "not be exported again; what it had of that time is not in the table"
)
"""What a schedule asks for in vain."""

NO_EVENTS_THEN = (
    "{}: nothing to export: the log group was made at {}, and CloudWatch accepts no event that is more than 14 days old"
)
"""A range that can have no event."""

WITH_CREATION = (
    "{}: the log group was made later, at {}. If it has events of that time, a schedule exports them together with the "
    "day of its creation, since CloudWatch exports no range that ends before that"
)
"""What a request need not ask for, since a schedule does."""


@dataclass(frozen=True)
class Message:
    """A sentence about a log group.

    Attributes:
        text: the sentence.
        request: the key of the request that it is about; empty if it is about all that name the log group.
        is_trouble: whether something that was asked for is not exported; else it is only good to know.
    """

    text: str
    request: str = ""
    is_trouble: bool = True
