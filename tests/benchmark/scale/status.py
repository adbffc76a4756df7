"""`loglake status` of a kept run with very many log groups: its time and its memory."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

from benchmark.scale.row import Row, timed
from support.fakes.fakes import START_MS
from support.worlds.ledger_rows import ledger_row

from athena_duckdb.catalog_file import CATALOG
from gluelocal.kept.keep import JOBS, KEYS, LEDGER, MARKER, RUNS
from loglake.aws.ledger_rows import row_item, serialize
from loglake.core.ledger.row import WindowState
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window

# A command's peak begins with that of the process that starts it: so a small one does.
_USED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""

_DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))


def measure_status(folder: Path, groups: int) -> list[Row]:
    """Measures the command over so many log groups with a window each."""
    for name in (CATALOG, JOBS, MARKER, RUNS):
        (folder / name).write_text("{}")
    buckets = [f"bench-{name}-123456789012-eu-central-1" for name in ("control", "raw", "lake")]
    for bucket in buckets:
        (folder / bucket).mkdir()
    (folder / KEYS).write_text(json.dumps({bucket: {} for bucket in buckets}))
    # One by one, so that memory is for the command.
    with (folder / LEDGER).open("w") as ledger:
        start = '{"ledger": [\n'
        for number in range(groups):
            ledger.write(start + json.dumps(_item(number), indent=2, default=_as_text))
            start = ",\n"
        ledger.write("]}")
    command = [str(Path(sys.executable).with_name("loglake")), "status", "--lake", str(folder)]
    with timed() as timer:
        done = subprocess.run([sys.executable, "-c", _USED, *command], check=True, capture_output=True, text=True)
    cpu_seconds, most_kib = map(float, done.stdout.split())
    what = f"loglake status of {groups:,} log groups"
    details: dict[str, float | str] = {"CPU seconds": cpu_seconds}
    memory = Row(f"{what}: memory", most_kib / 1024, "<=", 300, "MB")
    return [Row(what, timer.seconds, "<=", 10, "s", details), memory]


def _as_text(value: bytes) -> str:
    """A binary value, as a kept run has it."""
    return b64encode(value).decode()


def _item(number: int) -> dict[str, Any]:
    group = LogGroupName(f"/aws/lambda/team-{number % 97:02}/function-{number:06}")
    row = ledger_row(group, _DAY, "aws_lambda", WindowState.CONVERTED, task_id=f"{number:036}", digest=f"{number:064}")
    return serialize(row_item(row))
