"""Processes that are forked from one that has imported all that they need: starting one takes milliseconds.

It is safe because no thread exists before a fork. Where a process is what a test is about, the test starts a real one.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any, NoReturn
from unittest.mock import patch

from athena_duckdb.query import query_process
from loglake.pool import process

_QUERIES = (
    "athena_duckdb.query.query_child",
    "loglake_cli.aws_views.athena_child",
    "loglake_cli.aws_views.query_child",
)
_OF_CONVERTED = "loglake_cli.operations.lakes.query_child"
"""Not forked together with the others: what it imports counts for the memory that a query of the page may take."""
_POOL = "import loglake.aws.objects, loglake.pool.helper, loglake.pool.worker, support.fakes.bad_stores; "
_IMPORTS = {
    "query": f"import {', '.join(_QUERIES)}",
    "query of what convert wrote": f"import {_OF_CONVERTED}",
    "pool": process._LEAVE_OUT + _POOL,
    "pool with pandas": _POOL + "import pyarrow; pyarrow.array([None])",
}
"""What a process has imported, by what it forks. Arrow looks for pandas when it makes its first array."""

_FORK = "import sys; from support.local.forks import main; main(*sys.argv[1:])"
_THREADLESS = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Without these, numpy and Arrow start threads when they are imported."""

_LOOK_S = 0.002
_MOST_BYTES = 1 << 18
"""Of a message: more than any environment has."""


class Forking:
    """What the modules `query_process` and `pool.process` use of `subprocess`."""

    PIPE = subprocess.PIPE
    TimeoutExpired = subprocess.TimeoutExpired
    run = staticmethod(subprocess.run)

    class Popen:
        """A forked process with the arguments, environment, folder and group that it is asked for."""

        def __init__(
            self,
            words: list[str],
            *,
            stdin: int,
            stdout: int,
            stderr: IO[bytes] | None = None,
            start_new_session: bool = False,
            process_group: int | None = None,
        ) -> None:
            assert (words[:2], stdin, stdout) == ([sys.executable, "-P"], subprocess.PIPE, subprocess.PIPE)
            kind, program = _program(words[2:])
            with ExitStack() as inner, ExitStack() as failed:
                inner_input, own_input = _pipe(inner, failed)
                own_output, inner_output = _pipe(failed, inner)
                group = "session" if start_new_session else os.getpgrp() if process_group is None else process_group
                self._server = _server(kind)
                self.pid = self._server.start(
                    {"program": program, "group": group, "environment": dict(os.environ), "folder": os.getcwd()},
                    [inner_input, inner_output, 2 if stderr is None else stderr.fileno()],
                )
                failed.pop_all()
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
                self.returncode = self._server.code(self.pid)
                if self.returncode is None:
                    if until is not None and time.monotonic() > until:
                        raise subprocess.TimeoutExpired(sys.executable, timeout or 0)
                    time.sleep(_LOOK_S)
            return self.returncode


def forked() -> Iterator[None]:
    """Has the processes of queries and of pools forked."""
    with patch.object(query_process, "subprocess", Forking), patch.object(process, "subprocess", Forking):
        yield
    for server in _servers.values():
        server.end()
    _servers.clear()


def _program(words: list[str]) -> tuple[str, str]:
    """What forks a process with these arguments, and what the process runs."""
    if words[0] == "-m" and words[1] in {*_QUERIES, _OF_CONVERTED}:
        return "query" if words[
            1
        ] in _QUERIES else "query of what convert wrote", f"from {words[1]} import main; main()"
    option, program = words
    assert option == "-c"
    return "pool" if process._LEAVE_OUT in program else "pool with pandas", program


def _pipe(of_input: ExitStack, of_output: ExitStack) -> tuple[int, int]:
    ends = os.pipe()
    for stack, end in zip((of_input, of_output), ends, strict=True):
        stack.callback(os.close, end)
    return ends


class _Server:
    """A process that forks, as another one sees it."""

    def __init__(self, connection: socket.socket, end: Callable[[], object] = lambda: None) -> None:
        self._socket = connection
        self._end = end
        self._lock = threading.Lock()

    def start(self, asked: dict[str, Any], files: list[int]) -> int:
        """Forks a process with these files for its input, output and errors. Returns its id."""
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(asked).encode()], files)
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
        self._end()

    def _answer(self) -> Any:
        said = self._socket.recv(_MOST_BYTES)
        assert said, "the process that forks has ended"
        return json.loads(said)


_servers: dict[str, _Server] = {}
_starting = threading.Lock()


def _server(kind: str) -> _Server:
    with _starting:
        if kind not in _servers:
            _servers[kind] = _started(kind)
    return _servers[kind]


def _started(kind: str) -> _Server:
    """A new process that forks. It ends with this one."""
    own, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        path = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
        server = subprocess.Popen(
            [sys.executable, "-P", "-c", _FORK, kind, str(theirs.fileno())],
            env={**os.environ, **_THREADLESS, "PYTHONPATH": os.pathsep.join(path)},
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    assert own.recv(_MOST_BYTES) == b"ready", "the process that forks could not begin"
    return _Server(own, server.wait)


def main(kind: str, file: str) -> None:
    """Forks processes of this kind, until the socket with this number is closed."""
    with patch.object(process, "subprocess", Forking):
        _serve(kind, socket.socket(fileno=int(file)))


def _serve(kind: str, owner: socket.socket) -> None:
    exec(_IMPORTS[kind])
    tasks = Path("/proc/self/task")
    threads = len(list(tasks.iterdir())) if tasks.is_dir() else 1
    assert threads == 1, f"no fork is safe beside {threads - 1} other threads"
    gc.freeze()
    owner.send(b"ready")
    connections = {owner.fileno(): owner}
    poll = select.poll()
    poll.register(owner, select.POLLIN)
    while True:
        for number, _ in poll.poll():
            connection = connections[number]
            said, files, _, _ = socket.recv_fds(connection, _MOST_BYTES, 3)
            if said:
                answer = _answer(json.loads(said), files, kind, connections, poll)
                with suppress(BrokenPipeError):  # it was killed
                    connection.send(json.dumps(answer).encode())
            elif connection is owner:
                return
            else:
                poll.unregister(connection)
                connections.pop(number).close()


def _answer(
    asked: dict[str, Any], files: list[int], kind: str, connections: dict[int, socket.socket], poll: select.poll
) -> int | None:
    if "pid" in asked:
        pid, status = os.waitpid(asked["pid"], os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if not pid:
        for each in (*connections.values(), ours):
            each.close()
        _servers[kind] = _Server(theirs)  # a worker of a pool starts helpers
        _child(asked, files)
    theirs.close()
    connections[ours.fileno()] = ours
    poll.register(ours, select.POLLIN)
    for file in files:
        os.close(file)
    if asked["group"] != "session":
        with suppress(ProcessLookupError, PermissionError):  # it has ended
            os.setpgid(pid, asked["group"])  # before anybody kills the group
    return pid


def _child(asked: dict[str, Any], files: list[int]) -> NoReturn:
    code = 1
    try:
        if asked["group"] == "session":
            os.setsid()
        else:
            os.setpgid(0, asked["group"])
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.environ.clear()
        os.environ.update(asked["environment"])
        time.tzset()
        os.chdir(asked["folder"])
        exec(asked["program"], {"__name__": "__main__"})
        atexit._run_exitfuncs()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
