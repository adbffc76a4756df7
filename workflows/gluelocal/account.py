"""An AWS account on this machine: the embedded AWS, its stacks, and what runs their workflows."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from athena_duckdb.errors import ConfigError
from athena_duckdb.query.query_process import CHILD
from gluelocal.athena.api import AthenaApi
from gluelocal.clock import Clock
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.events.eventbridge import EventBus
from gluelocal.cloudformation.api import CloudFormationApi
from gluelocal.cloudformation.stacks import Stacks
from gluelocal.crawl.crawler import CrawlResult, crawl
from gluelocal.crawl.parquet_footer import read_footer
from gluelocal.engine.state import GlueError
from gluelocal.engine.views import Part, Snapshot
from gluelocal.executor.glue_api.service import glue_api
from gluelocal.executor.jobs.jobs import JobSettings
from gluelocal.executor.jobs.machine import job_environment
from gluelocal.executor.role_access import RoleAccess
from gluelocal.executor.runtime import Runtime
from gluelocal.executor.scheduler import Scheduler
from gluelocal.executor.wakes import bus_rules, targets_api, wake
from gluelocal.iam.simulator import simulator_api
from gluelocal.model.model import Crawler, Model
from gluelocal.model.reader import build_model, read_model
from gluelocal.templates.provision import DeployedStack

_log = logging.getLogger(__name__)

_POLL_S = 0.05
_MEANWHILE_S = 0.25
"""How often to check for other work meanwhile. Each check makes calls, which compete with the jobs."""
_WAKE_TIMEOUT_S = 60
_KNOWN_FOOTERS = 50_000
"""How many footers crawls keep, so that a later one reads no object again that has not changed."""


@dataclass(frozen=True)
class AccountSettings:
    """How an account differs from one on AWS.

    Attributes:
        log_dir: gets a log file per job run.
        job_settings: environment variables of all jobs.
        port: the port of the embedded AWS; 0 means any free port.
        shown_runs: how many ended runs a view gets, the newest ones; None means all.
        enforce_iam: jobs, crawler, rules and schedules get only their roles' credentials.
        on_dropped: called for an event that a rule's role may not deliver, which is dropped, as on AWS. None: it ends
            the run, because nothing else would happen.
        python_shell: the Python of Python shell jobs; empty: this one.
        query_child: the module that runs in the process of an Athena query.
    """

    log_dir: Path
    _: KW_ONLY
    job_settings: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    shown_runs: int | None = None
    enforce_iam: bool = False
    on_dropped: Callable[[str], None] | None = None
    python_shell: str = ""
    query_child: str = CHILD


class Account:
    """An account into which somebody deploys by CloudFormation calls; a context manager.

    Leaving it always ends every process that it started.

    Attributes:
        aws: the embedded AWS.
        stacks: the deployed stacks, for CloudFormation.
        access: the identities for AWS calls of jobs, crawler, rules and schedules.
        jobs: the job settings.
        runtime: the workflow runs.
        bus: delivers events to the workflows.
        crawled: the last result of each crawler.
    """

    aws: EmbeddedAws

    def __init__(
        self, settings: AccountSettings, clock: Clock, on_change: Callable[[Snapshot], None] = lambda _: None
    ) -> None:
        with ExitStack() as undo:  # undone in reverse order, also if the start fails half-way
            self.aws = undo.enter_context(self._embedded(clock))
            self._clock = clock
            self._footer_of = lru_cache(_KNOWN_FOOTERS)(read_footer)
            self._crawl_parts: dict[str, Part] = {}
            self.crawled: dict[str, CrawlResult] = {}
            self.stacks = Stacks(self.aws, clock.now_ms)
            model = self._begin()
            self.access = RoleAccess(self.aws, model, enforced=settings.enforce_iam)
            self.jobs = JobSettings(
                log_dir=settings.log_dir,
                environment=job_environment(self.aws.environment(), settings.job_settings),
                python=sys.executable,
                python_shell=settings.python_shell or sys.executable,
                environment_of=self.access.environment_of,
                now_ms=clock.now_ms,
            )
            self._scheduler = Scheduler(
                model.schedules.values(), self.aws.client, clock.now_ms, self.access.clients_of_schedule
            )
            self.runtime = undo.enter_context(
                Runtime(
                    model,
                    self.aws.client,
                    self.jobs,
                    self._crawl,
                    on_change,
                    now_ms=clock.now_ms,
                    due=self._scheduler.fire_due,
                    clients_of=self.access.clients_of_job,
                    shown_runs=settings.shown_runs,
                    crawl_part=self._crawl_parts.get,
                )
            )
            athena = AthenaApi(self.aws, clock.now_ms, settings.query_child)
            undo.callback(athena.close)
            self.aws.services += (
                athena.service,
                glue_api(self.runtime, clock.now_ms),
                targets_api(self.runtime),
                simulator_api(self.aws.client),
            )
            deliver = wake(self.runtime, self.access, settings.on_dropped)
            self.bus = EventBus(self.aws, bus_rules(model), deliver, clock.now_ms)
            undo.callback(self.bus.stop)
            self.bus.start()
            self.stacks.follow(self._follow)
            self.aws.services.append(CloudFormationApi(self.aws, self.stacks))
            undo.callback(self.stacks.stop)
            self._undo = undo.pop_all()

    def _embedded(self, clock: Clock) -> EmbeddedAws:
        """The embedded AWS, still empty."""
        return EmbeddedAws(clock)

    def _begin(self) -> Model:
        """Deploys what is there from the beginning, before the event bus exists, so that it causes no events."""
        return build_model(self.stacks.deployed())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def client(self, service: str) -> Any:
        """A boto3 client of the embedded AWS."""
        return self.aws.client(service)

    @property
    def model(self) -> Model:
        """The deployed model, including changes by Glue API calls."""
        return self.runtime.model

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of all stacks, by name."""
        return {name: value for stack in self.stacks.deployed() for name, value in stack.outputs.items()}

    def run_until_idle(self, meanwhile: Callable[[], None] = lambda: None) -> Snapshot:
        """Waits until a run has started and then nothing is under way any more, events included.

        Args:
            meanwhile: called regularly once a run has started, while no event is under way.

        Raises:
            TimeoutError: no run started, because no rule matched the request.
        """
        started_by = time.monotonic() + _WAKE_TIMEOUT_S
        before, looked = len(self.runtime.state.runs), 0.0
        while True:
            self._step()
            started = len(self.runtime.state.runs) > before
            # An event stays pending in the bus until the runtime's queue has it, so this order misses none.
            if started and self.runtime.idle and not self.bus.pending() and self.runtime.idle:
                return self.runtime.snapshot()
            if started and time.monotonic() - looked >= _MEANWHILE_S and not self.bus.pending():
                meanwhile()
                looked = time.monotonic()
            if not started and time.monotonic() > started_by:
                raise TimeoutError(f"no workflow run started within {_WAKE_TIMEOUT_S} s: no rule matched the request")

    def run_until(self, stopped: Callable[[], bool]) -> None:
        """Processes and shows everything until it is stopped; then ends what still runs.

        The embedded AWS keeps its state, which can then be exported.
        """
        while not stopped():
            self._step()
        self.bus.stop()
        self.runtime.stop()

    def _step(self) -> None:
        failure = self.bus.failure or self.stacks.failure
        if failure:
            raise failure
        self.aws.firehose.deliver()  # a buffering interval also ends while nobody makes a call
        self.runtime.poll(_POLL_S)

    def _follow(self, stacks: list[DeployedStack]) -> None:
        """Reads all stacks after each CloudFormation operation. If it can't read them, rules and schedules stay.

        Workflows, triggers, jobs and crawlers need no update: CloudFormation changes them by Glue API calls, which the
        runtime answers. Rules and schedules come from here, because moto only stores them.
        """
        try:
            model = read_model(stacks)
            rules = bus_rules(model)
        except ConfigError as error:
            _log.warning("the local runtime goes on with the rules and schedules that it had: %s", error)
            return
        try:
            self.runtime.change(lambda now: replace(now, rules=model.rules, schedules=model.schedules))
        except GlueError:  # it is being stopped, so nothing more may run
            return
        self.bus.rules = tuple(rules)
        self._scheduler.change(model.schedules.values())
        self.access.follow()

    def _crawl(self, crawler: Crawler) -> Any:
        clients = self.access.clients_of_crawler(crawler)

        def on_part(done: int, of: int) -> None:
            self._crawl_parts[crawler.name] = Part(done, of, "partitions")

        self._crawl_parts.pop(crawler.name, None)
        self.crawled[crawler.name] = crawl(
            crawler.properties,
            clients("s3"),
            clients("glue"),
            self._clock.now_ms(),
            self._footer_of,
            on_part=on_part,
        )
        return self.crawled[crawler.name]
