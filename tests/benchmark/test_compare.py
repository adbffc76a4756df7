"""`make bench` on very little input: each contender works, and the results can be compared."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from benchmark.compare.__main__ import CONTENDERS, WHOLE, run
from benchmark.compare.checking import content
from benchmark.compare.data import write_exports

pytestmark = pytest.mark.benchmark

QUICK = ("loglake", "duckdb", "polars", "pandas")
"""Those without a JVM: the others are tried by whoever runs `make bench`."""


def test_contenders_make_as_many_rows_of_the_same_events(tmp_path: Path) -> None:
    results = run(tmp_path / "bench", megabytes=0.4, objects=2, rounds=1, names=QUICK)
    assert json.loads((tmp_path / "bench" / "results.json").read_text()) == results
    assert (tmp_path / "bench" / "results.svg").stat().st_size
    taken = results["contenders"]
    assert {one["rows"] for one in taken.values()} == {taken["loglake"]["rows"]}
    for one in taken.values():
        assert one["seconds_total"] >= one["seconds_job"] > 0
        assert min(one["cpu_seconds"], one["peak_rss_mb"], one["files"], one["bytes_out"]) > 0
    assert results["ratios"].keys() == {
        "loglake / duckdb, seconds_total", "loglake / polars, seconds_total", "loglake / duckdb, cpu_seconds",
    }  # fmt: skip
    assert results["limit_mb_s"] > results["kernel_mb_s"] > 0


def test_the_data_is_the_same_every_time_and_the_checksum_knows_each_value(tmp_path: Path) -> None:
    assert write_exports(tmp_path / "a", 2, 5000) == write_exports(tmp_path / "b", 2, 5000)
    files = [sorted((tmp_path / name).rglob("*.gz")) for name in "ab"]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]
    made = [parquet(tmp_path / name, values) for name, values in (("x", "1, 2"), ("y", "2, 1"), ("z", "1, 3"))]
    assert made[0]["checksum"] == made[1]["checksum"] != made[2]["checksum"]
    assert made[0]["rows"] == 2


def parquet(folder: Path, values: str) -> dict[str, object]:

    (folder / "dt=2026-11-21").mkdir(parents=True)
    with duckdb.connect() as connection:  # the process's own handle may have another test's unread response
        connection.execute(f"COPY (SELECT unnest([{values}]) AS n) TO '{folder}/dt=2026-11-21/a.parquet'").fetchall()
    return content(folder)


def test_each_contender_is_a_file_and_those_that_keep_events_whole_are_among_them() -> None:
    folder = Path(__file__).parent / "compare" / "contenders"
    assert {path.stem for path in folder.glob("[a-z]*.py")} == set(CONTENDERS)
    assert set(CONTENDERS) > WHOLE
