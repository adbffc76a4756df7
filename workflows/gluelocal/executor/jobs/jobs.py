"""Runs one Glue job as a subprocess: the unmodified script from S3, real arguments, a clean environment."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from athena_duckdb.buckets import split_s3_uri
from athena_duckdb.errors import ConfigError
from gluelocal.clock import SystemClock
from gluelocal.engine.state import StartJobRun
from gluelocal.engine.views import Part
from gluelocal.executor.jobs.arguments import (
    file_uris,
    library_uris,
    refusals,
    script_arguments,
    spark_submit_arguments,
)
from gluelocal.executor.jobs.log_groups import GROUPS, JobLogGroups, log_group_prefix
from gluelocal.executor.jobs.logs import ONLY_ON_GLUE, error_of, last_part, tail
from gluelocal.executor.jobs.machine import glue_libraries, job_java_options
from gluelocal.executor.jobs.output import JobOutput
from gluelocal.executor.jobs.sessions import end_session, start_session
from gluelocal.executor.jobs.wheel_zips import WHEEL_ZIP, unpacked
from gluelocal.kept.lock import make_private
from gluelocal.model.model import Job
from gluelocal.templates.resource_types.base import Clients
from gluelocal.temporary import TemporaryFolder


@dataclass(frozen=True)
class JobSettings:
    """How jobs run on this machine.

    Attributes:
        log_dir: gets a file per job run, named after its id; it is made if it is missing, readable by the user alone.
        environment: the whole environment of the jobs: AWS_ENDPOINT_URL, credentials, Region, PATH, JAVA_HOME, TZ, ….
        python: the interpreter of glueetl jobs.
        python_shell: the interpreter of pythonshell jobs.
        grace_s: seconds from SIGTERM to SIGKILL.
        minute_s: the seconds that one minute of a job's Timeout lasts.
        environment_of: a job's own variables, over `environment`: its role's credentials.
        now_ms: the clock for job output.
    """

    log_dir: Path
    environment: Mapping[str, str]
    python: str
    python_shell: str
    grace_s: float = 5.0
    minute_s: float = 60.0
    environment_of: Callable[[Job], Mapping[str, str]] = lambda _job: {}
    now_ms: Callable[[], int] = SystemClock().now_ms


@dataclass(frozen=True)
class JobEnd:
    """The end of a job run: SUCCEEDED, FAILED, TIMEOUT or STOPPED, and why.

    Attributes:
        final: another attempt would end like this one, because the job needs what is only on Glue.
    """

    state: str
    error: str = ""
    final: bool = False


class RunningJob(Protocol):
    """A job run in progress."""

    @property
    def part(self) -> Part | None:
        """How much it has done; None if it doesn't say."""

    def poll(self) -> JobEnd | None:
        """How the run ended; None while it runs."""

    def stop(self) -> None:
        """Ends the run; the next `poll` says STOPPED."""


class JobRun:
    """A job run in progress. Call `poll` until it returns an end. Any end leaves no process and no temporary file."""

    def __init__(self, job: Job, command: StartJobRun, settings: JobSettings, clients: Clients) -> None:
        """Downloads the script and its libraries and starts it.

        Raises:
            ConfigError: the job needs what is only on Glue.
            Exception: an error of S3 or the operating system; nothing is left behind.
        """
        self.log = settings.log_dir / f"{command.id}.log"
        self._settings = settings
        self._stopped = self._clean = False
        if job.command not in GROUPS:
            raise ConfigError(f"the local runtime runs pythonshell and glueetl jobs, not {job.command}")
        problems = refusals(job, command.arguments)
        if problems:
            raise ConfigError("; ".join(problems))
        make_private(settings.log_dir)
        self._temporary = TemporaryFolder("job")
        self._directory = Path(self._temporary.name)
        self._groups = JobLogGroups(clients, log_group_prefix(job, command.arguments), command.id, settings.now_ms)
        self.part: Part | None = None
        self._output = JobOutput(self.log, self._take_lines)
        try:
            script, libraries = self._download(job, command.arguments, clients)
            self._process = start_session(
                [self._python(job), str(script), *script_arguments(job, command.id, command.arguments)],
                self._environment(job, command.arguments, libraries),
                self._directory,
                self._output.output,
                self._output.error,
            )
        except BaseException:
            self._output.close()
            self._temporary.cleanup()
            raise
        self._deadline = time.monotonic() + command.timeout_minutes * settings.minute_s

    @property
    def pid(self) -> int:
        """The process id of the script, which is also its session's id."""
        return self._process.pid

    def poll(self) -> JobEnd | None:
        """How the run ended; None while it runs. Reads its output, and enforces the time-out.

        It blocks only while it ends remaining processes.
        """
        code = self._process.poll()
        self._output.follow()
        self._groups.put()
        if code is None and time.monotonic() < self._deadline:
            return None
        self._clean_up()
        if self._stopped:
            return JobEnd("STOPPED", "the run was stopped")
        if code is None:
            return JobEnd("TIMEOUT", "the job reached its Timeout")
        error = self._error(code) if code else ""
        return JobEnd("FAILED", error, error in ONLY_ON_GLUE) if code else JobEnd("SUCCEEDED")

    def stop(self) -> None:
        """Ends every process of the run; the next `poll` returns STOPPED."""
        self._stopped = True
        self._clean_up()

    def _clean_up(self) -> None:
        if not self._clean:
            end_session(self._process, self._settings.grace_s)
            self._output.close()
            self._groups.put(now=True)
            self._temporary.cleanup()
            self._clean = True

    def _take_lines(self, stream: str, lines: Sequence[bytes]) -> None:
        self._groups.add(stream, lines)
        self.part = last_part(lines) or self.part

    def _error(self, code: int) -> str:
        text = error_of(tail(self.log, 200))
        if code < 0:
            return f"ended by {signal.Signals(-code).name}. {text}".strip()
        return text or f"exit status {code} without a word in the log"

    def _python(self, job: Job) -> str:
        return self._settings.python_shell if job.command == "pythonshell" else self._settings.python

    def _download(self, job: Job, arguments: Mapping[str, str], clients: Clients) -> tuple[Path, list[Path]]:
        s3 = clients("s3")

        def fetch(uri: str) -> Path:
            bucket, key = split_s3_uri(uri)
            target = self._directory / key.rpartition("/")[2]
            s3.download_file(bucket, key, str(target))
            return target

        script = fetch(job.script_location)
        for uri in file_uris(arguments):
            fetch(uri)
        return script, [fetch(uri) for uri in library_uris(arguments)]

    def _environment(self, job: Job, arguments: Mapping[str, str], libraries: list[Path]) -> Mapping[str, str]:
        """The settings' environment, the libraries, and temporary folders that are deleted when the run ends."""
        path = [str(_on_path(library)) for library in libraries]
        path += map(str, glue_libraries(self._python(job)))
        submit, directory = spark_submit_arguments(arguments), str(self._directory)
        return {
            "HOME": directory,
            "PYTHONNOUSERSITE": "1",
            "PYTHONUNBUFFERED": "1",  # a line is in the log as soon as the script writes it
            **self._settings.environment,
            **self._settings.environment_of(job),
            "TMPDIR": directory,
            "SPARK_LOCAL_DIRS": directory,
            "SPARK_SUBMIT_OPTS": f'{job_java_options(arguments.get("--conf", ""))} "-Djava.io.tmpdir={directory}"',
            **({"PYTHONPATH": ":".join(dict.fromkeys(path))} if path else {}),
            **({"PYSPARK_SUBMIT_ARGS": submit} if submit else {}),
        }


def _on_path(library: Path) -> Path:
    if library.suffix == ".whl" or library.name.endswith(WHEEL_ZIP):
        return unpacked(library)
    return library if library.suffix in {".zip", ".egg"} else library.parent
