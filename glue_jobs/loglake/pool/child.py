"""What a worker and its helpers have in common: how they begin, answer, and end if nobody waits for them any more."""

from __future__ import annotations

import base64
import json
import os
import pickle
import signal
import sys
from typing import IO, TYPE_CHECKING, Callable, NoReturn

import pyarrow as pa

from loglake.errors import NoSpaceError

if TYPE_CHECKING:
    from loglake.kernels.stage.messages import Message
    from loglake.pool.process import Given

OUT_OF_MEMORY = 4
"""An exit status. 1 is Python's own: the process could not begin."""


def own_output() -> IO[bytes]:
    """Where answers go; what a library prints goes elsewhere from now on."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def begin(line: bytes) -> tuple[Given, str]:
    """Prepares the process. Returns what it was given, and its folder for local files."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    pa.set_cpu_count(1)  # there is a process for each core
    given, folder = pickle.loads(base64.b64decode(line))
    return given, folder


def send(answers: IO[bytes], message: Message) -> None:
    """Answers."""
    answers.write(json.dumps(message).encode() + b"\n")
    answers.flush()


def done(work: Callable[[], Message]) -> Message:
    """The answer to a task. The process ends if memory is short, since that gives all of it back."""
    try:
        return work()
    except MemoryError as error:
        leave(OUT_OF_MEMORY, f"{type(error).__name__}: {error}")
    except Exception as error:  # a store's, or a bug, which must not look like a lost process
        mount = error.mount if isinstance(error, NoSpaceError) else ""
        return {"fault": {"kind": type(error).__name__, "said": str(error), "mount": mount}}


def leave(status: int, why: str) -> NoReturn:
    """Ends the process at once."""
    print(why, file=sys.stderr, flush=True)
    os._exit(status)
