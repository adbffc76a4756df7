"""The one export slot of an account in a Region, and the tasks that had it."""

from __future__ import annotations

import uuid
from typing import Any, Callable

from loglake_cli.local.exports.export_settings import Durations
from loglake_cli.local.exports.export_tasks import ACTIVE, ExportTask
from loglake_cli.local.exports.export_writing import Nothing


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
