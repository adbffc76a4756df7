"""A step of a smoke test, and the first two: lands a payload, and waits for the end of a workflow run that takes it.

A request wakes log-export, and its conversion takes what has landed, too. The payload wakes log-landing by itself, up
to 15 minutes later: nobody waits for that, and it goes the same way (a rule of EventBridge, `glue:notifyEvent`).
"""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loglake.core.keys import LANDING
from loglake.core.run.outcome import CONVERT
from loglake.core.schema.datasets import SMOKE
from loglake.core.units import EpochMs, to_ms
from loglake_cli.deploy.calls import is_here
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.finding import Check, Finding, fine, problem, unproven
from loglake_cli.wording import counted

_LOOK_S = 5.0
"""The time between two checks."""


@dataclass
class SmokeRun:
    """One smoke test.

    Attributes:
        account: the deployment, as checks see it.
        deployment: the same, as commands work on it.
        say: called with what it waits for.
        marker: a text that only the test's events have.
        event_ms: the time of its events.
        begun_ms: when the payload was landed; set by that step.
    """

    account: Account
    deployment: Deployment
    say: Callable[[str], None]
    marker: str
    event_ms: EpochMs
    begun_ms: int = 0

    def wait(self, what: str, seconds: float, look: Callable[[], Any]) -> Any:
        """The result of a repeated check; None if there is none in so many seconds."""
        self.say(f"Waiting for {what}, {seconds / 60:.0f} minutes at most")
        clock = self.deployment.clock
        until_ms = clock.now_ms() + seconds * 1000
        while (found := look()) is None and clock.now_ms() < until_ms:
            clock.sleep(_LOOK_S)
        return found


@dataclass(frozen=True)
class Step(Check[SmokeRun]):
    """One step: does it, and says what it found.

    Attributes:
        carries: later steps have a payload to check only if it is ok.
        needs_payload: it checks the payload.
    """

    carries: bool = False
    needs_payload: bool = True


EVENTS = 3
LOG_GROUP = SMOKE.log_groups[0]

_STARTS_S = 300
"""A workflow run starts this long after its batch window at the latest; usually Glue takes a minute or two."""

_RUNS_S = 30 * 60
"""A run of a few events takes minutes; the job's own limit is an hour."""


def payload(run: SmokeRun) -> bytes:
    """A subscription payload as CloudWatch Logs delivers it: `EVENTS` events of `LOG_GROUP`, gzipped."""
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": run.account.names.account,
        "logGroup": LOG_GROUP,
        "logStream": "doctor",
        "subscriptionFilters": ["doctor"],
        "logEvents": [
            {
                "id": f"{run.event_ms}{number:020}",
                "timestamp": run.event_ms + number,
                "message": json.dumps({"marker": run.marker, "number": number}),
            }
            for number in range(EVENTS)
        ],
    }
    return gzip.compress(json.dumps(document).encode())


def _land(run: SmokeRun) -> list[Finding]:
    """Puts the payload, and waits for a workflow run that takes it."""
    key = f"{LANDING}loglake-smoke/{uuid.uuid4()}.gz"
    run.begun_ms = run.deployment.clock.now_ms()
    run.deployment.raw.put(key, payload(run))
    run.deployment.wake()
    workflow = run.account.names.named("log-export")
    wakes_s = _batch_window_s(run) + _STARTS_S
    started = run.wait(f"a run of {workflow}", wakes_s, lambda: _started(run, workflow))
    if started is None:
        said = f"No run of {workflow} has started in {wakes_s // 60} minutes since a request was put."
        queue = run.account.names.named("event-dead-letters")
        url = f"$(aws sqs get-queue-url --queue-name {queue} --query QueueUrl --output text)"
        return [problem(workflow, said, f"aws sqs receive-message --queue-url {url}  # what could not be delivered")]
    ended = run.wait(f"the end of the run {started['WorkflowRunId']}", _RUNS_S, lambda: _ended(run, started))
    if ended is None:
        said = f"The run {started['WorkflowRunId']} of {workflow} has not ended in {_RUNS_S // 60} minutes."
        return [
            unproven(workflow, said, f"loglake status --lake aws:{run.account.prefix}  # then run the smoke test again")
        ]
    failed = [
        job
        for node in ended.get("Graph", {}).get("Nodes", [])
        for job in node.get("JobDetails", {}).get("JobRuns", [])
        if job["JobRunState"] != "SUCCEEDED"
    ]
    if failed:
        said = failed[0].get("ErrorMessage", "Glue gives no reason")
        found = f"The job run {failed[0]['Id']} is {failed[0]['JobRunState']}: {said}"
        return [problem(workflow, found, f"loglake status --lake aws:{run.account.prefix}")]
    return [fine(workflow, f"{EVENTS} events were landed, and the run {ended['WorkflowRunId']} took them.")]


def _workers(run: SmokeRun) -> list[Finding]:
    """The job's environment, from the newest run: an earlier run may have taken the payload."""
    reports = [*reported(run, "log-export", CONVERT), *reported(run, "log-landing", CONVERT)]
    report: Mapping[str, Any] = next((each for each in reports if each.get("workers")), {})
    workers: list[Mapping[str, str]] = report.get("workers", [])
    job = run.account.names.named("convert-logs")
    if not workers:
        fix = f"aws glue get-job-runs --job-name {job}  # another run may have had the payload: look at its log"
        return [unproven(job, f"The job {job} does not say on which workers it ran.", fix)]
    executors = {worker["host"] for worker in workers} - {report["driver"]["host"]}
    if not executors and not is_here(run.account.reader.client("glue")):  # there, executors are the driver
        said = f"All tasks of {job} ran on the host of its driver, so that no executor has proven itself."
        return [unproven(job, said, f"aws glue get-job-runs --job-name {job}  # and look at the log of the last one")]
    notes = [_described(run, job, worker) for worker in workers]
    bad = [note for note in notes if note]
    shown = described(workers[0])
    return bad or [
        fine(job, f"Tasks ran on {counted(len(executors), 'executor') if executors else 'this machine'}, with {shown}.")
    ]


def _described(run: SmokeRun, job: str, worker: Mapping[str, str]) -> Finding | None:
    region = run.account.names.region
    if worker.get("region") != region:
        found = f"A worker of {job} has the Region {worker.get('region') or 'of nobody'}, and should have {region}."
        return problem(job, found, "Open an issue with the log of the job.")
    if not worker.get("isal"):
        return unproven(
            job,
            f"A worker of {job} has no isal, so that decompressing takes twice as long: {described(worker)}.",
            f"loglake deploy --prefix {run.account.prefix}  # uploads the zip of wheels for the job's Glue version",
        )
    return None


def reported(run: SmokeRun, workflow: str, job: str) -> list[Mapping[str, Any]]:
    """A job's environment in the newest runs of a workflow, the newest first."""
    runs = run.account.reader.fresh(
        "glue", "GetWorkflowRuns", Name=run.account.names.named(workflow), MaxResults=20
    ).get("Runs", [])
    properties = [each.get("WorkflowRunProperties", {}) for each in runs]
    reports = [json.loads(each.get(f"loglake:{job}", "{}")) for each in properties]
    return [report["runtime"] for report in reports if "runtime" in report]


def described(host: Mapping[str, str]) -> str:
    """A host's environment, in words."""
    named = {
        "python": "Python",
        "boto3": "boto3",
        "isal": "isal",
        "pyarrow": "pyarrow",
        "region": "the Region",
        "credentials": "credentials by",
    }
    return ", ".join(f"{title} {host[name]}" for name, title in named.items() if host.get(name))


def _batch_window_s(run: SmokeRun) -> int:
    trigger = run.account.reader.read("glue", "GetTrigger", Name=run.account.names.named("log-export-wake"))["Trigger"]
    return int(trigger.get("EventBatchingCondition", {}).get("BatchWindow", 60))


def _started(run: SmokeRun, workflow: str) -> Shape | None:
    """The first run that began after the payload was put."""
    answer = run.account.reader.fresh("glue", "GetWorkflowRuns", Name=workflow, MaxResults=20)
    later = [each for each in answer.get("Runs", []) if to_ms(each["StartedOn"]) >= run.begun_ms - 1000]
    return min(later, key=lambda each: each["StartedOn"], default=None)


def _ended(run: SmokeRun, started: Shape) -> Shape | None:
    found: Shape = run.account.reader.fresh(
        "glue", "GetWorkflowRun", Name=started["Name"], RunId=started["WorkflowRunId"], IncludeGraph=True
    )["Run"]
    return None if found["Status"] in {"RUNNING", "STOPPING"} else found


STEPS = (
    Step(
        "smoke-landing",
        "A request wakes its workflow, and the run takes a landed payload and ends well.",
        "Every request takes this way, and every event that a subscription delivers does.",
        _land,
        carries=True,
    ),
    Step(
        "smoke-workers",
        "Executors run tasks, with the Python, boto3, isal, pyarrow, Region and credentials that are shown.",
        "Whether executors reach the driver and get credentials is what only a real account can confirm.",
        _workers,
    ),
)
