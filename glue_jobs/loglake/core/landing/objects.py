"""Landed objects: which hours of log groups they hold, and what the ledger knows of them.

A landed object is looked at once (its scan); each hour of event time of a log group that it holds
is a window of the ledger; and its result is one item, written when all of these windows have it in their lists.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from loglake.core.accounting import Accounting
from loglake.core.keys import LANDING
from loglake.core.log_groups import account_of, name_of, owned
from loglake.core.schema.bundle import RawObject
from loglake.core.units import EPOCH, MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.unreadable import check_value, check_values
from loglake.core.windows import Window, WindowName

FIRST_MS, LAST_MS = 0, 253_402_297_200_000
"""Events from 1970 up to the last hour of the year 9999, without it, have a window."""

NAMED_GROUPS = 20
"""Log groups that an item names: it may have 400 KB, and a day has as many items as objects."""

KEPT_MS = 30 * MS_PER_DAY
"""An object is known so long after it arrived; S3 events and the daily look are long over by then."""


@dataclass(frozen=True)
class ObjectScan:
    """What the scan of a landed object found.

    Attributes:
        hours: events by log group, with its account if that is known, and by the start of their hour; of the group ""
            if nothing says theirs.
        undecoded: entries in quarantine: input that is not an event.
        reasons: entries of quarantine by their reason.
    """

    raw: RawObject
    hours: Mapping[LogGroupName, Mapping[EpochMs, int]] = field(default_factory=dict)
    undecoded: Accounting = field(default_factory=Accounting)
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def events_in(self) -> int:
        """Events and quarantine entries of the object."""
        return sum(self.events().values()) + self.undecoded.events_in

    def of_account(self, account: str) -> ObjectScan:
        """The scan with log groups as a deployment of this account names them; if it is empty, by name alone."""
        hours: dict[LogGroupName, Counter[EpochMs]] = defaultdict(Counter)
        for group, counts in self.hours.items():
            is_other = account and account_of(group) != account
            hours[group if is_other else owned("", name_of(group))].update(counts)
        return replace(self, hours={group: dict(sorted(counts.items())) for group, counts in sorted(hours.items())})

    def events(self) -> dict[LogGroupName, int]:
        """Events by log group."""
        return {group: sum(counts.values()) for group, counts in self.hours.items()}

    def windows(self) -> dict[WindowName, int]:
        """Events by the hour of a log group that they belong to."""
        return {
            (group, Window(start, EpochMs(start + MS_PER_HOUR))): count
            for group, counts in self.hours.items()
            for start, count in counts.items()
        }


@dataclass(frozen=True)
class ScanFailure:
    """An unreadable landed object, and the reason in words for a person."""

    raw: RawObject
    reason: str


class LandedState(str, Enum):
    """What became of a landed object.

    FAILED: it can't be read. WAITING: a window of it can't take it yet. REQUESTED_AGAIN: a person wants its windows
    converted again in any case. Every run looks at these again. GONE: it was deleted before one of them could.
    UNREADABLE: what is known of it can't be read; it is never written, and the object is left as it is.
    """

    SCANNED = "SCANNED"
    FAILED = "FAILED"
    WAITING = "WAITING"
    REQUESTED_AGAIN = "REQUESTED_AGAIN"
    GONE = "GONE"
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True)
class LandedObject:
    """What the ledger knows of a landed object: counts, and at most `NAMED_GROUPS` names.

    Attributes:
        events_in: events found, and entries of quarantine.
        quarantined: those entries.
        left_out: how many of these are not in the quarantine file, because there are too many.
        left_out_bytes: bytes of these, and of entries that are there in part.
        events: events by log group, for at most `NAMED_GROUPS` groups.
        skipped_groups: log groups without a dataset that takes their landed events.
        skipped: their names, as far as they fit.
        datasets: which rules skipped them (`LandingRules.digest`).
        reason: why it FAILED, or is WAITING.
        arrived_ms: when it was put, as its event says, or else S3.
    """

    key: str
    size_bytes: int
    state: LandedState
    events_in: int = 0
    quarantined: int = 0
    events: Mapping[str, int] = field(default_factory=dict)
    skipped_groups: int = 0
    skipped: tuple[str, ...] = ()
    datasets: str = ""
    reason: str = ""
    left_out: int = 0
    left_out_bytes: int = 0
    arrived_ms: EpochMs = EPOCH

    @property
    def is_open(self) -> bool:
        """Whether every run looks at it again."""
        return self.state in {LandedState.FAILED, LandedState.WAITING, LandedState.REQUESTED_AGAIN}

    @property
    def expires_ms(self) -> EpochMs | None:
        """When it may be forgotten; None if a run, a new dataset or a person may come back to it."""
        stays = self.is_open or self.skipped_groups or self.quarantined
        return None if stays and self.state is not LandedState.GONE else EpochMs(self.arrived_ms + KEPT_MS)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            **vars(self),
            "state": self.state.value,
            # Pairs: a field's name in DynamoDB can't be empty, but a log group's name here can.
            "events": [[group, count] for group, count in self.events.items()],
            "skipped": list(self.skipped),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> LandedObject:
        """The inverse of `to_json`; what it does not know is passed over."""
        values = {name: data[name] for name in LandedObject.__dataclass_fields__ if name in data}
        values.update(state=LandedState(data["state"]), events=dict(data["events"]), skipped=tuple(data["skipped"]))
        known = LandedObject(**values)
        if known.state is LandedState.UNREADABLE:
            raise ValueError("its state is UNREADABLE, which is never written")
        check_value("size_bytes", known.size_bytes, int)
        check_values(known)
        for name, events in known.events.items():
            check_value("a log group", name, str)
            check_value("events", events, int)
        for name in known.skipped:
            check_value("a log group", name, str)
        return known


def batches(objects: Iterable[RawObject], most: int, size_bytes: int) -> Iterator[list[RawObject]]:
    """The objects in their order, in batches of at most so many and so large; a larger object is a batch of its own."""
    batch: list[RawObject] = []
    size = 0
    for raw in objects:
        if batch and (len(batch) >= most or size + raw.size_bytes > size_bytes):
            yield batch
            batch, size = [], 0
        batch.append(raw)
        size += raw.size_bytes
    if batch:
        yield batch


def merge_objects(have: Iterable[RawObject], more: Iterable[RawObject]) -> list[RawObject]:
    """A window's objects merged with more, in the order of their keys; of one key, the later one.

    The highest event count of an object stays noted. If an object with fewer events replaces it, the window fails and
    its rows stay, because an intended change looks the same as damage.
    """
    merged: dict[str, RawObject] = {}
    for raw in [*have, *more]:
        merged[raw.key] = replace(raw, events=max(raw.events, merged.get(raw.key, raw).events))
    return [merged[key] for key in sorted(merged)]


def is_landed(raw: RawObject) -> bool:
    """Whether an object of a window was landed, not exported; a window may have both."""
    return raw.key.startswith(LANDING)


def skipped_events(scan: ObjectScan, taken: Collection[WindowName]) -> dict[LogGroupName, int]:
    """Events by log group that no window takes."""
    skipped: Counter[LogGroupName] = Counter()
    for (group, window), count in scan.windows().items():
        if (group, window) not in taken:
            skipped[group] += count
    return dict(skipped)


def unreadable(failure: ScanFailure) -> LandedObject:
    """The item of an object that can't be read."""
    raw = failure.raw
    return LandedObject(raw.key, raw.size_bytes, LandedState.FAILED, reason=failure.reason)
