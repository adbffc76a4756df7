"""Only one run at a time can use a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from athena_duckdb.errors import ConfigError
from gluelocal.kept.lock import keep_lock

pytestmark = pytest.mark.unit

_HOLD = """
import sys
from pathlib import Path
from gluelocal.kept.lock import keep_lock
with keep_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_refused_and_a_later_one_is_not(tmp_path: Path) -> None:
    keep = tmp_path / "not" / "there" / "run"
    for _ in range(2):
        with keep_lock(keep):
            said = rf"run is in use by another run \(process {os.getpid()}\): wait for its end, or name another folder"
            with pytest.raises(ConfigError, match=said), keep_lock(keep):
                raise AssertionError
            with keep_lock(keep.with_name("other")):
                pass
        assert list(keep.parent.iterdir()) == []


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLD, str(tmp_path / "run")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(ConfigError, match=rf"process {process.pid}"), keep_lock(tmp_path / "run"):
            raise AssertionError
        process.kill()
        process.wait()
    with keep_lock(tmp_path / "run"):
        pass


def test_a_folder_that_cant_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="can't be written"), keep_lock(tmp_path / "file" / "run"):
        raise AssertionError
