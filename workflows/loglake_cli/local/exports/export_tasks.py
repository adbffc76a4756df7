"""Export tasks as CloudWatch Logs reports them: PENDING, RUNNING, COMPLETED, by the clock; and the slot for one.

A task moves only when it is asked for its state, to the state of that time. So a clock that jumps by hours gives the
same states at the same times as one that ticks.
"""

from __future__ import annotations

import uuid
from typing import Any, Callable

from loglake_cli.local.exports.export_writing import Durations, Nothing

ACTIVE = frozenset({"PENDING", "RUNNING", "PENDING_CANCEL"})
"""The states of a task that takes the account's one slot."""

_MESSAGES = {
    "COMPLETED": "Completed successfully",
    "CANCELLED": "Cancelled by user",
}


class ExportTask:
    """One task. Not safe to share between threads without a lock.

    Attributes:
        number: grows with every task.
        task_id: its id.
        status_code: PENDING, RUNNING, COMPLETED, FAILED, PENDING_CANCEL or CANCELLED.
        ended_ms: when it ended; None while it is active.
    """

    def __init__(
        self,
        number: int,
        task_id: str,
        request: dict[str, Any],
        created_ms: int,
        *,
        durations: Durations,
        begin: Callable[[int], Nothing],
    ) -> None:
        """Takes the facts of the task.

        Args:
            number: grows with every task.
            task_id: its id.
            request: its CreateExportTask request.
            created_ms: the time of that request.
            durations: how long it stays in each state.
            begin: called with the time at which it begins to run; writes its objects.
        """
        self.number = number
        self.task_id = task_id
        self.status_code = "PENDING"
        self.ended_ms: int | None = None
        self._message = ""
        self._request = request
        self._created_ms = created_ms
        self._durations = durations
        self._begin = begin
        self._writing: Nothing | None = None
        self._next_ms = created_ms + round(durations.pending_s * 1000)
        self._overdue = False

    def describe(self) -> dict[str, Any]:
        """The task as DescribeExportTasks reports it."""
        wanted = ("taskName", "logGroupName", "from", "to", "destination", "destinationPrefix")
        described = {name: self._request[name] for name in wanted if name in self._request}
        status = {"code": self.status_code, **({"message": self._message} if self._message else {})}
        ended = {} if self.ended_ms is None else {"completionTime": self.ended_ms}
        return {
            "taskId": self.task_id,
            **described,
            "status": status,
            "executionInfo": {"creationTime": self._created_ms, **ended},
        }

    def catch_up(self, now_ms: int) -> None:
        """Moves it to its state at a time."""
        if self.status_code == "PENDING" and now_ms >= self._next_ms:
            self.status_code = "RUNNING"
            self._writing = self._begin(self._next_ms)
            self._next_ms += round(self._durations.running_s * 1000)
        if self.status_code == "RUNNING" and now_ms >= self._next_ms:
            self._end_running(now_ms)
        if self.status_code == "PENDING_CANCEL" and now_ms >= self._next_ms:
            self._end("CANCELLED", self._next_ms)

    def _end_running(self, now_ms: int) -> None:
        if self._writing is None or not self._writing.ended():
            self._overdue = True
            return
        ended_ms = now_ms if self._overdue else self._next_ms
        self._end("FAILED" if self._writing.error else "COMPLETED", ended_ms, self._writing.error)

    def _end(self, code: str, ended_ms: int, message: str = "") -> None:
        self.status_code = code
        self.ended_ms = ended_ms
        self._message = message or _MESSAGES[code]

    def cancel(self, now_ms: int) -> bool:
        """Asks the task to end; False if it has ended, or was asked already."""
        if self.status_code not in {"PENDING", "RUNNING"}:
            return False
        self.status_code = "PENDING_CANCEL"
        self._next_ms = now_ms + round(self._durations.cancelling_s * 1000)
        self.stop()
        return True

    def stop(self) -> None:
        """Stops writing its objects."""
        if self._writing:
            self._writing.stop()


class ExportSlot:
    """At most one active task at a time. Not safe to share between threads without a lock.

    Attributes:
        tasks: the tasks that are kept, the oldest first.
    """

    def __init__(self, history: int) -> None:
        """Keeps `history` ended tasks."""
        self.tasks: list[ExportTask] = []
        self._history = history
        self._number = 0

    def active(self) -> ExportTask | None:
        """The task that has the slot, as of the last update."""
        return self.tasks[-1] if self.tasks and self.tasks[-1].status_code in ACTIVE else None

    def catch_up(self, now_ms: int) -> None:
        """Moves the active task to its state at a time."""
        active = self.active()
        if active:
            active.catch_up(now_ms)

    def start(
        self, request: dict[str, Any], now_ms: int, durations: Durations, begin: Callable[[str, int], Nothing]
    ) -> ExportTask:
        """Gives the free slot to a new task. Calls `begin` with its id and the time at which it begins to run."""
        task_id = str(uuid.uuid4())
        task = ExportTask(
            self._number, task_id, request, now_ms, durations=durations, begin=lambda at_ms: begin(task_id, at_ms)
        )
        self._number += 1
        self.tasks = [*self.tasks[-self._history :], task] if len(self.tasks) > self._history else [*self.tasks, task]
        return task
