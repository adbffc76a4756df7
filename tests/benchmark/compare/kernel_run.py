"""Runs `kernel.py` in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def kernel_speed(source: Path) -> dict[str, float]:
    """What the kernel does on one core, and the limit, in MB/s."""
    program = Path(__file__).parent / "kernel.py"
    done = subprocess.run([sys.executable, "-P", program, source], check=True, capture_output=True, text=True)
    speeds: dict[str, float] = json.loads(done.stdout)
    return speeds
