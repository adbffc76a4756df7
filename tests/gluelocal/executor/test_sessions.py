"""A session ends with the process that started it, however that ends, and its guard with the session."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gluelocal.executor.jobs.sessions import end_session, start_session

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the processes in /proc"),
]

JOB = "trap '' TERM; set -m; sleep 60 & sleep 60 & wait; wait"
"""It takes no SIGTERM, and its children are in process groups of their own."""
STARTER = f"""
import sys, time
from pathlib import Path
from gluelocal.executor.jobs.sessions import start_session
log = Path(sys.argv[1])
print(start_session(["/bin/bash", "-c", {JOB!r}], {{"PATH": "/usr/bin:/bin"}}, log.parent, log, log).pid, flush=True)
time.sleep(60)
"""


KILLED = """
import os, signal
from gluelocal.executor.jobs import sessions

class Leader(sessions.Leader):
    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        print(self.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

sessions.Leader = Leader
"""
"""Who starts the session is killed before it can say which one it is."""


def stats() -> dict[int, list[str]]:
    """By process id: state, parent, group and session of each live process."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit():
                found[int(entry.name)] = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue  # it ended meanwhile
    return {pid: stat for pid, stat in found.items() if stat[0] not in {"Z", "X"}}


def of_session(session_id: int) -> list[int]:
    return [pid for pid, stat in stats().items() if stat[3] == str(session_id)]


def children(of: int) -> list[int]:
    return [pid for pid, stat in stats().items() if stat[1] == str(of)]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_session_ends_with_the_process_that_started_it(tmp_path: Path, number: signal.Signals) -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, str(tmp_path / "log")], stdout=subprocess.PIPE)
    with starter:
        assert starter.stdout
        session_id = int(starter.stdout.readline())
        deadline = time.monotonic() + 20
        while len(of_session(session_id)) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        (guard,) = set(children(starter.pid)) - {session_id}
        starter.send_signal(number)
        starter.wait()
        while of_session(session_id) or guard in stats():
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_session_whose_starter_is_killed_at_once_ends_too(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    command = [sys.executable, "-c", KILLED + STARTER, str(link / "log")]
    starter = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    assert starter.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 20
    while of_session(int(starter.stdout)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_guard_ends_with_its_session(tmp_path: Path) -> None:
    log = tmp_path / "log"
    leader = start_session(["/bin/bash", "-c", "exit 3"], {"PATH": "/usr/bin:/bin"}, tmp_path, log, log)
    assert leader.wait() == 3
    assert leader.guard.poll() is None
    end_session(leader, 1)
    assert leader.guard.returncode is not None


def test_what_a_leader_left_behind_may_end_by_itself(tmp_path: Path) -> None:
    """A JVM that removes its folders at its end is not disturbed, and prints no error about it."""
    log = tmp_path / "log"
    script = "(trap 'echo disturbed; exit' TERM; sleep 0.3; echo done) &"
    leader = start_session(["/bin/bash", "-c", script], {"PATH": "/usr/bin:/bin"}, tmp_path, log, log)
    leader.wait()
    end_session(leader, 10)
    assert log.read_text() == "done\n"


def test_a_guard_that_somebody_killed_is_no_error(tmp_path: Path) -> None:
    log = tmp_path / "log"
    leader = start_session(["/bin/sleep", "60"], {}, tmp_path, log, log)
    leader.guard.kill()
    leader.guard.wait()
    end_session(leader, 1)
    assert leader.returncode == -signal.SIGTERM


def test_what_does_not_start_leaves_no_guard(tmp_path: Path) -> None:
    before = set(children(_own_id()))
    with pytest.raises(FileNotFoundError):
        start_session(["/no/such/program"], {}, tmp_path, tmp_path / "out", tmp_path / "err")
    assert set(children(_own_id())) <= before


def _own_id() -> int:
    return int(Path("/proc/self").resolve().name)
