"""Glue workflows and their runs"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.gluelocal.conformance import rule
from support.gluelocal.engines import A, B, Driver, after, first, kinds, when
from support.gluelocal.engines import job as engine_job
from support.gluelocal.engines import model as engine_model
from support.gluelocal.glue_accounts import ROLE, crawler, job, predicate, trigger, workflow

from gluelocal.engine.state import RunEnded, StartJobRun

pytestmark = pytest.mark.local

API = "Glue API, "
GUIDE = "Glue developer guide, "
BASE = {**workflow(), **job("a"), **job("b"), **crawler("crawl-x")}
EVENT = trigger("first", "EVENT", "a")
ON_DEMAND = trigger("first", "ON_DEMAND", "a")


def batched(size: int, window: int | None = None) -> dict[str, Any]:
    condition = {"BatchSize": size, **({} if window is None else {"BatchWindow": window})}
    return trigger("first", "EVENT", "a", EventBatchingCondition=condition)


@rule("BatchSize events start one run.", API + "EventBatchingCondition, BatchSize")
def test_batch_size(deployed: Any) -> None:
    account = deployed(BASE, batched(3, 900))
    account.notify("1", "2")
    assert account.runs() == []
    account.notify("3")
    assert len(account.runs()) == 1


@rule(
    "BatchWindow, from the first event on, starts a run with fewer events.",
    API + "EventBatchingCondition, BatchWindow",
)
def test_batch_window(deployed: Any) -> None:
    account = deployed(BASE, batched(9, 60))
    account.notify("1")
    account.later(59)
    account.notify("2")
    assert account.runs() == []
    account.later(1)
    assert account.run()["WorkflowRunProperties"]["aws:eventIds"] == "[1, 2]"


@rule("BatchWindow is 900 s where it isn't given.", API + "EventBatchingCondition, BatchWindow")
def test_default_window(deployed: Any) -> None:
    account = deployed(BASE, batched(9))
    account.notify("1")
    account.later(899)
    assert account.runs() == []
    account.later(1)
    assert len(account.runs()) == 1


@rule(
    "Without EventBatchingCondition each event starts a run.",
    GUIDE + "Starting a workflow with an EventBridge event",
)
def test_no_batching(deployed: Any) -> None:
    account = deployed(BASE, EVENT)
    account.notify("1", "2")
    assert len(account.runs()) == 2


@rule("StartingEventBatchCondition says which of the two limits started the run.", API + "StartingEventBatchCondition")
def test_starting_condition(deployed: Any) -> None:
    account = deployed(BASE, batched(2, 60))
    account.notify("1", "2", "3")
    account.later(60)
    assert [run["StartingEventBatchCondition"] for run in account.runs()] == [{"BatchWindow": 60}, {"BatchSize": 2}]


@rule(
    "The run property aws:eventIds holds the ids of the events, as [id, …], and nothing else of them.",
    GUIDE + "Starting a workflow with an EventBridge event",
)
def test_event_ids(deployed: Any) -> None:
    account = deployed(BASE, batched(2, 60))
    account.notify("one", "two")
    assert account.run()["WorkflowRunProperties"] == {"aws:eventIds": "[one, two]"}


@rule(
    "Events aren't deduplicated: the same event twice counts twice.",
    GUIDE + "Starting a workflow with an EventBridge event",
)
def test_duplicates(deployed: Any) -> None:
    account = deployed(BASE, EVENT)
    account.notify("one", "one")
    assert [run["WorkflowRunProperties"]["aws:eventIds"] for run in account.runs()] == ["[one]", "[one]"]


@rule(
    "The graph of a run is that of its start: triggers edited later change nothing in it.",
    GUIDE + "Overview of workflows",
)
def test_graph_snapshot() -> None:
    driver = Driver(engine_model(first(A), when("then", after("a", "SUCCEEDED"), actions=(B,))))
    driver.notify("1")
    driver.model = engine_model(first(A))
    assert kinds(driver.end("a")) == [StartJobRun]


@rule("Edits of jobs and crawlers take effect in runs that are under way.", GUIDE + "Overview of workflows")
def test_job_edits() -> None:
    driver = Driver(engine_model(first(A), when("then", after("a", "SUCCEEDED"), actions=(B,))))
    driver.notify("1")
    driver.model = replace(
        driver.model, jobs={**driver.model.jobs, "b": engine_job("b", default_arguments={"--new": "x"})}
    )
    (command,) = driver.end("a")
    assert isinstance(command, StartJobRun)
    assert command.arguments["--new"] == "x"


THEN = predicate("AND", a="SUCCEEDED")


@rule("CreateWorkflow, CreateJob, CreateTrigger and CreateCrawler make what runs.", API + "CreateTrigger")
def test_created_through_the_api(deployed: Any) -> None:
    account = deployed(BASE, ON_DEMAND)
    glue = account.glue
    glue.create_workflow(Name="later", DefaultRunProperties={"mode": "new"})
    script = {"Name": "pythonshell", "ScriptLocation": "s3://code/new.py", "PythonVersion": "3.9"}
    glue.create_job(Name="new", Role=ROLE, Command=script, DefaultArguments={"--x": "1"})
    glue.create_crawler(Name="crawl-new", Role=ROLE, DatabaseName="logs", Targets={"S3Targets": [{"Path": "s3://l/"}]})
    glue.create_trigger(Name="go", WorkflowName="later", Type="ON_DEMAND", Actions=[{"JobName": "new"}])
    succeeded = {"LogicalOperator": "EQUALS", "JobName": "new", "State": "SUCCEEDED"}
    glue.create_trigger(
        Name="then",
        WorkflowName="later",
        Type="CONDITIONAL",
        StartOnCreation=True,
        Predicate={"Conditions": [succeeded]},
        Actions=[{"CrawlerName": "crawl-new"}],
    )
    assert glue.get_workflow(Name="later", IncludeGraph=True)["Workflow"]["Graph"]["Edges"]
    account.start("later")
    assert account.commands[0].arguments["--x"] == "1"
    account.end("new")
    account.end_crawl("crawl-new")
    assert account.states(name="later") == {"new": "SUCCEEDED", "crawl-new": "SUCCEEDED"}
    assert account.run(name="later")["WorkflowRunProperties"] == {"mode": "new"}
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_job(Name="new", Role=ROLE, Command=script)
    with pytest.raises(glue.exceptions.InvalidInputException, match="has the start trigger go already"):
        glue.create_trigger(Name="more", WorkflowName="later", Type="EVENT", Actions=[{"JobName": "new"}])
    with pytest.raises(glue.exceptions.InvalidInputException, match="starts the job none"):
        glue.create_trigger(Name="more", Type="ON_DEMAND", Actions=[{"JobName": "none"}])


@rule(
    "UpdateTrigger changes the next run; the graph of a run that is under way stays that of its start.",
    "Glue developer guide, Workflow restrictions",
)
def test_updated_triggers(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "b", Predicate=THEN)
    account = deployed(BASE, ON_DEMAND, then)
    first = account.start()
    failed = [{"LogicalOperator": "EQUALS", "JobName": "a", "State": "FAILED"}]
    update = {"Actions": [{"JobName": "b"}], "Predicate": {"Logical": "ANY", "Conditions": failed}}
    changed = account.glue.update_trigger(Name="then", TriggerUpdate=update)["Trigger"]
    assert (changed["State"], changed["Predicate"]["Conditions"]) == ("ACTIVATED", failed)
    account.end("a")
    assert account.states(first) == {"a": "SUCCEEDED", "b": "RUNNING"}
    account.end("b")
    second = account.start()
    account.end("a")
    assert account.states(second) == {"a": "SUCCEEDED", "b": ""}
    account.start()
    account.end("a", "FAILED")
    assert account.states() == {"a": "FAILED", "b": "RUNNING"}


@rule(
    "UpdateJob and UpdateCrawler take effect in a run that is under way.",
    "Glue developer guide, Workflow restrictions",
)
def test_updated_jobs_and_crawlers(deployed: Any) -> None:
    crawl = crawler("crawl-x", Description="old")
    account = deployed(BASE, crawl, ON_DEMAND, trigger("then", "CONDITIONAL", "b", "crawl-x", Predicate=THEN))
    account.start()
    script = {"Name": "pythonshell", "ScriptLocation": "s3://code/new.py", "PythonVersion": "3.9"}
    arguments = {"--mode": "new"}
    account.glue.update_job(JobName="b", JobUpdate={"Role": ROLE, "Command": script, "DefaultArguments": arguments})
    account.glue.update_crawler(Name="crawl-x", TablePrefix="new_")
    account.end("a")
    assert account.commands[-1].arguments["--mode"] == "new"
    assert account.runtime.model.jobs["b"].script_location == "s3://code/new.py"
    reported = account.glue.get_job(JobName="b")["Job"]
    assert (reported["Command"], reported["DefaultArguments"]) == (script, arguments)
    with pytest.raises(account.glue.exceptions.CrawlerRunningException):
        account.glue.update_crawler(Name="crawl-x", TablePrefix="no_")
    account.end_crawl("crawl-x")
    reported = account.glue.get_crawler(Name="crawl-x")["Crawler"]
    assert (reported["TablePrefix"], reported["Description"]) == ("new_", "old")
    assert account.runtime.model.crawlers["crawl-x"].properties["TablePrefix"] == "new_"


@rule("UpdateWorkflow changes the properties and the limit of the next run.", API + "UpdateWorkflow")
def test_updated_workflows(deployed: Any) -> None:
    account = deployed(BASE, ON_DEMAND)
    account.glue.update_workflow(Name="flow", DefaultRunProperties={"mode": "new"}, MaxConcurrentRuns=1)
    account.start()
    assert account.run()["WorkflowRunProperties"] == {"mode": "new"}
    with pytest.raises(account.glue.exceptions.ConcurrentRunsExceededException):
        account.start()


@rule("What is deleted runs no more; its runs stay.", API + "DeleteTrigger; DeleteJob; DeleteWorkflow")
def test_deleted(deployed: Any) -> None:
    account = deployed(BASE, ON_DEMAND, trigger("then", "CONDITIONAL", "b", Predicate=THEN))
    account.start()
    account.glue.delete_job(JobName="b")
    account.end("a")
    assert "EntityNotFoundException" in account.runtime.state.runs[0].actions[1].last.error
    account.glue.delete_trigger(Name="then")
    account.start()
    account.end("a")
    assert account.states() == {"a": "SUCCEEDED"}
    account.glue.delete_workflow(Name="flow")
    with pytest.raises(account.glue.exceptions.EntityNotFoundException):
        account.start()
    assert len(account.runtime.state.runs) == 2


@rule(
    "A run is RUNNING, and COMPLETED when nothing of it runs any more, failed actions or not.",
    API + "WorkflowRun, Status",
)
def test_status(deployed: Any) -> None:
    account = deployed(BASE, ON_DEMAND)
    account.start()
    assert "CompletedOn" not in account.run()
    assert account.run()["Status"] == "RUNNING"
    account.later(5)
    account.end("a", "FAILED", "no luck")
    run = account.run()
    assert run["Status"] == "COMPLETED"
    assert (run["CompletedOn"] - run["StartedOn"]).total_seconds() == 5


@rule("Statistics counts all actions of the graph, and those in each state.", API + "WorkflowRunStatistics")
def test_statistics(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "crawl-x", Predicate=predicate("AND", a="FAILED"))
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a", "b"), then)
    account.start()
    reported = {"TotalActions": 3, "TimeoutActions": 0, "FailedActions": 0, "StoppedActions": 0, "SucceededActions": 0}
    assert account.run()["Statistics"] == {**reported, "RunningActions": 2, "ErroredActions": 0, "WaitingActions": 0}
    account.end("a", "FAILED")
    account.end("b", "TIMEOUT")
    account.end_crawl("crawl-x")
    counts = {"FailedActions": 1, "TimeoutActions": 1, "SucceededActions": 1, "RunningActions": 0}
    assert account.run()["Statistics"] == {**reported, **counts, "ErroredActions": 0, "WaitingActions": 0}


@rule(
    "Without MaxConcurrentRuns a workflow has no limit; several workflows run at once.",
    API + "Workflow, MaxConcurrentRuns",
)
def test_no_limit(deployed: Any) -> None:
    many = job("a", ExecutionProperty={"MaxConcurrentRuns": 5})
    other = {**workflow("other"), **trigger("second", "ON_DEMAND", "b", workflow="other")}
    account = deployed(BASE, many, other, ON_DEMAND)
    for _ in range(3):
        account.start()
    account.start("other")
    assert [run["Status"] for run in [*account.runs(), *account.runs("other")]] == ["RUNNING"] * 4


@rule("Over MaxConcurrentRuns StartWorkflowRun raises ConcurrentRunsExceededException.", API + "StartWorkflowRun")
def test_workflow_limit(deployed: Any) -> None:
    account = deployed(BASE, workflow(MaxConcurrentRuns=1), ON_DEMAND)
    account.start()
    with pytest.raises(account.glue.exceptions.ConcurrentRunsExceededException):
        account.start()
    account.end("a")
    account.start()


@rule("Over MaxConcurrentRuns a schedule leaves a run in ERROR, with the reason.", API + "WorkflowRun, ErrorMessage")
def test_scheduled_over_the_limit(deployed: Any) -> None:
    timed = trigger("first", "SCHEDULED", "a", Schedule="cron(* * * * ? *)")
    account = deployed(BASE, workflow(MaxConcurrentRuns=1), timed)
    account.later(60)
    account.later(60)
    newest, oldest = account.runs()
    assert (oldest["Status"], newest["Status"]) == ("RUNNING", "ERROR")
    assert newest["ErrorMessage"] == "Concurrent runs exceeded for workflow: flow."


@rule(
    "What becomes of events over MaxConcurrentRuns is not documented.",
    API + "Workflow, MaxConcurrentRuns",
    differs="Batches wait, and start a run each when one ends: no event is lost.",
)
def test_events_over_the_limit(deployed: Any) -> None:
    account = deployed(BASE, workflow(MaxConcurrentRuns=1), EVENT)
    account.notify("1", "2")
    assert len(account.runs()) == 1
    account.end("a")
    assert [run["Status"] for run in account.runs()] == ["RUNNING", "COMPLETED"]


@rule(
    "How a node ends if its job has MaxConcurrentRuns runs already is not documented.",
    API + "ExecutionProperty",
    differs="The node is FAILED, with ConcurrentRunsExceededException as its error, and no retry; triggers that listen "
    "to FAILED fire.",
)
def test_a_node_over_the_limit(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "b", Predicate=predicate("AND", a="FAILED"))
    account = deployed(BASE, ON_DEMAND, then)
    account.glue.start_job_run(JobName="a")
    account.start()
    assert account.states() == {"a": "FAILED", "b": "RUNNING"}
    assert len(account.glue.get_job_runs(JobName="a")["JobRuns"]) == 1


@rule("Start-time properties overlay the workflow's defaults.", GUIDE + "Getting and setting run properties")
def test_properties_overlay(deployed: Any) -> None:
    account = deployed(BASE, workflow(DefaultRunProperties={"mode": "normal", "size": "1"}), ON_DEMAND)
    run_id = account.start(size="2")
    reported = account.glue.get_workflow_run_properties(Name="flow", RunId=run_id)["RunProperties"]
    assert reported == {"mode": "normal", "size": "2"}


@rule("PutWorkflowRunProperties merges into what is there.", API + "PutWorkflowRunProperties")
def test_put_merges(deployed: Any) -> None:
    account = deployed(BASE, ON_DEMAND)
    run_id = account.start(one="1", two="2")
    account.glue.put_workflow_run_properties(Name="flow", RunId=run_id, RunProperties={"two": "x", "three": "3"})
    assert account.run()["WorkflowRunProperties"] == {"one": "1", "two": "x", "three": "3"}


@rule("Ids are wr_ and jr_ with 64 hexadecimal digits; the first attempt is Attempt 0.", API + "JobRun, Attempt")
def test_ids(deployed: Any) -> None:
    account = deployed(BASE, ON_DEMAND)
    assert re.fullmatch(r"wr_[0-9a-f]{64}", account.start())
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert re.fullmatch(r"jr_[0-9a-f]{64}", run["Id"])
    assert run["Attempt"] == 0


@rule(
    "A FAILED job is run again up to MaxRetries times; each attempt is a job run that names the one before it.",
    API + "Job, MaxRetries; JobRun, PreviousRunId",
)
def test_retries(deployed: Any) -> None:
    account = deployed(workflow(), job("a", MaxRetries=1), ON_DEMAND)
    account.start()
    account.end("a", "FAILED", "no luck")
    account.clock.advance(1)
    account.end("a", "FAILED", "no luck")
    newest, oldest = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert (oldest["Attempt"], newest["Attempt"], newest["PreviousRunId"]) == (0, 1, oldest["Id"])
    assert account.run()["Status"] == "COMPLETED"


@rule(
    "When a condition sees a job that is retried is not documented.",
    API + "Job, MaxRetries",
    differs="Conditions look at the last attempt: a job that is being retried has not ended.",
)
def test_retries_and_conditions(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "b", Predicate=predicate("AND", a="FAILED"))
    account = deployed(BASE, job("a", MaxRetries=1), ON_DEMAND, then)
    account.start()
    account.end("a", "FAILED")
    assert account.states() == {"a": "RUNNING", "b": ""}
    account.end("a", "FAILED")
    assert account.states() == {"a": "FAILED", "b": "RUNNING"}


@rule(
    "StopWorkflowRun stops the jobs of a run; it is STOPPING, then STOPPED, and fires nothing more.",
    API + "StopWorkflowRun",
)
def test_stop(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "b", Predicate=predicate("AND", a="STOPPED"))
    account = deployed(BASE, ON_DEMAND, then)
    run_id = account.start()
    account.glue.stop_workflow_run(Name="flow", RunId=run_id)
    assert account.run()["Status"] == "STOPPING"
    assert account.states() == {"a": "STOPPING", "b": ""}
    account.runtime.poll()
    assert account.run()["Status"] == "STOPPED"
    assert account.states() == {"a": "STOPPED", "b": ""}
    counts = account.run()["Statistics"]
    assert (counts["TotalActions"], counts["StoppedActions"], counts["RunningActions"]) == (2, 1, 0)
    with pytest.raises(account.glue.exceptions.IllegalWorkflowStateException):
        account.glue.stop_workflow_run(Name="flow", RunId=run_id)


@rule("BatchStopJobRun stops a job run, which is then STOPPED; triggers may listen to it.", API + "BatchStopJobRun")
def test_stop_a_job(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "b", Predicate=predicate("AND", a="STOPPED"))
    account = deployed(BASE, ON_DEMAND, then)
    account.start()
    run_id = account.glue.get_job_runs(JobName="a")["JobRuns"][0]["Id"]
    answer = account.glue.batch_stop_job_run(JobName="a", JobRunIds=[run_id, "jr_0"])
    assert [one["JobRunId"] for one in answer["SuccessfulSubmissions"]] == [run_id]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    account.runtime.poll()
    assert account.states() == {"a": "STOPPED", "b": "RUNNING"}


@rule("A run with failed nodes can be resumed.", API + "ResumeWorkflowRun", differs="Refused: start another run.")
def test_resume(deployed: Any) -> None:
    account = deployed(BASE, ON_DEMAND)
    run_id = account.start()
    account.end("a", "FAILED")
    with pytest.raises(ClientError, match="does not answer this call"):
        account.glue.resume_workflow_run(Name="flow", RunId=run_id, NodeIds=[ids(account)["a"]])


@rule(
    "A graph has a node for each trigger, job and crawler, and edges from what starts to what is started.",
    API + "WorkflowGraph",
)
def test_graph(deployed: Any) -> None:
    then = trigger("then", "CONDITIONAL", "crawl-x", Predicate=predicate("AND", a="SUCCEEDED"))
    account = deployed(BASE, ON_DEMAND, then)
    account.start()
    graph = account.run()["Graph"]
    names = {node["UniqueId"]: f"{node['Type']} {node['Name']}" for node in graph["Nodes"]}
    assert sorted(names.values()) == ["CRAWLER crawl-x", "JOB a", "TRIGGER first", "TRIGGER then"]
    assert [(names[edge["SourceId"]], names[edge["DestinationId"]]) for edge in graph["Edges"]] == [
        ("TRIGGER first", "JOB a"),
        ("JOB a", "TRIGGER then"),
        ("TRIGGER then", "CRAWLER crawl-x"),
    ]
    reported = {node["Name"]: node["TriggerDetails"]["Trigger"] for node in graph["Nodes"] if node["Type"] == "TRIGGER"}
    assert reported["then"]["Predicate"] == predicate("AND", a="SUCCEEDED")
    assert "Graph" not in account.run(graph=False)
    assert len(account.glue.get_workflow(Name="flow", IncludeGraph=True)["Workflow"]["Graph"]["Nodes"]) == 4


@rule(
    "GetWorkflow tells the last run, GetWorkflowRuns all of them, the newest first, in pages.",
    API + "GetWorkflow; GetWorkflowRuns",
)
def test_lists(deployed: Any) -> None:
    account = deployed(BASE, ON_DEMAND)
    started = []
    for _ in range(3):
        started.append(account.start())
        account.end("a")
    page = account.glue.get_workflow_runs(Name="flow", MaxResults=2)
    rest = account.glue.get_workflow_runs(Name="flow", NextToken=page["NextToken"])
    assert [run["WorkflowRunId"] for run in [*page["Runs"], *rest["Runs"]]] == started[::-1]
    assert account.glue.get_workflow(Name="flow")["Workflow"]["LastRun"]["WorkflowRunId"] == started[-1]


@rule(
    "A run whose actions have ended ends at once, whatever the order in which they ended.",
    API + "WorkflowRun, Status",
)
def test_a_run_ends_with_its_last_action() -> None:
    driver = Driver(engine_model(first(A, B)))
    driver.notify("1")
    assert driver.end("b") == ()
    assert kinds(driver.end("a")) == [RunEnded]


def ids(account: Any) -> dict[str, str]:
    return {node["Name"]: node["UniqueId"] for node in account.run()["Graph"]["Nodes"]}
