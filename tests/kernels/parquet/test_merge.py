"""Merging files: by name, in order, and each slice can be found again."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.fakes.stores import MemoryStore

from loglake.core.compaction.decision import Merge, MergedFile, MergeOutput, Slice
from loglake.core.schema.schema import ColumnType, InferredType, TableSchema, grow, retype
from loglake.errors import NotFoundError, PermanentError
from loglake.kernels.parquet.file import HAS_FILTERS
from loglake.kernels.parquet.merge import merge_files
from loglake.kernels.parquet.rows import file_schema, row_schema
from loglake.kernels.parquet.writer import ROW_GROUP_BYTES, RowWriter
from loglake.kernels.readers.events import Origin

pytestmark = pytest.mark.unit

OLD = grow(TableSchema("t"), {("status",): InferredType(ColumnType.BIGINT)})
NEW = grow(OLD, {("plan",): InferredType(ColumnType.STRING), ("ms",): InferredType(ColumnType.DOUBLE)})


@pytest.fixture
def lake() -> MemoryStore:
    return MemoryStore("lake")


def put(
    lake: MemoryStore, path: Path, group: str, times: Sequence[int], schema: TableSchema = NEW, **values: Any
) -> Slice:
    """Puts a file of one log group as a window's commit writes it; returns its rows."""
    count = len(times)
    columns: dict[str, Any] = {
        "event_time": list(times),
        "log_time": [None] * count,
        "_origin": [0] * count,
        "_line": list(range(count)),
        "_event_id": [None] * count,
        "message": [f"m{ms}" for ms in times],
        "level": ["INFO"] * count,
        "raw": [f"{group} {ms}" for ms in times],
        "_rescued": [None] * count,
        **{column.name: values.get(column.name, [None] * count) for column in schema.columns},
    }
    writer = RowWriter(str(path / "file"), schema, [Origin(f"raw{group}", group, "web")])
    writer.write(pa.RecordBatch.from_pydict(columns, row_schema(schema)))
    writer.close()
    key = f"tables/t/{group}.{len(lake.objects)}"
    lake.put_file(key, str(path / "file"))
    return Slice(key, 0, count, count)


def merged(
    lake: MemoryStore,
    *slices: Slice,
    schema: TableSchema = NEW,
    strict: bool = True,
    group_bytes: int = ROW_GROUP_BYTES,
) -> pq.ParquetFile:
    work = Merge(schema, (MergeOutput("staging/one", slices),), strict)
    (made,) = merge_files(work, lake, group_bytes=group_bytes)
    body = lake.get("staging/one")
    file = pq.ParquetFile(io.BytesIO(body))
    assert made == MergedFile(file.metadata.num_rows, len(body), hashlib.sha256(body).hexdigest())
    return file


def column(file: pq.ParquetFile, name: str) -> list[Any]:
    found: list[Any] = file.read([name]).column(0).to_pylist()
    return found


def test_files_of_different_versions_are_joined_by_name(lake: MemoryStore, tmp_path: Path) -> None:
    new = put(lake, tmp_path, "/a", [5, 7], plan=["free", None], ms=[0.5, 1.5])
    old = put(lake, tmp_path, "/b", [1, 9], OLD, status=[200, 404])
    file = merged(lake, new, old)
    assert file.schema_arrow == file_schema(NEW)
    assert column(file, "raw") == ["/a 5", "/a 7", "/b 1", "/b 9"]
    assert column(file, "log_group") == ["/a", "/a", "/b", "/b"]
    assert column(file, "_source") == ["raw/a", "raw/a", "raw/b", "raw/b"]
    assert column(file, "plan") == ["free", None, None, None]
    assert column(file, "ms") == [0.5, 1.5, None, None]
    assert column(file, "status") == [None, None, 200, 404]
    assert file.metadata.num_row_groups == 1


def test_a_column_that_no_file_has_is_left_out(lake: MemoryStore, tmp_path: Path) -> None:
    slices = [put(lake, tmp_path, group, [1], OLD, status=[1]) for group in ("/a", "/b")]
    assert merged(lake, *slices).schema_arrow == file_schema(OLD)


def test_the_same_slices_give_the_same_bytes(lake: MemoryStore, tmp_path: Path) -> None:
    slices = [put(lake, tmp_path, f"/{number}", range(200)) for number in range(5)]
    merged(lake, *slices)
    first = lake.get("staging/one")
    merged(lake, *slices)
    assert lake.get("staging/one") == first


def test_row_groups_are_sorted_and_end_where_the_order_would_break(lake: MemoryStore, tmp_path: Path) -> None:
    hours = [put(lake, tmp_path, "/a", times) for times in ([1, 2], [3, 4], [2, 9])]
    file = merged(lake, *hours, put(lake, tmp_path, "/b", [1]))
    groups = [file.read_row_group(number).column("raw").to_pylist() for number in range(file.num_row_groups)]
    assert groups == [["/a 1", "/a 2", "/a 3", "/a 4"], ["/a 2", "/a 9", "/b 1"]]
    assert file.metadata.row_group(0).sorting_columns[0].column_index == file.schema_arrow.names.index("log_group")
    levels = file.metadata.row_group(0).column(file.schema_arrow.names.index("log_group"))
    assert levels.statistics
    assert (levels.statistics.min, levels.statistics.max) == ("/a", "/a")


def test_a_part_can_be_taken_out_by_its_place(lake: MemoryStore, tmp_path: Path) -> None:
    whole = [
        put(lake, tmp_path, f"/{number}", range(number * 10 + 3), status=[number] * (number * 10 + 3))
        for number in range(4)
    ]
    rows = column(merged(lake, *whole, group_bytes=60), "raw")
    lake.put("tables/t/compacted", lake.get("staging/one"))
    first, total = 0, sum(each.total for each in whole)
    for number, each in enumerate(whole):
        part = Slice("tables/t/compacted", first, each.rows, total)
        assert column(merged(lake, part), "raw") == [f"/{number} {ms}" for ms in range(each.rows)]
        others = [
            Slice(part.key, 0, first, total),
            Slice(part.key, first + each.rows, total - first - each.rows, total),
        ]
        assert column(merged(lake, *others), "raw") == [raw for raw in rows if not raw.startswith(f"/{number} ")]
        first += each.rows


def test_one_task_makes_several_files(lake: MemoryStore, tmp_path: Path) -> None:
    each = put(lake, tmp_path, "/a", range(10))
    outputs = [MergeOutput(f"staging/{first}", (Slice(each.key, first, 5, 10),)) for first in (0, 5)]
    made = merge_files(Merge(NEW, tuple(outputs)), lake)
    assert [file.rows for file in made] == [5, 5]
    assert pq.read_table(io.BytesIO(lake.get("staging/5"))).column("raw").to_pylist()[0] == "/a 5"


def test_a_column_with_values_of_another_type_is_refused(lake: MemoryStore, tmp_path: Path) -> None:
    slices = [put(lake, tmp_path, group, [1], OLD, status=[200]) for group in ("/a", "/b")]
    other = retype(OLD, "status", ColumnType.DOUBLE)
    with pytest.raises(PermanentError, match="column status has several types in one partition: double, int64"):
        merged(lake, *slices, schema=other)
    kept = merged(lake, slices[0], schema=other, strict=False)  # still unreadable
    assert kept.schema_arrow.field("status").type == pa.int64()


def test_nulls_of_another_type_are_nulls(lake: MemoryStore, tmp_path: Path) -> None:
    one, two = (put(lake, tmp_path, group, [1], OLD, status=[status]) for group, status in (("/a", 200), ("/b", None)))
    merged(lake, one, two)
    lake.put("tables/t/compacted", lake.get("staging/one"))
    other = retype(OLD, "status", ColumnType.DOUBLE)
    rest = merged(lake, Slice("tables/t/compacted", 1, 1, 2), schema=other, strict=False)
    assert rest.schema_arrow.field("status").type == pa.float64()
    assert column(rest, "status") == [None]


def test_what_is_not_as_it_should_be_is_refused(lake: MemoryStore, tmp_path: Path) -> None:
    each = put(lake, tmp_path, "/a", [1, 2])
    with pytest.raises(PermanentError, match=r"/a\.0 has 2 rows, and its commit says 3"):
        merged(lake, Slice(each.key, 0, 3, 3))
    lake.put("tables/t/torn", lake.get(each.key)[:-30])
    with pytest.raises(PermanentError, match="one of tables/t/torn can't be read as Parquet"):
        merged(lake, Slice("tables/t/torn", 0, 2, 2))
    with pytest.raises(NotFoundError):
        merged(lake, Slice("tables/t/gone", 0, 2, 2))
    assert not lake.exists("staging/one")


TEXT = ["x" * 1000] * 4000
"""4 MB of text for a column of a file."""


def most_memory(lake: MemoryStore, *slices: Slice, group_bytes: int = ROW_GROUP_BYTES) -> tuple[pq.ParquetFile, int]:
    """What is merged, and how many bytes of arrays there were at a time."""
    before = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(before)
    pa.set_memory_pool(pool)
    try:
        merged(lake, *slices, group_bytes=group_bytes)
    finally:
        pa.set_memory_pool(before)
    return pq.ParquetFile(io.BytesIO(lake.get("staging/one"))), pool.max_memory() or 0


def test_memory_is_that_of_row_groups_not_of_files(lake: MemoryStore, tmp_path: Path) -> None:
    slices = [put(lake, tmp_path, f"/{number:02d}", range(4000), plan=TEXT) for number in range(8)]
    file, most = most_memory(lake, *slices, group_bytes=50_000)
    assert file.metadata.num_rows == 32_000
    assert file.metadata.num_row_groups == 8
    assert 0 < most < 6 * 4_000_000  # a file has 4 MB of text, and all of them have 32


def test_many_slices_of_a_row_group_are_read_at_once(
    lake: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when one window of a hundred leaves the file that they share, or every other one."""
    whole = put(lake, tmp_path, "/00", range(4000), plan=TEXT)
    read_row_group, read = pq.ParquetFile.read_row_group, list[int]()

    def count(file: pq.ParquetFile, number: int, **options: Any) -> Any:
        read.append(number)
        return read_row_group(file, number, **options)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", count)
    file, most = most_memory(lake, *(Slice(whole.key, first, 50, 4000) for first in range(0, 4000, 100)))
    assert read == [0]
    assert column(file, "raw") == [f"/00 {ms}" for ms in range(4000) if ms % 100 < 50]
    assert 0 < most < 6 * 4_000_000


def test_slices_of_files_in_turns_do_not_hold_whole_row_groups(lake: MemoryStore, tmp_path: Path) -> None:
    keys = [
        put(lake, tmp_path, "/00", [ms for ms in range(8000) if ms // 100 % 2 == odd], plan=TEXT).key
        for odd in (False, True)
    ]
    slices = [Slice(key, first, 100, 4000) for first in range(0, 4000, 100) for key in keys]
    file, most = most_memory(lake, *slices)
    assert column(file, "raw") == [f"/00 {ms}" for ms in range(8000)]
    assert file.metadata.num_row_groups == 1
    assert 0 < most < 10 * 4_000_000


def test_a_column_with_filters_keeps_them(lake: MemoryStore, tmp_path: Path) -> None:
    schema = grow(TableSchema("t"), {("order",): InferredType(ColumnType.STRING)})
    numbers = [f"no {number}" for number in range(2_000)]
    few = put(lake, tmp_path, "/a", [1], schema, order=numbers[:1])
    writer = RowWriter(str(tmp_path / "more"), schema, [Origin("raw", "/b", "web")], find_by=["order"])
    count = len(numbers)
    rows: dict[str, Any] = {name: [None] * count for name in row_schema(schema).names}
    rows |= {"event_time": range(count), "_origin": [0] * count, "_line": range(count), "order": numbers}
    writer.write(pa.RecordBatch.from_pydict({**rows, "raw": numbers}, row_schema(schema)))
    writer.close()
    lake.put_file("tables/t/b", str(tmp_path / "more"))
    file = merged(lake, few, Slice("tables/t/b", 0, count, count), schema=schema, group_bytes=10)
    assert file.num_row_groups == 2
    filters = {}
    for group in (0, 1):
        for place in range(file.metadata.num_columns):
            known: dict[str, Any] = {**file.metadata.row_group(group).column(place).to_dict()}
            if known.get("bloom_filter_length"):  # an older pyarrow does not know it
                filters[group, known["path_in_schema"]] = known["bloom_filter_length"]
    if not HAS_FILTERS:
        assert not filters
        return
    assert filters.keys() == {(0, "order"), (1, "order")}
    assert filters[(0, "order")] < 100
    assert filters[(1, "order")] > 1_000  # for 2,000 values, though the first row group has one
