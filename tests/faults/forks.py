"""Jobs as processes that tests can kill: the client of the fork server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

_TESTS = Path(__file__).resolve().parents[1]
_THREADLESS = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Without these, numpy and Arrow start threads when they are imported."""


class Forks:
    """Starts jobs; a context manager. Leaving it ends all of them."""

    def __init__(self, environment: Mapping[str, str], log_dir: Path) -> None:
        """Starts the server. `environment` is the jobs' environment, with the embedded AWS."""
        self.log_dir = log_dir
        folders = (_TESTS, _TESTS.parent / "glue_jobs", _TESTS.parent / "workflows")
        path = os.pathsep.join(map(str, folders))
        temporary = log_dir / "temporary"  # a job that is killed can't remove its files
        temporary.mkdir(exist_ok=True)
        with (log_dir / "fork-server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "faults.fork_server"],
                env={**_THREADLESS, **environment, "PYTHONPATH": path, "PATH": os.defpath, "TMPDIR": str(temporary)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._started = 0
        self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._server as server:  # closes its input, which ends it, and waits for it
            if server.stdin:
                server.stdin.close()

    def start(
        self, job: str, arguments: Sequence[str], clock: Path | None = None, read_timeout_s: float | None = None
    ) -> Fork:
        """Starts a job: `job_main.run_job`, with the clock in a file or the machine's."""
        self._started += 1
        log = self.log_dir / f"{self._started:04d}-{job}.log"
        command = {
            "start": job,
            "arguments": list(arguments),
            "clock": str(clock or ""),
            "read_timeout_s": read_timeout_s,
            "log": str(log),
        }
        return Fork(self, self._ask(command)["pid"], log)

    def code(self, pid: int, *, wait: bool) -> int | None:
        """The exit code of a job, negative for a signal. None if it still runs and `wait` is false."""
        code: int | None = self._ask({"pid": pid, "wait": wait})["code"]
        return code

    def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        assert self._server.stdin
        self._server.stdin.write(json.dumps(command) + "\n")
        self._server.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._server.stdout
        line = self._server.stdout.readline()
        log = self.log_dir / "fork-server.log"
        assert line, f"the fork server has ended: {log.read_text()}"
        answer: dict[str, Any] = json.loads(line)
        return answer


class Fork:
    """A job that runs, or has ended and was not polled yet. Until then nobody else gets its process id."""

    def __init__(self, forks: Forks, pid: int, log: Path) -> None:
        self.pid = pid
        self.log = log
        self._forks = forks

    def kill(self) -> None:
        """Sends SIGKILL; harmless if the job has ended."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Waits for its end. Returns the exit code, negative for a signal, as `poll` does; it is returned once."""
        code = self._forks.code(self.pid, wait=True)
        assert code is not None
        return code

    def poll(self) -> int | None:
        """The exit code if it has ended, returned once; else None."""
        return self._forks.code(self.pid, wait=False)
