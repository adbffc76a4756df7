"""Measures ``loglake find`` of one request id over ten tables: seconds, and the share of the bytes that it reads.

The targets are 10 % and 2 s. Without Bloom filters in the files, the columns of ids are read as a whole.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

from benchmark.compare.data import TASK
from benchmark.layout.queries import one_request
from benchmark.made_up import events
from benchmark.scale.row import timed

TABLES = 10
_COMMAND = [sys.executable, "-c", "from loglake_cli.cli.app import main; main()"]


def measure_find(folder: Path, megabytes: float) -> dict[str, float]:
    """Converts so many MB of text into ten tables, and finds one request of the last one.

    Returns:
        ``share`` of the bytes, ``seconds`` of the command, and how many ``rows`` it found.
    """
    lake = folder / "ten"
    for number in range(TABLES):
        path = folder / f"ten-exports-{number}" / TASK / "web" / "000000.gz"
        path.parent.mkdir(parents=True)
        path.write_bytes(gzip.compress(b"".join(events(int(megabytes * 1e6 / TABLES), seed=100 + number)), 6, mtime=0))
        given = ["convert", str(folder / f"ten-exports-{number}"), str(lake), "--table", f"app_{number}", "--quiet"]
        subprocess.run([*_COMMAND, *given, "--json"], check=True, stdout=subprocess.DEVNULL)
    size = sum(path.stat().st_size for path in lake.glob("app_*/**/*.parquet"))
    find = [*_COMMAND, "find", one_request(lake / f"app_{TABLES - 1}"), "--lake", str(lake), "--json", "--quiet"]
    with timed() as finding:
        done = subprocess.run(find, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return {"share": found["bytes_read"] / size, "seconds": finding.seconds, "rows": len(found["rows"])}
