"""The log groups as CloudWatch lists them, cached for a while."""

from __future__ import annotations

from collections.abc import Mapping

from loglake.core.cloud_types import LogGroup
from loglake.core.ports.clock import Clock
from loglake.core.ports.export_tasks import ExportTasks
from loglake.core.units import EPOCH, MS_PER_MINUTE, EpochMs, LogGroupName

_AGE_MS = 10 * MS_PER_MINUTE
"""How long the list of log groups is cached: an account may have thousands, and a page has 50."""


class LogGroups:
    """Looks log groups up."""

    def __init__(self, tasks: ExportTasks, clock: Clock) -> None:
        self._tasks = tasks
        self._clock = clock
        self._groups: Mapping[LogGroupName, LogGroup] = {}
        self._read_ms: EpochMs = EPOCH

    def all(self) -> list[LogGroup]:
        """All log groups, as they are now.

        Raises:
            LoglakeError: CloudWatch does not answer.
        """
        self._groups = {group.name: group for group in self._tasks.log_groups()}
        self._read_ms = self._clock.now_ms()
        return list(self._groups.values())

    def find(self, name: LogGroupName) -> LogGroup | None:
        """A log group as of some minutes ago at most; None if it is gone.

        Raises:
            LoglakeError: CloudWatch does not answer.
        """
        if self._clock.now_ms() >= self._read_ms + _AGE_MS:
            self.all()
        return self._groups.get(name)
