"""What Glue tells of a job's runs: how one ended that could not note it itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loglake.aws.faults import translated
from loglake.core.outcome import CONVERT, EXPORT, LONGEST_ERROR, Outcome, RunNote
from loglake.core.units import EPOCH, EpochMs, to_ms
from loglake.errors import AccessDeniedError, NotFoundError

JOB_SUFFIXES = {EXPORT: "-export-logs", CONVERT: "-convert-logs"}
"""How the jobs of a deployment are named behind its prefix (workflows/log_lake.yaml)."""

_FAILED = frozenset({"FAILED", "ERROR", "TIMEOUT", "EXPIRED"})
_ENDED = _FAILED | {"SUCCEEDED"}
"""JobRunStates that say how a run went. STOPPED is left out: somebody wanted that."""

_NEWEST = 50
"""Runs of a job that are looked at, the newest ones: one may run for hours beside many short ones."""


@dataclass(frozen=True)
class JobRun:
    """A job run that has ended.

    Attributes:
        job: `EXPORT` or `CONVERT`.
        state: a JobRunState.
        started_ms: when it started.
        ended_ms: when it ended.
        error: what Glue says of it.
    """

    job: str
    state: str
    started_ms: EpochMs
    ended_ms: EpochMs
    error: str = ""

    @property
    def failed(self) -> bool:
        """Whether it did not come to its end."""
        return self.state in _FAILED

    def as_note(self, before: RunNote | None) -> RunNote:
        """What the job would have noted over the note before it."""
        why = self.error or "Glue gives no reason"
        error = why if self.state == "FAILED" else f"{self.state}: {why}"
        return RunNote.of(self.job, Outcome.FAILED, self.ended_ms, error=error[:LONGEST_ERROR]).after(before)


def deployed_runs(glue: Any, prefix: str) -> tuple[JobRun, ...]:
    """The last run that ended of each job of a deployment, as far as there is one, and as Glue lets it be asked."""
    listed: dict[str, Sequence[Mapping[str, Any]]] = {}
    for suffix in JOB_SUFFIXES.values():
        name = f"{prefix}{suffix}"
        try:
            with translated("glue:GetJobRuns", name):
                listed[name] = glue.get_job_runs(JobName=name, MaxResults=_NEWEST)["JobRuns"]
        except (AccessDeniedError, NotFoundError):
            continue  # what the jobs noted is worth having alone
    return last_runs(listed)


def last_runs(listed: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[JobRun, ...]:
    """The last run that ended of each job, of what GetJobRuns told by the job's name."""
    found = [
        max(ended, key=lambda run: run.ended_ms)
        for name, runs in listed.items()
        for job, suffix in JOB_SUFFIXES.items()
        if name.endswith(suffix) and (ended := [_job_run(job, run) for run in runs if _counts(run)])
    ]
    return tuple(sorted(found, key=lambda run: run.job))


def with_unnoted(notes: Iterable[RunNote], runs: Iterable[JobRun]) -> tuple[RunNote, ...]:
    """The jobs' notes, in the order of the jobs; over one goes what Glue tells of a later failure.

    A job that fails notes it, in better words than Glue has. It can't where Glue ends it, for its time or its memory,
    or where what stopped it also keeps it from noting, as expired credentials do.
    """
    by_job = {note.job: note for note in notes}
    for run in runs:
        note = by_job.get(run.job)
        if run.failed and (note is None or _is_after(run, note)):
            by_job[run.job] = run.as_note(note)
    return tuple(note for _, note in sorted(by_job.items()))


def _is_after(run: JobRun, note: RunNote) -> bool:
    """Whether a failure is none that the note tells: a job notes its own a moment before its run has ended."""
    since = run.started_ms if note.outcome is Outcome.FAILED else run.ended_ms
    return since > note.ended_ms


def _counts(run: Mapping[str, Any]) -> bool:
    """Whether a run has ended, and had begun: one over MaxConcurrentRuns leaves its work to the one that runs."""
    refused = "concurrentrunsexceeded" in run.get("ErrorMessage", "").replace(" ", "").lower()
    return run["JobRunState"] in _ENDED and "CompletedOn" in run and not refused


def _job_run(job: str, run: Mapping[str, Any]) -> JobRun:
    ended_ms = _ms(run["CompletedOn"])
    started_ms = _ms(run["StartedOn"]) if "StartedOn" in run else EPOCH
    return JobRun(job, run["JobRunState"], started_ms, ended_ms, run.get("ErrorMessage", ""))


def _ms(instant: datetime | str) -> EpochMs:
    """Of a time as boto3 gives it, or as a kept local run has it."""
    return to_ms(instant if isinstance(instant, datetime) else datetime.fromisoformat(instant))
