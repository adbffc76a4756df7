"""Job runs from Glue: how a run ended that could not note it itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loglake.aws.faults import translated
from loglake.core.run.outcome import CONVERT, EXPORT, LONGEST_ERROR, Outcome, RunNote
from loglake.core.units import EPOCH, EpochMs, to_ms
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
    ended_ms = _ms(run["CompletedOn"])
    started_ms = _ms(run["StartedOn"]) if "StartedOn" in run else EPOCH
    return JobRun(job, run["JobRunState"], started_ms, ended_ms, run.get("ErrorMessage", ""))


def _ms(instant: datetime | str) -> EpochMs:
    """From a time of boto3, or of a kept local run."""
    return to_ms(instant if isinstance(instant, datetime) else datetime.fromisoformat(instant))
