"""Sends a request to `loglake local up` every few seconds, and reports memory over time and what is left at the end.

Each request exports and converts the same windows again, so that the work goes on and what is stored hardly grows.
Exit status 1: the memory grew, a process is left, or it did not stop as it should.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support.local.processes import processes
from support.local.stacks_up import Up, start_up

GROWTH = 1.15
"""How much more memory the last third of the time may take than the middle third; the first one is warming up."""

KEEPING_S = 900
"""How long it may take to stop: it keeps the objects of all runs, thousands after an hour."""


@dataclass(frozen=True)
class Reading:
    """Memory of the stack's own process at a time; jobs are other processes."""

    at_s: float
    rss_mb: float
    threads: int
    runs: int

    def __str__(self) -> str:
        return f"{self.at_s:7.0f} s  {self.rss_mb:7.1f} MB  {self.threads:3} threads  {self.runs:4} runs"


def main() -> int:
    """Runs the test; prints a line per reading, and the verdict."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--every", type=float, default=10, help="seconds from request to request")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="loglake-soak-") as name:
        folder = Path(name)
        (folder / "app.log").write_text("".join(f"2026-11-20T08:00:{n:02d}Z line {n}\n" for n in range(60)))
        up = start_up(folder, "--logs", "app.log", "--log-group", "/app/soak")
        readings = []
        try:
            for reading in soaked(up, options.seconds, options.every):
                readings.append(reading)
                print(reading, flush=True)
        finally:
            status = up.stop(signal.SIGTERM, KEEPING_S)
        return verdict(readings, status, processes(f"HOME={folder}"), up)


def soaked(up: Up, seconds: float, every: float) -> Iterator[Reading]:
    """Puts requests, and takes a reading after each."""
    began = time.monotonic()
    number = 0
    while time.monotonic() - began < seconds:
        number += 1
        put(up, number)
        time.sleep(max(began + number * every - time.monotonic(), 0))
        yield read(up, time.monotonic() - began)


def put(up: Up, number: int) -> None:
    """Requests the same range again."""
    requests = up.document["requests"]
    body = {**requests["bodies"][0], "reexport": True}
    key = f"{requests['key_prefix']}{number}.json"
    up.client("s3").put_object(Bucket=requests["bucket"], Key=key, Body=json.dumps(body))


def read(up: Up, at_s: float) -> Reading:
    """A reading, from /proc and from the stack's reports."""
    status = Path(f"/proc/{up.process.pid}/status").read_text()
    values = {name: int(value) for name, value in re.findall(r"(VmRSS|Threads):\s+(\d+)", status)}
    runs = up.log.read_text().count("-wake FIRED")
    return Reading(at_s, values["VmRSS"] / 1024, values["Threads"], runs)


def verdict(readings: list[Reading], status: int, left: list[str], up: Up) -> int:
    """Prints the verdict; returns the exit status."""
    third = max(len(readings) // 3, 1)
    memory = [reading.rss_mb for reading in readings]
    middle, last = statistics.median(memory[third:-third] or memory), statistics.median(memory[-third:])
    failed = re.findall(r"^.* (?:FAILED|TIMEOUT) .*$", up.log.read_text(), re.MULTILINE)
    print(f"Memory, middle to last third: {middle:.1f} to {last:.1f} MB ({100 * (last / middle - 1):+.1f} %)")
    print(f"Processes left: {left or 'none'}; exit status {status}; nodes that did not succeed: {len(failed)}")
    for line in failed[-5:]:
        print(f"  {line}")
    return 1 if left or status or last > GROWTH * middle else 0


if __name__ == "__main__":
    sys.exit(main())
