"""The Glue API calls about runs, answered from the runtime, because moto's data on runs is not real.

`glue_changes` has the calls that change what runs. moto answers everything else, such as the catalog. moto also answers
for crawlers and workflows; the runtime's data on their runs replaces moto's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gluelocal.cloud.wire.json_service import ApiError, JsonService, Operation, page
from gluelocal.engine.events import (
    ActionStopRequested,
    CrawlRequested,
    Event,
    JobRequested,
    PropertiesPut,
    StartRequested,
    StopRequested,
)
from gluelocal.engine.state import (
    RUNNING,
    Command,
    RunStarted,
    StartJobRun,
    WorkflowRun,
)
from gluelocal.executor.glue_api import moto_glue
from gluelocal.executor.glue_api import shapes as glue_shapes
from gluelocal.executor.glue_api.changes import GlueChanges, refusals
from gluelocal.executor.runtime import Runtime

Answer = dict[str, Any]
Request = dict[str, Any]

_PAGES = (1000, "InvalidInputException")
"""GetWorkflowRuns, GetJobRuns and GetJobs: the most `MaxResults`, and the error for another NextToken."""


def glue_api(runtime: Runtime, now_ms: Callable[[], int]) -> JsonService:
    """The service of a runtime."""
    return JsonService(
        "glue",
        {**_GlueApi(runtime, now_ms).operations(), **GlueChanges(runtime, now_ms).operations()},
        invalid="InvalidInputException",
    )


class _GlueApi:
    def __init__(self, runtime: Runtime, now_ms: Callable[[], int]) -> None:
        self._runtime = runtime
        self._now_ms = now_ms

    def operations(self) -> dict[str, Operation]:
        return {
            "StartWorkflowRun": self._start_workflow_run,
            "StopWorkflowRun": self._stop_workflow_run,
            "GetWorkflowRun": self._get_workflow_run,
            "GetWorkflowRuns": self._get_workflow_runs,
            "GetWorkflowRunProperties": self._get_properties,
            "PutWorkflowRunProperties": self._put_properties,
            "GetWorkflow": self._get_workflow,
            "StartJobRun": self._start_job_run,
            "BatchStopJobRun": self._stop_job_runs,
            "GetJob": self._get_job,
            "GetJobs": self._get_jobs,
            "GetJobRun": self._get_job_run,
            "GetJobRuns": self._get_job_runs,
            "StartCrawler": self._start_crawler,
            "StopCrawler": self._stop_crawler,
            "GetCrawler": self._get_crawler,
            "GetCrawlers": self._get_crawlers,
            "ListCrawls": self._list_crawls,
        }

    def _start_workflow_run(self, _region: str, request: Request) -> Answer:
        event = StartRequested(request["Name"], self._now_ms(), request.get("RunProperties", {}))
        return {"RunId": _run_id(self._call(event))}

    def _stop_workflow_run(self, _region: str, request: Request) -> Answer:
        self._call(StopRequested(self._run(request).id, self._now_ms()))
        return {}

    def _get_workflow_run(self, _region: str, request: Request) -> Answer:
        return {
            "Run": glue_shapes.workflow_run(self._runtime.model, self._run(request), request.get("IncludeGraph", False))
        }

    def _get_workflow_runs(self, _region: str, request: Request) -> Answer:
        self._known("workflow", self._runtime.model.workflows, request["Name"])
        runs = [run for run in reversed(self._runtime.state.runs) if run.name == request["Name"]]
        chosen, token = page(runs, request, *_PAGES)
        include = request.get("IncludeGraph", False)
        shapes = [glue_shapes.workflow_run(self._runtime.model, run, include) for run in chosen]
        return {**({"Runs": shapes} if shapes else {}), **token}  # the model has no empty list of runs

    def _get_properties(self, _region: str, request: Request) -> Answer:
        return {"RunProperties": dict(self._run(request).properties)}

    def _put_properties(self, _region: str, request: Request) -> Answer:
        self._call(PropertiesPut(self._run(request).id, request["RunProperties"], self._now_ms()))
        return {}

    def _get_workflow(self, region: str, request: Request) -> Answer | None:
        name = request["Name"]
        if name not in self._runtime.model.workflows:
            return None
        shapes = moto_glue.plain(moto_glue.backend(region).get_workflow(name))
        include = request.get("IncludeGraph", False)
        last = next((run for run in reversed(self._runtime.state.runs) if run.name == name), None)
        shapes.pop("LastRun", None)
        if last:
            shapes["LastRun"] = glue_shapes.workflow_run(self._runtime.model, last, include)
        if include:
            model = self._runtime.model
            shapes["Graph"] = glue_shapes.graph(model, name, model.triggers_of(name))
        return {"Workflow": shapes}

    def _start_job_run(self, _region: str, request: Request) -> Answer:
        arguments, timeout = request.get("Arguments", {}), request.get("Timeout")
        commands = self._call(JobRequested(request["JobName"], self._now_ms(), arguments, timeout))
        return {"JobRunId": next(command.id for command in commands if isinstance(command, StartJobRun))}

    def _stop_job_runs(self, _region: str, request: Request) -> Answer:
        stopped, errors = [], []
        for run_id in request["JobRunIds"]:
            place = {"JobName": request["JobName"], "JobRunId": run_id}
            try:
                self._call(ActionStopRequested(run_id, self._now_ms()))
                stopped.append(place)
            except ApiError as error:
                errors.append({**place, "ErrorDetail": {"ErrorCode": error.code, "ErrorMessage": error.message}})
        return {"SuccessfulSubmissions": stopped, "Errors": errors}

    def _get_job(self, region: str, request: Request) -> Answer | None:
        name = request["JobName"]
        return {"Job": self._job(region, name)} if name in self._runtime.model.jobs else None

    def _get_jobs(self, region: str, request: Request) -> Answer:
        chosen, token = page(sorted(self._runtime.model.jobs), request, *_PAGES)
        return {"Jobs": [self._job(region, name) for name in chosen], **token}

    def _get_job_run(self, _region: str, request: Request) -> Answer:
        for run in self._job_runs(request["JobName"]):
            if run["Id"] == request["RunId"]:
                return {"JobRun": run}
        raise ApiError("EntityNotFoundException", f"Job run {request['RunId']} is not found.")

    def _get_job_runs(self, _region: str, request: Request) -> Answer:
        chosen, token = page(self._job_runs(request["JobName"]), request, *_PAGES)
        return {"JobRuns": chosen, **token}

    def _start_crawler(self, _region: str, request: Request) -> Answer:
        self._call(CrawlRequested(request["Name"], self._now_ms()))
        return {}

    def _stop_crawler(self, _region: str, request: Request) -> Answer:
        name = request["Name"]
        self._known("crawler", self._runtime.model.crawlers, name)
        running = [crawl for crawl in glue_shapes.crawls(self._runtime.state, name) if crawl.state == RUNNING]
        if not running:
            raise ApiError("CrawlerNotRunningException", f"Crawler with name {name} isn't running")
        self._call(ActionStopRequested(running[0].id, self._now_ms()))
        return {}

    def _get_crawler(self, region: str, request: Request) -> Answer | None:
        name = request["Name"]
        return {"Crawler": self._crawler(region, name)} if name in self._runtime.model.crawlers else None

    def _get_crawlers(self, region: str, request: Request) -> Answer:
        chosen, token = page(
            sorted(crawler.name for crawler in moto_glue.backend(region).get_crawlers()), request, *_PAGES
        )
        return {"Crawlers": [self._crawler(region, name) for name in chosen], **token}

    def _list_crawls(self, _region: str, request: Request) -> Answer:
        name = request["CrawlerName"]
        self._known("crawler", self._runtime.model.crawlers, name)
        chosen, token = page(glue_shapes.crawls(self._runtime.state, name), request, *_PAGES)
        return {"Crawls": [glue_shapes.crawl_history(name, crawl) for crawl in chosen], **token}

    def _crawler(self, region: str, name: str) -> Answer:
        shapes = moto_glue.plain(moto_glue.backend(region).get_crawler(name).as_dict())
        crawler = self._runtime.model.crawlers.get(name)
        return (
            {**shapes, **glue_shapes.crawler_state(self._runtime.state, crawler, self._now_ms())} if crawler else shapes
        )

    def _job(self, region: str, name: str) -> Answer:
        """A job with the defaults of members that were not given. moto lacks them, or has other ones."""
        shapes = moto_glue.plain(moto_glue.backend(region).get_job(name).as_dict())
        return {**shapes, **glue_shapes.job_defaults(self._runtime.model.jobs[name])}

    def _job_runs(self, name: str) -> list[Answer]:
        self._known("job", self._runtime.model.jobs, name)
        return glue_shapes.job_runs(self._runtime.model, self._runtime.state, name)

    def _run(self, request: Request) -> WorkflowRun:
        for run in self._runtime.state.runs:
            if (run.name, run.id) == (request["Name"], request["RunId"]):
                return run
        raise ApiError("EntityNotFoundException", f"there is no run {request['RunId']} of {request['Name']}")

    def _call(self, event: Event) -> tuple[Command, ...]:
        with refusals():
            return self._runtime.call(event)

    @staticmethod
    def _known(kind: str, deployed: Any, name: str) -> None:
        if name not in deployed:
            raise ApiError("EntityNotFoundException", f"there is no {kind} {name}")


def _run_id(commands: Sequence[Command]) -> str:
    return next(command.run_id for command in commands if isinstance(command, RunStarted))
