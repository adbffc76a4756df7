"""Each format on one core: processor time of loglake's kernel beside that of DuckDB, which is given the fields.

By turns, in one process: neither the start of a process nor the look at a sample counts, and what else the machine does
meets both.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import duckdb
import pyarrow as pa
from benchmark.compare.kernel import conversion
from benchmark.compare.kinds.data import write_objects
from benchmark.compare.kinds.duckdb import convert
from benchmark.made_up import FORMATS

ROUNDS = 5


def ratio_of(format_name: str, megabytes: float, rounds: int = ROUNDS) -> float:
    """The median over the rounds of loglake's processor time, as a share of DuckDB's."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": 1}) as connection:
        source, ratios = Path(folder) / "exports", list[float]()
        write_objects(source, FORMATS[format_name], 1, int(megabytes * 1e6))
        own = conversion(source, Path(folder) / "lake")
        for _ in range(rounds):
            mine = _seconds(own)
            ratios.append(mine / _seconds(lambda: convert(connection, str(source), f"{folder}/duckdb", format_name)))
    return median(ratios)


def _seconds(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started


if __name__ == "__main__":
    pa.set_cpu_count(1)
    print(json.dumps({name: ratio_of(name, float(sys.argv[1])) for name in FORMATS}))
