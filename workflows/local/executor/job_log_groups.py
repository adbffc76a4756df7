"""The end of a job's log in the log group where Glue has it, so that any client of CloudWatch Logs can read it.

Sources: developer guide, "Logging for AWS Glue jobs" and "Python shell jobs": the groups, and a stream per job run.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from workflows.local.engine.model import Job
from workflows.local.executor.job_logs import tail
from workflows.local.templates.resource_types.base import Clients

_log = logging.getLogger(__name__)

GROUPS = {"pythonshell": "/aws-glue/python-jobs", "glueetl": "/aws-glue/jobs"}
_LINES = 1000
"""At most so many, which is less than PutLogEvents takes at once; the whole log is a file."""


def publish(clients: Clients, job: Job, job_run_id: str, log: Path, now_ms: int) -> None:
    """Puts the last lines of a job run's log into its stream.

    What the script wrote to its standard error is there, too: here both are one log. That a log can't be put is
    logged, and changes nothing for the job.
    """
    events = [{"timestamp": now_ms, "message": line} for line in tail(log, _LINES) if line.strip()]
    if not events:
        return
    logs, group = clients("logs"), f"{GROUPS[job.command]}/output"
    try:
        with suppress(logs.exceptions.ResourceAlreadyExistsException):  # a job's role may not ask whether it is there
            logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName=job_run_id)
        logs.put_log_events(logGroupName=group, logStreamName=job_run_id, logEvents=events)
    except (ClientError, BotoCoreError) as error:
        _log.warning("the log of %s could not be put into %s: %s", job_run_id, group, error)
