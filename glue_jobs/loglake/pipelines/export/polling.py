"""Waits up to a deadline: for our own task, for somebody else's task, or until a service answers again."""

from __future__ import annotations

from contextlib import suppress

from loglake.core.backoff import Backoff, Jitter
from loglake.core.cloud_types import ExportTask
from loglake.core.keys import EXPORTS
from loglake.core.ports.clock import Clock
from loglake.core.ports.export_tasks import ExportTasks
from loglake.core.units import MS_PER_MINUTE, format_instant
from loglake.errors import TransientError
from loglake.telemetry import Telemetry

MOST_S = 60.0
"""The longest pause: a slot that became free is found within a minute."""

TRIES = 6
"""How often a call is repeated that a service could not answer; about three minutes in all."""

_REPORT_EVERY_MS = 5 * MS_PER_MINUTE
"""How often a wait is reported."""


class BackoffTimer:
    """Sleeps between the checks of one wait: each pause longer than the one before, up to a deadline."""

    def __init__(self, clock: Clock, deadline_ms: int, backoff: Backoff, most: float = float("inf")) -> None:
        self._clock = clock
        self._deadline_ms = deadline_ms
        self._backoff = backoff
        self._left = most

    def pause(self) -> bool:
        """Sleeps until the next check; False once the deadline is reached or the checks are used up."""
        left_s = (self._deadline_ms - self._clock.now_ms()) / 1000
        if left_s <= 0 or self._left <= 0:
            return False
        self._left -= 1
        self._clock.sleep(min(self._backoff.next_s(), left_s))
        return True


class BackoffTimers:
    """Makes a timer for each kind of wait. A task's end is checked more often than a slot that others have."""

    def __init__(self, clock: Clock, deadline_ms: int, poll_s: float, jitter: Jitter) -> None:
        self._clock = clock
        self._deadline_ms = deadline_ms
        self._poll_s = poll_s
        self._jitter = jitter

    def for_task(self) -> BackoffTimer:
        """Until our own task ends: the pauses grow slowly, so a short task loses little of the slot's time."""
        return self._timer(growth=1.1)

    def for_slot(self) -> BackoffTimer:
        """Until the slot is free."""
        return self._timer(growth=1.5)

    def for_service(self) -> BackoffTimer:
        """Until a service answers again, `TRIES` times."""
        return self._timer(growth=2, most=TRIES)

    def _timer(self, growth: float, most: float = float("inf")) -> BackoffTimer:
        return BackoffTimer(self._clock, self._deadline_ms, Backoff(self._poll_s, growth, MOST_S, self._jitter), most)


class ReportInterval:
    """Says when to report a long wait again."""

    def __init__(self, clock: Clock, at_once: bool) -> None:
        """`at_once`: report the first time now, not only after a while."""
        self._clock = clock
        self._next_ms = clock.now_ms() + (0 if at_once else _REPORT_EVERY_MS)

    def due(self) -> bool:
        """Whether it is time; if so, starts the next interval."""
        now_ms = self._clock.now_ms()
        if now_ms < self._next_ms:
            return False
        self._next_ms = now_ms + _REPORT_EVERY_MS
        return True


class SlotWatch:
    """Knows which task has the export slot, and reports it, but not at every check."""

    def __init__(self, tasks: ExportTasks, bucket: str, clock: Clock, telemetry: Telemetry) -> None:
        self._tasks = tasks
        self._bucket = bucket
        self._clock = clock
        self._telemetry = telemetry
        self._interval = ReportInterval(clock, at_once=True)
        self._busy_task: ExportTask | None = None

    def check(self) -> None:
        """Asks which task has the slot, unless it just did, and reports it."""
        if not self._interval.due():
            return
        with suppress(TransientError):  # it is only a report
            self._busy_task = self._tasks.active()
        if self._busy_task is not None:
            self.report(self._busy_task)

    def words(self) -> str:
        """Which task has the slot, for a row's reason."""
        task = self._busy_task
        if task is None:
            return "the export slot is busy"
        since = f" since {format_instant(task.created_ms)}" if task.created_ms else ""
        return f"the export slot is busy: task {task.name or task.task_id} of {task.log_group} has it{since}"

    def report(self, task: ExportTask) -> None:
        """Logs the task that is waited for."""
        self._telemetry.event(
            "waiting for an export task",
            task_id=task.task_id,
            task_name=task.name,
            log_group=task.log_group,
            status=task.status,
            since=format_instant(task.created_ms) if task.created_ms else "",
            ours=task.bucket == self._bucket and task.prefix.startswith(EXPORTS),
        )
