"""Whether the jobs and the crawler exist, have the templates' settings, and start."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.checks.compared import compared, found
from loglake_cli.operations.doctor.finding import Finding, check, problem

_JOBS = ("export-logs", "look-landing", "convert-logs")
_RECENT = 10
"""How many runs of each job are read."""


_THERE = (
    compared("AWS::Glue::Job", found("glue", "GetJob", "JobName"), {}),
    compared("AWS::Glue::Workflow", found("glue", "GetWorkflow"), {}),
    compared("AWS::Glue::Crawler", found("glue", "GetCrawler"), {}),
    compared("AWS::Glue::Database", found("glue", "GetDatabase"), {}),
)

there = check(
    "glue-there",
    "The jobs, the crawler, the workflows and the database are there.",
    "Without one of them no log group becomes a table.",
)(lambda account: chain.from_iterable(look(account) for look in _THERE))

settings = check(
    "job-settings",
    "The jobs have the runtime, the limits and the queueing that the templates give them.",
    "A Python shell runs on Python 3.9 only, and a run over the limit is lost if runs are not queued.",
)(
    compared(
        "AWS::Glue::Job",
        lambda account, name: dict(account.reader.read("glue", "GetJob", JobName=name)["Job"]),
        {  # a person may choose the others
            "Command.Name": lambda job: job["Command"].get("Name"),
            "Command.PythonVersion": lambda job: job["Command"].get("PythonVersion"),
            "JobRunQueuingEnabled": lambda job: job.get("JobRunQueuingEnabled"),
            "MaxRetries": lambda job: job.get("MaxRetries") or 0,
            "ExecutionProperty.MaxConcurrentRuns": lambda job: job.get("ExecutionProperty", {}).get(
                "MaxConcurrentRuns"
            ),
        },
    )
)

_TROUBLE = {
    "assume": (
        "aws iam get-role --role-name {role}  # its trust policy must name glue.amazonaws.com; without the condition "
        "aws:SourceAccount, if that does not hold"
    ),
    "Lake Formation": "loglake deploy --prefix {prefix}  # with the parameter LakeFormation=on",
    "ec2:": "aws iam get-role --role-name {role}  # add the ec2 action that the message names (infra/access.yaml)",
    "SecurityConfiguration": "Add the action that it names to FollowTheSecurityConfiguration in infra/access.yaml",
    "gluewheels": "loglake deploy --prefix {prefix}  # uploads the zip of wheels for the job's Glue version",
    "No matching distribution": "loglake deploy --prefix {prefix}  # uploads the wheels for its Glue version",
    "subnet": "Give the subnet of the Glue connection free addresses and routes; see the check network-endpoints.",
    "ExpiredToken": "Run the job again: its credentials ended in the middle.",
}
"""Parts of the errors of runs that did not start, with what to do."""


@check(
    "last-runs",
    "The last run of each job ended well, or none ran yet.",
    "A job that fails each time does nothing, and the next run tries the same again.",
)
def last_runs(account: Account) -> Iterator[Finding]:
    """The last run that ended, of each job; and of runs, whether Glue refused some for the limit of concurrent ones."""
    for name in _JOBS:
        job = account.job(name)
        runs = account.reader.read("glue", "GetJobRuns", JobName=job["Name"], MaxResults=_RECENT).get("JobRuns", [])
        refused = [run for run in runs if "concurrent" in run.get("ErrorMessage", "").lower()]
        ended = [run for run in runs if run.get("CompletedOn") and run not in refused]
        if ended and ended[0]["JobRunState"] in {"FAILED", "ERROR", "TIMEOUT"}:
            yield _failed(account, job, ended[0])
        # Without queueing, job-settings reports it.
        if refused and refused[0] is runs[0] and job.get("JobRunQueuingEnabled"):
            yield problem(
                job["Name"],
                f"Glue refused the last run of {job['Name']}: {refused[0]['ErrorMessage']}",
                "aws service-quotas list-service-quotas --service-code glue  # and ask for more concurrent runs",
            )


def _failed(account: Account, job: Shape, run: Shape) -> Finding:
    said = run.get("ErrorMessage", "Glue gives no reason")
    advice = next((text for part, text in _TROUBLE.items() if part in said), "loglake status --lake aws:{prefix}")
    fix = advice.format(role=job["Role"].rpartition("/")[2], prefix=account.prefix)
    return problem(job["Name"], f"The last run of {job['Name']} is {run['JobRunState']}: {said}", fix)


@check(
    "job-log-retention",
    "CloudWatch deletes the logs of convert-logs, such as after 90 days.",
    "CloudWatch Logs keeps what has no retention forever, and bills it.",
)
def log_retention(account: Account) -> Iterator[Finding]:
    """The deployment's own log groups. A plan of `loglake deploy` names those that it shares with other teams."""
    for group in account.log_groups:
        name, own = group["logGroupName"], f"/aws-glue/{account.names.named('convert-logs')}/"
        if name.startswith(own) and not group.get("retentionInDays"):
            said = f"The log group {name} keeps its events forever."
            yield problem(name, said, f"loglake deploy --prefix {account.prefix}  # puts its retention back")


CHECKS = (there, settings, last_runs, log_retention)
