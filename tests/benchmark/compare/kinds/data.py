"""Exports of one kind of logs each: what a tool that is tuned to the mix alone would be slow with."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

from benchmark.compare.data import TASK
from benchmark.made_up import DAY, FAMILIES

from loglake.core.units import format_instant

KINDS = {
    "json_200": "JSON, 200 fields",
    "vpc_flow": "VPC flow",
    "alb": "ALB",
    "traceback": "traceback, 60 lines",
    "json_1_kb": "JSON, 1 kB",
    "json_100_kb": "JSON, 100 kB",
}
"""Kinds, and what they are among the made-up logs."""


def write_kind(folder: Path, kind: str, objects: int, object_bytes: int) -> int:
    """Writes the same objects of a kind each time; returns the bytes of their text."""
    return write_objects(folder, FAMILIES[KINDS[kind]], objects, object_bytes)


def write_objects(folder: Path, make: Callable[[random.Random], str], objects: int, object_bytes: int) -> int:
    """Writes the same objects of events each time; returns the bytes of their text."""
    size = 0
    for number in range(objects):
        chance, ms, lines, written = random.Random(number), int(DAY), list[bytes](), 0
        while written < object_bytes:
            ms += chance.randrange(3)
            lines.append(f"{format_instant(ms)} {make(chance)}\n".encode())
            written += len(lines[-1])
        path = folder / TASK / f"web-{number:02d}" / "000000.gz"
        path.parent.mkdir(parents=True)
        path.write_bytes(gzip.compress(b"".join(lines), 6, mtime=0))
        size += written
    return size
