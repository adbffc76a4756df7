"""CloudWatch Logs, for exporting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from loglake.core.cloud_types import ExportTask, LogGroup
from loglake.core.units import LogGroupName
from loglake.core.windows import Window


class ExportTasks(Protocol):
    """CloudWatch Logs, for exporting."""

    def log_groups(self) -> Iterator[LogGroup]:
        """All log groups of the account and Region, in the order of their names."""

    def stream_names(self, log_group: LogGroupName) -> Iterator[str]:
        """The exact names of a group's streams."""

    def create(self, name: str, log_group: LogGroupName, window: Window, bucket: str, prefix: str) -> str:
        """Starts an export task and returns its id.

        Raises ExportSlotBusyError if another task is active, NotFoundError if the group is gone, ExportRefusedError if
        this window can't be exported, and other PermanentErrors that concern every window.
        """

    def describe(self, task_id: str) -> ExportTask:
        """A task by its id. Raises NotFoundError if CloudWatch does not know it (any more)."""

    def find(self, name: str, bucket: str, prefix: str, since_ms: int = 0) -> ExportTask | None:
        """The newest task with a name and a destination, or None; one created before `since_ms` does not count.

        The destination matters: another deployment in the same account gives the same names to its own tasks.
        """

    def active(self) -> ExportTask | None:
        """The task that has the export slot, whoever started it; None if the slot is free."""

    def incoming_events(self, log_group: LogGroupName, from_ms: int, to_ms: int) -> int | None:
        """How many events CloudWatch received for a log group in a half-open time range, by arrival time.

        None if CloudWatch has no number or it can't be read. Hours count as a whole.
        """

    def incoming_bytes(self, log_group: LogGroupName, now_ms: int) -> int | None:
        """How many bytes a day CloudWatch received for a log group, in the 15 months for which it keeps such numbers.

        None if it has no number.
        """
