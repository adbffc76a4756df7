"""Random events, chunks and sizes: every event is counted, and the same input gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.stores import MemoryStore
from support.worlds.bundles import DAY, bundle_of, convert_sampled, exported_line, put_object, table_rows

from loglake.core.schema.bundle import RawObject
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, parse_instant
from loglake.core.windows import Window
from loglake.kernels import bundle_rows
from loglake.kernels.parquet import writer
from loglake.kernels.readers import raw_objects

pytestmark = pytest.mark.unit


class ChoppyStore(MemoryStore):
    """Reads in chunks of its own size, whatever size is requested."""

    def __init__(self, bucket: str, chunk_bytes: int) -> None:
        super().__init__(bucket)
        self._chunk_bytes = chunk_bytes

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        return super().read(key, self._chunk_bytes)


texts = st.sampled_from(
    [
        '{"a": 1}',
        '{"a": 1.5, "b": "x"}',
        '{"a": "x"}',
        '{"c": [1]}',
        "{bad}",
        "plain",
        "two\nlines",
        "",
        "START RequestId: x",
    ]
)
times = st.integers(DAY - 3 * MS_PER_HOUR, DAY + MS_PER_DAY + 3 * MS_PER_HOUR)
objects_of = st.lists(st.lists(st.tuples(times, texts), max_size=8), min_size=1, max_size=4)


def _fill(store: MemoryStore, contents: list[list[tuple[int, str]]], cut: int) -> list[RawObject]:
    texts = ["".join(exported_line(*event) for event in events) for events in contents]
    objects = [put_object(store, f"s{number}", text) for number, text in enumerate(texts)]
    if cut:
        store.put(objects[0].key, store.get(objects[0].key)[:-cut])
    return objects


@settings(max_examples=60, deadline=None)
@given(
    contents=objects_of,
    cut=st.sampled_from([0, 0, 1, 9, 15]),
    chunk=st.sampled_from([1, 10, 1_000]),
    partition_by=st.sampled_from(["day", "hour"]),
    format_name=st.sampled_from(["json", "lambda", "text"]),
)
def test_accounting_balances_and_chunks_do_not_matter(
    contents: list[list[tuple[int, str]]], cut: int, chunk: int, partition_by: str, format_name: str
) -> None:
    elsewhere = (Window(parse_instant("2026-11-20"), DAY),)
    results = []
    for store in (MemoryStore("raw"), ChoppyStore("raw", chunk)):
        bundle = bundle_of(_fill(store, contents, cut), elsewhere=elsewhere, partition_by=partition_by)
        results.append((*convert_sampled(store, bundle, format_name), bundle))
    (result, lake, bundle), (choppy, choppy_lake, _) = results
    assert result == choppy
    assert lake.objects == choppy_lake.objects
    assert result.accounting.balanced
    rows = table_rows(result, lake)
    if not cut:
        expected = [text for events in contents for ms, text in events if ms >= DAY or ms < elsewhere[0].from_ms]
        assert sorted(row["raw"] for row in rows) == sorted(expected)
    assert {f"{row['event_time']:%Y-%m-%d}" for row in rows} == {
        made.partition[3:13] for made in result.files if made.partition
    }


def test_batches_and_row_groups_are_bounded_and_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = MemoryStore("raw")
    contents = [[(DAY + (7 * n) % 1_000, f'{{"n": {n}}}') for n in range(s, 3_000, 5)] for s in range(5)]
    bundle = bundle_of(_fill(raw, contents, 0), partition_by="hour")
    whole, whole_lake = convert_sampled(raw, bundle)
    monkeypatch.setattr(raw_objects, "BATCH_BYTES", 1_000)
    monkeypatch.setattr(writer, "ROW_GROUP_BYTES", 5_000)
    monkeypatch.setattr(bundle_rows, "WAITING_BYTES", 4_000)
    small, small_lake = convert_sampled(raw, bundle)
    assert small.accounting == whole.accounting
    file = pq.ParquetFile(io.BytesIO(small_lake.get(small.files[0].staged_key)))
    assert file.num_row_groups > 3
    for index in range(file.num_row_groups):
        timestamps: list[Any] = file.read_row_group(index, ["event_time"]).column(0).to_pylist()
        assert timestamps == sorted(timestamps)

    def key(row: dict[str, Any]) -> tuple[str, int]:
        return row["_source"], row["_line"]

    assert sorted(table_rows(small, small_lake), key=key) == sorted(table_rows(whole, whole_lake), key=key)
