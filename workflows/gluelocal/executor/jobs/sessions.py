"""Starts a process in its own session, and ends every process of that session.

A job starts others: a JVM, and Python workers that PySpark puts into their own process group. They all stay in the
first process's session, so the whole session is ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_PROC = Path("/proc")
_STEP_S = 0.02


Leader = subprocess.Popen[bytes]
"""The first process of the session; its id is the session's id."""


def start_session(command: Sequence[str], environment: Mapping[str, str], cwd: Path, out: Path, err: Path) -> Leader:
    """Starts a command as the leader of a new session: exactly this environment, no input, output to two files."""
    with out.open("ab") as output, err.open("ab") as error:
        return subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=error,
            start_new_session=True,
        )


def end_session(leader: Leader, grace_s: float) -> None:
    """Ends every process of a session: SIGTERM, then SIGKILL after the grace period. Reaps the leader.

    Call it only once: after the session has ended, the system may give its id to other processes.
    """
    try:
        _signal(leader, signal.SIGTERM)
        _wait(leader, grace_s)
    finally:  # also when the person presses Ctrl-C again
        deadline = time.monotonic() + grace_s
        while session_members(leader) and time.monotonic() < deadline:
            _signal(leader, signal.SIGKILL)  # again: a process may have forked since it was listed
            _wait(leader, _STEP_S)
        leader.wait()


def session_members(leader: Leader) -> list[int]:
    """Ids of the live processes in a session, the leader's included; zombies don't count.

    Without /proc (macOS) it finds only the leader; the leader's process group still gets the signals.
    """
    if not _PROC.is_dir():
        return [leader.pid] if leader.poll() is None else []
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit() and _is_member(entry, leader.pid)]


def _is_member(entry: Path, session_id: int) -> bool:
    try:
        stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it ended meanwhile
        return False
    state, _parent, _group, session = stat.rpartition(")")[2].split()[
        :4
    ]  # proc(5): the name before ")" may hold spaces
    return state not in {"Z", "X"} and int(session) == session_id


def _signal(leader: Leader, number: signal.Signals) -> None:
    for pid in session_members(leader):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    if not _PROC.is_dir():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader.pid, number)


def _wait(leader: Leader, grace_s: float) -> None:
    deadline = time.monotonic() + grace_s
    while leader.poll() is None or session_members(leader):
        if time.monotonic() >= deadline:
            return
        time.sleep(_STEP_S)
