from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.compaction.decision import Decision, Part, Piece, SharedFile, Slice, pack
from loglake.core.compaction.keys import (
    LogKey,
    Place,
    TableFile,
    is_compacted,
    parse_log_key,
    parse_table_file,
    place_of,
    staged_at,
    staging_of,
)
from loglake.core.keys import WindowKeys, group_slug
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

GROUP = LogGroupName("/app/shop")
WINDOW = Window(EpochMs(1_795_219_200_000), EpochMs(1_795_305_600_001))
PLACES = st.builds(
    Place,
    st.from_regex(r"[a-z0-9_]{1,20}", fullmatch=True),
    st.sampled_from(["dt=2026-11-21", "dt=0001-01-01", "dt=2026-11-21/hour=08"]),
)


@given(PLACES, st.text(min_size=1), st.integers(1, 99), st.integers(0, 9999))
def test_the_key_of_a_windows_file_is_read_back(place: Place, group: str, generation: int, bundle: int) -> None:
    key = WindowKeys(LogGroupName(group), WINDOW, generation).table_file(place.table, place.partition, bundle)
    assert parse_table_file(key) == TableFile(place, group_slug(group), WINDOW, generation, bundle)
    assert place_of(key) == place
    assert not is_compacted(key)


@given(PLACES, st.integers(1, 999_999), st.integers(0, 9999))
def test_the_keys_of_a_compaction_are_read_back(place: Place, number: int, file: int) -> None:
    assert parse_log_key(place.reservation(number)) == LogKey(place, number, decided=False)
    assert parse_log_key(place.decision(number)) == LogKey(place, number, decided=True)
    assert place.decision(number).startswith(place.log_prefix)
    final, staged = place.file(number, file), place.staged(number, "jr_1", file)
    assert (place_of(final), parse_table_file(final), is_compacted(final)) == (place, None, True)
    assert (staged_at(staged), staged_at(final)) == ((place, number), None)
    assert staged.startswith(place.staging_prefix)
    assert place.staging_prefix.startswith(staging_of(place.table))
    assert not final.rpartition("/")[2].startswith(("_", "."))  # Athena would not see it


@pytest.mark.parametrize(
    "key",
    [
        "tables/t/dt=2026-11-21/x.parquet",
        "tables/t/dt=2026-11-21/a-12345678.yesterday.g1.0000.parquet",
        "quarantine/t/dt=2026-11-21/a.jsonl",
        "commits/shop/20261121T000000000Z-12345678.json",
    ],
)
def test_other_keys_are_none_of_these(key: str) -> None:
    assert parse_table_file(key) is None
    assert parse_log_key(key) is None
    assert staged_at(key) is None
    assert not is_compacted(key)


def test_no_log_group_has_the_folder_of_compactions() -> None:
    for name in ("_compacted", "/_compacted", "compacted"):
        assert re.fullmatch(r".*-[0-9a-f]{20}", group_slug(name))


def test_a_decision_is_read_back() -> None:
    parts = (Part("tables/a", GROUP, 3), Part("tables/b", GROUP, 4))
    file = SharedFile("staging/x", "tables/x", 100, parts, "ab12")
    decision = Decision(Place("t", "dt=2026-11-21"), 3, "jr_1", (file,), ("tables/a", "tables/b"))
    assert Decision.from_bytes(decision.to_bytes()) == decision
    assert file.rows == 7
    data = json.loads(decision.to_bytes())
    del data["files"][0]["sha256"]  # as before there were checksums
    assert Decision.from_bytes(json.dumps(data).encode()).files[0].sha256 == ""
    assert list(file.slices()) == [(parts[0], Slice("tables/x", 0, 3, 7)), (parts[1], Slice("tables/x", 3, 4, 7))]


@given(st.lists(st.integers(1, 60), min_size=1), st.randoms(use_true_random=False))
def test_files_are_packed_in_order_up_to_a_size(sizes: list[int], random: object) -> None:
    pieces = [Piece((n,), Part(str(n), GROUP, 1), Slice(str(n), 0, 1, 1), size) for n, size in enumerate(sizes)]
    random.shuffle(shuffled := list(pieces))  # type: ignore[attr-defined]
    files = pack(shuffled, 100)
    assert [piece for file in files for piece in file] == pieces
    assert all(sum(piece.size_bytes for piece in file) <= 100 for file in files)
    assert all(
        sum(piece.size_bytes for piece in (*file, after[0])) > 100
        for file, after in zip(files, files[1:], strict=False)
    )
    assert pack([], 100) == []
