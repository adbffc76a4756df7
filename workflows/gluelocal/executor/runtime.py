"""The local Glue runtime: an event loop that feeds the engine and executes its commands.

One thread executes the engine's commands. Other threads deliver events (`notify`) and make Glue API calls (`call`): the
engine decides at once, under a lock, and the event loop executes the commands in the same order.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

from gluelocal.engine.engine import adapted, begin, next_due_ms, step
from gluelocal.engine.events import (
    ActionEnded,
    ActionStopRequested,
    Event,
    Notified,
    StartRequested,
    StopRequested,
    Ticked,
)
from gluelocal.engine.state import (
    RUNNING,
    ActionRun,
    Command,
    GlueError,
    RunStarted,
    StartCrawl,
    StartJobRun,
    StopAction,
)
from gluelocal.engine.views import Part, Snapshot, recent, view
from gluelocal.executor.crawls import Crawl, Crawls
from gluelocal.executor.jobs.jobs import JobRun, JobSettings
from gluelocal.executor.jobs.runs import JobRuns, RunJob
from gluelocal.model.model import EMPTY, Job, Model
from gluelocal.templates.resource_types.base import Clients

_POLL_S = 0.05
_SHOW_S = 0.25
"""How often a view gets the elapsed time of running nodes, in addition to every change."""


class Runtime(AbstractContextManager["Runtime"]):
    """Runs the workflows of a model. A context manager: leaving it always ends every job.

    Attributes:
        jobs: the job runs in progress.
        model: the workflows, including changes by Glue API calls; immutable.
        state: every run with its graph, properties, attempts and arguments; immutable, safe to read from any thread.
    """

    def __init__(
        self,
        model: Model,
        clients: Clients,
        settings: JobSettings,
        crawl: Crawl,
        on_change: Callable[[Snapshot], None] = lambda _: None,
        *,
        now_ms: Callable[[], int],
        run_job: RunJob = JobRun,
        due: Callable[[], None] = lambda: None,
        clients_of: Callable[[Job], Clients] | None = None,
        shown_runs: int | None = None,
        crawl_part: Callable[[str], Part | None] = lambda _: None,
    ) -> None:
        """Makes a runtime that is idle.

        Args:
            model: the workflows, from `build_model`.
            clients: makes boto3 clients; ``s3`` reads the jobs' scripts.
            settings: how jobs run on this machine.
            crawl: runs a crawler.
            on_change: called with every new snapshot, one at a time, in the thread that changed it. While something is
                polled, it also gets the elapsed time.
            now_ms: the clock, in milliseconds since the epoch.
            run_job: starts a job; only tests use something else than a process.
            clients_of: makes boto3 clients for Glue's own calls in a job's name; None means `clients`.
            due: does other work that is due; called at each poll.
            shown_runs: how many ended runs a snapshot has, the newest ones; None means all.
            crawl_part: takes a crawler's name; returns how much of its crawl is done.
        """
        self.model = model
        self.jobs = JobRuns(run_job, settings, clients_of or (lambda _job: clients))
        self._grace_s = settings.grace_s
        self._on_change = on_change
        self._now_ms = now_ms
        self._do_due = due
        self._shown_runs = shown_runs
        self._shown_at = time.monotonic()
        self._crawl_part = crawl_part
        self.state = begin(model, str(now_ms()), now_ms())
        self._lock = threading.RLock()
        self._commands: deque[Command] = deque()
        self._queue: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._crawls = Crawls(crawl, self._crawl_ended)
        self._closing = False

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def idle(self) -> bool:
        """Whether nothing runs and no event waits."""
        return self.state.idle and self._queue.empty() and not self._commands

    def notify(self, workflow_name: str, event_id: str) -> None:
        """Delivers an EventBridge event to a workflow (glue:NotifyEvent), from any thread."""
        self._queue.put(lambda: self._notified(workflow_name, event_id))

    def call(self, event: Event) -> tuple[Command, ...]:
        """Makes a Glue API call, from any thread. It is decided when this returns; the event loop executes it.

        Returns:
            The resulting commands, the requested one first.

        Raises:
            GlueError: Glue would refuse it.
        """
        with self._lock:
            self._refuse_when_closing()
            self._decide(Ticked(event.now_ms))  # what is already due happens before the call
            return self._decide(event)

    def change(self, edit: Callable[[Model], Model]) -> None:
        """Sets new workflows, triggers, jobs and crawlers; from any thread. Runs keep their graph.

        Args:
            edit: returns the new model; if it raises, nothing changes.

        Raises:
            GlueError: the runtime is being stopped.
        """
        with self._lock:
            self._refuse_when_closing()
            model, now_ms = edit(self.model), self._now_ms()
            self._decide(Ticked(now_ms))  # what is already due happens with the former model
            self.model, self.state = model, adapted(model, self.state, now_ms)

    def start(self, workflow_name: str, properties: Mapping[str, str] = EMPTY) -> str:
        """Starts a run on demand (StartWorkflowRun) and returns its id. For the event loop's thread.

        Raises:
            GlueError: the workflow doesn't exist, or has reached its MaxConcurrentRuns.
        """
        commands = self.call(StartRequested(workflow_name, self._now_ms(), properties))
        self._execute_commands()
        return next(command.run_id for command in commands if isinstance(command, RunStarted))

    def stop_run(self, run_id: str) -> None:
        """Stops a run (StopWorkflowRun) and ends its jobs at once. For the event loop's thread.

        Raises:
            GlueError: the run doesn't exist, or isn't running.
        """
        self._take(StopRequested(run_id, self._now_ms()))

    def poll(self, wait_s: float = 0.0) -> None:
        """Processes what is due: events, ended jobs and crawls, batch windows.

        Args:
            wait_s: how long to wait for an event if there is none.

        Raises:
            GlueError: an event was delivered to a workflow that doesn't exist or has no EVENT trigger.
        """
        self._do_due()
        self._execute_commands()
        self._take_queued(wait_s)
        self._execute_commands()
        self._watch_jobs()
        due_ms = next_due_ms(self.model, self.state)
        if due_ms is not None and due_ms <= self._now_ms():
            self._take(Ticked(self._now_ms()))
        if time.monotonic() - self._shown_at >= _SHOW_S:
            self._shown_at = time.monotonic()
            self._on_change(self.snapshot())

    def run_until_idle(self, timeout_s: float) -> Snapshot:
        """Polls until nothing runs and no event waits.

        Raises:
            TimeoutError: it took longer; jobs go on until `stop`.
        """
        deadline = time.monotonic() + timeout_s
        while not self.idle:
            if time.monotonic() >= deadline:
                raise TimeoutError(f"workflow runs are still active after {timeout_s:g} s")
            self.poll(_POLL_S)
        return self.snapshot()

    def snapshot(self) -> Snapshot:
        """The current state of the runs, with the ends of the jobs' logs; from any thread."""
        return view(recent(self.state, self._shown_runs), self.jobs.log_tail, self._now_ms(), self._part_of)

    def stop(self) -> None:
        """Ends every job and run; waiting batches are dropped. No process is left when it returns.

        A crawl can't be interrupted: it gets the grace period to end, and is CANCELLED either way.
        """
        with self._lock:
            self._closing = True
            self.state = replace(self.state, batches=EMPTY, waiting=EMPTY, due_ms=EMPTY)
        try:
            for run in self.state.runs:
                if run.status == RUNNING:
                    self.stop_run(run.id)
            for action in self.state.alone:
                if action.last.active and not action.last.stopping:
                    self._take(ActionStopRequested(action.last.id, self._now_ms()))
        finally:
            self.jobs.stop()
        self._watch_jobs()
        self._crawls.stop(self._grace_s)
        self._take_queued(0)

    def _part_of(self, action: ActionRun) -> Part | None:
        return self.jobs.part(action.last.id) if action.kind == "JOB" else self._crawl_part(action.name)

    def _refuse_when_closing(self) -> None:
        if self._closing:
            raise GlueError("OperationTimeoutException", "the local runtime is being stopped")

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
        self._decide(event)
        self._execute_commands()

    def _decide(self, event: Event) -> tuple[Command, ...]:
        with self._lock:
            before = self.state
            self.state, commands = step(self.model, self.state, event)
            self._commands += commands
            if self.state != before:
                self._on_change(self.snapshot())
        return commands

    def _execute_commands(self) -> None:
        while self._commands:
            self._execute(self._commands.popleft())

    def _execute(self, command: Command) -> None:
        if isinstance(command, StartJobRun):
            self._start_job(command)
        elif isinstance(command, StartCrawl):
            self._start_crawl(command)
        elif isinstance(command, StopAction):
            running = self.jobs.running.get(command.id)
            if running:
                running.stop()
            else:
                self._crawls.cancel(command.id)

    def _start_crawl(self, command: StartCrawl) -> None:
        crawler = self.model.crawlers.get(command.crawler_name)
        if crawler is None:
            self._crawl_ended(command.id, "FAILED", f"EntityNotFoundException: {command.crawler_name} was deleted")
        else:
            self._crawls.start(command.id, crawler)

    def _start_job(self, command: StartJobRun) -> None:
        end = self.jobs.start(command, self.model.jobs.get(command.job_name))
        if end:
            self._queue.put(
                lambda: self._take(ActionEnded(command.id, end.state, self._now_ms(), end.error, end.final))
            )

    def _watch_jobs(self) -> None:
        for job_run_id, end in self.jobs.ended():
            self._take(ActionEnded(job_run_id, end.state, self._now_ms(), end.error, end.final))

    def _crawl_ended(self, crawl_id: str, state: str, error: str) -> None:
        self._queue.put(lambda: self._take(ActionEnded(crawl_id, state, self._now_ms(), error)))
