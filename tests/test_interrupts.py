"""SIGINT reaches tests and their processes, even if the suite's parent ignores it (``make test &``)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

IGNORING = """
import os, signal, sys

signal.signal(signal.SIGINT, signal.SIG_IGN)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
CHILD = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"


def test_a_test_is_interrupted() -> None:
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_a_process_that_a_test_starts_is_interrupted() -> None:
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, check=False)
    assert done.returncode == -signal.SIGINT


def test_both_are_where_the_parent_ignores_interrupts() -> None:
    command = ["-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-k", "interrupted", __file__]
    done = subprocess.run(
        [sys.executable, "-c", IGNORING, *command],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
