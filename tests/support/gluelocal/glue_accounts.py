"""An embedded AWS with a deployed template. Tests say when its jobs and crawls end."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.crawl.crawler import crawl
from gluelocal.engine.state import StartJobRun
from gluelocal.executor.glue_api.service import glue_api
from gluelocal.executor.jobs.jobs import JobEnd, JobRun, JobSettings, RunningJob
from gluelocal.executor.runtime import Runtime
from gluelocal.executor.scheduler import Scheduler
from gluelocal.model.model import Crawler, Job
from gluelocal.model.reader import build_model
from gluelocal.settable_clock import SettableClock
from gluelocal.templates.provision import deploy
from gluelocal.templates.resource_types.base import Clients

Resources = dict[str, dict[str, Any]]
NOON_MS = 1_795_521_600_000
"""2026-11-24T12:00:00Z."""
ROLE = "arn:aws:iam::123456789012:role/any"


def workflow(name: str = "flow", **properties: Any) -> Resources:
    return {name.title(): {"Type": "AWS::Glue::Workflow", "Properties": {"Name": name, **properties}}}


def job(name: str, **properties: Any) -> Resources:
    command = {"Name": "pythonshell", "ScriptLocation": f"s3://code/{name}.py", "PythonVersion": "3.9"}
    own = {"Name": name, "Role": ROLE, "Command": command, "GlueVersion": "6.0"}
    return {f"Job{name.title()}": {"Type": "AWS::Glue::Job", "Properties": {**own, **properties}}}


def crawler(name: str, **properties: Any) -> Resources:
    targets = {"S3Targets": [{"Path": "s3://lake/tables/"}]}
    own = {"Name": name, "Role": ROLE, "DatabaseName": "logs", "Targets": targets}
    return {f"Crawler{name.title()}": {"Type": "AWS::Glue::Crawler", "Properties": {**own, **properties}}}


def trigger(
    name: str, kind: str, *actions: str | dict[str, Any], workflow: str = "flow", **properties: Any
) -> Resources:
    """A trigger. An action is a job's name, a crawler's name (it begins with "crawl"), or a whole action."""
    own: dict[str, Any] = {
        "Name": name,
        "Type": kind,
        **({"WorkflowName": workflow} if workflow else {}),
        "Actions": [action if isinstance(action, dict) else _named(action) for action in actions],
    }
    if kind in {"CONDITIONAL", "SCHEDULED"}:
        own["StartOnCreation"] = True
    return {f"Trigger{name.title()}": {"Type": "AWS::Glue::Trigger", "Properties": {**own, **properties}}}


def predicate(logical: str, **states: str) -> dict[str, Any]:
    """A Predicate over the states of jobs and crawlers; a crawler's name begins with "crawl"."""
    conditions = [
        {**_named(name), "LogicalOperator": "EQUALS", ("CrawlState" if name.startswith("crawl") else "State"): state}
        for name, state in states.items()
    ]
    return {"Logical": logical, "Conditions": conditions}


def _named(name: str) -> dict[str, Any]:
    return {"CrawlerName" if name.startswith("crawl") else "JobName": name}


class FakeJob:
    """A job run that ends on demand."""

    part = None

    def __init__(self, command: StartJobRun) -> None:
        self.command = command
        self.end: JobEnd | None = None

    def poll(self) -> JobEnd | None:
        return self.end

    def stop(self) -> None:
        self.end = JobEnd("STOPPED", "the run was stopped")


class GlueAccount:
    """A context manager. `resources` are deployed; time stands still unless it is moved.

    With `real`, jobs are processes and crawls are real; they end by themselves.
    """

    def __init__(self, folder: Path, resources: Mapping[str, Any], real: bool = False) -> None:
        self._real = real
        self.folder = folder
        self.clock = SettableClock(NOON_MS)
        self.commands: list[StartJobRun] = []
        self.crawls: dict[str, str] = {}
        """How crawls end: an error by the crawler's name, empty for none. A crawl waits for its entry."""
        self._changed = threading.Condition()
        self._fakes: list[FakeJob] = []
        self._undo = ExitStack()
        with ExitStack() as undo:
            self.aws = undo.enter_context(EmbeddedAws(self.clock))
            self.glue = self.aws.client("glue")
            template = folder / "template.json"
            template.write_text(json.dumps({"Resources": resources}))
            self.model = build_model([deploy(template, "stack", {}, self.aws.client)], idle_triggers_too=True)
            settings = JobSettings(
                folder / "logs",
                {"PATH": "/usr/bin:/bin"},
                sys.executable,
                sys.executable,
                grace_s=1.0,
                minute_s=0.3,
                now_ms=self.clock.now_ms,
            )
            run_job: Callable[[Job, StartJobRun, JobSettings, Clients], RunningJob] = JobRun if real else self._fake
            scheduler = Scheduler(self.model.schedules.values(), self.aws.client, self.clock.now_ms)
            self.runtime = undo.enter_context(
                Runtime(
                    self.model,
                    self.aws.client,
                    settings,
                    self._crawl,
                    now_ms=self.clock.now_ms,
                    run_job=run_job,
                    due=scheduler.fire_due,
                )
            )
            self.aws.services.append(glue_api(self.runtime, self.clock.now_ms))
            undo.callback(self._release)
            self._undo = undo.pop_all()

    def __enter__(self) -> GlueAccount:
        return self

    def __exit__(self, *failure: object) -> None:
        self._undo.close()

    def start(self, name: str = "flow", **properties: str) -> str:
        run_id: str = self.glue.start_workflow_run(Name=name, RunProperties=properties)["RunId"]
        self.runtime.poll()
        return run_id

    def notify(self, *event_ids: str, name: str = "flow") -> None:
        for event_id in event_ids:
            self.runtime.notify(name, event_id)
        self.runtime.poll()

    def later(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.runtime.poll()

    def end(self, name: str, state: str = "SUCCEEDED", error: str = "") -> None:
        """Ends the newest run of a job."""
        fake = next(one for one in reversed(self._fakes) if one.command.job_name == name and one.end is None)
        fake.end = JobEnd(state, error)
        self.runtime.poll()

    def end_crawl(self, name: str, error: str = "") -> None:
        with self._changed:
            self.crawls[name] = error
            self._changed.notify_all()
        self.runtime.poll(30)  # ends as soon as the crawl's thread has reported its end

    def run(self, run_id: str = "", name: str = "flow", graph: bool = True) -> Any:
        """A run from the Glue API; without an id, the newest one."""
        run_id = run_id or self.runs(name)[0]["WorkflowRunId"]
        return self.glue.get_workflow_run(Name=name, RunId=run_id, IncludeGraph=graph)["Run"]

    def runs(self, name: str = "flow") -> Any:
        return self.glue.get_workflow_runs(Name=name).get("Runs", [])

    def states(self, run_id: str = "", name: str = "flow") -> dict[str, str]:
        """The state of each job and crawler in a run's graph; empty if it was not started."""
        found = {}
        for node in self.run(run_id, name)["Graph"]["Nodes"]:
            if node["Type"] == "JOB":
                attempts = node["JobDetails"].get("JobRuns", [])
                found[node["Name"]] = attempts[-1]["JobRunState"] if attempts else ""
            elif node["Type"] == "CRAWLER":
                attempts = node["CrawlerDetails"].get("Crawls", [])
                found[node["Name"]] = attempts[-1]["State"] if attempts else ""
        return found

    def _fake(self, _job: Job, command: StartJobRun, _settings: JobSettings, _clients: Clients) -> RunningJob:
        self.commands.append(command)
        self._fakes.append(FakeJob(command))
        return self._fakes[-1]

    def _crawl(self, one: Crawler) -> None:
        if self._real:
            crawl(one.properties, self.aws.client("s3"), self.glue, self.clock.now_ms())
            return
        with self._changed:
            self._changed.wait_for(lambda: one.name in self.crawls)
            error = self.crawls.pop(one.name)
        if error:
            raise RuntimeError(error)

    def _release(self) -> None:
        with self._changed:
            self.crawls.update(dict.fromkeys(self.model.crawlers, ""))
            self._changed.notify_all()
