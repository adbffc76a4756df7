"""Log stream names of exported objects, and how often CloudWatch is asked for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.fakes.fakes import START_MS, FakeExportTasks
from support.fakes.stores import MemoryStore
from support.worlds.ledger_rows import ledger_row

from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.units import MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.export.exported_objects import ExportedObjects

pytestmark = pytest.mark.unit

JOB = LogGroupName("/aws/lambda/job")
OLD, NEW = "2026/11/21/[$LATEST]aaa", "2026/11/21/[$LATEST]bbb"


class Asked(FakeExportTasks):
    """Counts calls for stream names, and forgets the names of deleted streams."""

    def __init__(self) -> None:
        super().__init__(MemoryStore("raw"), polls=0)
        self.asked = 0
        self.deleted: set[str] = set()

    def stream_names(self, log_group: LogGroupName) -> Iterator[str]:
        self.asked += 1
        return (name for name in super().stream_names(log_group) if name not in self.deleted)


@pytest.fixture
def tasks() -> Asked:
    return Asked()


def exported(tasks: Asked, hour: int, *streams: str) -> LedgerRow:
    """A window of one hour that a task has exported, with one event of each stream."""
    start_ms = EpochMs(START_MS + hour * MS_PER_HOUR)
    window = Window(start_ms, EpochMs(start_ms + MS_PER_HOUR))
    tasks.add_group(JOB, {**tasks.events.get(JOB, {}), **{stream: [(start_ms, "x")] for stream in streams}})
    row = ledger_row(JOB, window, "job", WindowState.EXPORTING)
    task_id = tasks.create("any", JOB, window, "raw", row.keys.export_prefix)
    tasks.describe(task_id)
    return row.advance(WindowState.EXPORTING, start_ms, task_id=task_id)


def test_a_stream_that_begins_while_the_run_is_under_way_has_its_exact_name(tasks: Asked) -> None:
    written = ExportedObjects(tasks, tasks.raw)
    assert [raw.log_stream for raw in written.of(exported(tasks, 0, OLD))] == [OLD]
    assert [raw.log_stream for raw in written.of(exported(tasks, 1, OLD, NEW))] == [OLD, NEW]
    assert tasks.asked == 2


def test_names_that_are_known_are_not_asked_for_again(tasks: Asked) -> None:
    written = ExportedObjects(tasks, tasks.raw)
    for hour in range(3):
        assert [raw.log_stream for raw in written.of(exported(tasks, hour, OLD, NEW))] == [OLD, NEW]
    assert tasks.asked == 1


def test_names_that_stay_unknown_are_asked_for_once(tasks: Asked) -> None:
    written = ExportedObjects(tasks, tasks.raw)
    tasks.deleted = {OLD, NEW}
    for hour in range(3):
        names = [raw.log_stream for raw in written.of(exported(tasks, hour, OLD, NEW, "web/1"))]
        assert names == ["2026-11-21-[$LATEST]aaa", "2026-11-21-[$LATEST]bbb", "web/1"]
    assert tasks.asked == 1


def test_where_nothing_was_written_nothing_is_asked(tasks: Asked) -> None:
    assert ExportedObjects(tasks, tasks.raw).of(exported(tasks, 0)) == []
    assert tasks.asked == 0
