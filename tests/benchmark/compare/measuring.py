"""Runs a program and measures the seconds, processor time and memory of all its processes."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_EVERY_S = 0.1


@dataclass(frozen=True)
class Measured:
    """The time and memory of a program.

    Attributes:
        seconds_job: as the program says: without what starts it.
        peak_rss_mb: of all processes together, as often as it was looked at; what they share counts for each.
    """

    seconds_total: float
    seconds_job: float
    cpu_seconds: float
    peak_rss_mb: float


def measure(program: Path, *arguments: Path) -> Measured:
    """Runs a Python program.

    Raises:
        RuntimeError: it failed. The message has its output.
    """
    # Orphans such as Spark's Python workers become our children, so their processor time counts.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before, started = _cpu_seconds(), time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-P", program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        watch = _Memory(process.pid)
        watch.start()
        said, errors = process.communicate()
        seconds = time.monotonic() - started
        watch.stop()
    _reap_orphans()
    if process.returncode:
        raise RuntimeError(f"{program.stem} failed:\n{errors[-2000:]}")
    return Measured(seconds, float(said.split()[-1]), _cpu_seconds() - before, watch.peak_bytes / 1e6)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _reap_orphans() -> None:
    deadline = time.monotonic() + 10
    with suppress(ChildProcessError):
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(_EVERY_S)


class _Memory(threading.Thread):
    """Polls the memory of a process and of all its descendants."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._pid = pid
        self._ended = threading.Event()

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        while not self._ended.wait(_EVERY_S):
            self.peak_bytes = max(self.peak_bytes, sum(map(_rss_bytes, _tree(self._pid))))


def _tree(pid: int) -> list[int]:
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _tree(int(child))
    return found


def _rss_bytes(pid: int) -> int:
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    return 0
