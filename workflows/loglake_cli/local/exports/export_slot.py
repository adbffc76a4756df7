"""The one export slot of an account in a Region, the tasks that had it, and the tasks of others that want it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Callable

from loglake_cli.local.exports.export_settings import Durations, OtherExports
from loglake_cli.local.exports.export_tasks import ACTIVE, ExportTask
from loglake_cli.local.exports.export_writing import Nothing

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExportSlot:
    """At most one active task at a time. Not safe to share between threads without a lock.

    Attributes:
        tasks: the tasks that are kept, the oldest first.
    """

    def __init__(self, history: int, others: Iterable[OtherExports] = ()) -> None:
        """Keeps `history` tasks; `others` are the export tasks of others."""
        self.tasks: list[ExportTask] = []
        self._history = history
        self._number = 0
        self._free_since_ms = 0
        self._other_exports = [(plan.first_ms, plan) for plan in others]

    def active(self) -> ExportTask | None:
        """The task that has the slot, as of the last update."""
        return self.tasks[-1] if self.tasks and self.tasks[-1].status_code in ACTIVE else None

    def catch_up(self, now_ms: int) -> None:
        """Moves all tasks, the others' tasks included, to their state at a time, each at its own time."""
        while True:
            active = self.active()
            if active:
                active.catch_up(now_ms)
                if active.ended_ms is None:
                    return
                self._free_since_ms = active.ended_ms
            if not self._start_other(now_ms):
                return

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

    def start_other(self, plan: OtherExports, now_ms: int) -> ExportTask:
        """Gives the free slot to a task of somebody else."""
        durations = Durations(pending_s=0, running_s=plan.running_s)
        return self.start(plan.request(now_ms), now_ms, durations, lambda _task_id, _at_ms: Nothing())

    def _start_other(self, now_ms: int) -> bool:
        """Starts the others' task that has waited the longest; False if none is due."""
        if not self._other_exports:
            return False
        due_ms, plan = min(self._other_exports, key=lambda waiting: waiting[0])
        started_ms = max(due_ms, self._free_since_ms)
        if started_ms > now_ms:
            return False
        self._other_exports.remove((due_ms, plan))
        if plan.every_s:
            every_ms = round(plan.every_s * 1000)
            missed = max(0, started_ms - due_ms) // every_ms  # starts that were missed while this one waited
            self._other_exports.append((due_ms + (missed + 1) * every_ms, plan))
        self.start_other(plan, started_ms)
        return True
