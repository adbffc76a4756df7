"""One behaviour suite for export tasks: the fake that pipelines are tested with, and the emulated CloudWatch Logs."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from support.fakes import START_MS, FakeExportTasks
from support.stores import MemoryStore

from glue_jobs.aws import session
from glue_jobs.aws.export_tasks import CloudWatchExportTasks
from glue_jobs.aws.objects import S3ObjectStore
from glue_jobs.aws.system_clock import SystemClock
from glue_jobs.core.keys import WRITE_TEST
from glue_jobs.core.ports import ExportTask, ExportTasks, ObjectStore
from glue_jobs.core.units import MS_PER_DAY, EpochMs, LogGroupName
from glue_jobs.core.windows import Window
from glue_jobs.errors import ExportRefusedError, ExportSlotBusyError, NotFoundError
from workflows.local.cloud.embedded_aws import EmbeddedAws
from workflows.local.cloud.export_service import Durations, ExportSettings

pytestmark = pytest.mark.contract

SHOP = LogGroupName("/app/shop")
DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
STREAMS = {
    "web/1": [(START_MS - 1, "before"), (START_MS, "first"), (START_MS + 123, "two\n  lines")],
    "web/2": [(DAY.to_ms - 1, "last"), (DAY.to_ms, "after")],
    "idle": [(DAY.to_ms + 5, "another day")],
}


@dataclass
class Account:
    tasks: ExportTasks
    raw: ObjectStore
    add_group: Callable[[str, dict[str, list[tuple[int, str]]]], object]

    def create(self, name: str = "export-1", group: LogGroupName = SHOP, prefix: str = "exports/p") -> str:
        return self.tasks.create(name, group, DAY, "raw", prefix)

    def finished(self, task_id: str) -> ExportTask:
        for _ in range(500):
            task = self.tasks.describe(task_id)
            if task.status not in {"PENDING", "RUNNING"}:
                return task
            threading.Event().wait(0.01)
        raise AssertionError(f"{task_id} did not end")


@pytest.fixture(params=["fake", "emulated"])
def account(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    if request.param == "fake":
        raw = MemoryStore("raw")
        fake = FakeExportTasks(raw)
        yield Account(fake, raw, fake.add_group)
        return
    # Long enough for a second task to find the first one active.
    settings = ExportSettings(durations=lambda _request: Durations(pending_s=0.2, running_s=0.2))
    with EmbeddedAws(SystemClock(), export=settings) as aws:
        aws.client("s3").create_bucket(Bucket="raw")

        def add_group(name: str, streams: dict[str, list[tuple[int, str]]]) -> None:
            for stream, events in streams.items():
                aws.log_store.load(name, stream, events, SystemClock().now_ms())

        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        tasks = CloudWatchExportTasks(session.logs(), session.logs_without_retries())
        yield Account(tasks, S3ObjectStore(aws.client("s3"), "raw"), add_group)


def test_a_task_writes_the_window_of_every_stream(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    task_id = account.create()
    assert account.tasks.describe(task_id).name == "export-1"
    assert account.finished(task_id).status == "COMPLETED"
    texts = {
        item.key: gzip.decompress(account.raw.get(item.key)).decode()
        for item in account.raw.list(f"exports/p/{task_id}/")
    }
    assert texts == {
        f"exports/p/{task_id}/web-1/000000.gz": (
            "2026-11-21T00:00:00.000Z first\n2026-11-21T00:00:00.123Z two\n  lines\n"
        ),
        f"exports/p/{task_id}/web-2/000000.gz": "2026-11-21T23:59:59.999Z last\n",
    }
    assert account.raw.exists(f"exports/p/{WRITE_TEST}")


def test_groups_and_streams_are_told_by_their_exact_names(account: Account) -> None:
    account.add_group("/b", {"s": [(START_MS, "x")]})
    account.add_group(SHOP, STREAMS)
    groups = {group.name: group for group in account.tasks.log_groups()}
    assert list(groups) == ["/app/shop", "/b"]
    assert groups[SHOP].created_ms <= START_MS
    assert groups[SHOP].log_class == "STANDARD"
    assert sorted(account.tasks.stream_names(SHOP)) == ["idle", "web/1", "web/2"]


def test_one_task_at_a_time(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    first = account.create()
    with pytest.raises(ExportSlotBusyError):
        account.create("export-2")
    account.finished(first)
    assert account.finished(account.create("export-2")).status == "COMPLETED"


def test_the_task_that_has_the_slot_is_told_whoever_started_it(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    assert account.tasks.active() is None
    task_id = account.create()
    active = account.tasks.active()
    assert active is not None
    assert (active.task_id, active.name, active.log_group) == (task_id, "export-1", SHOP)
    assert (active.bucket, active.prefix) == ("raw", "exports/p")
    account.finished(task_id)
    assert account.tasks.active() is None


def test_a_task_is_found_by_its_name(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    assert account.tasks.find("export-1", "raw", "exports/p") is None
    first = account.create()
    account.finished(first)
    account.finished(account.create("other"))
    found = account.tasks.find("export-1", "raw", "exports/p")
    assert found is not None
    assert found.task_id == first


def test_a_task_of_the_same_name_that_exports_elsewhere_is_somebody_elses(account: Account) -> None:
    account.add_group(SHOP, STREAMS)
    account.finished(account.create(prefix="exports/other"))
    assert account.tasks.find("export-1", "raw", "exports/p") is None
    assert account.tasks.find("export-1", "elsewhere", "exports/other") is None


def test_a_range_before_the_groups_creation_is_refused(account: Account) -> None:
    account.add_group(SHOP, {"late": [(DAY.to_ms + 5, "x")]})
    with pytest.raises(ExportRefusedError, match="before the log group was created"):
        account.create()


def test_what_is_not_there_is_said(account: Account) -> None:
    with pytest.raises(NotFoundError, match="The specified log group does not exist"):
        account.create(group=LogGroupName("/nobody"))
    with pytest.raises(NotFoundError, match="The specified export task does not exist"):
        account.tasks.describe("11111111-2222-3333-4444-555555555555")
