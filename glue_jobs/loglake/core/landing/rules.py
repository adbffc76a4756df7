"""Which landed objects to scan, and which of their log groups a table takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator

from loglake.core.cloud_types import ObjectInfo
from loglake.core.keys import LANDING
from loglake.core.landing.objects import NAMED_GROUPS, LandedObject, LandedState, ObjectScan, skipped_events
from loglake.core.schema.bundle import RawObject
from loglake.core.schema.datasets import Dataset, Datasets, entry_to_add
from loglake.core.units import EpochMs
from loglake.core.windows import WindowName


class LandingRules:
    """What the datasets file says about landed events."""

    def __init__(self, datasets: Datasets) -> None:
        self._datasets = datasets
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

    def why_skipped(self, group: str) -> str:
        """Why no table takes some or all landed events of a group, and what to do."""
        if not group:
            return f"nothing says their log group; land such objects below {LANDING}log_group=<its name, URL-encoded>/"
        if self.is_exported(group):
            return "its dataset has it exported; set ingest: landing in the datasets file to have them"
        if self.dataset(group):
            return "their hours were exported before it was switched to landing, and are rows already"
        return f"no dataset matches it; {entry_to_add(group, 'landing')}"

    def scans_again(self, known: LandedObject, size_bytes: int) -> bool:
        """Whether an object is to be scanned again.

        It is if it was unreadable (a person may have fixed it), if a person requested it, if its size changed, and if
        a skipped log group has a table now. If not all skipped names are known, a change of the rules is enough.
        """
        if known.state is LandedState.UNREADABLE:
            return False  # nobody knows which windows have it
        if known.state is not LandedState.SCANNED or known.size_bytes != size_bytes:
            return True
        unnamed = known.skipped_groups > len(known.skipped) and known.datasets != self.digest
        return unnamed or any(self.dataset(group) for group in known.skipped)


def to_scan(listed: Iterable[ObjectInfo], known: Iterable[LandedObject], rules: LandingRules) -> Iterator[RawObject]:
    """The listed objects that are new, or have to be scanned again.

    Both inputs are read once, side by side, in constant memory.

    Args:
        listed: all that lies below ``landing/``, in the order of the keys (UTF-8, which is Python's own too).
        known: all that the ledger knows, in the same order; it may know objects that are gone.
        rules: what the datasets file says now.
    """
    items = iter(known)
    item = next(items, None)
    for info in listed:
        while item is not None and item.key < info.key:
            item = next(items, None)
        if info.key.endswith("/") and not info.size_bytes:
            continue  # a folder made in the console
        if item is None or item.key != info.key or rules.scans_again(item, info.size_bytes):
            yield RawObject(info.key, info.size_bytes, "")


def settled(scan: ObjectScan, taken: Collection[WindowName], rules: LandingRules, now_ms: EpochMs) -> LandedObject:
    """The item of an object that all windows which take its events have in their lists."""
    # A group with a dataset is skipped for hours that were exported: another scan would find the same.
    skipped = sorted(group for group in skipped_events(scan, taken) if not rules.dataset(group))
    events = scan.events()
    return LandedObject(
        key=scan.raw.key,
        size_bytes=scan.raw.size_bytes,
        state=LandedState.SCANNED,
        events_in=scan.events_in,
        quarantined=scan.undecoded.quarantined,
        left_out=scan.undecoded.quarantine_left_out,
        left_out_bytes=scan.undecoded.quarantine_left_out_bytes,
        groups=len(events),
        windows=len(taken),
        events={group: events[group] for group in sorted(events)[:NAMED_GROUPS]},
        skipped_groups=len(skipped),
        skipped=tuple(skipped[:NAMED_GROUPS]),
        datasets=rules.digest if skipped else "",
        scanned_at_ms=now_ms,
    )
