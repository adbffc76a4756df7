"""Job runs in progress."""

from __future__ import annotations

from collections.abc import Callable

from loglake_cli.local.engine.model import Job
from loglake_cli.local.engine.state import StartJobRun
from loglake_cli.local.engine.views import Part
from loglake_cli.local.executor.job_logs import tail
from loglake_cli.local.executor.jobs import JobEnd, JobSettings, RunningJob
from loglake_cli.local.templates.resource_types.base import Clients

RunJob = Callable[[Job, StartJobRun, JobSettings, Clients], RunningJob]
"""Starts a job."""

_TAIL_LINES = 20


class JobRuns:
    """Starts job runs, and tells once of each how it ended. For one thread.

    Attributes:
        run_job: starts a job; else than as a process in tests only.
        running: those that run, by their id.
    """

    def __init__(self, run_job: RunJob, settings: JobSettings, clients_of: Callable[[Job], Clients]) -> None:
        """`clients_of` makes boto3 clients for what Glue does in a job's name."""
        self.run_job = run_job
        self.running: dict[str, RunningJob] = {}
        self._settings = settings
        self._clients_of = clients_of

    def start(self, command: StartJobRun, job: Job | None) -> JobEnd | None:
        """Starts a job run; gives its end where it can't start, since that fails the job and not the runtime."""
        try:
            if job is None:
                raise ValueError(f"{command.job_name} was deleted")
            self.running[command.id] = self.run_job(job, command, self._settings, self._clients_of(job))
        except Exception as error:  # whatever it is
            return JobEnd("FAILED", f"the job could not start: {type(error).__name__}: {error}")
        return None

    def ended(self) -> list[tuple[str, JobEnd]]:
        """The runs that have ended since, each once."""
        found = [(job_run_id, job.poll()) for job_run_id, job in list(self.running.items())]
        ended = [(job_run_id, end) for job_run_id, end in found if end]
        for job_run_id, _ in ended:
            del self.running[job_run_id]
        return ended

    def stop(self) -> None:
        """Ends every run."""
        for job in self.running.values():
            job.stop()

    def part(self, job_run_id: str) -> Part | None:
        """How much a run has done; None if it does not say, or is over."""
        running = self.running.get(job_run_id)
        return running.part if running else None

    def log_tail(self, job_run_id: str) -> tuple[str, ...]:
        """The last lines of a run's log."""
        return tail(self._settings.log_dir / f"{job_run_id}.log", _TAIL_LINES)
