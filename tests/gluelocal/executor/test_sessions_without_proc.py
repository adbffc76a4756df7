"""Ending a session on systems without /proc, such as macOS: by the leader's process group."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from gluelocal.executor.jobs import sessions
from gluelocal.executor.jobs.sessions import Leader, end_session, session_members, start_session

pytestmark = pytest.mark.local


@pytest.fixture(autouse=True)
def _no_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_PROC", tmp_path / "proc")


def start(tmp_path: Path, script: str) -> tuple[Leader, int]:
    """A leader and the id of its child, which it has printed."""
    log = tmp_path / "log"
    leader = start_session(["/bin/bash", "-c", script], {"PATH": "/usr/bin:/bin"}, tmp_path, log, log)
    deadline = time.monotonic() + 10
    while not log.read_text().endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return leader, int(log.read_text())


def is_alive(pid: int) -> bool:
    """Whether a process is alive; a zombie is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the child in /proc")
@pytest.mark.parametrize("trap", ["", "trap '' TERM;"], ids=["ends at once", "has to be killed"])
def test_leader_and_children_are_ended(tmp_path: Path, trap: str) -> None:
    leader, child = start(tmp_path, f"{trap} sleep 60 & echo $!; wait; wait")
    assert session_members(leader) == [leader.pid]
    end_session(leader, 0.5)
    assert session_members(leader) == []
    assert leader.returncode is not None
    deadline = time.monotonic() + 5
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(child)


def test_a_leader_that_has_ended_is_no_error(tmp_path: Path) -> None:
    leader, _ = start(tmp_path, f"echo {os.getpid()}")
    leader.wait()
    end_session(leader, 0.5)
    assert session_members(leader) == []
