"""Job runs in progress."""

from __future__ import annotations

from collections.abc import Callable

from athena_duckdb.errors import ConfigError
from gluelocal.engine.state import StartJobRun
from gluelocal.engine.views import Part
from gluelocal.executor.jobs.jobs import JobEnd, JobSettings, RunningJob
from gluelocal.executor.jobs.logs import tail
from gluelocal.model.model import Job
from gluelocal.templates.resource_types.base import Clients

RunJob = Callable[[Job, StartJobRun, JobSettings, Clients], RunningJob]
"""Starts a job."""

_TAIL_LINES = 20


class JobRuns:
    """Starts job runs, and reports the end of each once. For one thread.

    Attributes:
        run_job: starts a job; only tests use something else than a process.
        running: the active runs, by their id.
    """

    def __init__(self, run_job: RunJob, settings: JobSettings, clients_of: Callable[[Job], Clients]) -> None:
        """`clients_of` makes boto3 clients for Glue's own calls in a job's name."""
        self.run_job = run_job
        self.running: dict[str, RunningJob] = {}
        self._settings = settings
        self._clients_of = clients_of

    def start(self, command: StartJobRun, job: Job | None) -> JobEnd | None:
        """Starts a job run. If it can't start, returns its end: that fails the job and not the runtime."""
        try:
            if job is None:
                raise ValueError(f"{command.job_name} was deleted")
            self.running[command.id] = self.run_job(job, command, self._settings, self._clients_of(job))
        except ConfigError as error:
            return JobEnd("FAILED", f"the job could not start: {error}", final=True)
        except Exception as error:  # any error
            return JobEnd("FAILED", f"the job could not start: {type(error).__name__}: {error}")
        return None

    def ended(self) -> list[tuple[str, JobEnd]]:
        """The runs that have ended since the last call."""
        ended = [(job_run_id, end) for job_run_id, job in list(self.running.items()) if (end := job.poll())]
        for job_run_id, _ in ended:
            del self.running[job_run_id]
        return ended

    def stop(self) -> None:
        """Ends every run."""
        for job in self.running.values():
            job.stop()

    def part(self, job_run_id: str) -> Part | None:
        """How much a run has done; None if it doesn't say, or has ended."""
        running = self.running.get(job_run_id)
        return running.part if running else None

    def log_tail(self, job_run_id: str) -> tuple[str, ...]:
        """The last lines of a run's log."""
        return tail(self._settings.log_dir / f"{job_run_id}.log", _TAIL_LINES)
