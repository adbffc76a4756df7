"""A worker of a pool: a process that imports the kernels once, and then does one task after the other.

It reads lines from its input, and answers each task with a line: first how to reach the stores, and a folder for its
local files; then tasks; then an empty line, which ends it. If its input ends before that, the process that started it
is gone, so it removes the folder and ends at once, whatever it is doing: a task of a run that nobody commits shall
write nothing more.
"""

from __future__ import annotations

import os
import queue
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Callable

from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleResult, TablePlan
from loglake.errors import LoglakeError
from loglake.kernels.stage.messages import Kind
from loglake.kernels.stage.tasks import answer
from loglake.pool.child import HELPER_DIED, begin, done, leave, leave_orphaned, own_output, send, start_reading
from loglake.pool.event_stream import EventSender
from loglake.pool.process import Fault, Given, HelperProcess, Read, WorkerDiedError, from_line

if TYPE_CHECKING:
    import pyarrow as pa

    from loglake.core.ports.objects import ObjectStore
    from loglake.kernels.parts import OpenParts
    from loglake.kernels.readers.raw_objects import Origins, ReadableStore
    from loglake.kernels.stage.messages import Task

_TOLD_BYTES = 1024 * 1024
"""A message takes some ten microseconds, and so many bytes at least ten milliseconds."""


def main() -> None:
    """Works until it is sent an empty line."""
    source, answers = sys.stdin.buffer, own_output()
    given, folder = begin(source.readline())
    tempfile.tempdir = folder
    raw, lake = given.open_store(given.raw_bucket), given.open_store(given.lake_bucket)
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    start_reading(partial(_read, source, tasks, folder))
    while line := tasks.get():
        task: Task = from_line(line)
        source_of_task = _ToldReads(raw, answers) if task.kind is Kind.CONVERT else raw
        send(answers, _done(task, given, folder, source_of_task, lake))
    if not given.pandas:
        # Python would first free what it has imported, which takes a quarter of the time of importing it. What a
        # transformation has opened or registered needs that.
        os._exit(0)


class _ToldReads:
    """A store that says how much of it is read: the conversion of one large object takes minutes."""

    def __init__(self, store: ReadableStore, answers: IO[bytes]) -> None:
        self._store, self._answers = store, answers
        self._untold = 0

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """As the store's own."""
        for chunk in self._store.read(key, chunk_bytes):
            self._untold += len(chunk)
            if self._untold >= _TOLD_BYTES:
                send(self._answers, Read(self._untold))
                self._untold = 0
            yield chunk


def _read(source: IO[bytes], tasks: queue.SimpleQueue[bytes], folder: str) -> None:
    while line := source.readline():
        tasks.put(line.strip())
        if not line.strip():
            return
    leave_orphaned(folder)


def _done(task: Task, given: Given, folder: str, raw: ReadableStore, lake: ObjectStore) -> Any:
    def work() -> Any:
        with ExitStack() as closing:
            open_parts = closing.enter_context(helpers(given, folder, task.parts)) if task.parts > 1 else None
            try:
                return answer(task, raw, lake, open_parts, redact_key=given.redact_key)
            except HelperFailedError as error:
                return error.answer if isinstance(error.answer, Fault) else [error.answer]
            except WorkerDiedError as death:
                leave(HELPER_DIED, f"a helper died: {death}")

    return done(work)


class HelperFailedError(LoglakeError):
    """A helper could not do its part.

    Attributes:
        answer: what it said: that its bundle failed, or a `Fault`.
    """

    def __init__(self, answer: Any) -> None:
        super().__init__(str(answer))
        self.answer = answer


@contextmanager
def helpers(given: Given, folder: str, count: int) -> Iterator[OpenParts]:
    """What begins the parts of a bundle, each in a process of its own; they are gone at the end.

    Args:
        given: see `WorkerProcess`.
        folder: where theirs are; a helper removes it if the worker is gone.
        count: how many processes.
    """
    with ExitStack() as closing:

        def started() -> HelperProcess:
            try:
                process = HelperProcess(given, folder)
            except OSError as error:  # the system has no more processes or files for it
                raise WorkerDiedError(f"it can't be started: {error}") from error
            closing.callback(process.kill)
            return process

        def open_parts(bundle: Bundle, plan: TablePlan, origins: Origins) -> Sequence[HelperPart]:
            """Raises WorkerDiedError if they can't be started."""
            closing.close()  # if the bundle is read again, the processes that had its events before
            processes = [started() for _ in range(count)]
            return [HelperPart(each, (bundle, plan, part), origins) for part, each in enumerate(processes)]

        yield open_parts


class HelperPart:
    """A part that a helper makes; implements `kernels.parts.Part`.

    Each method raises WorkerDiedError if the helper has ended, and HelperFailedError if it has failed.
    """

    def __init__(self, process: HelperProcess, part: tuple[Bundle, TablePlan, int], origins: Origins) -> None:
        self._process = process
        process.give(part)
        self._sender = EventSender(process.input, origins)

    def add(self, events: pa.RecordBatch, fields: tuple[str, ...]) -> None:
        """Sends a batch; waits while the helper has enough."""
        self._send(partial(self._sender.send, events, fields))

    def end(self) -> None:
        """Has the helper finish."""
        self._send(self._sender.end)

    def result(self) -> BundleResult:
        """Waits for the helper's answer."""
        answer = self._process.answer()
        if not isinstance(answer, BundleResult):
            raise HelperFailedError(answer)
        return answer

    def _send(self, step: Callable[[], None]) -> None:
        try:
            step()
        except BrokenPipeError:  # it has ended, perhaps after an answer
            self.result()
            raise
