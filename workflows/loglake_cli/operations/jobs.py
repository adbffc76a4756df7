"""A deployment's jobs as Glue knows them: how runs ended that could not note it themselves, and the jobs' settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gluelocal.kept.restore import kept_jobs
from loglake.aws.faults import translated
from loglake.core.planning.settings import LAG_MINUTES, SETTLE_AFTER_HOURS
from loglake.core.run.outcome import CONVERT, EXPORT, LONGEST_ERROR, Outcome, RunNote
from loglake.core.units import EPOCH, MS_PER_HOUR, MS_PER_MINUTE, EpochMs, to_ms
from loglake.errors import AccessDeniedError, NotFoundError

JOB_SUFFIXES = {EXPORT: "-export-logs", CONVERT: "-convert-logs"}
"""The names of a deployment's jobs behind its prefix (workflows/log_lake.yaml)."""

_FAILED = frozenset({"FAILED", "ERROR", "TIMEOUT", "EXPIRED"})
_ENDED = _FAILED | {"SUCCEEDED"}
"""JobRunStates of ended runs. STOPPED is left out: a person wanted that."""

_NEWEST = 50
"""How many of a job's newest runs are read: one may run for hours beside many short ones."""


@dataclass(frozen=True)
class JobRun:
    """A job run that has ended.

    Attributes:
        job: `EXPORT` or `CONVERT`.
        state: a JobRunState.
        started_ms: when it started.
        ended_ms: when it ended.
        error: Glue's message.
    """

    job: str
    state: str
    started_ms: EpochMs
    ended_ms: EpochMs
    error: str = ""

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return self.state in _FAILED

    def as_note(self, before: RunNote | None) -> RunNote:
        """The note that the job would have written over the earlier note."""
        why = self.error or "Glue gives no reason"
        error = why if self.state == "FAILED" else f"{self.state}: {why}"
        return RunNote.of(self.job, Outcome.FAILED, self.ended_ms, error=error[:LONGEST_ERROR]).after(before)


def deployed_runs(glue: Any, prefix: str) -> tuple[JobRun, ...]:
    """The last ended run of each job of a deployment, if there is one and Glue can be asked."""
    listed: dict[str, Sequence[Mapping[str, Any]]] = {}
    for suffix in JOB_SUFFIXES.values():
        name = f"{prefix}{suffix}"
        try:
            with translated("glue:GetJobRuns", name):
                listed[name] = glue.get_job_runs(JobName=name, MaxResults=_NEWEST)["JobRuns"]
        except (AccessDeniedError, NotFoundError):
            continue  # the jobs' own notes are useful alone
    return last_runs(listed)


def last_runs(listed: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[JobRun, ...]:
    """The last ended run of each job, from answers of GetJobRuns by the job's name."""
    found = [
        max(ended, key=lambda run: run.ended_ms)
        for name, runs in listed.items()
        for job, suffix in JOB_SUFFIXES.items()
        if name.endswith(suffix) and (ended := [_job_run(job, run) for run in runs if _counts(run)])
    ]
    return tuple(sorted(found, key=lambda run: run.job))


def with_unnoted(notes: Iterable[RunNote], runs: Iterable[JobRun]) -> tuple[RunNote, ...]:
    """The jobs' notes, in the order of the jobs; a later failure in Glue replaces a note.

    A failing job notes it in better words than Glue's. It can't if Glue ends it, for its time or its memory, or if the
    cause also prevents the note, such as expired credentials.
    """
    by_job = {note.job: note for note in notes}
    for run in runs:
        note = by_job.get(run.job)
        if run.failed and (note is None or _is_after(run, note)):
            by_job[run.job] = run.as_note(note)
    return tuple(note for _, note in sorted(by_job.items()))


def _is_after(run: JobRun, note: RunNote) -> bool:
    """Whether the note lacks a failure: a job notes its own moments before its run has ended."""
    since = run.started_ms if note.outcome is Outcome.FAILED else run.ended_ms
    return since > note.ended_ms


def _counts(run: Mapping[str, Any]) -> bool:
    """Whether a run began and ended: one over MaxConcurrentRuns leaves its work to the running one."""
    refused = "concurrentrunsexceeded" in run.get("ErrorMessage", "").replace(" ", "").lower()
    return run["JobRunState"] in _ENDED and "CompletedOn" in run and not refused


def _job_run(job: str, run: Mapping[str, Any]) -> JobRun:
    started_ms = _ms(run["StartedOn"]) if "StartedOn" in run else EPOCH
    return JobRun(job, run["JobRunState"], started_ms, _ms(run["CompletedOn"]), run.get("ErrorMessage", ""))


def _ms(instant: datetime | str) -> EpochMs:
    """From a time of boto3, or of a kept local run."""
    return to_ms(instant if isinstance(instant, datetime) else datetime.fromisoformat(instant))


@dataclass(frozen=True)
class JobSettings:
    """Settings of the export job, in milliseconds.

    Attributes:
        lag_ms: no window ends later than this before the job plans.
        settle_after_ms: how long after its end a day has settled.
        datasets_uri: the datasets file; empty if it is not known.
    """

    lag_ms: int = LAG_MINUTES * MS_PER_MINUTE
    settle_after_ms: int = SETTLE_AFTER_HOURS * MS_PER_HOUR
    datasets_uri: str = ""

    @staticmethod
    def of(arguments: Mapping[str, str]) -> JobSettings:
        """From the job's default arguments. A missing one, or one that the job would refuse, gets its default."""
        return JobSettings(
            lag_ms=_milliseconds(arguments, "--lag_minutes", MS_PER_MINUTE, JobSettings.lag_ms),
            settle_after_ms=_milliseconds(arguments, "--settle_after_hours", MS_PER_HOUR, JobSettings.settle_after_ms),
            datasets_uri=arguments.get("--datasets_uri", ""),
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
