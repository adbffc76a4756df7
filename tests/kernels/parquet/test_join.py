"""Joined files have the row groups of the files as they were, with all that readers skip by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loglake.kernels.parquet.file import HAS_FILTERS, open_file
from loglake.kernels.parquet.join import join_files

pytestmark = pytest.mark.unit

ROWS = 50_000
"""Some pages in each column."""

PLACES = (
    "data_page_offset",
    "dictionary_page_offset",
    "index_page_offset",
    "bloom_filter_offset",
    "column_index_offset",
    "page_offset",
)
"""Where something is in the file. Whether that is right is seen by the bytes that are there."""


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Three files of one table, the second one with two row groups."""
    paths = []
    for number, groups in enumerate([1, 2, 1]):
        rows = [_rows(number * 10 + group) for group in range(groups)]
        paths.append(tmp_path / f"{number}.parquet")
        with open_file(str(paths[-1]), rows[0]) as writer:
            for each in rows:
                writer.write_table(each, row_group_size=each.num_rows)
    return paths


def _rows(seed: int) -> pa.Table:
    numbers = range(seed * ROWS, (seed + 1) * ROWS)
    columns: dict[str, Any] = {
        "event_time": pa.array(numbers, pa.timestamp("ms", "UTC")),
        "log_group": ["/app"] * ROWS,
        "request_id": [f"{number:032x}" for number in numbers],
        "raw": [f"the text of event {number}" for number in numbers],
        "is_slow": [None if number % 3 else number % 2 == 0 for number in numbers],
        "ms": [number / 7 for number in numbers],
    }
    return pa.table(columns)


def joined(paths: Sequence[Path]) -> Path:
    target = paths[0].parent / "joined"
    assert join_files([str(path) for path in paths], str(target)) == pq.read_metadata(target).num_rows
    return target


def described(path: Path, function: str) -> list[dict[str, Any]]:
    """What DuckDB says of each column of each row group, or of each of its pages."""
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM {function}(?) ORDER BY row_group_id, column_id", [str(path)])
        names = [each[0] for each in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_rows_are_those_of_the_files_in_their_order(paths: list[Path]) -> None:
    target = joined(paths)
    assert pq.read_table(target).equals(pa.concat_tables([pq.read_table(path) for path in paths]))
    assert target.stat().st_size < 1.01 * sum(path.stat().st_size for path in paths)
    first = target.read_bytes()
    assert joined(paths).read_bytes() == first
    assert joined(paths[:1]).read_bytes()[:-8] != first


PAGES = pytest.param(
    "parquet_page_index",
    marks=pytest.mark.skipif(duckdb.__version__ == "2.0.0", reason="this DuckDB does not show the index"),
)


@pytest.mark.parametrize("function", ["parquet_metadata", PAGES])
def test_pages_and_what_readers_skip_by_are_where_the_footer_says(paths: list[Path], function: str) -> None:
    target = joined(paths)
    groups = 0
    expected: list[tuple[dict[str, Any], bytes]] = []
    for path in paths:
        expected += [
            ({**each, "row_group_id": groups + each["row_group_id"]}, path.read_bytes())
            for each in described(path, function)
        ]
        groups += pq.read_metadata(path).num_row_groups
    body, found = target.read_bytes(), described(target, function)
    assert (len(found), found[-1]["row_group_id"]) == (len(expected), 3)
    if function == "parquet_page_index":
        assert len(found) > 2 * 4 * 6, "several pages in each column of each row group"
    for one, (other, source) in zip(found, expected, strict=True):
        for name in one.keys() - {"file_name", "offset_index_offset", "offset_index_length", *PLACES}:
            assert one[name] == other[name], name
        for place in PLACES:
            if one.get(place) is not None:
                assert body[one[place] :][:64] == source[other[place] :][:64], (place, one)


@pytest.mark.skipif(not HAS_FILTERS, reason="this pyarrow writes no Bloom filters")
def test_a_filter_says_which_row_group_has_an_id(paths: list[Path]) -> None:
    with duckdb.connect() as connection:
        asked = f"parquet_bloom_probe(?, 'request_id', '{10 * ROWS + 5:032x}')"
        found = connection.execute(f"SELECT row_group_id, bloom_filter_excludes FROM {asked}", [str(joined(paths))])
        said = dict(found.fetchall())
    assert said == {0: True, 1: False, 2: True, 3: True}


def test_a_file_with_other_columns_is_refused(paths: list[Path]) -> None:
    pq.write_table(pq.read_table(paths[1]).drop(["ms"]), paths[1], write_page_index=True)
    with pytest.raises(RuntimeError, match="equal schemas"):
        joined(paths)
