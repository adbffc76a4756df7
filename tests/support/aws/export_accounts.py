"""An account whose log groups are exported: the fake of the pipelines' tests, and the emulated CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from loglake.aws import session
from loglake.aws.event_reader import CloudWatchEventReader
from loglake.aws.export_tasks import CloudWatchExportTasks
from loglake.aws.objects import S3ObjectStore
from loglake.core.cloud_types import ExportTask
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake_cli.local.exports.export_writing import Durations, ExportSettings
from loglake_cli.local.exports.exporting_aws import ExportingAws
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, FakeExportTasks, ManualClock
from support.fakes.stores import MemoryStore
from support.gluelocal.ambient import point_at
from support.log_clock import LogClock

if TYPE_CHECKING:
    import pytest

    from loglake.core.ports.clock import Clock
    from loglake.core.ports.event_reader import EventReader
    from loglake.core.ports.export_tasks import ExportTasks
    from loglake.core.ports.objects import ObjectStore
    from support.python_shell.shell import PythonShell

SHOP = LogGroupName("/app/shop")
DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
NOW = EpochMs(START_MS + 3 * MS_PER_DAY)
LATE_S = 6 * 3600.0
"""So much later a late event can be exported."""
OTHERS = "nightly-archive"
"""The name of somebody else's task."""

_CHEAP = "INFREQUENT_ACCESS"

Streams = dict[str, list[tuple[int, str]]]


@dataclass
class Account:
    """The operations of a behaviour suite on either of them.

    Attributes:
        tasks: the port; `reader` is the one that reads events.
        raw: the bucket that is exported to.
        clock: the time, which passes only by its `sleep`.
        add_group: loads a log group's streams.
        add_cheap_group: makes an empty log group of the class INFREQUENT_ACCESS.
        add_late: loads events that can be exported only after `LATE_S`.
        take_in: has a group take in a number of events at a time.
        delete_group: deletes a log group.
        start_other: has somebody else take the slot for good; what it returns ends that.
        fail: has the next tasks fail, with what CloudWatch says.
        cancel: has somebody cancel a task.
    """

    tasks: ExportTasks
    reader: EventReader
    raw: ObjectStore
    clock: Clock
    add_group: Callable[[str, Streams], object]
    add_cheap_group: Callable[[str], object]
    add_late: Callable[[str, Streams], object]
    take_in: Callable[[LogGroupName, int, int], object]
    delete_group: Callable[[LogGroupName], object]
    start_other: Callable[[], Callable[[], object]]
    fail: Callable[[], object]
    cancel: Callable[[str], object]

    def create(self, name: str = "export-1", group: LogGroupName = SHOP, prefix: str = "exports/p") -> str:
        return self.tasks.create(name, group, DAY, "raw", prefix)

    def finished(self, task_id: str) -> ExportTask:
        for _ in range(500):
            task = self.tasks.describe(task_id)
            if task.status not in {"PENDING", "RUNNING", "PENDING_CANCEL"}:
                return task
            self.clock.sleep(10)
        raise AssertionError(f"{task_id} did not end")


def fake_account() -> Account:
    """The fake. A late event appears as soon as it may be exported."""
    raw, clock = MemoryStore("raw"), ManualClock(NOW)
    fake = FakeExportTasks(raw, clock=clock)

    def take_in(group: LogGroupName, at_ms: int, events: int) -> None:
        fake.incoming.setdefault(group, {})[at_ms] = events

    def delete_group(group: LogGroupName) -> None:
        del fake.groups[group]

    def start_other() -> Callable[[], object]:
        fake.others_until_polls = 10**9
        fake.others = ExportTask("task-foreign", OTHERS, "RUNNING", "", "somebody-elses-bucket", "exportedlogs")
        return lambda: setattr(fake, "others_until_polls", 0)

    return Account(
        tasks=fake,
        reader=FakeEventReader(fake),
        raw=raw,
        clock=clock,
        add_group=fake.add_group,
        add_cheap_group=lambda name: fake.add_group(name, {}, log_class=_CHEAP),
        add_late=lambda name, streams: fake.add_late(LogGroupName(name), streams, LATE_S),
        take_in=take_in,
        delete_group=delete_group,
        start_other=start_other,
        fail=lambda: setattr(fake, "fail_next", 1),
        cancel=fake.cancel,
    )


class _Failures:
    """Makes tasks fail that begin while a message is set."""

    message = ""

    def __call__(self, _request: object) -> str:
        return self.message


@contextmanager
def emulated_account(monkeypatch: pytest.MonkeyPatch, shell: PythonShell | None = None) -> Iterator[Account]:
    """The real adapter, here or in Python shell, and the emulated service, on a clock that tests move."""
    failures, clock = _Failures(), LogClock(NOW)
    settings = ExportSettings(durations=lambda _request: Durations(pending_s=5, running_s=10), failures=failures)
    with ExportingAws(clock, settings) as aws:
        logs = aws.client("logs")
        aws.client("s3").create_bucket(Bucket="raw")

        def load(name: str, streams: Streams, late_s: float = 0.0) -> None:
            for stream, events in streams.items():
                aws.log_store.load(name, stream, events, clock.now_ms(), clock.now_ms() + round(late_s * 1000))

        def take_in(group: LogGroupName, at_ms: int, events: int) -> None:
            aws.log_store.load(group, "stream", [(START_MS, "an event")] * events, at_ms)

        def start_other() -> Callable[[], object]:
            task_id = aws.exports.start_other(10**9, OTHERS)
            return lambda: logs.cancel_export_task(taskId=task_id)

        point_at(aws, monkeypatch)
        here = CloudWatchExportTasks(session.logs(), session.logs_without_retries(), session.client("cloudwatch"))
        yield Account(
            tasks=shell.adapter(aws, "tasks") if shell else here,
            reader=shell.adapter(aws, "reader") if shell else CloudWatchEventReader(session.logs_without_retries()),
            raw=S3ObjectStore(aws.client("s3"), "raw"),
            clock=clock,
            add_group=load,
            add_cheap_group=lambda name: logs.create_log_group(logGroupName=name, logGroupClass=_CHEAP),
            add_late=lambda name, streams: load(name, streams, LATE_S),
            take_in=take_in,
            delete_group=lambda group: logs.delete_log_group(logGroupName=group),
            start_other=start_other,
            fail=lambda: setattr(failures, "message", "internal error"),
            cancel=lambda task_id: logs.cancel_export_task(taskId=task_id),
        )
