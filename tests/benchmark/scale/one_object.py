"""One large object on one core and on all: a gzip member that nobody can enter in the middle."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmark.compare.data import TASK
from benchmark.compare.measuring import Measured, measure
from benchmark.made_up import events
from benchmark.scale.convert import PROGRAM
from benchmark.scale.row import Row

_FASTER, _BUSY, _MB = 1.7, 0.9, 512
_TEXT_BYTES = 40_000_000
"""Of distinct text, which is repeated: making it takes longer than converting it."""


def measure_one_object(folder: Path, text_bytes: float, rounds: int = 1) -> list[Row]:
    """Wall time, processor time and memory; one core and all cores by turns, and of each the fastest run."""
    cores = os.sched_getaffinity(0)
    source, made = folder / "exports", folder / "made"
    _write(source / TASK / "web-00" / "000000.gz", text_bytes)
    alone, together = list[Measured](), list[Measured]()
    for _ in range(rounds):
        for runs, some in ((alone, {min(cores)}), (together, cores)):
            with _on(some):
                runs.append(measure(PROGRAM, source, made, timeout_s=3600))
            shutil.rmtree(made)
    one, many = (min(runs, key=lambda run: run.seconds_total) for runs in (alone, together))
    cpu_one, cpu_many = (min(run.cpu_seconds for run in runs) for runs in (alone, together))
    busiest = min(run.busiest_cpu_seconds for run in together)
    bound = max(cpu_many / len(cores), busiest)
    details: dict[str, float | str] = {
        "seconds on one core": one.seconds_total,
        "on all": many.seconds_total,
        "CPU seconds on one core": cpu_one,
        "CPU seconds on all": cpu_many,
        "busiest process, CPU seconds": busiest,
    }
    name = f"one object of {text_bytes / 1e9:,.1f} GB of text"
    return [
        Row(
            f"{name}, {len(cores)} cores against one",
            one.seconds_total / many.seconds_total,
            ">=",
            _FASTER,
            "x",
            details,
        ),
        Row("the same, as processor time allows", cpu_one / bound, ">=", _FASTER, "x"),
        Row(f"{name}: cpu / (wall * cores)", many.cpu_seconds / (many.seconds_total * len(cores)), ">=", _BUSY),
        Row(f"{name}: peak memory of a process", max(run.peak_process_mb for run in together), "<=", _MB, "MB"),
    ]


def _write(path: Path, text_bytes: float) -> None:
    text = b"".join(events(min(_TEXT_BYTES, int(text_bytes))))
    path.parent.mkdir(parents=True)
    packing = zlib.compressobj(1, wbits=31)
    with path.open("wb") as file:
        for _ in range(max(1, round(text_bytes / len(text)))):
            file.write(packing.compress(text))
        file.write(packing.flush())


@contextmanager
def _on(cores: Collection[int]) -> Iterator[None]:
    """Runs what is started here on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
