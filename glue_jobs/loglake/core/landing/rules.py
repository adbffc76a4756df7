"""Which landed objects were missed, and which of their log groups a table takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator

from loglake.core.cloud_types import ObjectInfo
from loglake.core.keys import LANDING
from loglake.core.landing.objects import NAMED_GROUPS, LandedObject, LandedState, ObjectScan, skipped_events
from loglake.core.schema.datasets import Dataset, Datasets, entry_to_add
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import WindowName


class LandingRules:
    """What the datasets file says about landed events."""

    def __init__(self, datasets: Datasets) -> None:
        self._datasets = datasets
        self.redacts = datasets.redacts  # what is no event may be of any log group
        rules = [[list(entry.log_groups), entry.ingest] for entry in datasets.entries]
        self.digest = hashlib.sha256(json.dumps(rules).encode()).hexdigest()[:16]

    def dataset(self, group: str) -> Dataset | None:
        """The dataset that takes a group's landed events, if there is one."""
        found = self._datasets.find(group) if group else None
        return None if found is None or found.is_exported else found

    def is_exported(self, group: str) -> bool:
        """Whether a group's events come by export."""
        found = self._datasets.find(group) if group else None
        return found is not None and found.is_exported

    def is_past(self, name: WindowName, now_ms: EpochMs) -> bool:
        """Whether an hour is older than the dataset of its log group keeps."""
        found = self._datasets.find(name[0]) if name[0] and self._datasets.expire else None
        return found is not None and name[1].to_ms <= found.kept_from(now_ms)

    def why_skipped(self, group: str) -> str:
        """Why no table takes some or all landed events of a group, and what to do."""
        if not group:
            return f"nothing says their log group; land such objects below {LANDING}log_group=<its name, URL-encoded>/"
        if self.is_exported(group):
            return "its dataset has it exported; set ingest: landing in the datasets file to have them"
        if self.dataset(group):
            return "their hours were exported before it was switched to landing, and are rows already"
        return f"no dataset matches it; {entry_to_add(group, 'landing')}"

    def takes_more(self, known: LandedObject) -> bool:
        """Whether a log group that an object was skipped for may have a table now.

        If not all skipped names are known, a change of the rules is enough.
        """
        unnamed = known.skipped_groups > len(known.skipped) and known.datasets != self.digest
        return unnamed or any(self.dataset(group) for group in known.skipped)


def missed(listed: Iterable[ObjectInfo], known: Iterable[LandedObject]) -> Iterator[ObjectInfo]:
    """The listed objects that are not known, or had another size when they were scanned.

    Both inputs are read once, side by side, in constant memory.

    Args:
        listed: objects below ``landing/``, in the order of the keys (UTF-8, which is Python's own too).
        known: what the ledger knows of them, in the same order. It may know objects that are gone, and one of several
            sizes.
    """
    items = iter(known)
    item = next(items, None)
    for info in listed:
        is_known = False
        while item is not None and item.key <= info.key:
            is_same = item.size_bytes == info.size_bytes or item.state is LandedState.UNREADABLE
            is_known = is_known or (item.key == info.key and is_same)
            item = next(items, None)
        if not is_known and not is_folder(info.key, info.size_bytes):
            yield info


def is_folder(key: str, size_bytes: int) -> bool:
    """Whether an object is a folder that somebody made in the console."""
    return key.endswith("/") and not size_bytes


def skipped_groups(scan: ObjectScan, taken: Collection[WindowName], rules: LandingRules) -> list[LogGroupName]:
    """The log groups of an object that no dataset takes, in order.

    A group with a dataset is skipped for hours that were exported: another scan would find the same.
    """
    return sorted(group for group in skipped_events(scan, taken) if not rules.dataset(group))


def settled(scan: ObjectScan, taken: Collection[WindowName], rules: LandingRules) -> LandedObject:
    """The item of an object that all windows which take its events have in their lists."""
    skipped = skipped_groups(scan, taken, rules)
    events = scan.events()
    return LandedObject(
        key=scan.raw.key,
        size_bytes=scan.raw.size_bytes,
        state=LandedState.SCANNED,
        events_in=scan.events_in,
        quarantined=scan.undecoded.quarantined,
        left_out=scan.undecoded.quarantine_left_out,
        left_out_bytes=scan.undecoded.quarantine_left_out_bytes,
        events={group: events[group] for group in sorted(events)[:NAMED_GROUPS]},
        skipped_groups=len(skipped),
        skipped=tuple(skipped[:NAMED_GROUPS]),
        datasets=rules.digest if skipped else "",
    )
