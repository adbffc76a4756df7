"""The workflow engine, event by event."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.gluelocal.engines import CRAWL, A, B, Driver, after, first, job, kinds, model, when

from gluelocal.engine.batching import StartingEventBatchCondition
from gluelocal.engine.engine import next_due_ms, step
from gluelocal.engine.events import (
    ActionEnded,
    ActionStopRequested,
    Event,
    JobRequested,
    Notified,
    StartRequested,
    StopRequested,
    Ticked,
    TriggerFired,
)
from gluelocal.engine.predicates import statistics
from gluelocal.engine.state import (
    EngineState,
    GlueError,
    RunEnded,
    RunStarted,
    StartCrawl,
    StartJobRun,
    StopAction,
)
from gluelocal.model.model import Action, Condition, EventBatchingCondition, Trigger, Workflow

pytestmark = pytest.mark.unit


def test_an_event_starts_a_run_with_its_id_as_a_property() -> None:
    driver = Driver(model(first(A), default_run_properties={"mode": "normal"}))
    started, command = driver.notify("id-1")
    assert isinstance(started, RunStarted)
    assert isinstance(command, StartJobRun)
    run = driver.state.runs[0]
    assert run.properties == {"mode": "normal", "aws:eventIds": "[id-1]"}
    assert run.starting_event_batch_condition == StartingEventBatchCondition(batch_size=1)
    assert (len(run.id), run.id[:3], len(command.id), command.id[:3]) == (67, "wr_", 67, "jr_")
    assert driver.end("a") == (RunEnded(run.id, "COMPLETED"),)
    assert driver.state.idle


def test_ids_depend_on_seed_and_history_only() -> None:
    one, two = Driver(model(first(A))), Driver(model(first(A)))
    one.notify("x")
    two.notify("x")
    assert one.state == two.state
    two.state = EngineState("other seed")
    two.notify("x")
    assert one.state.runs[0].id != two.state.runs[0].id


def test_events_of_a_stopped_trigger_start_nothing() -> None:
    driver = Driver(model(first(A, state="DEACTIVATED")))
    assert driver.notify("1") == []
    assert driver.state.idle


def test_a_full_batch_starts_one_run() -> None:
    driver = Driver(model(first(A, event_batching_condition=EventBatchingCondition(batch_size=3))))
    assert driver.notify("1", "2") == []
    assert not driver.state.idle
    assert kinds(driver.notify("2")) == [RunStarted, StartJobRun]  # a repeated id is one more event
    run = driver.state.runs[0]
    assert run.properties["aws:eventIds"] == "[1, 2, 2]"
    assert run.starting_event_batch_condition == StartingEventBatchCondition(batch_size=3)


def test_a_batch_window_begins_with_the_first_event() -> None:
    driver = Driver(model(first(A, event_batching_condition=EventBatchingCondition(batch_size=9, batch_window_s=10))))
    assert next_due_ms(driver.model, driver.state) is None
    driver.take(Notified("flow", "1", 1_000))
    driver.take(Notified("flow", "2", 6_000))
    assert next_due_ms(driver.model, driver.state) == 11_000
    assert driver.take(Ticked(10_999)) == ()
    assert kinds(driver.take(Ticked(11_000))) == [RunStarted, StartJobRun]
    assert driver.state.runs[0].starting_event_batch_condition == StartingEventBatchCondition(batch_window_s=10)


def test_an_event_after_the_window_belongs_to_the_next_batch() -> None:
    driver = Driver(model(first(A, event_batching_condition=EventBatchingCondition(batch_size=9, batch_window_s=10))))
    driver.take(Notified("flow", "1", 0))
    driver.take(Notified("flow", "2", 60_000))
    assert [run.event_ids for run in driver.state.runs] == [("1",)]
    assert driver.state.batches["flow"].event_ids == ("2",)


def test_the_default_window_is_900_seconds() -> None:
    driver = Driver(model(first(A, event_batching_condition=EventBatchingCondition(batch_size=9))))
    driver.take(Notified("flow", "1", 5))
    assert next_due_ms(driver.model, driver.state) == 900_005


def test_events_wait_for_a_free_slot_of_the_workflow() -> None:
    driver = Driver(model(first(A), max_concurrent_runs=1))
    driver.notify("1", "2", "3")
    assert driver.statuses() == ["RUNNING"]
    assert not driver.state.idle
    driver.end("a")
    assert [run.event_ids for run in driver.state.runs] == [("1",), ("2",)]
    driver.end("a")
    driver.end("a")
    assert driver.statuses() == ["COMPLETED"] * 3
    assert driver.state.idle


def test_waiting_batches_whose_runs_end_at_once_all_start() -> None:
    driver = Driver(model(first(Action(job_name="gone")), Trigger("x", "ON_DEMAND", "other"), max_concurrent_runs=1))
    driver.notify("1", "2")
    assert driver.statuses() == ["COMPLETED", "COMPLETED"]
    assert driver.state.runs[0].actions[0].last.error == "EntityNotFoundException: there is no job gone"


def test_firing_a_workflows_trigger_starts_its_run_and_any_other_a_chain() -> None:
    alone = Trigger("alone", "ON_DEMAND", "", (A,))
    driver = Driver(model(Trigger("first", "ON_DEMAND", "flow", (A,)), alone, jobs=(job("a", max_concurrent_runs=2),)))
    driver.take(TriggerFired("first", 1))
    driver.take(TriggerFired("alone", 2))
    assert [(run.name, run.title) for run in driver.state.runs] == [("flow", "flow"), ("", "alone")]


def test_on_demand_runs_over_the_limit_are_refused() -> None:
    driver = Driver(model(first(A), max_concurrent_runs=1))
    driver.take(StartRequested("flow", 1, {"mode": "request"}))
    assert driver.state.runs[0].properties == {"mode": "request"}
    assert driver.state.runs[0].starting_event_batch_condition is None
    before = driver.state
    with pytest.raises(GlueError, match="ConcurrentRunsExceededException") as caught:
        driver.take(StartRequested("flow", 2))
    assert caught.value.code == "ConcurrentRunsExceededException"
    assert driver.state is before


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (Notified("nowhere", "1", 1), "EntityNotFoundException"),
        (Notified("manual", "1", 1), "InvalidInputException"),
        (StartRequested("nowhere", 1), "EntityNotFoundException"),
        (StopRequested("wr_0", 1), "EntityNotFoundException"),
        (TriggerFired("nowhere", 1), "EntityNotFoundException"),
        (ActionEnded("jr_0", "SUCCEEDED", 1), "EntityNotFoundException"),
    ],
)
def test_refused_calls_carry_the_name_of_glues_exception(event: Event, code: str) -> None:
    of = model(first(A))
    of = replace(of, workflows={**of.workflows, "manual": Workflow("manual")})
    with pytest.raises(GlueError) as caught:
        step(of, EngineState("seed"), event)
    assert caught.value.code == code


def test_arguments_merge_in_glues_order() -> None:
    of = model(
        first(Action(job_name="a", arguments={"--y": "trigger", "--z": "trigger"}, timeout_minutes=7)),
        jobs=(
            job(
                "a",
                default_arguments={"--x": "default", "--y": "default"},
                non_overridable_arguments={"--z": "fixed"},
                timeout_minutes=9,
            ),
        ),
    )
    driver = Driver(of)
    command = driver.notify("1")[1]
    assert isinstance(command, StartJobRun)
    assert dict(command.arguments) == {
        "--x": "default",
        "--y": "trigger",
        "--z": "fixed",
        "--WORKFLOW_NAME": "flow",
        "--WORKFLOW_RUN_ID": driver.state.runs[0].id,
    }
    assert command.timeout_minutes == 7


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED"])
def test_any_accepts_each_end(state: str) -> None:
    listening = when("then", *(after("a", end) for end in ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")), actions=(B,))
    driver = Driver(model(first(A), listening))
    driver.notify("1")
    assert kinds(driver.end("a", state)) == [StartJobRun]
    driver.end("b")
    counts = statistics(driver.state.runs[0])
    names = {"SUCCEEDED": "SucceededActions", "FAILED": "FailedActions", "TIMEOUT": "TimeoutActions"}
    assert counts[names.get(state, "StoppedActions")] == (2 if state == "SUCCEEDED" else 1)


def test_and_waits_for_all_and_fires_once() -> None:
    both = when("both", after("a", "SUCCEEDED"), after("b", "SUCCEEDED"), actions=(CRAWL,), logical="AND")
    driver = Driver(model(first(A, B), both))
    driver.notify("1")
    assert driver.end("a") == ()
    assert kinds(driver.end("b")) == [StartCrawl]
    assert kinds(driver.end("c")) == [RunEnded]


def test_a_predicate_that_cannot_be_met_does_not_keep_the_run() -> None:
    driver = Driver(model(first(A), when("never", after("a", "SUCCEEDED"), actions=(B,))))
    driver.notify("1")
    assert driver.end("a", "FAILED") == (RunEnded(driver.state.runs[0].id, "COMPLETED"),)
    counts = statistics(driver.state.runs[0])
    assert (counts["TotalActions"], counts["FailedActions"], counts["RunningActions"]) == (2, 1, 0)


def test_an_empty_predicate_never_fires() -> None:
    driver = Driver(model(first(A), when("empty", actions=(B,), logical="AND")))
    driver.notify("1")
    assert kinds(driver.end("a")) == [RunEnded]


def test_triggers_listen_to_crawlers() -> None:
    listening = when("then", Condition(crawler_name="c", crawl_state="FAILED"), actions=(B,))
    driver = Driver(model(first(CRAWL), listening))
    driver.notify("1")
    assert kinds(driver.end("c", "FAILED")) == [StartJobRun]


def test_the_graph_is_that_of_the_runs_start() -> None:
    driver = Driver(model(first(A), when("then", after("a", "SUCCEEDED"), actions=(B,))))
    driver.notify("1")
    driver.model = model(first(A), jobs=(job("b", default_arguments={"--new": "yes"}),))
    (command,) = driver.end("a")
    assert isinstance(command, StartJobRun)
    assert command.arguments["--new"] == "yes"  # edits of jobs take effect


def test_over_a_jobs_limit_the_node_fails_and_the_chain_goes_on() -> None:
    listening = when("then", after("a", "FAILED"), actions=(B,))
    driver = Driver(model(first(A), listening))
    driver.notify("1")
    assert kinds(driver.notify("2")) == [RunStarted, StartJobRun]
    refused = driver.state.runs[1].actions[0].last
    assert refused.error == "ConcurrentRunsExceededException: a has 1 concurrent runs already"
    assert (refused.state, refused.ended_ms) == ("FAILED", refused.started_ms)
    driver.end("b", run=1)
    driver.end("a", run=0)
    assert driver.statuses() == ["COMPLETED", "COMPLETED"]


def test_a_jobs_limit_allows_that_many() -> None:
    driver = Driver(model(first(A), jobs=(job("a", max_concurrent_runs=2),)))
    driver.notify("1", "2", "3")
    assert [run.actions[0].last.state for run in driver.state.runs] == ["RUNNING", "RUNNING", "FAILED"]


QUEUING = job("a", job_run_queuing=True)


def test_a_run_over_the_limit_waits_if_the_job_queues_its_runs() -> None:
    driver = Driver(model(first(A), when("then", after("a", "SUCCEEDED"), actions=(B,)), jobs=(QUEUING,)))
    driver.notify("1", "2", "3")
    assert [run.actions[0].last.state for run in driver.state.runs] == ["RUNNING", "WAITING", "WAITING"]
    assert driver.statuses() == ["RUNNING"] * 3
    assert statistics(driver.state.runs[1])["WaitingActions"] == 1
    started = [command for command in driver.end("a", run=0) if isinstance(command, StartJobRun)]
    assert [(command.job_name, command.run_id) for command in started] == [
        ("b", driver.state.runs[0].id),
        ("a", driver.state.runs[1].id),
    ]
    assert driver.state.runs[1].actions[0].last.started_ms == driver.now_ms
    assert [run.actions[0].last.state for run in driver.state.runs] == ["SUCCEEDED", "RUNNING", "WAITING"]


def test_a_queued_run_fails_after_15_minutes_and_the_chain_goes_on() -> None:
    driver = Driver(model(first(A), when("then", after("a", "FAILED"), actions=(B,)), jobs=(QUEUING,)))
    driver.notify("1", "2")
    due_ms = 2 + 15 * 60_000
    assert next_due_ms(driver.model, driver.state) == due_ms
    assert driver.tick(due_ms - 1) == ()
    (command,) = driver.tick(due_ms)
    assert isinstance(command, StartJobRun)
    assert command.job_name == "b"
    failed = driver.run.actions[0].last
    assert (failed.state, failed.ended_ms) == ("FAILED", due_ms)
    assert failed.error == "ConcurrentRunsExceededException: a had no free slot for 15 minutes"


def test_what_waits_is_stopped_at_once() -> None:
    driver = Driver(model(first(A), jobs=(QUEUING,)))
    driver.notify("1", "2", "3")
    _, second, third = driver.state.runs
    assert driver.take(ActionStopRequested(second.actions[0].last.id, 9)) == (RunEnded(second.id, "COMPLETED"),)
    assert driver.take(StopRequested(third.id, 9)) == (RunEnded(third.id, "STOPPED"),)
    assert [run.actions[0].last.state for run in driver.state.runs] == ["RUNNING", "STOPPED", "STOPPED"]


def test_a_job_alone_waits_too_and_is_stopped_or_fails_too() -> None:
    driver = Driver(model(first(A), jobs=(QUEUING,)))
    for now_ms in range(3):
        driver.take(JobRequested("a", now_ms))
    assert [action.last.state for action in driver.state.alone] == ["RUNNING", "WAITING", "WAITING"]
    assert not driver.state.idle
    assert driver.take(ActionStopRequested(driver.state.alone[1].last.id, 9)) == ()
    driver.tick(2 + 15 * 60_000)
    assert [action.last.state for action in driver.state.alone] == ["RUNNING", "STOPPED", "FAILED"]


def test_a_queued_run_of_a_job_that_is_gone_fails() -> None:
    driver = Driver(model(first(A), jobs=(QUEUING,)))
    driver.notify("1", "2")
    driver.model = replace(driver.model, jobs={})
    driver.tick(9)
    assert driver.run.actions[0].last.error == "EntityNotFoundException: there is no job a"
    assert driver.statuses() == ["RUNNING", "COMPLETED"]


def test_a_running_crawler_fails_the_second_node() -> None:
    driver = Driver(model(first(CRAWL, Action(crawler_name="gone"))))
    driver.notify("1", "2")
    errors = [action.last.error for action in driver.state.runs[1].actions]
    assert errors == [
        "CrawlerRunningException: c is running already",
        "EntityNotFoundException: there is no crawler gone",
    ]
    assert driver.statuses() == ["RUNNING", "COMPLETED"]


def test_retries_hold_back_the_conditions_until_the_last_attempt() -> None:
    driver = Driver(model(first(A), when("then", after("a", "FAILED"), actions=(B,)), jobs=(job("a", max_retries=1),)))
    driver.notify("1")
    (retry,) = driver.end("a", "FAILED")
    assert isinstance(retry, StartJobRun)
    assert retry.attempt == 1
    assert kinds(driver.end("a", "FAILED")) == [StartJobRun]
    attempts = driver.state.runs[0].actions[0].attempts
    assert [(attempt.number, attempt.state, attempt.error) for attempt in attempts] == [
        (0, "FAILED", "why"),
        (1, "FAILED", "why"),
    ]
    assert attempts[0].id != attempts[1].id


@pytest.mark.parametrize("state", ["TIMEOUT", "STOPPED", "SUCCEEDED"])
def test_only_failed_jobs_are_retried(state: str) -> None:
    driver = Driver(model(first(A), jobs=(job("a", max_retries=5),)))
    driver.notify("1")
    assert kinds(driver.end("a", state)) == [RunEnded]


def test_stopping_ends_actions_and_fires_nothing_more() -> None:
    listening = when("then", after("a", "STOPPED"), after("a", "FAILED"), actions=(B,))
    driver = Driver(model(first(A, B, CRAWL), listening, jobs=(job("a", max_retries=5),)))
    driver.notify("1")
    run = driver.state.runs[0]
    driver.end("b")
    stops = driver.take(StopRequested(run.id, 50))
    assert stops == (StopAction(run.actions[0].last.id), StopAction(run.actions[2].last.id))
    assert driver.statuses() == ["STOPPING"]
    with pytest.raises(GlueError, match="IllegalWorkflowStateException"):
        driver.take(StopRequested(run.id, 51))
    assert driver.end("a", "FAILED") == ()  # it failed just before it was stopped: no retry now
    assert driver.end("c", "CANCELLED") == (RunEnded(run.id, "STOPPED"),)
    counts = statistics(driver.state.runs[0])
    assert (counts["StoppedActions"], counts["FailedActions"], counts["SucceededActions"]) == (1, 1, 1)


def test_a_job_that_is_gone_is_not_retried() -> None:
    driver = Driver(model(first(A), jobs=(job("a", max_retries=5),)))
    driver.notify("1")
    driver.model = replace(driver.model, jobs={})
    assert kinds(driver.end("a", "FAILED")) == [RunEnded]


def test_an_end_is_taken_once() -> None:
    driver = Driver(model(first(A)))
    driver.notify("1")
    driver.end("a")
    with pytest.raises(GlueError, match="EntityNotFoundException"):
        driver.end("a")


def test_a_circle_of_triggers_ends() -> None:
    driver = Driver(
        model(
            first(A),
            when("ab", after("a", "SUCCEEDED"), actions=(B,)),
            when("ba", after("b", "SUCCEEDED"), actions=(A,)),
        )
    )
    driver.notify("1")
    driver.end("a")
    driver.end("b")
    driver.end("a")
    assert driver.statuses() == ["COMPLETED"]
