"""Runs each contender in turn, round after round, and writes ``bench/results.json`` and a chart.

    make bench                        740 MB of text in 20 objects, three rounds, then 40 MB of each other kind of logs:
                                      about ten minutes on two quiet cores
    make bench MB=20 ROUNDS=1 KIND_MB=5  a quick look; KIND_MB=0 leaves the other kinds out

A round runs all contenders one after the other, so what else the machine does meets all of them. The best round of
each counts, and a ratio is of the two contenders in one round: the median of these. Contenders that are in no ratio run
in the first round only. One that dies is reported with its last messages and its memory, and the others go on; the exit
status is 1 then.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmark.compare.chart import draw
from benchmark.compare.data import write_exports
from benchmark.compare.kernel_run import format_ratios, kernel_speed
from benchmark.compare.kinds.data import KINDS
from benchmark.compare.kinds.run import KIND_CONTENDERS, run_kinds
from benchmark.compare.rounds import CONTENDERS, WHOLE, best, deaths, ratios, run_rounds
from benchmark.compare.table import lines


def run(
    output: Path,
    megabytes: float,
    objects: int,
    rounds: int,
    *,
    kind_megabytes: float = 0,
    names: tuple[str, ...] = CONTENDERS,
    kinds: tuple[str, ...] = tuple(KINDS),
) -> dict[str, Any]:
    """Measures, and writes the results into a folder; returns them."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="loglake-bench-") as folder:
        source, made = Path(folder) / "exports", Path(folder) / "made"
        print(f"making {megabytes:,.0f} MB of text", flush=True)
        size = write_exports(source, objects, int(megabytes * 1e6 / objects))
        packed = sum(path.stat().st_size for path in source.rglob("*.gz"))
        runs = run_rounds(source, made, rounds, names)
        speed = kernel_speed(source)
        others = [name for name in KIND_CONTENDERS if name in names]
        second = run_kinds(Path(folder), kind_megabytes, others, kinds) if kind_megabytes else {}
        one_core = format_ratios(kind_megabytes) if kind_megabytes else {}
    results = {
        "machine": {**machine(), "load_before": load, "load_after": os.getloadavg()[0]},
        "input": {"objects": objects, "bytes": size, "bytes_packed": packed},
        "contenders": {name: {**best(taken), "multi_line": name in WHOLE} for name, taken in runs.items()},
        "ratios": ratios(runs),
        **speed,
        "kinds": second,
        "one_core": one_core,
        "died": [*deaths(runs), *(death for kind in second.values() for death in deaths(kind["runs"]))],
        "rounds": runs,
    }
    output.mkdir(parents=True, exist_ok=True)
    (output / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    draw(results, output / "results.svg")
    return results


def machine() -> dict[str, Any]:
    """The machine that it ran on."""
    packages = ("pyspark", "duckdb", "polars", "pandas", "pyarrow")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def main() -> int:
    """Reads the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, default=Path("bench"))
    parser.add_argument("--megabytes", type=float, default=740)
    parser.add_argument("--objects", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kind-megabytes", type=float, default=40)
    asked = parser.parse_args()
    results = run(asked.output, asked.megabytes, asked.objects, asked.rounds, kind_megabytes=asked.kind_megabytes)
    print("\n".join(lines(results)))
    print(f"All numbers are in {asked.output}/results.json, a chart in {asked.output}/results.svg.")
    return 1 if results["died"] else 0


if __name__ == "__main__":
    sys.exit(main())
