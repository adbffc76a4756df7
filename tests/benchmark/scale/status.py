"""`loglake status` of a kept run with very many log groups: its time and its memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmark.scale.row import Row, timed
from support.fakes.fakes import START_MS
from support.worlds.ledger_rows import ledger_row

from athena_duckdb.catalog_file import CATALOG
from gluelocal.kept.keep import KEYS, LEDGER, MARKER
from loglake.aws.ledger_rows import row_place, serialize
from loglake.core.ledger.row import WindowState
from loglake.core.ledger.row_json import row_to_json
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window

_DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))


def measure_status(folder: Path, groups: int) -> list[Row]:
    """Measures the command over so many log groups with a window each."""
    for name in (CATALOG, KEYS, MARKER):
        (folder / name).write_text("{}")
    # One by one: what this process has in memory would count for the command, too, until that is executed.
    with (folder / LEDGER).open("w") as ledger:
        start = '{"ledger": [\n'
        for number in range(groups):
            ledger.write(start + json.dumps(_item(number), indent=2))
            start = ",\n"
        ledger.write("]}")
    with timed() as timer:
        command = [str(Path(sys.executable).with_name("loglake")), "status", "--keep", str(folder)]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, ended, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(ended)
    if running.returncode:
        raise RuntimeError(f"loglake status ended with {running.returncode}")
    what = f"loglake status of {groups:,} log groups"
    details: dict[str, float | str] = {"CPU seconds": used.ru_utime + used.ru_stime}
    memory = Row(f"{what}: memory", used.ru_maxrss / 1024, "<=", 500, "MB")
    return [Row(what, timer.seconds, "<=", 25, "s", details), memory]


def _item(number: int) -> dict[str, Any]:
    group = LogGroupName(f"/aws/lambda/team-{number % 97:02}/function-{number:06}")
    pk, sk = row_place(group, _DAY)
    row = ledger_row(group, _DAY, "aws_lambda", WindowState.CONVERTED, task_id=f"{number:036}", digest=f"{number:064}")
    return serialize({"pk": pk, "sk": sk, **row_to_json(row)})
