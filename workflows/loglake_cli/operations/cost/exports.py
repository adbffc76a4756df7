"""What is exported in a month, by tasks and by reading; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loglake.core.planning.expected import pages_of
from loglake.core.planning.ways import READ_FIRST_PAGES
from loglake_cli.operations.cost.workload import DAYS, Workload

_DAY_S = 86_400
HOURS = 24
"""Fresh windows of a day, at most."""


@dataclass(frozen=True)
class Exported:
    """What is exported in a month, by the two ways.

    Attributes:
        tasks: of the export slot, up to what that takes.
        slot_is_full: whether each hour of each log group on its own would be more.
        reads: windows that are read, and how many pages of FilterLogEvents these have in all.
        unchanged: how often a day is read and then neither kept nor converted, since nothing came after it had settled.
            A larger day's objects are there before that is known.
    """

    tasks: float = 0
    slot_is_full: bool = False
    reads: float = 0
    pages: float = 0
    unchanged: int = 0

    def seconds(self, a: Mapping[str, float]) -> float:
        """How long it takes: tasks and reads go on beside each other."""
        return max(self.tasks * a["task_seconds"], self.pages / a["pages_s"])

    def is_too_much_to_read(self, a: Mapping[str, float]) -> bool:
        """Whether a month is too short for reading that."""
        return self.pages / a["pages_s"] > _DAY_S * DAYS


def exported(workload: Workload, a: Mapping[str, float]) -> Exported:
    """Fresh windows and passes of each log group, by the ways that the planner takes (`core.planning.ways`)."""
    if not workload.ticks_a_day or not workload.log_groups:
        return Exported()
    fresh, passes = min(HOURS, workload.ticks_a_day), a["passes"] - (not workload.final_pass)
    tasks = reads = pages = 0.0
    for windows, a_day in ((fresh, fresh), (passes, 1)):
        of_each = pages_of(round(workload.gb_per_day * 1e9 / workload.log_groups / a_day))
        number = workload.log_groups * windows * DAYS
        if workload.ingest == "read" or (workload.ingest == "auto" and of_each <= READ_FIRST_PAGES):
            reads, pages = reads + number, pages + number * of_each
        else:
            tasks += number
    most = _DAY_S / a["task_seconds"] * DAYS
    final_is_small = workload.final_pass and reads > 0 and of_each <= READ_FIRST_PAGES
    return Exported(min(tasks, most), tasks >= most, reads, pages, int(final_is_small))
