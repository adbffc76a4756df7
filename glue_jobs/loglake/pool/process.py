"""A worker as the process that starts it sees it."""

from __future__ import annotations

import base64
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from loglake.core.temporary import TemporaryFolder
from loglake.errors import ConfigError, TransientError

if TYPE_CHECKING:
    from loglake.kernels.stage.messages import OpenStore

_START = "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
_LEAVE_OUT = "from loglake.kernels.stage.without_pandas import leave_out_pandas; leave_out_pandas(); "
_WORK = "from {0} import main; main()"
"""Nothing of this process's `__main__` is imported, so a script needs no guard, and a notebook has a pool, too."""

_ENDS_S = 10
_NOT_BEGUN = 1
"""What Python exits with for an exception; no task lets one through."""


class WorkerDiedError(TransientError):
    """A worker ended while it did a task, such as for lack of memory."""


class Fault(NamedTuple):
    """Why a task has no answer: a store failed, or loglake itself.

    Attributes:
        kind: the name of the error's class.
        said: its text.
        mount: the full disk, if that is the reason.
    """

    kind: str
    said: str
    mount: str


class Read(NamedTuple):
    """What a worker says now and then while it converts: how many bytes of raw objects it has read since."""

    size_bytes: int


def as_line(message: Any) -> bytes:
    """A message to another process of the pool, or from it."""
    return base64.b64encode(pickle.dumps(message)) + b"\n"


def from_line(line: bytes) -> Any:
    """The inverse of `as_line`."""
    return pickle.loads(base64.b64decode(line))


class Given(NamedTuple):
    """What each process of a pool is given.

    Attributes:
        open_store: opens a bucket, in the process; a function that pickle can name, or a picklable object.
        raw_bucket: where the raw objects are.
        lake_bucket: where files are staged.
        pandas: whether pyarrow should know pandas, as a transformation may want; without it a process starts sooner.
        redact_key: of hashes; tasks have none.
    """

    open_store: OpenStore
    raw_bucket: str
    lake_bucket: str
    pandas: bool = True
    redact_key: bytes = b""


class WorkerProcess:
    """One worker, which does one task at a time. It leads a process group, in which its helpers are.

    Args:
        given: what it is given.
        parent: where its folder for local files is made; the system's temporary folder if None.
    """

    _module = "loglake.pool.worker"
    _leads = True
    _folder: TemporaryFolder | None = None

    def __init__(self, given: Given, parent: str | None = None) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  (closed in `kill`)
        program = _START + ("" if given.pandas else _LEAVE_OUT) + _WORK.format(self._module)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            process_group=0 if self._leads else None,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.input: IO[bytes] = self._process.stdin
        self._answers = self._process.stdout
        try:
            # Of the worker, which can't remove its files if it dies. It is made last: if this process is killed
            # before the worker knows the folder, nobody removes it.
            self._folder = TemporaryFolder("worker", parent)
            self._write(json.dumps(sys.path).encode() + b"\n" + as_line((given, self._folder.name)))
        except BaseException:  # nobody else knows the process yet
            self.kill()
            raise

    @property
    def output(self) -> int:
        """The file descriptor on which an answer can be waited for."""
        return self._answers.fileno()

    def give(self, task: Any) -> None:
        """Has it do a task; `answer` has to be called before the next one."""
        self._write(as_line(task))

    def answer(self) -> Any:
        """Waits for the answer to the task that it was given: that of `kernels.stage.tasks.answer`, or a Fault.

        Raises:
            WorkerDiedError: it ended.
            ConfigError: a worker could not even begin, which is not a task's fault. A helper dies of that, since its
                worker could.
        """
        line = self._answers.readline()
        if line.endswith(b"\n"):
            return from_line(line)
        status = self._process.wait()
        self._kill()  # its helpers, before its task is done again
        self._said.seek(0)
        said = self._said.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
        if status == _NOT_BEGUN and self._leads:
            raise ConfigError(f"{sys.executable} can't run the kernels ({said}): install loglake again.")
        raise WorkerDiedError(f"its process {_ended(status)}" + (f" and said: {said}" if said else ""))

    def end(self) -> None:
        """Ends it in peace; it must have no task."""
        self._write(b"\n")
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDS_S)
        self.kill()

    def kill(self) -> None:
        """Ends it at once; does nothing if it has ended."""
        if self._process.returncode is None:
            self._kill()
        self._process.wait()
        self._answers.close()
        with suppress(BrokenPipeError):
            self.input.close()
        self._said.close()
        if self._folder:
            self._folder.cleanup()

    def _write(self, data: bytes) -> None:
        with suppress(BrokenPipeError):  # `answer` finds that it is gone
            self.input.write(data)
            self.input.flush()

    def _kill(self) -> None:
        """Kills its group: its helpers too, so that they stage nothing any more."""
        with suppress(ProcessLookupError, PermissionError):  # all have ended; macOS says it in the second way
            os.killpg(self._process.pid, signal.SIGKILL)


class HelperProcess(WorkerProcess):
    """One helper of this worker. It does one task, and the input follows the task."""

    _module = "loglake.pool.helper"
    _leads = False

    def _kill(self) -> None:
        self._process.kill()


def _ended(status: int) -> str:
    if status >= 0:
        return f"ended with exit status {status}"
    why = ", as if memory ran out" if -status == signal.SIGKILL else ""
    return f"was ended by {signal.Signals(-status).name}{why}"
