"""The settings of a deployment's export job that commands use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglake.aws.faults import translated
from loglake.core.planning.settings import LAG_MINUTES, SETTLE_AFTER_HOURS
from loglake.core.run.outcome import EXPORT
from loglake.core.units import MS_PER_HOUR, MS_PER_MINUTE
from loglake.errors import AccessDeniedError, NotFoundError
from loglake_cli.local.lake.restore import kept_jobs
from loglake_cli.operations.job_runs import JOB_SUFFIXES


@dataclass(frozen=True)
class JobSettings:
    """Settings of the export job, in milliseconds.

    Attributes:
        lag_ms: no window ends later than this before the job plans.
        settle_after_ms: how long after its end a day has settled.
    """

    lag_ms: int = LAG_MINUTES * MS_PER_MINUTE
    settle_after_ms: int = SETTLE_AFTER_HOURS * MS_PER_HOUR

    @staticmethod
    def of(arguments: Mapping[str, str]) -> JobSettings:
        """From the job's default arguments. A missing one, or one that the job would refuse, gets its default."""
        return JobSettings(
            lag_ms=_milliseconds(arguments, "--lag_minutes", MS_PER_MINUTE, JobSettings.lag_ms),
            settle_after_ms=_milliseconds(arguments, "--settle_after_hours", MS_PER_HOUR, JobSettings.settle_after_ms),
        )


def deployed_settings(glue: Any, prefix: str) -> JobSettings:
    """The settings of a deployment; the defaults if the job may not be read."""
    name = f"{prefix}{JOB_SUFFIXES[EXPORT]}"
    try:
        with translated("glue:GetJob", name):
            arguments: Mapping[str, str] = glue.get_job(JobName=name)["Job"].get("DefaultArguments", {})
    except (AccessDeniedError, NotFoundError):
        return JobSettings()  # the rest of the command is still useful
    return JobSettings.of(arguments)


def kept_settings(keep: Path) -> JobSettings:
    """The settings that a kept local run had.

    Raises:
        ConfigError: there is no kept run.
    """
    arguments = [given for name, given in kept_jobs(keep).items() if name.endswith(JOB_SUFFIXES[EXPORT])]
    return JobSettings.of(arguments[0] if arguments else {})


def _milliseconds(arguments: Mapping[str, str], name: str, unit_ms: int, default_ms: int) -> int:
    try:
        return int(float(arguments[name]) * unit_ms)
    except (KeyError, ValueError, OverflowError):
        return default_ms
