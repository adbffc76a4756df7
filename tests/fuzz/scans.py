"""Checks that the scans of single objects, and their windows, have the same counts as one conversion of all objects."""

from __future__ import annotations

import gzip
import pickle
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from support.fakes.stores import MemoryStore

from fuzz.case import Case
from fuzz.convert import Convert, Converted, CutStore, convert_one
from fuzz.findings import crash, expect
from loglake.core.accounting import Accounting
from loglake.core.landing.objects import ObjectScan
from loglake.core.schema.bundle import RawObject
from loglake.core.schema.conversion import TablePlan
from loglake.core.units import LogGroupName
from loglake.kernels.scan import IMPOSSIBLE, scan_object


def check_scans(case: Case, plan: TablePlan, made: Converted, run: Convert) -> None:
    """Raises if the counts of landed objects differ from the counts of the same objects in a conversion."""
    store = CutStore(case, case.cuts[-1])
    scans = [_scan(raw, store) for raw in case.objects()]
    for scan in scans:
        _compare(scan, made.result.objects.get(scan.raw.key, Accounting()))
    for group, events in _events_in_window(case, scans).items():
        bundle = replace(case.bundle(), log_group=group, landed=True)
        counts = convert_one(bundle, plan, store, run).result.accounting
        expect(counts.balanced, "the accounting of a landed bundle does not balance", counts)
        expect(counts.events_in == events, "a landed bundle has other events than its scan", f"{events}: {counts}")
        expect(not counts.quarantined and not counts.out_of_window, "a landed bundle quarantines", counts)


def _scan(raw: RawObject, store: MemoryStore) -> ObjectScan:
    lake = MemoryStore("lake")
    try:
        scan = scan_object(raw, store, lake)
    except Exception as error:
        raise crash("scanning", error) from error
    entries = sum(gzip.decompress(body).count(b"\n") for body in lake.objects.values())
    expect(entries == scan.undecoded.quarantined, "a scan's file does not hold what was counted", scan.undecoded)
    expect(sum(scan.reasons.values()) == entries, "a scan's reasons do not add up", scan.reasons)
    expect(pickle.loads(pickle.dumps(scan)) == scan, "a scan is another one after a trip")
    return scan


def _compare(scan: ObjectScan, counts: Accounting) -> None:
    """Allows one difference: the scan quarantines an event that no window can hold, the conversion makes it a row."""
    impossible = scan.reasons.get(IMPOSSIBLE, 0)
    found = (scan.events_in, scan.undecoded.quarantined - impossible)
    expect(found == (counts.events_in, counts.quarantined), "a scan counts otherwise", f"{found}: {counts}")


def _events_in_window(case: Case, scans: Sequence[ObjectScan]) -> dict[LogGroupName, int]:
    """Events of the case's window by log group; only log groups with a name."""
    events: Counter[LogGroupName] = Counter()
    for scan in scans:
        for (group, hour), count in scan.of_account("").windows().items():
            if group and hour.from_ms in case.window:
                events[group] += count
    return dict(events)
