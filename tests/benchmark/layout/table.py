"""The table that is queried: two log groups and two days of the mix, converted by ``loglake convert``.

Events in JSON have a trace id each, as those of a service with tracing do.
"""

from __future__ import annotations

import gzip
import multiprocessing
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from benchmark.compare.data import TASK
from benchmark.made_up import DAY, events

from loglake.core.units import MS_PER_DAY

GROUPS = ("/app/web", "/app/pay")
_DAYS = 2
_EVENT_BYTES = 235
"""Of an event of the mix, about: so that the events of an object fill its day."""


def make_table(folder: Path, megabytes: float) -> Path:
    """Makes the table, and returns its folder."""
    size = int(megabytes * 1e6 / len(GROUPS) / _DAYS)
    work = [(group, day) for group in range(len(GROUPS)) for day in range(_DAYS)]
    with multiprocessing.get_context("spawn").Pool() as pool:
        pool.map(partial(_write, folder, size), work, chunksize=1)
    command = "from loglake_cli.cli.app import main; main()"
    for number, group in enumerate(GROUPS):
        source, output = str(folder / f"exports-{number}"), str(folder / "lake")
        given = ["convert", source, output, "--table", "app", "--log-group", group, "--json", "--quiet"]
        subprocess.run([sys.executable, "-c", command, *given], check=True, stdout=subprocess.DEVNULL)
    return folder / "lake" / "app"


def _write(folder: Path, size: int, place: tuple[int, int]) -> None:
    group, day = place
    path = folder / f"exports-{group}" / TASK / f"web-{group}-{day}" / "000000.gz"
    path.parent.mkdir(parents=True)
    from_ms, step_ms = int(DAY) + day * MS_PER_DAY, 2 * MS_PER_DAY * _EVENT_BYTES // size
    lines = with_trace_ids(events(size, seed=group * 10 + day, from_ms=from_ms, step_ms=step_ms), group * 10 + day)
    path.write_bytes(gzip.compress(b"".join(lines), 6, mtime=0))


def with_trace_ids(lines: Iterable[bytes], seed: int) -> Iterator[bytes]:
    """The lines of events; those in JSON with a trace id of their own."""
    chance = random.Random(seed)
    for line in lines:
        yield line.replace(b' {"timestamp"', b' {"trace_id": "%032x", "timestamp"' % chance.getrandbits(128))
