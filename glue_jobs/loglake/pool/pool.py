"""A pool of workers that do tasks: as many at a time as there are workers, and each death known to its task."""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Callable, cast

from loglake.pool.process import Read, WorkerDiedError, WorkerProcess

if TYPE_CHECKING:
    from loglake.kernels.stage.messages import Task
    from loglake.pool.process import Given


class Pool:
    """Workers that are started when they are needed, and kept. For one thread; close it at the end.

    Args:
        given: what each worker is given.
        size: the most workers; one that has helpers counts as many as these.
        on_read: called with the bytes of raw objects that a worker has read since, while it converts.
    """

    def __init__(self, given: Given, size: int, on_read: Callable[[int], None] = lambda size_bytes: None) -> None:
        self._given = given
        self._size = size
        self._on_read = on_read
        self._free: list[WorkerProcess] = []
        self._busy: dict[WorkerProcess, int] = {}

    def start(self, count: int) -> None:
        """Starts workers for so many tasks, which import while this process does other things."""
        while len(self._free) + len(self._busy) < min(count, self._size):
            self._add()

    def run(self, tasks: Sequence[Task], on_end: Callable[[int, Any], None]) -> None:
        """Does tasks in their order, and calls `on_end` with the place of each as soon as it has ended.

        A task with several parts takes as many cores: its worker begins so many helpers, and has little to do itself.

        Whatever is raised here, Ctrl-C included, ends all workers: none goes on with a task that nobody waits for.

        Raises:
            ConfigError: workers can't begin.
        """
        self.start(len(tasks))
        waiting = deque(range(len(tasks)))
        try:
            while waiting or self._busy:
                while waiting and self._has_room(tasks, waiting[0]):
                    self._begin(waiting.popleft(), tasks)
                by_output = {worker.output: worker for worker in self._busy}
                for output in wait(by_output.keys()):
                    worker = by_output[cast("int", output)]
                    place, answer = self._busy[worker], self._answer(worker)
                    if isinstance(answer, Read):
                        self._on_read(answer.size_bytes)
                    else:
                        on_end(place, answer)
        except BaseException:
            self.kill()
            raise

    def end(self) -> None:
        """Ends the workers; none may have a task. If it is interrupted, `kill` still knows all of them."""
        for worker in self._free:
            worker.end()
        self._free.clear()

    def kill(self) -> None:
        """Ends all workers at once."""
        workers = [*self._free, *self._busy]
        self._free, self._busy = [], {}
        for worker in workers:
            worker.kill()

    def _add(self) -> None:
        """Starts a worker."""
        with _uninterrupted():  # else the worker would go on unknown to `kill`
            self._free.append(WorkerProcess(self._given))

    def _has_room(self, tasks: Sequence[Task], place: int) -> bool:
        taken = sum(tasks[each].parts for each in self._busy.values())
        return not self._busy or taken + tasks[place].parts <= self._size

    def _begin(self, place: int, tasks: Sequence[Task]) -> None:
        if not self._free:
            self._add()
        self._busy[self._free[-1]] = place  # first, so `kill` knows the worker at any moment
        worker = self._free.pop()
        worker.give(tasks[place])

    def _answer(self, worker: WorkerProcess) -> Any:
        """What a worker says. It is free from then on, unless it goes on with its task."""
        try:
            answer = worker.answer()
        except WorkerDiedError as death:
            del self._busy[worker]
            worker.kill()
            return death
        if not isinstance(answer, Read):
            self._free.append(worker)
            del self._busy[worker]
        return answer


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Holds SIGINT and SIGTERM back until the end. Only the main thread is ever interrupted by them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []
    # Handlers, since a mask is of one thread: the system would give the signal to another one.
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number, handler in handlers.items():
            if callable(handler) or handler == signal.SIG_DFL:
                signal.signal(number, lambda number, _frame: received.append(number))
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not None:
                signal.signal(number, handler)
        for each in received:
            signal.raise_signal(each)
