"""Whether the jobs and the crawler exist, have the templates' settings, and start."""

from __future__ import annotations

from collections.abc import Iterator

from loglake_cli.deploy.job_logs import SHARED_LOG_GROUPS
from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.finding import Finding, check, fine, problem

_JOBS = {"ExportLogs": "export-logs", "LookLanding": "look-landing", "ConvertLogs": "convert-logs"}
_RECENT = 10
"""How many runs of each job are read."""


@check(
    "glue-there",
    "The jobs, the crawler, the workflows and the database are there.",
    "Without one of them no log group becomes a table.",
)
def there(account: Account) -> Iterator[Finding]:
    """Asks for each by its name."""
    named = account.names.named
    asked: list[tuple[str, dict[str, str]]] = [
        *(("GetJob", {"JobName": named(name)}) for name in _JOBS.values()),
        *(("GetWorkflow", {"Name": named(name)}) for name in ("log-export", "log-look", "log-landing", "log-catalog")),
        ("GetCrawler", {"Name": named("crawl-lake")}),
        ("GetDatabase", {"Name": account.names.database}),
    ]
    for operation, members in asked:
        (name,) = members.values()
        if account.reader.found("glue", operation, **members) is None:
            said = f"The {operation.removeprefix('Get').lower()} {name} is not there."
            yield problem(name, said, account.redeploy)


@check(
    "job-settings",
    "The jobs have the runtime, the limits and the queueing that the templates give them.",
    "A Python shell runs on Python 3.9 only, and a run over the limit is lost if runs are not queued.",
)
def settings(account: Account) -> Iterator[Finding]:
    """Compares what GetJob says with the template."""
    for logical_id, name in _JOBS.items():
        job, wanted = account.job(name), account.expected.properties(logical_id)
        execution = job.get("ExecutionProperty", {})
        pairs = {  # a person may choose the others
            "Command.Name": (job["Command"].get("Name"), wanted["Command"]["Name"]),
            "Command.PythonVersion": (job["Command"].get("PythonVersion"), wanted["Command"]["PythonVersion"]),
            "JobRunQueuingEnabled": (
                job.get("JobRunQueuingEnabled"),
                job.get("ExecutionClass", "STANDARD") == "STANDARD",
            ),
            "MaxRetries": (job.get("MaxRetries") or 0, 0),
            "ExecutionProperty.MaxConcurrentRuns": (
                execution.get("MaxConcurrentRuns"),
                int(wanted["ExecutionProperty"]["MaxConcurrentRuns"]),
            ),
        }
        for what, (have, want) in pairs.items():
            if have != want:
                yield problem(
                    job["Name"],
                    f"{what} of the job {job['Name']} is {'not set' if have is None else have}, and should be {want}.",
                    f"{account.redeploy}  # puts back what was changed beside the stack",
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
    for name in _JOBS.values():
        job = account.job(name)
        runs = account.reader.read("glue", "GetJobRuns", JobName=job["Name"], MaxResults=_RECENT).get("JobRuns", [])
        refused = [run for run in runs if "concurrent" in run.get("ErrorMessage", "").lower()]
        ended = [run for run in runs if run.get("CompletedOn") and run not in refused]
        if ended and ended[0]["JobRunState"] in {"FAILED", "ERROR", "TIMEOUT"}:
            yield _failed(account, job, ended[0])
        if refused and not job.get("JobRunQueuingEnabled"):
            continue  # job-settings reports it
        if refused and refused[0] is runs[0]:
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
    """The deployment's own log groups; and, as a hint, those that it shares with other teams."""
    for group in account.log_groups:
        name, own = group["logGroupName"], f"/aws-glue/{account.names.named('convert-logs')}/"
        if group.get("retentionInDays"):
            continue
        if name.startswith(own):
            said = f"The log group {name} keeps its events forever."
            yield problem(name, said, f"loglake deploy --prefix {account.prefix}  # puts its retention back")
        elif name in SHARED_LOG_GROUPS:
            yield fine(name, "It keeps its events forever. `shared_log_days: 90` in the settings file limits it.")


CHECKS = (there, settings, last_runs, log_retention)
