"""The whole system on this machine: the embedded AWS, the deployed templates, and their runtime."""

from __future__ import annotations

import sys
import time
import uuid
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any, Callable

from gluelocal.athena.api import AthenaApi
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.events.eventbridge import EventBus
from gluelocal.cloudformation.api import CloudFormationApi
from gluelocal.cloudformation.stacks import Stacks
from gluelocal.cloudformation.template_texts import defined, read_file
from gluelocal.crawl.crawler import crawl
from gluelocal.crawl.parquet_footer import FooterCache
from gluelocal.engine.views import Part, Snapshot
from gluelocal.executor.glue_api.service import glue_api
from gluelocal.executor.jobs.jobs import JobSettings
from gluelocal.executor.jobs.machine import job_environment, python_shell
from gluelocal.executor.role_access import RoleAccess
from gluelocal.executor.runtime import Runtime
from gluelocal.executor.scheduler import Scheduler
from gluelocal.executor.wakes import bus_rules, targets_api, wake
from gluelocal.iam.simulator import simulator_api
from gluelocal.kept.restore import restore_stack
from gluelocal.model.model import Crawler, Model
from gluelocal.model.reader import build_model
from gluelocal.runs.following import follow
from gluelocal.templates.provision import deploy
from loglake.aws.ledger_store import DynamoLedger
from loglake.core.keys import REQUESTS, landing_folder
from loglake.core.ports.clock import Clock
from loglake.core.requests.requests import request_body
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake.core.windows import Window
from loglake_cli.deploy.artifacts import upload
from loglake_cli.deploy.extra_wheels import GLUE_PYTHONS, NO_EXTRA_WHEELS
from loglake_cli.deploy.packaging import build_package
from loglake_cli.deploy.stacks import STACKS, parameters_for
from loglake_cli.local.stack_settings import JOB_SETTINGS, PARAMETERS, StackSettings

_POLL_S = 0.05
_MEANWHILE_S = 0.25
"""How often to check for other work meanwhile. Each check makes calls, which compete with the jobs."""
_WAKE_TIMEOUT_S = 60


class LocalStack(AbstractContextManager["LocalStack"]):
    """Deploys the templates into an embedded AWS and executes them; a context manager.

    Leaving it always ends every process that it started.

    Attributes:
        aws: the embedded AWS.
        stacks: the deployed stacks, for CloudFormation.
        access: the identities for AWS calls of jobs, crawler, rules and schedules.
        jobs: the job settings.
        runtime: the workflow runs.
        datasets: the datasets that the jobs use.
    """

    def __init__(
        self,
        datasets: Datasets,
        settings: StackSettings,
        clock: Clock,
        on_change: Callable[[Snapshot], None] = lambda _: None,
    ) -> None:
        with ExitStack() as undo:  # undone in reverse order, also if the start fails half-way
            self.aws = undo.enter_context(
                EmbeddedAws(clock, export=settings.export, faults=settings.faults.calls, port=settings.port)
            )
            self.datasets = datasets
            self._clock = clock
            self._footers = FooterCache()
            self._crawl_parts: dict[str, Part] = {}
            self.stacks = Stacks(self.aws, clock.now_ms, self.aws.faults.fault_of_resource)
            if not settings.empty:
                self._deploy(datasets, settings)
            model = build_model(self.stacks.deployed())
            if settings.restore:  # before the event bus exists, so that restored objects cause no events
                restore_stack(self.aws, settings.restore)
            self.access = RoleAccess(self.aws, model, enforced=settings.enforce_iam)
            self.jobs = JobSettings(
                log_dir=settings.log_dir,
                environment=job_environment(self.aws.environment(), {**JOB_SETTINGS, **settings.job_settings}),
                python=sys.executable,
                python_shell=str(python_shell() or sys.executable),
                environment_of=self.access.environment_of,
                now_ms=clock.now_ms,
            )
            scheduler = Scheduler(
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
                    due=scheduler.fire_due,
                    clients_of=self.access.clients_of_job,
                    shown_runs=settings.shown_runs,
                    crawl_part=self._crawl_parts.get,
                )
            )
            athena = AthenaApi(self.aws, clock.now_ms)
            undo.callback(athena.close)
            for service in (
                athena.service,
                glue_api(self.runtime, clock.now_ms),
                targets_api(self.runtime),
                simulator_api(self.aws.client),
            ):
                self.aws.serve(service)
            self._settings = settings
            deliver = wake(self.runtime, self.access, settings.on_dropped)
            self._bus = EventBus(self.aws, bus_rules(model), deliver, settings.faults.events, clock.now_ms)
            undo.callback(self._bus.stop)
            self._bus.start()
            self.stacks.follow(partial(follow, self.runtime, self._bus, scheduler, self.access))
            self.aws.serve(CloudFormationApi(self.aws, self.stacks))
            undo.callback(self.stacks.stop)
            self._undo = undo.pop_all()

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
        """The outputs of all stacks, by name: ControlBucket, RawBucket, LakeBucket, LedgerTable, …."""
        return self.stacks.outputs()

    @property
    def ledger(self) -> DynamoLedger:
        """The ledger that the jobs write."""
        return DynamoLedger(self.client("dynamodb"), self.outputs["LedgerTable"])

    def put_request(self, log_groups: list[str], window: Window) -> str:
        """Puts a request object, which starts everything else. Returns its key."""
        bucket, key = self.outputs["ControlBucket"], f"{REQUESTS}requested/{uuid.uuid4()}.json"
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=request_body(log_groups, window))
        return key

    def land(self, log_group: LogGroupName, name: str, body: bytes) -> str:
        """Puts an object below ``landing/``, which starts everything else. Returns its key."""
        key = f"{landing_folder(log_group)}{name}"
        self.client("s3").put_object(Bucket=self.outputs["RawBucket"], Key=key, Body=body)
        return key

    def went_wrong(self) -> list[str]:
        """What the fault rules did so far, in words; empty without rules."""
        plan = self._settings.faults
        struck = [self.aws.faults.struck(rule) for rule in plan.calls]
        idle = f" ({struck.count(0)} of {len(struck)} rules met none)" if len(struck) > 1 and 0 in struck else ""
        calls = [f"{sum(struck)} calls failed{idle}"] if struck else []
        return [*calls, f"{self._bus.disorder.struck} events came late or again"] if plan.events else calls

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
            if started and self.runtime.idle and not self._bus.pending() and self.runtime.idle:
                return self.runtime.snapshot()
            if started and time.monotonic() - looked >= _MEANWHILE_S and not self._bus.pending():
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
        self._bus.stop()
        self.runtime.stop()

    def _step(self) -> None:
        failure = self._bus.failure or self.stacks.failure
        if failure:
            raise failure
        self.aws.firehose.deliver()  # a buffering interval also ends while nobody makes a call
        self.runtime.poll(_POLL_S)

    def _deploy(self, datasets: Datasets, settings: StackSettings) -> None:
        """Deploys the stacks in order; uploads the artifacts as soon as their bucket exists.

        It uses no change sets, which are slower. CloudFormation knows the stacks afterwards.
        """
        given = {**PARAMETERS, **settings.parameters}
        outputs: dict[str, str] = {}
        for template in STACKS:
            read, body = read_file(template.path)
            values = parameters_for(read.parameters, given, outputs)
            deployed = deploy(read, template.stack_name("loglake"), values, self.aws.client)
            self.stacks.adopt(deployed, defined(read, body, values))
            outputs.update(deployed.outputs)
            if template.name == "storage":
                package = build_package(NO_EXTRA_WHEELS)
                uris = upload(self.client("s3"), outputs["ControlBucket"], package, datasets, settings.code)
                given = {**uris.parameters(given.get("GlueVersion", next(iter(GLUE_PYTHONS)))), **given}

    def _crawl(self, crawler: Crawler) -> Any:
        clients = self.access.clients_of_crawler(crawler)

        def on_part(done: int, of: int) -> None:
            self._crawl_parts[crawler.name] = Part(done, of, "partitions")

        self._crawl_parts.pop(crawler.name, None)
        return crawl(
            crawler.properties,
            clients("s3"),
            clients("glue"),
            self._clock.now_ms(),
            self._footers,
            on_part=on_part,
        )
