"""Glue triggers"""

from __future__ import annotations

from typing import Any

import pytest
from support.gluelocal.conformance import rule
from support.gluelocal.glue_accounts import NOON_MS, crawler, job, predicate, trigger, workflow

from athena_duckdb.errors import ConfigError

pytestmark = pytest.mark.local

TRIGGERS = "Glue API, Trigger"
GUIDE = "Glue developer guide, Glue triggers"
BASE = {**workflow(), **job("a"), **job("b"), **job("c"), **crawler("crawl-x")}


@rule("An ON_DEMAND trigger fires when its workflow is started.", TRIGGERS)
def test_on_demand(deployed: Any) -> None:
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a"))
    assert account.runs() == []
    account.start()
    assert account.states() == {"a": "RUNNING"}


@rule("An EVENT trigger fires when EventBridge notifies its workflow.", TRIGGERS)
def test_event(deployed: Any) -> None:
    account = deployed(BASE, trigger("first", "EVENT", "a"))
    account.notify("1")
    assert account.states() == {"a": "RUNNING"}


@rule("A SCHEDULED trigger fires at the times of its cron expression, in UTC.", "Glue API, CreateTrigger, Schedule")
def test_scheduled(deployed: Any) -> None:
    account = deployed(BASE, trigger("first", "SCHEDULED", "a", Schedule="cron(15 12 * * ? *)"))
    account.later(14 * 60)
    assert account.runs() == []
    account.later(60)
    assert account.states() == {"a": "RUNNING"}
    account.end("a")
    account.later(86_400)
    assert [run["StartedOn"].timestamp() * 1000 for run in account.runs()] == [
        NOON_MS + 15 * 60_000 + 86_400_000,
        NOON_MS + 15 * 60_000,
    ]


@rule("A CONDITIONAL trigger fires when its predicate is met.", TRIGGERS)
def test_conditional(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "b", Predicate=predicate("AND", a="SUCCEEDED"))
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a"), then)
    account.start()
    assert account.states() == {"a": "RUNNING", "b": ""}
    account.end("a")
    assert account.states() == {"a": "SUCCEEDED", "b": "RUNNING"}


@rule("Logical AND waits until all conditions are met.", "Glue API, Predicate, Logical")
def test_and(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "c", Predicate=predicate("AND", a="SUCCEEDED", b="FAILED"))
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a", "b"), then)
    account.start()
    account.end("a")
    assert account.states()["c"] == ""
    account.end("b", "FAILED")
    assert account.states()["c"] == "RUNNING"


@rule("Logical ANY fires at the first condition that is met, once.", "Glue API, Predicate, Logical")
def test_any(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "c", Predicate=predicate("ANY", a="SUCCEEDED", b="SUCCEEDED"))
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a", "b"), then)
    account.start()
    account.end("a")
    assert account.states()["c"] == "RUNNING"
    account.end("b")
    account.end("c")
    assert len(account.glue.get_job_runs(JobName="c")["JobRuns"]) == 1


@rule("Triggers listen to the job states SUCCEEDED, STOPPED, FAILED and TIMEOUT.", "Glue API, Condition, State")
@pytest.mark.parametrize("state", ["SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT"])
def test_job_states(deployed: Any, state: str) -> None:
    then = trigger("then", "CONDITIONAL", "b", Predicate=predicate("AND", a=state))
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a"), then)
    account.start()
    account.end("a", state)
    assert account.states() == {"a": state, "b": "RUNNING"}


@rule("Triggers listen to the crawl states SUCCEEDED, FAILED and CANCELLED.", "Glue API, Condition, CrawlState")
@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED", "CANCELLED"])
def test_crawl_states(deployed: Any, state: str) -> None:
    then = trigger("then", "CONDITIONAL", "b", Predicate=predicate("AND", **{"crawl-x": state}))
    account = deployed(BASE, trigger("first", "ON_DEMAND", "crawl-x"), then)
    account.start()
    if state == "CANCELLED":
        account.glue.stop_crawler(Name="crawl-x")
        account.runtime.poll()
    account.end_crawl("crawl-x", "no luck" if state == "FAILED" else "")
    assert account.states() == {"crawl-x": state, "b": "RUNNING"}


def refused(account: Any, **trigger_members: Any) -> str:
    """CreateTrigger's error for a trigger of the workflow that it refuses."""
    with pytest.raises(account.glue.exceptions.InvalidInputException) as caught:
        account.glue.create_trigger(**{"Name": "new", "Actions": [{"JobName": "b"}], **trigger_members})
    with pytest.raises(account.glue.exceptions.EntityNotFoundException):
        account.glue.get_trigger(Name="new")
    return str(caught.value.response["Error"]["Message"])


@rule("No other states can be listened to.", "Glue API, Condition, State; CrawlState")
@pytest.mark.parametrize("state", ["ERROR", "RUNNING", "STOPPING", "WAITING"])
def test_other_job_states(deployed: Any, state: str) -> None:
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a"))
    asked = {"Type": "CONDITIONAL", "WorkflowName": "flow", "Predicate": predicate("AND", a=state)}
    assert f"can't listen for the job State '{state}'" in refused(account, **asked)


@rule("No other crawl states, either.", "Glue API, Condition, CrawlState")
@pytest.mark.parametrize("state", ["ERROR", "RUNNING", "CANCELLING"])
def test_other_crawl_states(deployed: Any, state: str) -> None:
    account = deployed(BASE, trigger("first", "ON_DEMAND", "crawl-x"))
    asked = {"Type": "CONDITIONAL", "WorkflowName": "flow", "Predicate": predicate("AND", **{"crawl-x": state})}
    assert f"can't listen for the CrawlState '{state}'" in refused(account, **asked)


@rule("BatchSize is 1 to 100, BatchWindow 1 to 900 seconds.", "Glue API, EventBatchingCondition")
def test_batch_limits(deployed: Any) -> None:
    account = deployed(
        BASE, trigger("first", "ON_DEMAND", "a"), workflow("other"), trigger("o", "EVENT", "a", workflow="other")
    )
    account.glue.delete_trigger(Name="o")
    event = {"Type": "EVENT", "WorkflowName": "other"}
    refused(account, **event, EventBatchingCondition={"BatchSize": 101})
    refused(account, **event, EventBatchingCondition={"BatchSize": 1, "BatchWindow": 901})
    most = {"BatchSize": 100, "BatchWindow": 900}
    account.glue.create_trigger(Name="new", Actions=[{"JobName": "b"}], **event, EventBatchingCondition=most)


@rule(
    "A template that asks for more than BatchSize 100 or BatchWindow 900 is refused.",
    "CloudFormation, AWS::Glue::Trigger EventBatchingCondition",
)
@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"BatchSize": 101}, "BatchSize is 1 to 100 events, not 101"),
        ({"BatchSize": 1, "BatchWindow": 901}, "BatchWindow is 1 to 900 seconds, not 901"),
    ],
)
def test_batch_limits_of_templates(deployed: Any, condition: dict[str, int], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        deployed(BASE, trigger("first", "EVENT", "a", EventBatchingCondition=condition))


@rule("A SCHEDULED trigger has a cron expression, not a rate.", "Glue API, CreateTrigger, Schedule")
def test_rates(deployed: Any) -> None:
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a"))
    assert "such as cron(15 12 * * ? *)" in refused(account, Type="SCHEDULED", Schedule="rate(5 minutes)")


@rule("An EVENT trigger belongs to a workflow.", GUIDE)
def test_events_without_a_workflow(deployed: Any) -> None:
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a"))
    assert "give it a WorkflowName" in refused(account, Type="EVENT")


@rule("A trigger belongs to one workflow, and stays there.", GUIDE)
def test_one_workflow(deployed: Any) -> None:
    account = deployed(
        BASE, workflow("other"), trigger("first", "ON_DEMAND", "a"), trigger("o", "EVENT", "b", workflow="other")
    )
    with pytest.raises(account.glue.exceptions.AlreadyExistsException):
        account.glue.create_trigger(Name="first", Type="ON_DEMAND", WorkflowName="other", Actions=[{"JobName": "b"}])
    account.glue.update_trigger(Name="first", TriggerUpdate={"Actions": [{"JobName": "c"}]})
    assert account.glue.get_trigger(Name="first")["Trigger"]["WorkflowName"] == "flow"
    account.start()
    assert account.states() == {"c": "RUNNING"}


@rule("A workflow has one start trigger.", GUIDE)
def test_one_start_trigger(deployed: Any) -> None:
    with pytest.raises(ConfigError, match="a workflow has one start trigger"):
        deployed(BASE, trigger("first", "ON_DEMAND", "a"), trigger("second", "EVENT", "b"))


@rule("A trigger starts at most two crawlers.", GUIDE)
def test_two_crawlers(deployed: Any) -> None:
    crawlers = {**crawler("crawl-y"), **crawler("crawl-z")}
    with pytest.raises(ConfigError, match="at most two crawlers"):
        deployed(BASE, crawlers, trigger("first", "ON_DEMAND", "crawl-x", "crawl-y", "crawl-z"))


def reported(account: Any, name: str) -> str:
    """The State of a trigger."""
    state: str = account.glue.get_trigger(Name=name)["Trigger"]["State"]
    return state


@rule(
    "A CONDITIONAL or SCHEDULED trigger without StartOnCreation stays CREATED and never fires.",
    "Glue API, CreateTrigger, StartOnCreation",
)
def test_start_on_creation(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "b", Predicate=predicate("AND", a="SUCCEEDED"), StartOnCreation=False)
    nightly = trigger("nightly", "SCHEDULED", "c", workflow="", Schedule="cron(0 * * * ? *)", StartOnCreation=False)
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a"), then, nightly)
    assert (reported(account, "then"), reported(account, "nightly")) == ("CREATED", "CREATED")
    account.start()
    account.end("a")
    assert account.states() == {"a": "SUCCEEDED", "b": ""}
    account.later(86_400)
    assert job_runs(account, "c") == []


def job_runs(account: Any, name: str) -> list[str]:
    """The states of a job's runs, the newest first."""
    return [run["JobRunState"] for run in account.glue.get_job_runs(JobName=name)["JobRuns"]]


@rule("StartTrigger activates a trigger, StopTrigger deactivates it.", "Glue API, StartTrigger; StopTrigger")
def test_start_and_stop(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "b", Predicate=predicate("AND", a="SUCCEEDED"), StartOnCreation=False)
    account = deployed(BASE, trigger("first", "SCHEDULED", "a", Schedule="cron(0 * * * ? *)"), then)
    account.glue.start_trigger(Name="then")
    assert (reported(account, "first"), reported(account, "then")) == ("ACTIVATED", "ACTIVATED")
    account.later(3600)
    account.end("a")
    assert account.states() == {"a": "SUCCEEDED", "b": "RUNNING"}
    account.end("b")
    account.glue.stop_trigger(Name="then")
    account.later(3600)
    account.end("a")
    assert (reported(account, "then"), account.states()) == ("DEACTIVATED", {"a": "SUCCEEDED", "b": ""})
    account.glue.stop_trigger(Name="first")
    account.later(86_400)
    assert len(account.runs()) == 2
    account.glue.start_trigger(Name="first")
    account.later(3600)
    assert len(account.runs()) == 3
    with pytest.raises(account.glue.exceptions.EntityNotFoundException):
        account.glue.start_trigger(Name="none")


@rule(
    "What becomes of the events of an EVENT trigger that was stopped is not documented.",
    "Glue API, StopTrigger",
    differs="They start nothing, then or later.",
)
def test_a_stopped_event_trigger(deployed: Any) -> None:
    account = deployed(BASE, trigger("first", "EVENT", "a"))
    account.glue.stop_trigger(Name="first")
    account.notify("1")
    account.glue.start_trigger(Name="first")
    account.notify("2")
    assert [run["WorkflowRunProperties"]["aws:eventIds"] for run in account.runs()] == ["[2]"]


@rule("A trigger without a workflow can start jobs and crawlers by itself.", TRIGGERS)
def test_trigger_without_workflow(deployed: Any) -> None:
    alone = trigger("alone", "ON_DEMAND", "a", "crawl-x", workflow="")
    hourly = trigger("hourly", "SCHEDULED", "c", workflow="", Schedule="cron(0 * * * ? *)")
    then = trigger("then", "CONDITIONAL", "b", workflow="", Predicate=predicate("AND", a="SUCCEEDED"))
    account = deployed(BASE, trigger("first", "ON_DEMAND", "c"), alone, hourly, then)
    account.glue.start_trigger(Name="alone")
    account.runtime.poll()
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert (run["JobRunState"], run["TriggerName"]) == ("RUNNING", "alone")
    assert dict(account.commands[0].arguments) == {}  # neither --WORKFLOW_NAME nor --WORKFLOW_RUN_ID
    account.end_crawl("crawl-x")
    assert account.glue.get_crawler(Name="crawl-x")["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"
    account.end("a")
    assert job_runs(account, "b") == ["RUNNING"]
    account.end("b")
    account.later(3600)
    assert job_runs(account, "c") == ["RUNNING"]
    assert account.runs() == []


@rule("Jobs of a chain descend from one ON_DEMAND or SCHEDULED trigger: a run that nobody triggered fires none.", GUIDE)
def test_chains(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "b", workflow="", Predicate=predicate("AND", a="SUCCEEDED"))
    account = deployed(BASE, trigger("first", "ON_DEMAND", "c"), then)
    account.glue.start_job_run(JobName="a")
    account.runtime.poll()
    account.end("a")
    assert (job_runs(account, "a"), job_runs(account, "b")) == (["SUCCEEDED"], [])


@rule(
    "What StartTrigger does to the ON_DEMAND trigger of a workflow is not documented.",
    "Glue API, StartTrigger",
    differs="It starts a run of the workflow.",
)
def test_starting_the_trigger_of_a_workflow(deployed: Any) -> None:
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a"))
    account.glue.start_trigger(Name="first")
    account.runtime.poll()
    assert account.states() == {"a": "RUNNING"}
    assert reported(account, "first") == "CREATED"


@rule("A dependent trigger fires only for runs that were started in the same workflow run.", GUIDE)
def test_only_runs_of_the_workflow(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "b", Predicate=predicate("AND", a="SUCCEEDED"))
    twice = job("a", ExecutionProperty={"MaxConcurrentRuns": 2})
    account = deployed(workflow(), twice, job("b"), then, trigger("first", "ON_DEMAND", "a"))
    account.start()
    account.glue.start_job_run(JobName="a")
    account.runtime.poll()
    account.end("a")  # the newer one, which no trigger started
    assert account.states() == {"a": "RUNNING", "b": ""}
    account.end("a")
    assert account.states() == {"a": "SUCCEEDED", "b": "RUNNING"}


@rule(
    "A predicate that can't be met: its trigger never fires, and the run ends COMPLETED.",
    "Glue developer guide, Workflow restrictions",
)
def test_a_predicate_that_is_never_met(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "b", Predicate=predicate("AND", a="SUCCEEDED"))
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a"), then)
    account.start()
    account.end("a", "FAILED", "no luck")
    assert account.run()["Status"] == "COMPLETED"
    assert account.states() == {"a": "FAILED", "b": ""}


@rule(
    "A trigger's arguments override the job's defaults, except NonOverridableArguments.",
    "Glue API, Job, NonOverridableArguments; Action, Arguments",
)
def test_arguments(deployed: Any) -> None:
    defaults = {"--x": "default", "--y": "default"}
    account = deployed(
        workflow(),
        job("a", DefaultArguments=defaults, NonOverridableArguments={"--z": "fixed"}),
        trigger("first", "ON_DEMAND", {"JobName": "a", "Arguments": {"--y": "trigger", "--z": "trigger"}}),
    )
    account.start()
    given = account.commands[0].arguments
    assert {name: given[name] for name in ("--x", "--y", "--z")} == {"--x": "default", "--y": "trigger", "--z": "fixed"}


@rule(
    "A job in a workflow gets --WORKFLOW_NAME and --WORKFLOW_RUN_ID.",
    "Glue developer guide, Getting and setting run properties",
)
def test_workflow_arguments(deployed: Any) -> None:
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a"))
    run_id = account.start()
    assert dict(account.commands[0].arguments) == {"--WORKFLOW_NAME": "flow", "--WORKFLOW_RUN_ID": run_id}


@rule("An action's Timeout overrides the job's.", "Glue API, Action, Timeout")
def test_action_timeout(deployed: Any) -> None:
    account = deployed(workflow(), job("a", Timeout=9), trigger("first", "ON_DEMAND", {"JobName": "a", "Timeout": 7}))
    account.start()
    assert account.glue.get_job_runs(JobName="a")["JobRuns"][0]["Timeout"] == 7
