"""Made-up exports: 80 % JSON, 15 % lines of Lambda's Node.js logger, 5 % four-line tracebacks."""

from __future__ import annotations

import gzip
import multiprocessing
from functools import partial
from pathlib import Path

from benchmark.made_up import events

TASK = "cda45419-90ea-4db5-9833-aade86253e66"


def write_exports(folder: Path, objects: int, object_bytes: int) -> int:
    """Writes the same objects each time, with so many bytes of text; returns the size of all."""
    with multiprocessing.get_context("spawn").Pool() as pool:
        return sum(pool.map(partial(_write, folder, object_bytes), range(objects), chunksize=1))


def _write(folder: Path, object_bytes: int, number: int) -> int:
    path = folder / TASK / f"web-{number:02d}" / "000000.gz"
    path.parent.mkdir(parents=True)
    text = b"".join(events(object_bytes, seed=number))
    path.write_bytes(gzip.compress(text, 6, mtime=0))
    return len(text)
