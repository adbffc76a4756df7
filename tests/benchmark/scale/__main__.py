"""Measures how loglake scales, and writes ``bench/scale.json``.

    make bench-scale                            about ten minutes on two quiet cores
    make bench-scale PARTS='crawl landing'      only these: size, one-object, skew, objects, landing, crawl, ledger,
                                                status, requests, written, start
    make bench-scale PARTS=size GB='0.7 4 20'   up to 20 GB of text
    make bench-scale PARTS=one-object OBJECT_GB=4   one object of 4 GB of text on one core and on all
    make bench-scale PARTS=written GROUPS=30 DAYS=60   30 simulated log groups; some minutes

A benchmark measures: a target that is missed is printed, and changes no exit status.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.scale.convert import measure_sizes, measure_skew
from benchmark.scale.crawl import measure_crawls
from benchmark.scale.landing import measure_landing, measure_year
from benchmark.scale.ledger import measure_ledger
from benchmark.scale.look import measure_look
from benchmark.scale.objects import measure_objects
from benchmark.scale.one_object import measure_one_object
from benchmark.scale.requests import measure_requests
from benchmark.scale.start import measure_start
from benchmark.scale.status import measure_status
from benchmark.scale.written import measure_written

if TYPE_CHECKING:
    from benchmark.scale.row import Row

_BIG_BYTES, _SMALL = 150_000_000, 200


def measure_parts(asked: argparse.Namespace) -> list[Row]:
    """All parts that were asked for, each in an empty folder; prints each row as soon as it is there."""
    parts: dict[str, Callable[[Path], list[Row]]] = {
        "size": lambda folder: measure_sizes(folder, tuple(map(float, asked.gigabytes.split()))),
        "one-object": lambda folder: measure_one_object(folder, asked.object_gigabytes * 1e9, asked.rounds),
        "skew": lambda folder: measure_skew(folder, _BIG_BYTES, _SMALL),
        "objects": lambda folder: measure_objects(folder, asked.count),
        "landing": lambda folder: [*measure_landing(2000, 1000), *measure_year(10, 365, 50_000, 1000), *measure_look()],
        "crawl": lambda folder: measure_crawls(asked.partitions),
        "ledger": lambda _: measure_ledger(),
        "status": lambda folder: measure_status(folder, asked.count),
        "requests": measure_requests,
        "written": lambda _: measure_written(asked.groups, asked.days),
        "start": measure_start,
    }
    rows: list[Row] = []
    for name in asked.parts.split() or parts:
        with tempfile.TemporaryDirectory(prefix="loglake-bench-") as folder:
            found = parts[name](Path(folder))
        for row in found:
            print(row, flush=True)
        rows += found
    return rows


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, default=Path("bench"))
    parser.add_argument("--parts", default="", help="those to measure; all if empty")
    parser.add_argument("--gigabytes", default="0.7 2.8", help="sizes of text")
    parser.add_argument("--object-gigabytes", type=float, default=1.0, help="text of the one large object")
    parser.add_argument("--rounds", type=int, default=1, help="of the one large object, on one core and on all")
    parser.add_argument("--count", type=int, default=100_000, help="small objects, and log groups of a status")
    parser.add_argument("--groups", type=int, default=12, help="simulated log groups")
    parser.add_argument("--days", type=int, default=25, help="simulated days, 20 or more")
    parser.add_argument("--partitions", type=int, default=10_000, help="partitions to crawl")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    rows = measure_parts(asked)
    machine = {"cores": len(os.sched_getaffinity(0)), "python": platform.python_version(), "load_before": load}
    asked.output.mkdir(parents=True, exist_ok=True)
    file = asked.output / "scale.json"
    results = {"machine": {**machine, "load_after": os.getloadavg()[0]}, "rows": [_json(row) for row in rows]}
    file.write_text(json.dumps(results, indent=1) + "\n")
    missed = sum(not row.met for row in rows)
    print(f"{len(rows) - missed} of {len(rows)} targets are met; all numbers are in {file}. Load average {load:.1f}.")


def _json(row: Row) -> dict[str, object]:
    return {**asdict(row), "met": row.met}


if __name__ == "__main__":
    main()
