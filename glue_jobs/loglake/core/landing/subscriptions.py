"""Which log groups are to have the deployment's subscription filter, and which are known to have it.

DescribeSubscriptionFilters answers for one log group, five times a second. So one object notes which log groups were
found as they should be. A look asks about the others, and about a part of these each hour.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from loglake.core.cloud_types import LogGroup
from loglake.core.schema.datasets import Datasets
from loglake.core.units import EPOCH, EpochMs, LogGroupName

UNKNOWN = EpochMs(-1)
"""In place of the creation of a log group of which nobody knows whether it has the filter."""

_OWN_LOGS = ("/aws-glue/", "/aws/kinesisfirehose/")
"""What runs and deliveries write: landed, it would start the next run. infra/streaming.yaml denies it, too."""


class SubscriptionFilter(NamedTuple):
    """A subscription filter of a log group. `role_arn` is empty if its destination needs none."""

    name: str
    destination_arn: str
    role_arn: str = ""
    pattern: str = ""

    def is_of(self, wanted: SubscriptionFilter) -> bool:
        """Whether the deployment that wants a filter made this one: no other name and destination are its own."""
        return (self.name, self.destination_arn) == (wanted.name, wanted.destination_arn)


@dataclass(frozen=True)
class Subscribed:
    """What the last look found.

    Attributes:
        wanted: the filter of that time.
        groups: the log groups that have it, by their creation: a new one of the same name has none. `UNKNOWN` is that
            of those that may have it.
        refused: why the filter of a log group is not as it should be.
        looked_ms: when the look ended; 0 if there was none.
    """

    wanted: SubscriptionFilter
    groups: Mapping[LogGroupName, EpochMs]
    refused: Mapping[LogGroupName, str] = field(default_factory=dict)
    looked_ms: EpochMs = EPOCH

    @staticmethod
    def from_json(text: bytes) -> Subscribed:
        """What `to_json` wrote; `NEVER` if it can't be read, and then all log groups are asked."""
        try:
            data = json.loads(text)
            return Subscribed(SubscriptionFilter(*data.pop("wanted")), **data)
        except (ValueError, TypeError, KeyError):
            return NEVER

    def to_json(self) -> bytes:
        """As it is kept."""
        return json.dumps(asdict(self)).encode()

    def having(self, names: Iterable[LogGroupName]) -> int:
        """How many of these log groups have the filter."""
        return sum(self.groups.get(name, UNKNOWN) != UNKNOWN for name in names)


NEVER = Subscribed(SubscriptionFilter("", ""), {})
"""The note of no look."""


class Due(NamedTuple):
    """The log groups of an account by what a look has to do about them.

    Attributes:
        missing: those that should have the filter, and are not known to have it, by their creation.
        known: those that have it.
        leaving: those that may have it, and should not.
        left_out: why a log group that is to be landed can't have it.
    """

    missing: dict[LogGroupName, EpochMs]
    known: dict[LogGroupName, EpochMs]
    leaving: list[LogGroupName]
    left_out: dict[LogGroupName, str]


def due(note: Subscribed, wanted: SubscriptionFilter, datasets: Datasets, groups: Iterable[LogGroup]) -> Due:
    """Compares the log groups of the account with the note."""
    missing, known, left_out = dict[LogGroupName, EpochMs](), dict[LogGroupName, EpochMs](), dict[LogGroupName, str]()
    leaving = []
    noted = note.groups if note.wanted == wanted else {}
    for group in groups:
        entry = datasets.find(group.name)
        lands = entry is not None and not entry.is_exported
        why = why_left_out(group.name, group.log_class) if lands else ""
        if why:
            left_out[group.name] = why
        elif lands and noted.get(group.name) == group.created_ms:
            known[group.name] = group.created_ms
        elif lands:
            missing[group.name] = group.created_ms
        if group.name in note.groups and (why or not lands):
            leaving.append(group.name)
    return Due(missing, known, leaving, left_out)


def why_left_out(name: LogGroupName, log_class: str) -> str:
    """Why a log group can't have the filter; empty if it can."""
    if name.startswith(_OWN_LOGS):
        return "Glue or Firehose writes it, and its events would come round and round"
    return "" if log_class == "STANDARD" else f"log groups of the class {log_class} can't have one"
