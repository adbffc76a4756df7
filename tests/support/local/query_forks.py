"""Processes of queries that are forked from one that has imported all of it: starting one takes milliseconds.

It is safe because no thread exists before a fork. Where a process is what a test is about, the test starts a real one.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, NoReturn

CHILD = "loglake_cli.local.lake.query.query_child"
_THREADLESS = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Without these, numpy and Arrow start threads when they are imported."""

_LOOK_S = 0.002
_MOST_BYTES = 1 << 18
"""Of a message: more than any environment has."""


class Forking:
    """What the module `query_process` uses of `subprocess`."""

    PIPE = subprocess.PIPE
    TimeoutExpired = subprocess.TimeoutExpired
    run = staticmethod(subprocess.run)

    class Popen:
        """A forked process with the arguments, environment, folder and session that it is asked for."""

        def __init__(self, words: list[str], *, stdin: int, stdout: int, start_new_session: bool) -> None:
            assert (words[1:], stdin, stdout, start_new_session) == (
                ["-P", "-m", CHILD],
                subprocess.PIPE,
                subprocess.PIPE,
                True,
            )
            inner_input, own_input = os.pipe()
            own_output, inner_output = os.pipe()
            try:
                self.pid = _server().start([inner_input, inner_output, 2])
            finally:
                os.close(inner_input)
                os.close(inner_output)
            self.stdin: IO[bytes] = os.fdopen(own_input, "wb")
            self.stdout: IO[bytes] = os.fdopen(own_output, "rb")
            self.returncode: int | None = None

        def kill(self) -> None:
            """Sends SIGKILL; its id is nobody else's until its end was reported."""
            if self.returncode is None:
                with suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)

        def wait(self, timeout: float | None = None) -> int:
            """Its exit status.

            Raises:
                TimeoutExpired: it still runs.
            """
            until = None if timeout is None else time.monotonic() + timeout
            while self.returncode is None:
                self.returncode = _server().code(self.pid)
                if self.returncode is None:
                    if until is not None and time.monotonic() > until:
                        raise subprocess.TimeoutExpired(CHILD, timeout or 0)
                    time.sleep(_LOOK_S)
            return self.returncode


class _Server:
    """The process that forks, as the others see it. It ends with this one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            path = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "support.local.query_forks", str(theirs.fileno())],
                env={**os.environ, **_THREADLESS, "PYTHONPATH": os.pathsep.join(path)},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        assert self._answer() == "ready"

    def start(self, files: list[int]) -> int:
        """Forks a process with these for its input, output and errors. Returns its id."""
        asked = json.dumps({"environment": dict(os.environ), "folder": os.getcwd()})
        with self._lock:
            socket.send_fds(self._socket, [asked.encode()], files)
            return int(self._answer())

    def code(self, pid: int) -> int | None:
        """The exit status of a process, reported once; None if it still runs."""
        with self._lock:
            self._socket.send(json.dumps({"pid": pid}).encode())
            code: int | None = self._answer()
            return code

    def end(self) -> None:
        """Ends it, and waits for it."""
        self._socket.close()
        self._process.wait()

    def _answer(self) -> Any:
        said = self._socket.recv(_MOST_BYTES)
        assert said, "the process that forks has ended"
        return json.loads(said)


@cache
def _server() -> _Server:
    return _Server()


def end() -> None:
    """Ends the process that forks, if there is one."""
    if _server.cache_info().currsize:
        _server().end()
        _server.cache_clear()


def _serve(connection: socket.socket) -> None:
    from loglake_cli.local.lake.query import query_child  # noqa: PLC0415 - the process of the tests does without it

    tasks = Path("/proc/self/task")
    threads = len(list(tasks.iterdir())) if tasks.is_dir() else 1
    assert threads == 1, f"no fork is safe beside {threads - 1} other threads"
    gc.freeze()
    connection.send(json.dumps("ready").encode())
    while True:
        said, files, _, _ = socket.recv_fds(connection, _MOST_BYTES, 3)
        if not said:
            return
        asked = json.loads(said)
        if "pid" in asked:
            pid, status = os.waitpid(asked["pid"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        else:
            answer = os.fork()
            if not answer:
                connection.close()
                _child(asked, files, query_child.main)
            for file in files:
                os.close(file)
        connection.send(json.dumps(answer).encode())


def _child(asked: dict[str, Any], files: list[int], main: Any) -> NoReturn:
    code = 1
    try:
        os.setsid()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.environ.clear()
        os.environ.update(asked["environment"])
        time.tzset()
        os.chdir(asked["folder"])
        main()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
