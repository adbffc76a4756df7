"""Runs each contender in turn, round after round, and writes ``bench/results.json`` and a chart.

    make bench                 740 MB of text in 20 objects, three rounds: about ten minutes on two quiet cores
    make bench MB=20 ROUNDS=1  a quick look

A round runs all contenders one after the other, so what else the machine does meets all of them. The best round of
each counts, and a ratio is of the two contenders in one round: the median of these.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmark.compare.chart import draw
from benchmark.compare.checking import content
from benchmark.compare.data import write_exports
from benchmark.compare.measuring import measure

HERE = Path(__file__).parent
CONTENDERS = ("loglake", "loglake_spark", "duckdb", "polars", "spark_sql", "spark_sql_single_line", "pandas")
WHOLE = {"loglake", "loglake_spark", "spark_sql", "pandas"}
"""Those that keep events of several lines whole."""

RATIOS = {
    "loglake / duckdb, seconds_total": ("loglake", "duckdb", "seconds_total"),
    "loglake / polars, seconds_total": ("loglake", "polars", "seconds_total"),
    "spark_sql / loglake_spark, seconds_job": ("spark_sql", "loglake_spark", "seconds_job"),
    "spark_sql / loglake_spark, seconds_total": ("spark_sql", "loglake_spark", "seconds_total"),
    "loglake / duckdb, cpu_seconds": ("loglake", "duckdb", "cpu_seconds"),
    "spark_sql / loglake_spark, cpu_seconds": ("spark_sql", "loglake_spark", "cpu_seconds"),
}


def run(
    output: Path, megabytes: float, objects: int, rounds: int, names: tuple[str, ...] = CONTENDERS
) -> dict[str, Any]:
    """Measures, and writes the results into a folder; returns them."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "exports", Path(folder) / "made"
        size = write_exports(source, objects, int(megabytes * 1e6 / objects))
        packed = sum(path.stat().st_size for path in source.rglob("*.gz"))
        for number in range(rounds):
            for name in names:
                measured = asdict(measure(HERE / "contenders" / f"{name}.py", source, made))
                runs[name].append({**measured, **content(made)})
                shutil.rmtree(made)
                print(f"round {number + 1}  {name:24}{measured['seconds_total']:8.2f} s", flush=True)
        kernel = subprocess.run(
            [sys.executable, "-P", HERE / "kernel.py", source], check=True, capture_output=True, text=True
        ).stdout
    results = {
        "machine": machine(),
        "input": {"objects": objects, "bytes": size, "bytes_packed": packed},
        "contenders": {
            name: {**min(taken, key=lambda one: one["seconds_total"]), "multi_line": name in WHOLE}
            for name, taken in runs.items()
        },
        "ratios": ratios(runs),
        **json.loads(kernel),
        "rounds": runs,
    }
    output.mkdir(parents=True, exist_ok=True)
    (output / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    draw(results, output / "results.svg")
    return results


def ratios(runs: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    """The median ratio over the rounds that have both contenders."""
    return {
        title: statistics.median(
            one[field] / other[field] for one, other in zip(runs[first], runs[second], strict=True)
        )
        for title, (first, second, field) in RATIOS.items()
        if first in runs and second in runs
    }


def machine() -> dict[str, Any]:
    """The machine that it ran on."""
    packages = ("pyspark", "duckdb", "polars", "pandas", "pyarrow")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "load_before": os.getloadavg()[0],
        "architecture": platform.machine(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, default=Path("bench"))
    parser.add_argument("--megabytes", type=float, default=740)
    parser.add_argument("--objects", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    results = run(asked.output, asked.megabytes, asked.objects, asked.rounds)
    print(f"\n{'':24}{'total s':>9}{'job s':>9}{'CPU s':>9}{'peak MB':>9}{'rows':>12}{'files':>7}{'MB out':>8}")
    for name, one in results["contenders"].items():
        print(
            f"{name:24}{one['seconds_total']:9.2f}{one['seconds_job']:9.2f}{one['cpu_seconds']:9.2f}"
            f"{one['peak_rss_mb']:9.0f}{one['rows']:12,}{one['files']:7}{one['bytes_out'] / 1e6:8.1f}"
        )
    for title, ratio in results["ratios"].items():
        print(f"{title:48}{ratio:6.2f}")
    print(f"kernel {results['kernel_mb_s']:.0f} MB/s, limit {results['limit_mb_s']:.0f} MB/s on one core")


if __name__ == "__main__":
    main()
