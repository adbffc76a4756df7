"""The first cell of a notebook in Glue Interactive Sessions: what a session of a deployment needs."""

from __future__ import annotations

import json
from typing import Any

from loglake.aws.faults import translated
from loglake.core.run.outcome import CONVERT
from loglake.errors import ConfigError, NotFoundError
from loglake_cli.operations.jobs import JOB_SUFFIXES

WORKERS = 2
"""The fewest that a session may have."""

IDLE_MINUTES = 30
"""A session costs until it ends; left alone, it would for 48 hours."""

_MODULES = ("--additional-python-modules", "--python-modules-installer-option")


def first_cell(glue: Any, prefix: str) -> str:
    """A cell that sets up a session as the convert job is: its Glue version, role, and loglake's own modules.

    The modules come from the control bucket, so that the session needs no package index.

    Args:
        glue: a client of Glue.
        prefix: of the deployment.

    Raises:
        ConfigError: there is no such deployment.
        AccessDeniedError: the job may not be read.
    """
    name = f"{prefix}{JOB_SUFFIXES[CONVERT]}"
    try:
        with translated("glue:GetJob", name):
            job = glue.get_job(JobName=name)["Job"]
    except NotFoundError as error:
        raise ConfigError(
            f"there is no loglake with the prefix {prefix} in this account and Region: it would have the Glue job "
            f"{name}. Check --lake, and AWS_PROFILE and AWS_REGION."
        ) from error
    arguments = job.get("DefaultArguments", {})
    settings = {
        "glue_version": job["GlueVersion"],
        "worker_type": job.get("WorkerType", "G.1X"),
        "number_of_workers": WORKERS,
        "idle_timeout": IDLE_MINUTES,
        "iam_role": job["Role"],
        **{name: arguments[name] for name in _MODULES if name in arguments},
    }
    return f"%%configure\n{json.dumps(settings, indent=2)}"
