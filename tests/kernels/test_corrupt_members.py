"""Events of a gzip member whose checksum is wrong are in quarantine as a whole, and no other event is lost."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from support.fakes.stores import MemoryStore
from support.worlds.bundles import DAY, bundle_of, convert_sampled, exported_line, put_object, table_rows

from loglake.core.accounting import Accounting
from loglake.core.schema.bundle import RawObject
from loglake.core.units import LogGroupName
from loglake.kernels.quarantine import read_entries
from loglake.kernels.readers.unpacking import sound_members
from loglake.kernels.scan import scan_object

pytestmark = pytest.mark.unit

EVENTS = 40_000
"""Of a member: about two megabytes of text."""


class CountingStore(MemoryStore):
    """Counts how often each object is opened."""

    def __init__(self) -> None:
        super().__init__("raw")
        self.opened: Counter[str] = Counter()

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        self.opened[key] += 1
        return super().read(key, chunk_bytes)


def _member(name: str, count: int, *, bad: bool = False, end: str = "\n") -> bytes:
    lines = (exported_line(DAY + number, f'{{"of": "{name}", "n": {number}}}') for number in range(count))
    body = bytearray(gzip.compress(("".join(lines).rstrip("\n") + end).encode(), mtime=0))
    body[-8] ^= bad
    return bytes(body)


def _put(store: MemoryStore, *members: bytes, stream: str = "s1") -> RawObject:
    put = put_object(store, stream, "")
    store.put(put.key, b"".join(members))
    return RawObject(put.key, sum(map(len, members)), stream)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


def _of(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(row["of"] for row in rows)


@pytest.mark.parametrize("waiting", [1 << 30, 1 << 20])
def test_only_the_events_of_the_damaged_member_are_left_out(
    store: CountingStore, waiting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_members, "WAITING_BYTES", waiting)
    members = [_member("a", 10), _member("b", EVENTS, bad=True), _member("c", 20)]
    objects = [_put(store, *members), _put(store, _member("d", 30), stream="s2")]

    result, lake = convert_sampled(store, bundle_of(objects))

    assert _of(table_rows(result, lake)) == {"a": 10, "c": 20, "d": 30}
    assert result.accounting == Accounting(events_in=61, rows_out=60, quarantined=1)
    (file,) = [staged for staged in result.files if not staged.partition]
    (entry,) = read_entries(lake.get(file.staged_key))
    start, end = len(members[0]), len(members[0]) + len(members[1])
    assert entry == {
        "reason": f"gzip member 2 (bytes {start} to {end:,} of the object) is left out: its gzip data is corrupt "
        "(incorrect checksum)",
        "source": objects[0].key,
        "line": 1,
        "offset": 0,
        "text": "",
    }
    assert store.opened[objects[1].key] == 2  # for the sample, and for the rows: the damaged object alone is read again


def test_they_are_rows_if_that_is_accepted(store: CountingStore) -> None:
    members = [_member("a", 10), _member("b", 5, bad=True), _member("c", 20), _member("d", 30, bad=True)]
    objects = [_put(store, *members)]

    result, lake = convert_sampled(store, bundle_of(objects, accept_corrupt=True))

    assert _of(table_rows(result, lake)) == {"a": 10, "b": 5, "c": 20, "d": 30}
    assert result.accounting == Accounting(events_in=65, rows_out=65)


def test_fields_that_come_after_such_a_member_have_columns(store: CountingStore) -> None:
    objects = [_put(store, gzip.compress(exported_line(DAY, "{}").encode())[:-8] + bytes(8), _member("a", 10))]

    result, lake = convert_sampled(store, bundle_of(objects))

    assert _of(table_rows(result, lake)) == {"a": 10}
    assert result.accounting == Accounting(events_in=11, rows_out=10, quarantined=1)


def test_a_truncated_member_keeps_what_it_decodes_to(store: CountingStore) -> None:
    objects = [_put(store, _member("a", 10, bad=True), _member("b", 1000)[:-9])]

    result, lake = convert_sampled(store, bundle_of(objects))

    assert set(_of(table_rows(result, lake))) == {"b"}
    assert result.accounting.quarantined == 2


def test_an_event_that_is_cut_by_the_member_is_no_row(store: CountingStore) -> None:
    objects = [_put(store, _member("a", 10, end=" and mo"), _member("b", 5, bad=True), _member("c", 20))]

    result, lake = convert_sampled(store, bundle_of(objects))

    assert _of(table_rows(result, lake)) == {"a": 9, "c": 20}
    (file,) = [staged for staged in result.files if not staged.partition]
    (entry,) = read_entries(lake.get(file.staged_key))
    assert entry["text"].endswith(" and mo")
    assert "gzip member 2" in entry["reason"]


def test_a_scan_counts_what_is_converted_later(store: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_members, "WAITING_BYTES", 1 << 20)
    raw, lake = _put(store, _member("a", 10), _member("b", EVENTS, bad=True), _member("c", 20)), MemoryStore("lake")

    scan = scan_object(raw, store, lake)

    assert sum(count for hours in scan.hours.values() for count in hours.values()) == 30
    assert (scan.undecoded.quarantined, set(scan.hours)) == (1, {LogGroupName("")})


def test_a_plain_file_is_read_around_the_member(store: CountingStore) -> None:
    texts = [gzip.compress(f"2026-11-21T08:00:0{number}Z INFO order {number}\n".encode() * 3) for number in range(3)]
    bad = bytearray(texts[1])
    bad[-8] ^= 1
    put = _put(store, texts[0], bytes(bad), texts[2])

    result, lake = convert_sampled(store, bundle_of([RawObject(put.key, put.size_bytes, "s1", changed_ms=DAY)]), "text")

    assert result.accounting == Accounting(events_in=7, rows_out=6, quarantined=1)
    assert {row["raw"][-1] for row in table_rows(result, lake)} == {"0", "2"}
