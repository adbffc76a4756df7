"""Scans of landed objects: counts by log group and hour, and quarantine of everything else."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fakes.stores import MemoryStore
from support.worlds.landed import landed_event, payloads

from loglake.core.accounting import Accounting
from loglake.core.keys import landing_folder
from loglake.core.landing.objects import ObjectScan, ScanFailure
from loglake.core.log_groups import owned
from loglake.core.schema.bundle import RawObject
from loglake.core.units import MS_PER_HOUR, EpochMs, LogGroupName, parse_instant
from loglake.errors import NotFoundError, ThrottledError
from loglake.kernels.scan import IMPOSSIBLE, scan_object, scan_or_failure

pytestmark = pytest.mark.unit

OWNER = "123456789012"
SHOP, PAY = LogGroupName("/app/shop"), LogGroupName("/app/pay")
HOUR = parse_instant("2026-11-21T08:00")
NEXT = EpochMs(HOUR + MS_PER_HOUR)


def scan(body: bytes, key: str = "landing/a") -> tuple[ObjectScan, MemoryStore]:
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    raw.put(key, body)
    return scan_object(RawObject(key, len(body), ""), raw, lake), lake


def entries(lake: MemoryStore) -> dict[str, list[dict[str, object]]]:
    return {
        item.key: [json.loads(line) for line in gzip.decompress(lake.get(item.key)).splitlines()]
        for item in lake.list("")
    }


def test_events_are_counted_by_log_group_and_hour() -> None:
    shop = [landed_event(n, HOUR + n * 1_200_000) for n in range(4)]
    seen, lake = scan(payloads((SHOP, shop), (PAY, [landed_event(9, NEXT)]), (SHOP, [landed_event(5, HOUR)])))
    assert seen.hours == {owned(OWNER, PAY): {NEXT: 1}, owned(OWNER, SHOP): {HOUR: 4, NEXT: 1}}
    for account in (OWNER, ""):
        assert seen.of_account(account).hours == {PAY: {NEXT: 1}, SHOP: {HOUR: 4, NEXT: 1}}
    assert seen.of_account("210987654321") == seen
    assert (seen.undecoded, seen.reasons, seen.events_in) == (Accounting(), {}, 6)
    assert entries(lake) == {}


def test_the_group_of_what_does_not_say_it_is_in_the_key_or_nowhere() -> None:
    body = gzip.compress(b"2026-11-21T08:30:00.123Z hello\n")
    assert scan(body, f"{landing_folder(SHOP)}x.gz")[0].hours == {SHOP: {HOUR: 1}}
    assert scan(body)[0].hours == {LogGroupName(""): {HOUR: 1}}


def test_what_is_no_event_is_quarantined_under_a_key_of_its_object() -> None:
    body = gzip.compress(b"what is this?\n2026-11-21T08:30:00.123Z hello\n")
    seen, lake = scan(body, "landing/2026/11/21/x.gz")
    again, same = scan(body, "landing/2026/11/21/x.gz")
    assert seen == again
    assert lake.objects == same.objects
    ((key, (entry,)),) = entries(lake).items()
    assert key.startswith("quarantine/_landing/2026-11-21-x-gz-")
    assert (entry["source"], entry["line"], entry["text"]) == ("landing/2026/11/21/x.gz", 1, "what is this?\n")
    assert seen.undecoded == Accounting(events_in=1, quarantined=1)
    assert seen.undecoded.text_bytes == len(b"what is this?\n")
    assert (sum(seen.reasons.values()), seen.events_in) == (1, 2)


def test_a_scan_that_finds_nothing_wrong_any_more_empties_the_objects_quarantine() -> None:
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    lake.put("quarantine/_landing/other.jsonl", b"")
    body, known = payloads((SHOP, [landed_event(1, HOUR)])), RawObject("landing/a", 1, "")
    raw.put("landing/a", body[:-12])
    seen = scan_object(known, raw, lake)
    assert (seen.hours, seen.undecoded.quarantined, len(lake.objects)) == ({}, 1, 2)
    raw.put("landing/a", body)
    assert scan_object(known, raw, lake).events_in == 1
    assert list(lake.objects) == ["quarantine/_landing/other.jsonl"]


@pytest.mark.parametrize("error", [NotFoundError("gone"), ValueError("odd"), RecursionError("deep")])
def test_what_goes_wrong_with_an_object_is_reported(error: Exception) -> None:
    class Odd(MemoryStore):
        def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
            raise error

    failure = scan_or_failure(RawObject("landing/a", 1, ""), Odd("raw"), MemoryStore("lake"))
    assert isinstance(failure, ScanFailure)
    assert f"{type(error).__name__}: {error}" in failure.reason


def test_a_stores_fault_is_no_objects_own() -> None:
    class Busy(MemoryStore):
        def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
            raise ThrottledError("slow down")

    with pytest.raises(ThrottledError):
        scan_or_failure(RawObject("landing/a", 1, ""), Busy("raw"), MemoryStore("lake"))


def test_an_event_that_no_window_can_have_is_quarantined_with_its_exact_bytes() -> None:
    minutes = ["1969-12-31T23:59", "1970-01-01T00:00", "9999-12-31T22:59", "9999-12-31T23:00"]
    timestamps = [f"{minute}:00.000Z" for minute in minutes]
    body = b"".join(timestamp.encode() + b" bad \xff byte\n" for timestamp in timestamps)
    seen, lake = scan(gzip.compress(body), f"{landing_folder(SHOP)}x.gz")
    assert [str(window) for _, window in seen.windows()] == [
        "[1970-01-01T00:00:00.000Z, 1970-01-01T01:00:00.000Z)",
        "[9999-12-31T22:00:00.000Z, 9999-12-31T23:00:00.000Z)",
    ]
    ((key, found),) = entries(lake).items()
    assert key.startswith("quarantine/_landing/log_group-")
    assert [(entry["reason"], entry["line"], entry["offset"]) for entry in found] == [
        (IMPOSSIBLE, 1, -1),
        (IMPOSSIBLE, 4, -1),
    ]
    assert {base64.b64decode(str(entry["base64"])) for entry in found} == {b"bad \xff byte"}
    assert (seen.undecoded.quarantined, seen.events_in) == (2, 4)


def test_an_empty_object_has_nothing() -> None:
    seen, lake = scan(b"")
    assert (seen.hours, seen.events_in, entries(lake)) == ({}, 0, {})


def test_an_object_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        scan_object(RawObject("landing/gone", 1, ""), MemoryStore("raw"), MemoryStore("lake"), str(tmp_path))
    assert list(tmp_path.iterdir()) == []
