"""Quarantine of one object is bounded, compressed and counted, also if the object is a zip bomb."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fakes.stores import MemoryStore
from support.worlds.bundles import DAY, bundle_of, exported_line, put_object
from support.worlds.landed import landed_event, payloads

from loglake.core.accounting import QUARANTINE_BYTES, Accounting
from loglake.core.schema.bundle import RawObject
from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.schema import TableSchema
from loglake.core.units import LogGroupName
from loglake.kernels.convert import convert_bundle
from loglake.kernels.quarantine import ENTRY_BYTES, LeftOut, QuarantineWriter, read_entries
from loglake.kernels.readers.events import Fragment
from loglake.kernels.readers.raw_objects import UndecodedStretch
from loglake.kernels.scan import scan_object

pytestmark = pytest.mark.unit

MIB = 1024 * 1024


def written(path: Path, *damages: UndecodedStretch) -> tuple[list[dict[str, Any]], QuarantineWriter]:
    writer = QuarantineWriter(str(path))
    for damage in damages:
        writer.write(damage)
    writer.close()
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()], writer


def damage(data: bytes, source: str = "a") -> UndecodedStretch:
    return UndecodedStretch(source, Fragment(3, 7, data, "why"))


@given(data=st.binary() | st.text().map(str.encode), piece=st.integers(1, 5))
def test_an_entry_has_the_exact_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("loglake.kernels.quarantine._PIECE", piece)
        (entry,), writer = written(tmp_path_factory.mktemp("q") / "q", damage(data))
    where = {name: entry.pop(name) for name in ("reason", "source", "line", "offset")}
    assert where == {"reason": "why", "source": "a", "line": 3, "offset": 7}
    ((name, value),) = entry.items()
    assert (value.encode() if name == "text" else base64.b64decode(value)) == data
    assert writer.left_out == LeftOut()


def test_each_object_has_room_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loglake.kernels.quarantine.QUARANTINE_BYTES", 1000)
    pieces = [damage(b"x" * 600), damage(b"y" * 600), damage(b"z" * 600), damage(b"x" * 10, "b")]
    entries, writer = written(tmp_path / "q", *pieces)
    room = 1000 - 600 - ENTRY_BYTES
    assert [entry["text"] for entry in entries] == ["x" * 600, "y" * room, "x" * 10]
    assert [entry.get("left_out_bytes") for entry in entries] == [None, 600 - room, None]
    assert (writer.entries, writer.left_out) == (3, LeftOut(1, 600 + 600 - room))


def test_entries_without_bytes_need_room_too(tmp_path: Path) -> None:
    writer = QuarantineWriter(str(tmp_path / "q"))
    most = QUARANTINE_BYTES // ENTRY_BYTES
    assert sum(writer.write(damage(b"")).entries for _ in range(most + 5)) == 5
    writer.close()
    assert writer.entries == most


def test_no_character_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in range(1, 9):
        monkeypatch.setattr("loglake.kernels.quarantine.QUARANTINE_BYTES", room)
        path = tmp_path / str(room)
        ((entry,), _) = written(path, damage("a\u00e4\u20ac\U0001f600".encode()))
        kept = entry["text"].encode()
        assert "a\u00e4\u20ac\U0001f600".encode().startswith(kept)
        assert room - 4 < len(kept) <= room
        assert len(kept) + entry["left_out_bytes"] == 10


def test_what_is_left_out_is_reported_in_words() -> None:
    assert Accounting(events_in=5, rows_out=4, quarantined=1).left_out == ""
    counts = Accounting(2, 0, 2, quarantine_left_out=1, quarantine_left_out_bytes=1_056_000_000)
    assert counts.left_out == (
        "Quarantine keeps 16 MiB of an object at most: it leaves out 1,056.0 MB, with 1 whole entries. The raw objects "
        "have them."
    )


@dataclass(frozen=True)
class Bomb:
    """An object of repeated bytes in some layers of gzip."""

    body: bytes
    head: bytes = b""
    layers: int = 1

    def packed(self) -> bytes:
        data = self.head + self.body * (UNPACKED // len(self.body))
        for _ in range(self.layers):
            data = gzip.compress(data, 1, mtime=0)
        return data


UNPACKED = 40 * MIB
BOMBS = {
    "zeros": Bomb(b"\0"),
    "zeros in three layers": Bomb(b"\0", layers=3),
    "one endless line": Bomb(b"x"),
    "one endless event": Bomb(b"y", exported_line(DAY, "x").encode()[:-1]),
    "an event of empty lines": Bomb(b"\n", exported_line(DAY, "x").encode()),
    "lines without a timestamp": Bomb(b"no timestamp here\n"),
    "brackets": Bomb(b"["),
    "objects in objects": Bomb(b'{"a":'),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_puts_little_into_quarantine_and_all_of_it_is_counted(bomb: Bomb) -> None:
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    key = put_object(raw, "s", "").key
    raw.put(key, bomb.packed())
    bundle = bundle_of([RawObject(key, len(raw.get(key)), "s")])
    result = convert_bundle(bundle, TablePlan("text", TableSchema("app")), raw, lake)
    counts = result.accounting
    assert (counts.balanced, counts.rows_out) == (True, 0)
    (staged,) = result.files
    entries = list(read_entries(lake.get(staged.staged_key)))
    assert len(entries) == staged.rows == counts.quarantined - counts.quarantine_left_out
    kept = sum(len(entry["text"].encode()) for entry in entries)
    assert kept <= QUARANTINE_BYTES
    assert kept + counts.quarantine_left_out_bytes == counts.text_bytes >= UNPACKED - MIB
    assert staged.size_bytes < MIB
    assert sum(result.reasons.values()) == counts.quarantined
    assert result.objects == {key: counts}


def test_thousands_of_documents_that_are_no_payload_have_no_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loglake.kernels.quarantine.QUARANTINE_BYTES", MIB)
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    payload = gzip.decompress(payloads((LogGroupName("/app"), [landed_event(1, DAY)])))
    raw.put("landing/x", gzip.compress(payload + b'{"messageType":"DATA_MESSAGE"}' * 20_000))
    scan = scan_object(RawObject("landing/x", 1, ""), raw, lake)
    assert scan.undecoded.balanced
    assert scan.undecoded.quarantined > scan.undecoded.quarantine_left_out > 10_000
    assert scan.undecoded.quarantine_left_out_bytes > 200_000
    (item,) = lake.list("quarantine/")
    entries = list(read_entries(lake.get(item.key)))
    assert len(entries) == scan.undecoded.quarantined - scan.undecoded.quarantine_left_out
