"""When to look again, up to a deadline: at our own task, at somebody else's, or whether a service answers again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from loglake.core.cloud_types import ExportTask
from loglake.core.keys import EXPORTS
from loglake.core.ports.clock import Clock
from loglake.core.units import MS_PER_MINUTE, EpochMs, format_instant
from loglake.errors import TransientError
from loglake.pipelines.ports import ExportPorts, Jitter

MOST_S = 60.0
"""The longest pause: a slot that became free is found within a minute."""

TASK_GROWTH, SLOT_GROWTH, SERVICE_GROWTH = 1.1, 1.5, 2
"""How fast pauses grow until our own task ends (slowly: a short task loses little of the slot's time), until the slot
is free, and until a service answers again."""

TRIES = 6
"""How often a call is repeated that a service could not answer; about three minutes in all."""

_REPORT_EVERY_MS = 5 * MS_PER_MINUTE
"""How often a wait is reported."""


def look_times(
    clock: Clock,
    deadline_ms: int,
    first_s: float,
    jitter: Jitter,
    *,
    growth: float,
    most: float = float("inf"),
) -> Iterator[EpochMs]:
    """The times of one wait's checks: each pause longer than the one before, up to a deadline.

    Each is cut at random by up to a half, so that waiters don't poll in step.

    The first one takes `first_s`. `MOST_S` bounds the others, which grow by `growth`, and there are `most` of them.
    """
    whole_s, most_s, left = first_s, max(first_s, MOST_S), most
    while (now_ms := clock.now_ms()) < deadline_ms and left > 0:
        left -= 1
        pause_ms = int(whole_s * (1 + jitter()) / 2 * 1000)
        whole_s = min(whole_s * growth, most_s)
        yield EpochMs(min(now_ms + pause_ms, deadline_ms))


class SlotWatch:
    """Knows which task has the export slot, and reports it, but not at every check."""

    def __init__(self, ports: ExportPorts) -> None:
        self._ports = ports
        self._task: ExportTask | None = None
        self._reported_id = ""
        self._next_report_ms = 0

    def is_taken(self) -> bool:
        """Whether a task has the slot."""
        with suppress(TransientError):  # then it stays as it was
            self._task = self._ports.tasks.active()
        if self._task is not None:
            self.report(self._task, at_once=True)
        return self._task is not None

    def words(self) -> str:
        """Which task has the slot, for a row's reason."""
        self.is_taken()
        task = self._task
        if task is None:
            return "the export slot is busy"
        since = f" since {format_instant(task.created_ms)}" if task.created_ms else ""
        return f"the export slot is busy: task {task.name or task.task_id} of {task.log_group} has it{since}"

    def report(self, task: ExportTask, *, at_once: bool = False) -> None:
        """Logs the task that is waited for, every few minutes."""
        now_ms = self._ports.clock.now_ms()
        if task.task_id != self._reported_id:
            self._reported_id = task.task_id
            self._next_report_ms = now_ms + (0 if at_once else _REPORT_EVERY_MS)
        if now_ms < self._next_report_ms:
            return
        self._next_report_ms = now_ms + _REPORT_EVERY_MS
        self._ports.telemetry.event(
            "waiting for an export task",
            task_id=task.task_id,
            task_name=task.name,
            log_group=task.log_group,
            status=task.status,
            since=format_instant(task.created_ms) if task.created_ms else "",
            ours=task.bucket == self._ports.raw.bucket and task.prefix.startswith(EXPORTS),
        )
