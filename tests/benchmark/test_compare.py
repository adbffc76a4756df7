"""`make bench` on very little input: each contender works, and the results can be compared."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from benchmark.compare.__main__ import run
from benchmark.compare.checking import content
from benchmark.compare.data import write_exports
from benchmark.compare.kernel_run import format_ratios
from benchmark.compare.kinds.data import write_kind, write_objects
from benchmark.compare.kinds.duckdb import convert
from benchmark.compare.kinds.run import KIND_CONTENDERS, run_kinds
from benchmark.compare.rounds import CONTENDERS, WHOLE, best, deaths, one_run, ratios
from benchmark.compare.table import FORMAT_TARGETS, lines
from benchmark.made_up import FORMATS

pytestmark = pytest.mark.benchmark

QUICK = ("loglake", "duckdb", "polars", "pandas")
"""Those without a JVM: the others are tried by whoever runs `make bench`."""


LINE = ("duckdb", "polars")
"""Those that read line by line."""


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
    assert results["redaction_ratio"] > 0
    said = "\n".join(lines(results))
    assert all(name in said for name in QUICK)
    assert "target <= 0.9: " in said


def test_a_contender_that_dies_is_reported_and_the_others_go_on(tmp_path: Path) -> None:
    program = tmp_path / "greedy.py"
    program.write_text("import os, sys\nsys.stderr.write('no memory left')\nsys.stderr.flush()\nos.abort()\n")
    died = one_run("round 1  greedy", program, tmp_path, tmp_path / "made")
    assert "greedy: killed by SIGABRT; peak memory " in died["died"]
    assert died["died"].endswith("no memory left")
    lived = {"seconds_total": 2.0, "seconds_job": 1.0, "cpu_seconds": 1.0}
    runs = {"loglake": {"1": died, "2": lived}, "duckdb": {"1": lived, "2": {**lived, "seconds_total": 4.0}}}
    assert ratios(runs) == {"loglake / duckdb, seconds_total": 0.5, "loglake / duckdb, cpu_seconds": 1.0}
    assert (best(runs["loglake"]), deaths(runs)) == (lived, [died["died"]])


def test_contenders_read_the_other_kinds_too(tmp_path: Path) -> None:
    """Two of them: `make bench` has them all."""
    found = run_kinds(tmp_path, 0.4, ["loglake", *LINE], ("alb", "traceback"))
    for kind, results in found.items():
        taken = results["contenders"]
        assert {one["rows"] for one in taken.values()} == {taken["loglake"]["rows"]}
        assert [name for name, one in taken.items() if one["lost"]] == ([*LINE] if kind == "traceback" else [])


def test_each_format_is_measured_on_one_core_beside_duckdb(tmp_path: Path) -> None:
    ratios_of = format_ratios(0.1)
    assert ratios_of.keys() == FORMATS.keys() == FORMAT_TARGETS.keys()
    assert min(ratios_of.values()) > 0
    (tmp_path / "lake").mkdir()
    for name, make in FORMATS.items():
        write_objects(tmp_path / name, make, 1, 5_000)
        with duckdb.connect() as connection:
            convert(connection, str(tmp_path / name), str(tmp_path / "lake" / name), name)
            parts = connection.execute(f"DESCRIBE FROM '{tmp_path}/lake/{name}/**/*.parquet'").fetchall()
            rows = connection.execute(f"FROM '{tmp_path}/lake/{name}/**/*.parquet'").fetchall()
        columns = [column for column, *_ in parts]
        missing = [column for place, column in enumerate(columns) if all(row[place] in (None, "") for row in rows)]
        assert missing == []


def test_the_data_is_the_same_every_time_and_the_checksum_knows_each_value(tmp_path: Path) -> None:
    assert write_exports(tmp_path / "a", 2, 5000) == write_exports(tmp_path / "b", 2, 5000)
    files = [sorted((tmp_path / name).rglob("*.gz")) for name in "ab"]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]
    assert write_kind(tmp_path / "c", "alb", 1, 5000) == write_kind(tmp_path / "d", "alb", 1, 5000)
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
    others = {path.stem for path in (folder.parent / "kinds").glob("[a-z]*.py")} - {"data", "fields", "run"}
    assert others | {"loglake"} == set(KIND_CONTENDERS)
