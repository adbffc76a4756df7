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
        kept: how often an event is kept and converted. A small day that is read a third time is neither, if nothing
            came after it had settled; a larger one's objects are there before that is known.
        seconds: how long it takes: tasks and reads go on beside each other.
        is_too_much: whether a month is too short for reading that.
    """

    tasks: float = 0
    slot_is_full: bool = False
    reads: float = 0
    pages: float = 0
    kept: int = 0
    seconds: float = 0
    is_too_much: bool = False


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
    most, reading_s = _DAY_S / a["task_seconds"] * DAYS, pages / a["pages_s"]
    return Exported(
        tasks=min(tasks, most),
        slot_is_full=tasks >= most,
        reads=reads,
        pages=pages,
        kept=2 if reads and of_each <= READ_FIRST_PAGES else workload.wanted_exports,
        seconds=max(min(tasks, most) * a["task_seconds"], reading_s),
        is_too_much=reading_s > _DAY_S * DAYS,
    )
