"""A worker's helpers: processes that make the rows of a large bundle, while the worker reads its events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleResult, TablePlan
from loglake.errors import LoglakeError
from loglake.pool.event_stream import EventSender
from loglake.pool.process import HelperProcess, WorkerDiedError

if TYPE_CHECKING:
    import pyarrow as pa

    from loglake.kernels.parts import OpenParts
    from loglake.kernels.readers.raw_objects import Origins
    from loglake.pool.process import Given


class HelperFailedError(LoglakeError):
    """A helper could not do its part.

    Attributes:
        answer: what it said, as a task's answer.
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
