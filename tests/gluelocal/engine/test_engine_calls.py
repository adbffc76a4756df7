"""Calls of the engine: properties, jobs and crawlers outside of workflows, stops, schedules."""

from __future__ import annotations

from typing import Any

import pytest
from support.gluelocal.engines import CRAWL, A, B, Driver, after, first, job, kinds, model, when

from gluelocal.engine.engine import begin, next_due_ms
from gluelocal.engine.events import (
    ActionEnded,
    ActionStopRequested,
    CrawlRequested,
    JobRequested,
    PropertiesPut,
    StartRequested,
)
from gluelocal.engine.state import GlueError, RunEnded, RunStarted, StartCrawl, StartJobRun, StopAction
from gluelocal.engine.views import Part, recent, view
from gluelocal.model.model import Trigger

pytestmark = pytest.mark.unit

HOUR_MS = 3_600_000


def hourly(**changes: Any) -> Trigger:
    return Trigger(
        "first", "SCHEDULED", "flow", (A,), start_on_creation=True, **{"schedule": "cron(0 * * * ? *)", **changes}
    )


def test_put_properties_merge() -> None:
    driver = Driver(model(first(A), default_run_properties={"mode": "normal", "size": "1"}))
    driver.take(StartRequested("flow", 1, {"size": "2"}))
    driver.take(PropertiesPut(driver.run.id, {"mode": "fast", "note": "x"}, 2))
    assert driver.run.properties == {"mode": "fast", "size": "2", "note": "x"}
    with pytest.raises(GlueError, match="EntityNotFoundException"):
        driver.take(PropertiesPut("wr_0", {}, 3))


def test_a_job_outside_of_workflows_fires_nothing_and_counts_against_its_limit() -> None:
    driver = Driver(model(first(A), when("then", after("a", "SUCCEEDED"), actions=(B,))))
    (command,) = driver.take(JobRequested("a", 1, {"--x": "1"}, 7))
    assert isinstance(command, StartJobRun)
    assert (command.run_id, dict(command.arguments), command.timeout_minutes) == ("", {"--x": "1"}, 7)
    assert [action.last.state for action in driver.state.alone] == ["RUNNING"]
    with pytest.raises(GlueError) as caught:
        driver.take(JobRequested("a", 2))
    assert caught.value.code == "ConcurrentRunsExceededException"
    driver.notify("1")
    assert driver.run.actions[0].last.error.startswith("ConcurrentRunsExceededException")
    assert driver.take(ActionEnded(command.id, "SUCCEEDED", 3)) == ()
    assert driver.state.idle
    assert len(driver.state.runs) == 1


def test_what_can_not_succeed_is_not_retried() -> None:
    driver = Driver(model(first(A), jobs=(job("a", max_retries=1),)))
    (command,) = driver.take(JobRequested("a", 1))
    assert isinstance(command, StartJobRun)
    assert driver.take(ActionEnded(command.id, "FAILED", 2, "only on Glue", final=True)) == ()
    assert driver.state.idle


def test_a_job_outside_of_workflows_is_retried() -> None:
    driver = Driver(model(first(A), jobs=(job("a", max_retries=1),)))
    (command,) = driver.take(JobRequested("a", 1))
    assert isinstance(command, StartJobRun)
    (again,) = driver.take(ActionEnded(command.id, "FAILED", 2, "why"))
    assert isinstance(again, StartJobRun)
    assert (again.attempt, again.run_id) == (1, "")
    assert driver.take(ActionEnded(again.id, "FAILED", 3, "why")) == ()


def test_a_crawler_crawls_once_at_a_time() -> None:
    driver = Driver(model(first(CRAWL)))
    (command,) = driver.take(CrawlRequested("c", 1))
    assert isinstance(command, StartCrawl)
    for name, code in (("c", "CrawlerRunningException"), ("gone", "EntityNotFoundException")):
        with pytest.raises(GlueError) as caught:
            driver.take(CrawlRequested(name, 2))
        assert caught.value.code == code
    driver.notify("1")
    assert driver.states() == {"c": "FAILED"}


def test_a_stopped_job_of_a_run_is_an_end_that_triggers_may_listen_to() -> None:
    driver = Driver(model(first(A), when("then", after("a", "STOPPED"), actions=(B,)), jobs=(job("a", max_retries=3),)))
    driver.notify("1")
    id_of_a = driver.run.actions[0].last.id
    assert driver.take(ActionStopRequested(id_of_a, 5)) == (StopAction(id_of_a),)
    with pytest.raises(GlueError, match="InvalidInputException: a is being stopped already"):
        driver.take(ActionStopRequested(id_of_a, 6))
    assert kinds(driver.end("a", "STOPPED")) == [StartJobRun]


def test_a_job_that_fails_while_it_is_stopped_is_not_retried() -> None:
    driver = Driver(model(first(A), jobs=(job("a", max_retries=3),)))
    driver.notify("1")
    driver.take(ActionStopRequested(driver.run.actions[0].last.id, 5))
    assert kinds(driver.end("a", "FAILED")) == [RunEnded]


def test_stopping_a_crawler() -> None:
    driver = Driver(model(first(CRAWL)))
    (command,) = driver.take(CrawlRequested("c", 1))
    assert isinstance(command, StartCrawl)
    assert driver.take(ActionStopRequested(command.id, 2)) == (StopAction(command.id),)
    with pytest.raises(GlueError, match="CrawlerStoppingException"):
        driver.take(ActionStopRequested(command.id, 3))
    driver.take(ActionEnded(command.id, "CANCELLED", 4))
    assert driver.state.idle


def test_a_scheduled_trigger_starts_a_run_at_each_of_its_times() -> None:
    driver = Driver(model(hourly(), jobs=(job("a", max_concurrent_runs=9),)), now_ms=HOUR_MS // 2)
    assert driver.state.idle
    assert next_due_ms(driver.model, driver.state) == HOUR_MS
    assert driver.tick(HOUR_MS - 1) == ()
    assert kinds(driver.tick(HOUR_MS)) == [RunStarted, StartJobRun]
    assert driver.tick(HOUR_MS) == ()
    assert kinds(driver.tick(3 * HOUR_MS + 5)) == [RunStarted, StartJobRun] * 2
    assert next_due_ms(driver.model, driver.state) == 4 * HOUR_MS


def test_a_schedule_over_the_limit_gives_a_run_that_says_so() -> None:
    driver = Driver(model(hourly(), max_concurrent_runs=1))
    driver.tick(HOUR_MS)
    assert kinds(driver.tick(2 * HOUR_MS)) == [RunStarted, RunEnded]
    assert (driver.run.status, driver.run.error) == ("ERROR", "Concurrent runs exceeded for workflow: flow.")
    assert not driver.run.active


def test_a_schedule_that_is_over_or_was_never_started_is_not_due() -> None:
    once = model(hourly(schedule="cron(0 1 1 1 ? 1970)"))
    driver = Driver(once)
    driver.tick(HOUR_MS)
    assert next_due_ms(driver.model, driver.state) is None
    assert begin(once, "seed", HOUR_MS).due_ms == {}
    created = model(Trigger("first", "SCHEDULED", "flow", (A,), schedule="cron(0 * * * ? *)"))
    assert begin(created, "seed", 0).due_ms == {}


def test_a_conditional_trigger_that_was_never_started_does_not_fire() -> None:
    listening = when("then", after("a", "SUCCEEDED"), actions=(B,))
    created = Trigger(listening.name, "CONDITIONAL", "flow", (B,), listening.predicate)
    driver = Driver(model(first(A), created))
    driver.notify("1")
    assert kinds(driver.end("a")) == [RunEnded]


def test_a_snapshot_may_leave_out_old_runs() -> None:
    driver = Driver(model(first(A), jobs=(job("a", max_concurrent_runs=9),)))
    for event_id in "1234":
        driver.notify(event_id)
    for number in (0, 1, 2):
        driver.end("a", run=number)
    assert recent(driver.state, None) is driver.state
    assert [run.event_ids for run in recent(driver.state, 1).runs] == [("3",), ("4",)]
    assert [run.event_ids for run in recent(driver.state, 9).runs] == [("1",), ("2",), ("3",), ("4",)]


def test_a_snapshot_has_how_much_of_its_work_an_action_says_is_done() -> None:
    driver = Driver(model(first(A)))
    driver.notify("1")
    (run,) = view(driver.state, lambda _: (), 5, lambda action: Part(1, 2, action.name)).runs
    assert [node.part for node in run.nodes] == [None, Part(1, 2, "a")]
    assert [node.part for node in view(driver.state, lambda _: (), 5).runs[0].nodes] == [None, None]
