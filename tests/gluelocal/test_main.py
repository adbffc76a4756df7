"""`gluelocal TEMPLATE` as a command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.local


def test_what_it_prints_does_not_control_the_terminal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gluelocal", "no-\x1b]52;c;aGVsbG8=\x07.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "no-\\u001b]52;c;aGVsbG8=\\u0007.yaml" in done.stderr
    assert not {"\x1b", "\x07"} & {*done.stdout, *done.stderr}
