"""A failure in an export run fails its window, or the run if every window would fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, FakeExportTasks
from support.worlds.exports import DATASETS, DAY, ExportAccount
from support.worlds.ledger_rows import changed

from loglake.config import ExportConfig
from loglake.core.ledger.row import MAX_ATTEMPTS, WindowState
from loglake.core.requests.requests import request_body
from loglake.core.run.outcome import Outcome
from loglake.core.units import MS_PER_HOUR, LogGroupName
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError, ConfigError, ExportRefusedError, LoglakeError, ServiceError
from loglake.pipelines.export.job import ExportReport, run_export

if TYPE_CHECKING:
    from support.fakes.stores import MemoryStore

pytestmark = pytest.mark.unit

PAY, SHOP, WEB = (LogGroupName(f"/app/{name}") for name in ("pay", "shop", "web"))
EXPIRED = AccessDeniedError("ExpiredTokenException: start the run again with fresh credentials")


class Refusing(FakeExportTasks):
    """A CloudWatch that refuses CreateExportTask for some log groups."""

    def __init__(self, raw: MemoryStore) -> None:
        super().__init__(raw)
        self.refused: dict[LogGroupName, LoglakeError] = {}

    def create(self, name: str, log_group: LogGroupName, window: Window, bucket: str, prefix: str) -> str:
        if log_group in self.refused:
            raise self.refused[log_group]
        return super().create(name, log_group, window, bucket, prefix)


@dataclass
class World(ExportAccount):
    """Three log groups with a requested day of events each."""

    def __post_init__(self) -> None:
        self.tasks = Refusing(self.raw)
        self.reader = FakeEventReader(self.tasks)
        for group in (PAY, SHOP, WEB):
            self.tasks.add_group(group, {"s": [(START_MS + 1, "one")]})
        self.control.put("requests/requested/1", request_body(["/app/*"], DAY))

    def run(self) -> ExportReport:
        return run_export(self.ports(self.tasks, reader=self.reader), DATASETS, config())

    @property
    def states(self) -> dict[LogGroupName, WindowState]:
        return {row.log_group: row.state for row in self.ledger.all_rows()}


def config() -> ExportConfig:
    given = {
        "control_bucket": "control",
        "raw_bucket": "raw",
        "lake_bucket": "lake",
        "ledger_table": "t",
        "datasets_uri": "s3://control/x",
    }

    def resolve(_argv: Sequence[str], names: Sequence[str]) -> dict[str, str]:
        return {name: given[name] for name in names}

    return ExportConfig.from_argv(["export_logs.py", *(f"--{name}" for name in given)], resolve)


@pytest.fixture
def world() -> World:
    return World()


def test_what_one_window_can_not_have_stops_no_other(world: World) -> None:
    world.tasks.refused[SHOP] = ExportRefusedError("Time range is invalid.")
    report = world.run()
    assert (report.outcome, report.exported) == (Outcome.PARTIAL, 2)
    assert report.failed == [f"/app/shop {DAY}: Time range is invalid."]
    assert world.states == {PAY: WindowState.EXPORTED, SHOP: WindowState.FAILED, WEB: WindowState.EXPORTED}


@pytest.mark.parametrize("error", [ConfigError("GetBucketAcl call on the given bucket failed."), EXPIRED])
def test_what_every_window_needs_stops_the_run_and_loses_none(world: World, error: LoglakeError) -> None:
    world.tasks.refused[SHOP] = error
    with pytest.raises(type(error), match=str(error)):
        world.run()
    assert set(world.states.values()) <= {WindowState.EXPORTING, WindowState.EXPORTED}
    assert world.ledger.stored[SHOP, DAY].reason == str(error)  # which `loglake status` reports
    world.tasks.refused.clear()
    assert world.run().outcome is Outcome.OK
    assert {(row.state, row.reason) for row in world.ledger.all_rows()} == {(WindowState.EXPORTED, "")}
    assert world.tasks.created == 3


def test_a_service_that_has_no_answer_for_a_window_stops_no_other(world: World) -> None:
    world.tasks.refused[SHOP] = ServiceError("CloudWatch Logs can't answer")
    report = world.run()
    assert (report.outcome, report.exported, report.remaining) == (Outcome.PARTIAL, 2, 1)
    assert world.states[SHOP] is WindowState.EXPORTING
    assert world.ledger.stored[SHOP, DAY].reason == "CloudWatch Logs can't answer"
    world.tasks.refused.clear()
    assert world.run().exported == 1


def test_five_tasks_that_fail_fail_their_window_alone(world: World) -> None:
    world.run()
    world.control.put("requests/requested/2", request_body(["/app/shop"], DAY, reexport=True))
    world.ledger.stored[SHOP, DAY] = changed(world.ledger.stored[SHOP, DAY], state=WindowState.CONVERTED)
    world.tasks.fail_next = MAX_ATTEMPTS
    outcomes = [world.run() for _ in range(MAX_ATTEMPTS)]
    assert [len(report.failed) for report in outcomes] == [0] * (MAX_ATTEMPTS - 1) + [1]
    assert outcomes[-1].outcome is Outcome.PARTIAL
    assert "internal error (tried 5 times)" in outcomes[-1].failed[0]
    assert (world.states[SHOP], world.states[PAY]) == (WindowState.FAILED, WindowState.EXPORTED)
    assert world.run().outcome is Outcome.OK  # only this one waits for a person


def test_an_empty_export_waits_for_its_retry_and_nothing_is_woken_for_it(world: World) -> None:
    world.tasks.events[SHOP] = {"s": []}
    world.tasks.incoming[SHOP] = {START_MS: 5}
    world.reader.errors.append(AccessDeniedError("logs:FilterLogEvents"))
    report = world.run()
    assert (report.outcome, report.exported, report.empty_retries, report.remaining) == (Outcome.OK, 2, 1, 0)
    assert list(world.control.list("requests/")) == []
    assert (world.run().exported, world.ledger.stored[SHOP, DAY].is_retried) == (0, True)
    world.clock.time_ms += 2 * MS_PER_HOUR
    assert (world.run().exported, world.states[SHOP]) == (1, WindowState.EXPORTED)
