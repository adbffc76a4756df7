"""Runs a program and measures the seconds, processor time and memory of all its processes."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmark.compare.processes import Watch, cpu_seconds, tree

_PR_SET_CHILD_SUBREAPER = 36
_TESTS = Path(__file__).parents[2]
_ORPHANS_S = 10
_EVERY_S = 0.05
_SAID = 2000
"""Characters of a program's last messages."""


@dataclass(frozen=True)
class Measured:
    """The time and memory of a program.

    Attributes:
        seconds_job: as the program says: without what starts it.
        peak_rss_mb: of all processes together, as often as it was looked at; what they share counts for each.
        peak_process_mb: of the largest process.
        busiest_cpu_seconds: of the process with most processor time, as often as it was looked at.
    """

    seconds_total: float
    seconds_job: float
    cpu_seconds: float
    peak_rss_mb: float
    peak_process_mb: float
    busiest_cpu_seconds: float


class ProgramDiedError(Exception):
    """A program failed; the message says how, with its peak memory and its last messages."""


def measure(program: Path, *arguments: Path | str, timeout_s: float = 1200) -> Measured:
    """Runs a Python program, in an empty folder. No process of it is left.

    Raises:
        ProgramDiedError: it failed, or took too long.
    """
    # Orphans such as Spark's Python workers become our children, so their processor time counts.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    others = set(tree(os.getpid()))
    before, started = cpu_seconds(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        with _popen(program, arguments, folder) as process, Watch(process.pid) as watch:
            said, errors = _said(process, timeout_s)
            seconds = time.monotonic() - started
        _end_orphans(others)
        if process.returncode or not said.strip():
            raise ProgramDiedError(_death(process.returncode, watch, errors, Path(folder)))
    # Spark's workers are not waited for if they end before the process that started them, so they are missing there.
    seen = sum(watch.cpu_by_process.values())
    return Measured(
        seconds,
        float(said.split()[-1]),
        max(cpu_seconds() - before, seen),
        watch.peak_bytes / 1e6,
        watch.peak_process_bytes / 1e6,
        max(watch.cpu_by_process.values(), default=0.0),
    )


def _popen(program: Path, arguments: tuple[Path | str, ...], folder: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(_TESTS)}
    command, pipe = [sys.executable, "-P", program, *arguments], subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True)


def _said(process: subprocess.Popen[str], timeout_s: float) -> tuple[str, str]:
    """Standard output and error; a program that takes too long is killed."""
    try:
        return process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        _kill(tree(process.pid))
        said, errors = process.communicate()
        return said, f"{errors}\nIt was ended after {timeout_s:.0f} s."


def _death(status: int, watch: Watch, errors: str, folder: Path) -> str:
    """How it died, the most memory that it had, and the end of what it said; a JVM that crashes writes a file."""
    how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
    crash = "\n".join(path.read_text(errors="replace")[:_SAID] for path in folder.glob("hs_err_pid*.log"))
    largest = f"{watch.peak_process_bytes / 1e6:,.0f} MB in {watch.peak_name}"
    memory = f"peak memory {watch.peak_bytes / 1e6:,.0f} MB, {largest}"
    return f"{how}; {memory}; its last messages:\n{errors.strip()[-_SAID:]}\n{crash}".strip()


def _end_orphans(others: set[int]) -> None:
    """Waits for what the program left, and kills it if it stays: it would take time from the next one."""
    deadline = time.monotonic() + _ORPHANS_S
    while left := [pid for pid in tree(os.getpid()) if pid not in others]:
        if time.monotonic() > deadline:
            _kill(left)
        for pid in left:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(_EVERY_S)


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
