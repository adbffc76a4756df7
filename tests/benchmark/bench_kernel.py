"""Raw megabytes per second and core, from one gzip object to Parquet, and of each step alone.

Claim: the chain does at least 50 MB/s on one core. Run ``python tests/benchmark/bench_kernel.py``. The input is 40 MB
of made-up events: 80 % JSON, 15 % lines of Lambda's Node.js logger, 5 % four-line tracebacks; one round warms up, and
the best of three counts. Measured on a virtual machine with two cores: 79 MB/s.
"""

from __future__ import annotations

import gzip
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.stores import FolderStore

from glue_jobs.core.conversion import Bundle, RawObject, TablePlan
from glue_jobs.core.schema import TableSchema, grow
from glue_jobs.core.units import LogGroupName, format_instant, parse_instant
from glue_jobs.core.windows import Window
from glue_jobs.kernels.convert import convert_bundle, sample_bundle
from glue_jobs.kernels.export_text import Fragment, read_events
from glue_jobs.kernels.formats.base import Parsed
from glue_jobs.kernels.formats.registry import format_of
from glue_jobs.kernels.gunzip import gunzip
from glue_jobs.kernels.parquet import RowWriter, rows_of
from glue_jobs.kernels.raw_objects import numbered

DAY = parse_instant("2026-11-21")
SIZE_BYTES = 40_000_000
KEY = "exports/g/000000.gz"
ROUNDS = 3


def events(size_bytes: int, seed: int = 1) -> Iterator[bytes]:
    """Exported lines of the mix, one event each, up to a size."""
    chance = random.Random(seed)
    made, ms = 0, int(DAY)
    while made < size_bytes:
        ms += chance.randrange(3)
        line = f"{format_instant(ms)} {_message(chance, ms)}\n".encode()
        made += len(line)
        yield line


def _message(chance: random.Random, ms: int) -> str:
    kind = chance.random()
    if kind < 0.8:
        return json.dumps(
            {
                "timestamp": format_instant(ms),
                "level": chance.choice(["info", "info", "warn", "error"]),
                "message": f"request handled for {chance.randrange(10_000)}",
                "user": {"id": chance.randrange(10**6), "plan": chance.choice(["free", "pro"])},
                "latency_ms": round(chance.random() * 100, 3),
                "ok": chance.random() < 0.9,
                "http": {"method": "GET", "status": 200, "path": f"/api/v1/items/{chance.randrange(1_000)}"},
            }
        )
    if kind < 0.95:
        request = f"{chance.randrange(2**32):08x}-1111-4222-8333-444455556666"
        return f"{format_instant(ms)}\t{request}\tINFO\tprocessing order {chance.randrange(10**6)}"
    return (
        f'Traceback (most recent call last):\n  File "app.py", line 12, in run\n    go()\nValueError: {chance.random()}'
    )


def _time(name: str, size_bytes: int, step: Callable[[], object]) -> None:
    best = float("inf")
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
    print(f"{name:<12} {best:6.2f} s {size_bytes / 1e6 / best:8.0f} MB/s")


def main() -> None:
    """Prints one line per step, then the chain."""
    pa.set_cpu_count(1)
    text = b"".join(events(SIZE_BYTES))
    body = gzip.compress(text, 6)
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(folder, "raw")
        store.put(KEY, body)
        window = Window(DAY, parse_instant("2026-11-22"))
        raw = RawObject(KEY, len(body), "s")
        bundle = Bundle("t", LogGroupName("/g"), window, 0, 0, "a", (raw,))
        plan = TablePlan("lambda", grow(TableSchema("t"), sample_bundle(bundle, store).fields["lambda"]))
        _steps(text, body, plan, folder)
        _time("chain", len(text), lambda: convert_bundle(bundle, plan, store, FolderStore(folder, "lake")))
    print(f"peak memory  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:6.0f} MiB (with the input)")


def _steps(text: bytes, body: bytes, plan: TablePlan, folder: str) -> None:
    batches = [numbered(item, 0) for item in read_events([text]) if not isinstance(item, Fragment)]
    parse = format_of(plan.format).parser(plan.schema)
    parsed = [parse(batch.column("raw")) for batch in batches]

    def write() -> None:
        writer = RowWriter(f"{folder}/out.parquet", plan.schema, "/g", [KEY], ["s"])
        for batch, columns in zip(batches, parsed):
            writer.write(rows_of(batch, columns, plan.schema))
        writer.close()

    def columns() -> list[Parsed]:
        return [parse(batch.column("raw")) for batch in batches]

    _time("decompress", len(text), lambda: sum(map(len, gunzip(lambda: [body]))))
    _time("boundaries", len(text), lambda: list(read_events([text])))
    _time("columns", len(text), columns)
    _time("Parquet", len(text), write)


if __name__ == "__main__":
    main()
