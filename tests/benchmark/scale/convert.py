"""Size and skew: ``loglake convert`` on more and more of the same objects, and on one large one among small ones."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from benchmark.compare.data import TASK, write_exports
from benchmark.compare.measuring import Measured, measure
from benchmark.scale.row import Row

PROGRAM = Path(__file__).parents[1] / "compare" / "contenders" / "loglake.py"
OBJECT_BYTES = 37_000_000
_DISTINCT = 4
_SAME = 1.15


def measure_sizes(folder: Path, gigabytes: tuple[float, ...]) -> list[Row]:
    """Time per GB of several sizes, and the memory of the largest process."""
    distinct = folder / "distinct"
    write_exports(distinct, _DISTINCT, OBJECT_BYTES)
    runs: dict[float, Measured] = {}
    for size in gigabytes:
        objects = max(_DISTINCT, round(size * 1e9 / OBJECT_BYTES))
        source = folder / "exports"
        _repeat(distinct, source, objects)
        runs[objects * OBJECT_BYTES / 1e9] = _convert(source, folder / "made")
    wall = {size: run.seconds_total / size for size, run in runs.items()}
    cpu = {size: run.cpu_seconds / size for size, run in runs.items()}
    details: dict[str, float | str] = {f"{size:.1f} GB: s per GB": value for size, value in wall.items()}
    details |= {f"{size:.1f} GB: CPU s per GB": value for size, value in cpu.items()}
    largest = max(run.peak_process_mb for run in runs.values())
    name = f"time per GB, {min(runs):.1f} to {max(runs):.1f} GB: the longest by the shortest"
    return [
        Row(name, max(wall.values()) / min(wall.values()), "<=", _SAME, "x", details),
        Row("the same, processor time", max(cpu.values()) / min(cpu.values()), "<=", _SAME, "x"),
        Row("peak memory of a worker at these sizes", largest, "<=", 512, "MB"),
    ]


def measure_skew(folder: Path, big_bytes: int, small_objects: int) -> list[Row]:
    """One large object among small ones of 1 MB: how busy the cores are."""
    source = folder / "exports"
    write_exports(source, 1, big_bytes)
    small = folder / "small"
    write_exports(small, 1, 1_000_000)
    (body,) = small.rglob("*.gz")
    for number in range(small_objects):
        _link(body, source / TASK / f"small-{number:05d}" / "000000.gz")
    run, cores = _convert(source, folder / "made"), len(os.sched_getaffinity(0))
    busy = run.cpu_seconds / (run.seconds_total * cores)
    details: dict[str, float | str] = {
        "seconds": run.seconds_total,
        "CPU seconds": run.cpu_seconds,
        "busiest process, CPU seconds": run.busiest_cpu_seconds,
        "possible with it": min(1.0, run.cpu_seconds / (cores * run.busiest_cpu_seconds)),
    }
    title = f"{big_bytes / 1e6:,.0f} MB among {small_objects} objects of 1 MB: cpu / (wall * cores)"
    return [Row(title, busy, ">=", 0.9, "", details)]


def _convert(source: Path, made: Path) -> Measured:
    try:
        return measure(PROGRAM, source, made)
    finally:
        shutil.rmtree(made, ignore_errors=True)
        shutil.rmtree(source)


def _repeat(distinct: Path, target: Path, objects: int) -> None:
    """So many objects, as links to a few: their log streams differ."""
    bodies = sorted(distinct.rglob("*.gz"))
    for number in range(objects):
        _link(bodies[number % len(bodies)], target / TASK / f"web-{number:05d}" / "000000.gz")


def _link(body: Path, target: Path) -> None:
    target.parent.mkdir(parents=True)
    os.link(body, target)
