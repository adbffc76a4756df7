"""What a worker and its helpers have in common: how they begin, answer, and end if nobody waits for them any more."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
import threading
from contextlib import suppress
from typing import IO, Any, Callable, NoReturn

import pyarrow as pa

from loglake.errors import NoSpaceError
from loglake.pool.process import Fault, Given, as_line, from_line

_ORPHANED = 3
OUT_OF_MEMORY = 4
HELPER_DIED = 5
_NOT_READ = 6
"""Exit statuses. 1 is Python's own: the process could not begin."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Of glibc's ``mallopt``: https://man7.org/linux/man-pages/man3/mallopt.3.html"""

_MMAP_BYTES, _TRIM_BYTES = 32 * 1024 * 1024, 128 * 1024 * 1024
"""The first is the most that glibc takes."""

_NO_MEMORY = "not enough memory"
"""What zstd says if it can't allocate; pyarrow raises OSError then."""


def own_output() -> IO[bytes]:
    """Where answers go; what a library prints goes elsewhere from now on."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def begin(line: bytes) -> tuple[Given, str]:
    """Prepares the process. Returns what it was given, and its folder for local files."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    pa.set_cpu_count(1)  # there is a process for each core
    _keep_memory()
    given, folder = from_line(line)
    return given, folder


def _keep_memory() -> None:
    """Has glibc keep memory that is freed: each batch needs as much again. Other C libraries have no such function."""
    with suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _MMAP_BYTES)
        mallopt(_TRIM_THRESHOLD, _TRIM_BYTES)


def send(answers: IO[bytes], answer: Any) -> None:
    """Answers."""
    answers.write(as_line(answer))
    answers.flush()


def done(work: Callable[[], Any]) -> Any:
    """The answer to a task. The process ends if memory is short, since that gives all of it back."""
    try:
        return work()
    except Exception as error:  # a store's, or a bug, which must not look like a lost process
        if _lacks_memory(error):
            leave(OUT_OF_MEMORY, error)
        mount = error.mount if isinstance(error, NoSpaceError) else ""
        return Fault(type(error).__name__, str(error), mount)


def _lacks_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and _NO_MEMORY in str(error))


def start_reading(read: Callable[[], None]) -> None:
    """Has a thread read the input. The process ends if that fails: its main thread would wait for ever."""

    def run() -> None:
        try:
            read()
        except BaseException as error:
            leave(OUT_OF_MEMORY if _lacks_memory(error) else _NOT_READ, error)

    threading.Thread(target=run, daemon=True).start()


def leave(status: int, why: str | BaseException) -> NoReturn:
    """Ends the process at once, even if memory is too short to say why."""
    try:
        print(why if isinstance(why, str) else f"{type(why).__name__}: {why}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def leave_orphaned(folder: str) -> NoReturn:
    """Ends the process, since the one that gave it work is gone, and removes the folder that this one can't remove."""
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(_ORPHANED)
