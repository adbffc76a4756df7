"""A bundle with rows of many days or hours: few open files, little memory, and the same files."""

from __future__ import annotations

import io
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from support.fakes.stores import MemoryStore
from support.worlds.bundles import DAY, bundle_of, convert_sampled, exported_line, put_object, table_rows

from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleResult, TablePlan
from loglake.core.schema.schema import TableSchema
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR
from loglake.kernels import bundle_rows
from loglake.kernels.convert import convert_bundle
from loglake.kernels.parquet import writer
from loglake.kernels.readers import raw_objects

pytestmark = pytest.mark.unit

MOST_FILES = 200


@pytest.fixture
def few_files() -> Iterator[None]:
    """Limits the process to `MOST_FILES` open files, beside those that the process has from its start."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/dev/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + MOST_FILES, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes batches, row groups and buffers small, so that a small input fills each many times."""
    monkeypatch.setattr(raw_objects, "BATCH_BYTES", 2_000)
    monkeypatch.setattr(writer, "ROW_GROUP_BYTES", 1_000)
    monkeypatch.setattr(bundle_rows, "WAITING_BYTES", 100_000)


class ChoppyStore(MemoryStore):
    """Reads in chunks of seven bytes, whatever size is requested."""

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        return super().read(key, 7)


def days(store: MemoryStore, count: int, rounds: int) -> Bundle:
    """Each object has every day once, at an earlier time of day than the object before."""
    objects = []
    for turn in range(rounds):
        lines = [
            exported_line(DAY + day * MS_PER_DAY + rounds - turn, f'{{"day": {day:03d}, "turn": {turn}}}')
            for day in range(count)
        ]
        objects.append(put_object(store, "s", "".join(lines), part=turn))
    return bundle_of(objects)


def bodies(result: BundleResult, lake: MemoryStore) -> list[bytes]:
    return [lake.get(staged.staged_key) for staged in result.files]


@pytest.mark.usefixtures("few_files")
def test_more_partitions_than_files_that_may_be_open() -> None:
    raw = MemoryStore("raw")
    result, lake = convert_sampled(raw, days(raw, 3 * MOST_FILES, 1))

    assert len(result.files) == len(table_rows(result, lake)) == 3 * MOST_FILES
    assert result.accounting.balanced


@pytest.mark.usefixtures("few_files", "little_memory")
def test_partitions_that_may_not_be_open_are_spilled_and_whole(tmp_path: Path) -> None:
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    bundle = days(raw, 2 * MOST_FILES, 5)
    result = convert_bundle(bundle, TablePlan("text", TableSchema("app")), raw, lake, str(tmp_path))

    partitions = [staged.partition for staged in result.files]
    assert partitions == sorted(set(partitions))
    tables = [pq.ParquetFile(io.BytesIO(body)) for body in bodies(result, lake)]
    for day, table in enumerate(tables):
        found = table.read(["raw", "_source", "_line"]).to_pylist()
        # By object number: an open file has a row group per flush, a spilled one all rows in one group, by time.
        found.sort(key=lambda row: row["_source"])
        assert [row["raw"] for row in found] == [f'{{"day": {day:03d}, "turn": {turn}}}' for turn in range(5)]
        assert {row["_line"] for row in found} == {day + 1}
    assert sum(table.num_row_groups > 1 for table in tables) == bundle_rows.OPEN_FILES
    times: list[Any] = tables[-1].read(["event_time"]).column(0).to_pylist()
    assert tables[-1].num_row_groups == 1
    assert times == sorted(times)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("most_open", [0, 1, 64])
def test_how_the_store_cuts_does_not_matter(monkeypatch: pytest.MonkeyPatch, most_open: int) -> None:
    monkeypatch.setattr(bundle_rows, "OPEN_FILES", most_open)
    whole, choppy = MemoryStore("raw"), ChoppyStore("raw")
    expected = bodies(*convert_sampled(whole, days(whole, 40, 20)))

    assert bodies(*convert_sampled(choppy, days(choppy, 40, 20))) == expected


@pytest.mark.usefixtures("little_memory")
def test_a_spilled_partition_has_bounded_row_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = MemoryStore("raw")
    lines = [exported_line(DAY + (n % 3) * MS_PER_HOUR, f"{n:06d} " + "x" * 43) for n in range(900)]
    objects = [put_object(raw, "s", "".join(lines[n : n + 60]), part=n // 60) for n in range(0, 900, 60)]
    bundle = bundle_of(objects, partition_by="hour")
    kept, kept_lake = convert_sampled(raw, bundle, "text")
    monkeypatch.setattr(bundle_rows, "OPEN_FILES", 0)
    spilled, spilled_lake = convert_sampled(raw, bundle, "text")

    # Row groups are the same: they are cut where the rows are full, which spilling does not change.
    assert bodies(spilled, spilled_lake) == bodies(kept, kept_lake)
    metadata = pq.ParquetFile(io.BytesIO(bodies(spilled, spilled_lake)[0])).metadata
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [20] * 15
