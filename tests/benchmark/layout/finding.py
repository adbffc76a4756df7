"""Measures ``loglake find`` of one trace id over ten tables: seconds, and the share of the bytes that it reads."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

from benchmark.compare.data import TASK
from benchmark.layout.queries import one_id
from benchmark.layout.table import with_trace_ids
from benchmark.made_up import events
from benchmark.scale.row import timed

TABLES = 10
_COMMAND = [sys.executable, "-c", "from loglake_cli.cli.app import main; main()"]


def measure_find(folder: Path, megabytes: float) -> dict[str, float]:
    """Converts so many MB of text into ten tables, and finds one trace id of the last one.

    Returns:
        ``share`` of the bytes, ``seconds`` of the command, and how many ``rows`` it found.
    """
    lake = folder / "ten"
    for number in range(TABLES):
        path = folder / f"ten-exports-{number}" / TASK / "web" / "000000.gz"
        path.parent.mkdir(parents=True)
        lines = with_trace_ids(events(int(megabytes * 1e6 / TABLES), seed=100 + number), number)
        path.write_bytes(gzip.compress(b"".join(lines), 6, mtime=0))
        given = ["convert", str(folder / f"ten-exports-{number}"), str(lake), "--table", f"app_{number}", "--quiet"]
        subprocess.run([*_COMMAND, *given, "--json"], check=True, stdout=subprocess.DEVNULL)
    size = sum(path.stat().st_size for path in lake.glob("app_*/**/*.parquet"))
    find = [*_COMMAND, "find", one_id(lake / f"app_{TABLES - 1}", "trace_id"), "--lake", str(lake), "--json", "--quiet"]
    with timed() as finding:
        done = subprocess.run(find, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return {"share": found["bytes_read"] / size, "seconds": finding.seconds, "rows": len(found["rows"])}
