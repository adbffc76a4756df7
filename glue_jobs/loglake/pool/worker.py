"""A worker of a pool: a process that imports the kernels once, and then does one task after the other.

It reads lines of JSON from its input and writes one line for each: first how to reach the stores, and a folder for its
local files; then tasks; then an empty line, which ends it. If its input ends before that, the process that started it
is gone, so it removes the folder and ends at once, whatever it is doing: a task of a run that nobody commits shall
write nothing more.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import queue
import shutil
import signal
import sys
import tempfile
import threading
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa

from loglake.errors import NoSpaceError
from loglake.kernels.stage.messages import Kind, Message
from loglake.kernels.stage.tasks import answer

if TYPE_CHECKING:
    from loglake.core.ports.objects import ObjectStore

OUT_OF_MEMORY = 4
"""An exit status. 1 is Python's own: the worker could not begin."""

_ORPHANED = 3


def main() -> None:
    """Works until it is sent an empty line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes, and the first one ends the others
    pa.set_cpu_count(1)  # there is a worker for each core
    given, answers = sys.stdin.buffer, _own_output()
    raw, lake, tempfile.tempdir = _opened(given.readline())
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(given, tasks), daemon=True).start()
    while line := tasks.get():
        task = json.loads(line)
        try:
            message = _done(task["kind"], task["item"], raw, lake)
        except MemoryError as error:  # ending gives all of it back
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(OUT_OF_MEMORY)
        answers.write(json.dumps(message).encode() + b"\n")
        answers.flush()


def _own_output() -> IO[bytes]:
    """Where answers go; what a library prints goes elsewhere from now on."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _opened(line: bytes) -> tuple[ObjectStore, ObjectStore, str]:
    open_store, raw_bucket, lake_bucket, folder = pickle.loads(base64.b64decode(line))
    return open_store(raw_bucket), open_store(lake_bucket), folder


def _read(given: IO[bytes], tasks: queue.SimpleQueue[bytes]) -> None:
    while line := given.readline():
        tasks.put(line.strip())
        if not line.strip():
            return
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)  # nobody else does it any more
    os._exit(_ORPHANED)


def _done(kind: str, item: dict[str, Any], raw: ObjectStore, lake: ObjectStore) -> Message:
    try:
        return answer(Kind(kind), item, raw, lake)
    except MemoryError:
        raise
    except Exception as error:  # a store's, or a bug, which must not look like a lost process
        mount = error.mount if isinstance(error, NoSpaceError) else ""
        return {"fault": {"kind": type(error).__name__, "said": str(error), "mount": mount}}
