"""How long commands take that people wait for: seconds and processor time, beside the targets.

    make bench-commands          about a minute on two quiet cores
    make bench-commands MB=20    with less of one's own logs than 200 MB

Each command runs as a person runs it, in an empty folder. The short ones run five times, and the best counts. The
results are in ``bench/commands.json``, too. A target that is missed is printed, and changes no exit status.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmark.made_up import events
from benchmark.scale.row import Row, timed

_TIMES = 5
LOGLAKE = str(Path(sys.executable).with_name("loglake"))
QUERY = "SELECT level, count(*) AS events FROM app_mine GROUP BY level"


def measure(name: str, target_s: float, folder: Path, *arguments: str, times: int = 1) -> Row:
    """Runs a command so many times in a folder, and prints the best."""
    taken = []
    for _ in range(times):
        with timed() as timer:
            done = subprocess.run([LOGLAKE, *arguments], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"loglake {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        taken.append(timer)
    seconds, cpu = min(each.seconds for each in taken), min(each.cpu_seconds for each in taken)
    row = Row(name, seconds, "<=", target_s, "s", {"CPU seconds": cpu})
    print(row, flush=True)
    return row


def run(folder: Path, megabytes: float) -> list[Row]:
    """Measures all commands in a folder."""
    log = folder / "mine.log"
    with log.open("wb") as file:
        file.writelines(events(int(megabytes * 1e6)))
    own = ("--logs", str(log), "--log-group", "/app/mine", "--quiet")
    return [
        measure("loglake --help", 0.3, folder, "--help", times=_TIMES),
        measure("loglake local run, as make run does", 15, folder, "local", "run", "--quiet"),
        measure(f"loglake local run of {megabytes:,.0f} MB of own logs", 25, folder, "local", "run", *own),
        measure("loglake query, of these", 0.8, folder, "query", QUERY, times=_TIMES),
        measure("loglake status, of these", 0.8, folder, "status", "--quiet", times=_TIMES),
    ]


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, default=Path("bench"))
    parser.add_argument("--megabytes", type=float, default=200)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="loglake-bench-") as folder:
        rows = run(Path(folder), asked.megabytes)
    machine = {"cores": len(os.sched_getaffinity(0)), "load_before": load, "load_after": os.getloadavg()[0]}
    results = {"machine": machine, "rows": [{**asdict(row), "met": row.met} for row in rows]}
    asked.output.mkdir(parents=True, exist_ok=True)
    (asked.output / "commands.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"All numbers are in {asked.output}/commands.json. Load average before: {load:.1f}.")


if __name__ == "__main__":
    main()
