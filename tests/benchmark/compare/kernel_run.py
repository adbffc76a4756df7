"""Runs what measures one core in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def kernel_speed(source: Path) -> dict[str, float]:
    """What the kernel does on one core, and the limit, in MB/s; and how much longer it takes to hide personal data."""
    return _numbers("kernel.py", source)


def format_ratios(megabytes: float) -> dict[str, float]:
    """By format: loglake's processor time on one core, as a share of DuckDB's."""
    return _numbers("one_core.py", megabytes)


def _numbers(program: str, argument: object) -> dict[str, float]:
    command: list[str | Path] = [sys.executable, "-P", Path(__file__).parent / program, str(argument)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    numbers: dict[str, float] = json.loads(done.stdout)
    return numbers
