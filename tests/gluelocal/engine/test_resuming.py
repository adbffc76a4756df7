"""Runs that continue where another one ended."""

from __future__ import annotations

import pytest
from support.gluelocal.engines import CRAWL, A, B, Driver, after, first, job, kinds, model, when

from gluelocal.engine.events import ActionEnded, ResumeRequested, StopRequested
from gluelocal.engine.state import GlueError, RunEnded, RunStarted, StartCrawl, StartJobRun
from gluelocal.model.graph import edges, nodes
from gluelocal.model.model import Action, Condition, Model

pytestmark = pytest.mark.unit

X = Action(job_name="x")


def fan() -> Model:
    """a starts b and the crawler; x needs both."""
    return model(
        first(A),
        when("both", after("a", "SUCCEEDED"), actions=(B, CRAWL)),
        when("last", after("a", "SUCCEEDED"), after("b", "SUCCEEDED"), actions=(X,), logical="AND"),
        jobs=(job("x"),),
    )


def resumed(driver: Driver, *node_ids: str) -> list[type]:
    driver.now_ms += 1
    return kinds(driver.take(ResumeRequested(driver.run.id, node_ids, driver.now_ms)))


def test_the_selected_node_and_what_comes_after_it_run_and_the_rest_is_as_it_was() -> None:
    driver = Driver(fan())
    driver.notify("1")
    driver.end("a")
    driver.end("c")
    driver.end("b", "FAILED")
    old = driver.run
    assert resumed(driver, driver.node("b")) == [RunStarted, StartJobRun]
    assert (driver.run.previous_run_id, driver.run.event_ids) == (old.id, ())
    assert driver.run.properties == old.properties
    assert driver.run.id != old.id
    assert driver.states() == {"a": "SUCCEEDED", "c": "SUCCEEDED", "b": "RUNNING"}
    assert kinds(driver.end("b")) == [StartJobRun]
    assert kinds(driver.end("x")) == [RunEnded]
    assert driver.statuses() == ["COMPLETED", "COMPLETED"]


def test_all_of_several_counts_what_ran_before() -> None:
    both = when("both", after("a", "SUCCEEDED"), after("b", "SUCCEEDED"), actions=(CRAWL,), logical="AND")
    driver = Driver(model(first(A, B), both))
    driver.notify("1")
    driver.end("a")
    driver.end("b", "FAILED")
    assert resumed(driver, driver.node("b")) == [RunStarted, StartJobRun]
    assert kinds(driver.end("b")) == [StartCrawl]


def test_any_of_several_waits_for_what_runs_again() -> None:
    either = when("either", after("a", "SUCCEEDED"), after("b", "SUCCEEDED"), actions=(CRAWL,))
    driver = Driver(model(first(A, B), either))
    driver.notify("1")
    driver.end("a")
    driver.end("b", "FAILED")
    driver.end("c")
    assert resumed(driver, driver.node("b")) == [RunStarted, StartJobRun]
    assert kinds(driver.end("b")) == [StartCrawl]


def test_a_node_after_another_selected_one_runs_once_when_its_trigger_fires() -> None:
    driver = Driver(fan())
    driver.notify("1")
    driver.end("a")
    driver.end("c", "FAILED")
    driver.end("b", "FAILED")
    assert resumed(driver, driver.node("b"), driver.node("a")) == [RunStarted, StartJobRun]
    assert driver.states() == {"a": "RUNNING"}
    assert kinds(driver.end("a")) == [StartJobRun, StartCrawl]


def test_nodes_in_a_circle_begin_with_the_first() -> None:
    ring = model(
        first(CRAWL),
        when("ca", after("b", "FAILED"), Condition(crawler_name="c", crawl_state="SUCCEEDED"), actions=(A,)),
        when("ab", after("a", "SUCCEEDED"), actions=(B,)),
    )
    driver = Driver(ring)
    driver.notify("1")
    driver.end("c")
    driver.end("a")
    driver.end("b", "FAILED")
    assert driver.statuses() == ["COMPLETED"]
    assert resumed(driver, driver.node("b"), driver.node("a")) == [RunStarted, StartJobRun]
    assert driver.states() == {"c": "SUCCEEDED", "a": "RUNNING"}
    driver.end("a")
    driver.end("b", "FAILED")
    assert driver.statuses() == ["COMPLETED", "COMPLETED"]  # the trigger of a has fired in this run


def test_a_job_of_two_nodes_counts_with_the_run_that_is_new() -> None:
    twice = job("a", max_concurrent_runs=2)
    driver = Driver(model(first(A, A), when("then", after("a", "FAILED"), actions=(B,), logical="AND"), jobs=(twice,)))
    driver.notify("1")
    driver.end("a")
    driver.take(ActionEnded(driver.run.actions[0].last.id, "FAILED", 9))
    driver.end("b")
    second = [node.id for node in nodes("flow", driver.run.triggers) if node.name == "a"][1]
    assert resumed(driver, second) == [RunStarted, StartJobRun]  # the first a failed before, so nothing new happens
    assert driver.end("a") == (RunEnded(driver.run.id, "COMPLETED"),)


@pytest.mark.parametrize(
    ("nodes_of", "sentence"),
    [
        ([], "name at least one node"),
        (["wnode_0"], "wnode_0 is not a job or crawler"),
        (["first"], "is not a job or crawler of the graph"),
        (["x"], "the node x was not attempted"),
    ],
)
def test_what_can_not_be_resumed(nodes_of: list[str], sentence: str) -> None:
    driver = Driver(fan())
    driver.notify("1")
    driver.end("a", "FAILED")
    ids = [name if name.startswith("wnode_") else driver.node(name) for name in nodes_of]
    with pytest.raises(GlueError, match=f"InvalidInputException: .*{sentence}"):
        resumed(driver, *ids)


def test_only_completed_runs_are_resumed_and_the_limit_holds() -> None:
    driver = Driver(model(first(A), max_concurrent_runs=1))
    driver.notify("1")
    with pytest.raises(GlueError, match="IllegalWorkflowStateException"):
        resumed(driver, driver.node("a"))
    driver.end("a")
    done = driver.run
    driver.notify("2")
    with pytest.raises(GlueError, match="ConcurrentRunsExceededException"):
        driver.take(ResumeRequested(done.id, (driver.node("a"),), 9))
    driver.take(StopRequested(driver.run.id, 10))
    driver.end("a", "STOPPED")
    with pytest.raises(GlueError, match="IllegalWorkflowStateException"):
        resumed(driver, driver.node("a"))


def test_edges_lead_from_triggers_to_what_they_start_and_on() -> None:
    names = {node.id: f"{node.type} {node.name}" for node in nodes("flow", fan().triggers_of("flow"))}
    found = [(names[source], names[target]) for source, target in edges("flow", fan().triggers_of("flow"))]
    assert found == [
        ("TRIGGER first", "JOB a"),
        ("JOB a", "TRIGGER both"),
        ("JOB a", "TRIGGER last"),
        ("TRIGGER both", "JOB b"),
        ("JOB b", "TRIGGER last"),
        ("TRIGGER both", "CRAWLER c"),
        ("TRIGGER last", "JOB x"),
    ]
