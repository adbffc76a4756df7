"""The local Glue runtime: an event loop that feeds the engine and executes its commands.

One thread owns the engine. Other threads only put events into its queue: `notify` may be called from anywhere.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType, TracebackType
from typing import Any

from workflows.local.engine.engine import next_due_ms, step
from workflows.local.engine.model import Crawler, Model
from workflows.local.engine.state import (
    RUNNING,
    ActionEnded,
    Command,
    EngineState,
    Event,
    Notified,
    StartCrawl,
    StartJobRun,
    StartRequested,
    StopAction,
    StopRequested,
    Ticked,
)
from workflows.local.engine.views import Snapshot, view
from workflows.local.executor.job_logs import tail
from workflows.local.executor.jobs import JobRun, JobSettings
from workflows.local.templates.resource_types.base import Clients

Crawl = Callable[[Crawler], Any]
"""Crawls; returning means SUCCEEDED, raising means FAILED. Runs in a thread of its own."""

_TAIL_LINES = 20
_POLL_S = 0.05


class Runtime:
    """Runs the workflows of a model. A context manager: leaving it, in whatever way, ends every job."""

    def __init__(
        self,
        model: Model,
        clients: Clients,
        settings: JobSettings,
        crawl: Crawl,
        on_change: Callable[[Snapshot], None] = lambda _: None,
        *,
        now_ms: Callable[[], int],
    ) -> None:
        """Makes a runtime that is idle.

        Args:
            model: what can be run, from `build_model`.
            clients: makes boto3 clients; jobs' scripts are read with ``s3``.
            settings: how jobs run on this machine.
            crawl: runs a crawler.
            on_change: told every new snapshot, from the thread of the event loop.
            now_ms: the clock, in milliseconds since the epoch.
        """
        self._model = model
        self._clients = clients
        self._settings = settings
        self._crawl = crawl
        self._on_change = on_change
        self._now_ms = now_ms
        self._state = EngineState(seed=str(now_ms()))
        self._queue: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._jobs: dict[str, JobRun] = {}
        self._crawls: dict[str, threading.Thread] = {}
        self._cancelled: set[str] = set()
        self._closing = False

    def __enter__(self) -> Runtime:
        """Nothing is started yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends every job."""
        self.stop()

    @property
    def state(self) -> EngineState:
        """Every run with its graph, properties, attempts and arguments; immutable, safe to read from any thread."""
        return self._state

    @property
    def idle(self) -> bool:
        """Whether nothing runs and no event waits."""
        return self._state.idle and self._queue.empty()

    def notify(self, workflow_name: str, event_id: str) -> None:
        """Delivers an EventBridge event to a workflow (glue:NotifyEvent), from any thread."""
        self._queue.put(lambda: self._notified(workflow_name, event_id))

    def start(self, workflow_name: str, properties: Mapping[str, str] = MappingProxyType({})) -> str:
        """Starts a run on demand (StartWorkflowRun) and returns its id. For the event loop's thread.

        Raises:
            GlueError: there is no such workflow, or it has MaxConcurrentRuns runs.
        """
        before = {run.id for run in self._state.runs}
        self._take(StartRequested(workflow_name, self._now_ms(), properties))
        return next(run.id for run in self._state.runs if run.id not in before and not run.event_ids)

    def stop_run(self, run_id: str) -> None:
        """Stops a run (StopWorkflowRun): its jobs are ended now. For the event loop's thread.

        Raises:
            GlueError: there is no such run, or it isn't running.
        """
        self._take(StopRequested(run_id, self._now_ms()))

    def poll(self, wait_s: float = 0.0) -> None:
        """Does what is due: events, ended jobs and crawls, batch windows.

        Args:
            wait_s: how long to wait for an event, if none is there.

        Raises:
            GlueError: an event was delivered to a workflow that isn't there or has no EVENT trigger.
        """
        self._take_queued(wait_s)
        self._watch_jobs()
        due_ms = next_due_ms(self._model, self._state)
        if due_ms is not None and due_ms <= self._now_ms():
            self._take(Ticked(self._now_ms()))

    def run_until_idle(self, timeout_s: float) -> Snapshot:
        """Polls until nothing runs and no event waits.

        Raises:
            TimeoutError: that took longer; jobs go on until `stop`.
        """
        deadline = time.monotonic() + timeout_s
        while not self.idle:
            if time.monotonic() >= deadline:
                raise TimeoutError(f"workflow runs are still active after {timeout_s:g} s")
            self.poll(_POLL_S)
        return self.snapshot()

    def snapshot(self) -> Snapshot:
        """All runs as they are now, with the tails of the jobs' logs; from any thread."""
        return view(self._state, self._log_tail, self._now_ms())

    def stop(self) -> None:
        """Ends every job and run; what waits in batches is dropped. No process is left when it returns.

        A crawl can't be interrupted: it gets the grace to end, and is CANCELLED either way.
        """
        self._closing = True
        try:
            self._state = replace(self._state, batches=MappingProxyType({}), waiting=MappingProxyType({}))
            for run in self._state.runs:
                if run.status == RUNNING:
                    self.stop_run(run.id)
        finally:
            for job in self._jobs.values():
                job.stop()
        self._watch_jobs()
        for crawl_id, thread in list(self._crawls.items()):
            thread.join(self._settings.grace_s)
            self._end_crawl(crawl_id, "CANCELLED", "the run was stopped")
        self._take_queued(0)

    def _notified(self, workflow_name: str, event_id: str) -> None:
        if not self._closing:
            self._take(Notified(workflow_name, event_id, self._now_ms()))

    def _take_queued(self, wait_s: float) -> None:
        try:
            act = self._queue.get(timeout=wait_s) if wait_s else self._queue.get_nowait()
            while True:
                act()
                act = self._queue.get_nowait()
        except queue.Empty:
            pass

    def _take(self, event: Event) -> None:
        self._state, commands = step(self._model, self._state, event)
        for command in commands:
            self._execute(command)
        self._on_change(self.snapshot())

    def _execute(self, command: Command) -> None:
        if isinstance(command, StartJobRun):
            self._start_job(command)
        elif isinstance(command, StartCrawl):
            thread = threading.Thread(target=self._run_crawl, args=(command,), name=command.crawler_name, daemon=True)
            self._crawls[command.id] = thread
            thread.start()
        elif isinstance(command, StopAction):
            if command.id in self._jobs:
                self._jobs[command.id].stop()
            else:
                self._cancelled.add(command.id)

    def _start_job(self, command: StartJobRun) -> None:
        try:
            job = JobRun(self._model.jobs[command.job_name], command, self._settings, self._clients)
        except Exception as error:  # whatever keeps a job from starting fails the job, not the runtime
            message = f"the job could not start: {type(error).__name__}: {error}"
            self._queue.put(lambda: self._take(ActionEnded(command.id, "FAILED", self._now_ms(), message)))
        else:
            self._jobs[command.id] = job

    def _watch_jobs(self) -> None:
        for job_run_id, job in list(self._jobs.items()):
            end = job.poll()
            if end:
                del self._jobs[job_run_id]
                self._take(ActionEnded(job_run_id, end.state, self._now_ms(), end.error))

    def _run_crawl(self, command: StartCrawl) -> None:
        state, error = "SUCCEEDED", ""
        try:
            self._crawl(self._model.crawlers[command.crawler_name])
        except Exception as failure:  # whatever goes wrong in a crawl fails the crawl, not the runtime
            state, error = "FAILED", f"{type(failure).__name__}: {failure}"
        self._queue.put(lambda: self._end_crawl(command.id, state, error))

    def _end_crawl(self, crawl_id: str, state: str, error: str) -> None:
        """Tells the engine once, also where a crawl ends after `stop` gave up waiting for it."""
        if self._crawls.pop(crawl_id, None):
            if crawl_id in self._cancelled:
                state, error = "CANCELLED", "the run was stopped"
            self._take(ActionEnded(crawl_id, state, self._now_ms(), error))

    def _log_tail(self, job_run_id: str) -> tuple[str, ...]:
        return tail(self._settings.log_dir / f"{job_run_id}.log", _TAIL_LINES)
