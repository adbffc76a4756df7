"""Starts a process in its own session, and ends every process of that session.

A job starts others: a JVM, and Python workers that PySpark puts into their own process group. They all stay in the
first process's session, so the whole session is ended.

If this process is killed, it can end nothing any more. So each session has a guard, which runs this file as a script: a
process whose input ends when this one does. (A signal on the parent's death, ``PR_SET_PDEATHSIG``, is Linux's alone,
and comes when the thread ends that started the job.)
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_PROC = Path("/proc")
_STEP_S = 0.02
_STARTS_S = 5.0
"""How long a process that was just made may take until its output is the file that it is to write."""


class Leader(subprocess.Popen[bytes]):
    """The first process of the session; its id is the session's id."""

    guard: subprocess.Popen[bytes]


def start_session(command: Sequence[str], environment: Mapping[str, str], cwd: Path, out: Path, err: Path) -> Leader:
    """Starts a command as the leader of a new session: exactly this environment, no input, output to two files.

    Raises:
        OSError: it can't be started; nothing is left running.
    """
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,  # who reads this process's output must not wait for the guard
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        bufsize=0,
    )
    try:
        _write(guard, os.fsencode(os.path.realpath(out)) + b"\0")
        with out.open("ab") as output, err.open("ab") as error:
            leader = Leader(
                list(command),
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=error,
                start_new_session=True,
            )
    except BaseException:
        _dismiss(guard)
        raise
    leader.guard = guard
    _write(guard, b"%d" % leader.pid)
    return leader


def _write(guard: subprocess.Popen[bytes], text: bytes) -> None:
    assert guard.stdin
    with contextlib.suppress(BrokenPipeError):  # somebody killed the guard
        guard.stdin.write(text)


def end_session(leader: Leader, grace_s: float) -> None:
    """Ends every process of a session: SIGTERM, then SIGKILL after the grace period. Reaps the leader.

    If the leader has ended, its session gets the grace period to end by itself first. A JVM that removes its folders
    would else have its `rm` killed, and print that as an error of a job that succeeded.

    Call it only once: after the session has ended, the system may give its id to other processes.
    """
    try:
        if leader.poll() is not None:
            _wait(leader, grace_s)
        _signal(leader.pid, session_members(leader), signal.SIGTERM)
        _wait(leader, grace_s)
    finally:  # also when the person presses Ctrl-C again
        deadline = time.monotonic() + grace_s
        while (members := session_members(leader)) and time.monotonic() < deadline:
            _signal(leader.pid, members, signal.SIGKILL)  # again: a process may have forked since it was listed
            _wait(leader, _STEP_S)
        leader.wait()
        _dismiss(leader.guard)


def session_members(leader: Leader) -> list[int]:
    """Ids of the live processes in a session, the leader's included; zombies don't count.

    Without /proc (macOS) it finds only the leader; the leader's process group still gets the signals.
    """
    if not _PROC.is_dir():
        return [leader.pid] if leader.poll() is None else []
    return _members(leader.pid)


def _members(session_id: int) -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit() and _is_member(entry, session_id)]


def _is_member(entry: Path, session_id: int) -> bool:
    try:
        state, session = _state_and_session(entry)
    except OSError:  # it ended meanwhile
        return False
    return state not in {"Z", "X"} and session == session_id


def _state_and_session(entry: Path) -> tuple[str, int]:
    stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
    # proc(5): the name before ")" may hold spaces
    state, _parent, _group, session = stat.rpartition(")")[2].split()[:4]
    return state, int(session)


def _signal(session_id: int, members: Sequence[int], number: signal.Signals) -> None:
    for pid in members:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    if not _PROC.is_dir():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(session_id, number)


def _wait(leader: Leader, grace_s: float) -> None:
    deadline = time.monotonic() + grace_s
    while leader.poll() is None or session_members(leader):
        if time.monotonic() >= deadline:
            return
        time.sleep(_STEP_S)


def _dismiss(guard: subprocess.Popen[bytes]) -> None:
    with guard:
        guard.kill()


def _stand_guard() -> None:
    """Kills a session once this process's input ends: then who started the session is gone.

    The input is the session's output file and its id. Without the id, who started it was killed in between: then it is
    the session that writes the file.
    """
    output, _, number = sys.stdin.buffer.read().partition(b"\0")
    session_id = int(number) if number else _session_that_writes(os.fsdecode(output))
    while session_id:
        members = _members(session_id) if _PROC.is_dir() else []
        _signal(session_id, members, signal.SIGKILL)
        if not members:
            return
        time.sleep(_STEP_S)


def _session_that_writes(output: str) -> int:
    """The session of a process with a file as its standard output; 0 if none comes."""
    deadline = time.monotonic() + _STARTS_S
    while _PROC.is_dir() and time.monotonic() < deadline:
        for entry in _PROC.iterdir():
            with contextlib.suppress(OSError):  # it is no process, or ended meanwhile
                if os.readlink(entry / "fd" / "1") == output:
                    return _state_and_session(entry)[1]
        time.sleep(_STEP_S)
    return 0


if __name__ == "__main__":
    _stand_guard()
