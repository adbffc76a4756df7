"""`loglake local run` that is killed leaves no process, and the next run removes its files."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from support.local.commands import LOGLAKE

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the processes in /proc"),
]


def processes(temporary: Path) -> list[str]:
    """The command lines of live processes whose environment or command line has a path."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(temporary).encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it ended meanwhile
    return found


def test_a_killed_run_leaves_nothing_that_the_next_one_does_not_remove(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (tmp_path / "app.log").write_text("2026-11-20T08:00:00Z one\n")
    command = [*LOGLAKE, "local", "run", "--logs", "app.log", "--log-group", "/app", "--lake", "kept"]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    run = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    with run:
        while not (jobs := [each for each in processes(temporary) if f"{temporary}/gluelocal-tmp-job" in each]):
            assert time.monotonic() < deadline
            assert run.poll() is None
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
    while left := processes(temporary):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    assert jobs
    assert list(temporary.glob("gluelocal-tmp-job-*"))  # nobody is there to remove it
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert list(temporary.glob("*-tmp-*")) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["app.log", "kept", "kept-logs", "temporary"]
