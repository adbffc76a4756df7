"""The whole system on this machine: an account with the deployed templates, and how it differs from one on AWS."""

from __future__ import annotations

import io
import uuid
from collections.abc import Collection, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path
from typing import Callable

from gluelocal.account import Account, AccountSettings
from gluelocal.clock import Clock
from gluelocal.cloudformation.template_texts import defined, read_file
from gluelocal.engine.state import WorkflowRun
from gluelocal.engine.views import Snapshot
from gluelocal.kept.restore import restore_stack
from gluelocal.model.model import Model
from gluelocal.templates.provision import deploy
from loglake.aws.catalog import GlueCatalog
from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.objects import S3ObjectStore
from loglake.aws.system_clock import SystemClock
from loglake.config import CatalogConfig
from loglake.core.keys import REQUESTS, landing_folder
from loglake.core.ports.clock import Clock as JobsClock
from loglake.core.requests.requests import Request, RequestKind, parse_request, request_body, wait_until
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.redact_key import RedactKey
from loglake.core.state_items import CATALOG_GAP, values
from loglake.core.units import LogGroupName
from loglake.core.windows import Window
from loglake.errors import LoglakeError
from loglake.pipelines.catalog_gaps import CatalogGaps
from loglake.pipelines.ports import CatalogPorts
from loglake.telemetry import Telemetry
from loglake_cli.deploy.artifacts import upload
from loglake_cli.deploy.packaged_files import GLUE_PYTHONS, NO_EXTRA_WHEELS, PackagedFile
from loglake_cli.deploy.packaging import build_package
from loglake_cli.deploy.redact_key import LOCAL_SECRET, key_here, key_parameters
from loglake_cli.deploy.stacks import STACKS, parameters_for
from loglake_cli.local.exports.export_writing import ExportSettings
from loglake_cli.local.exports.exporting_aws import ExportingAws, with_permissions
from loglake_cli.local.kept_ledger import kept_contents
from loglake_cli.project_files import python_shell

PARAMETERS = {
    "EventBatchWindowSeconds": "1",  # a person is waiting
    "LandingBatchWindowSeconds": "1",
    "LeaseSeconds": "15",  # also the run after a killed one
    "WakeDelaySeconds": "1",
    "CrawlDelaySeconds": "30",  # a crawl takes seconds here
    "LagMinutes": "0",  # all logs are there before the request
}
"""Template parameters for a laptop."""

_POLLING = {"LOGLAKE_POLL_SECONDS": "0.05"}  # the emulated export tasks take moments


@dataclass(frozen=True)
class StackSettings(AccountSettings):
    """How a local stack differs from one on AWS.

    Attributes:
        parameters: template parameters that override the ones for a laptop.
        export: how the emulated export tasks behave.
        restore: the folder of a kept run to continue.
        empty: deploys nothing; somebody deploys by CloudFormation calls.
        code: the packages of the datasets' own transformations.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    _: KW_ONLY
    job_settings: Mapping[str, str] = field(default_factory=lambda: _POLLING)
    export: ExportSettings | None = None
    restore: Path | None = None
    empty: bool = False
    code: PackagedFile | None = None
    python_shell: str = field(default_factory=lambda: str(python_shell() or ""))
    query_child: str = "loglake_cli.aws_views.athena_child"


_DEPLOYED = ("artifacts/", "config/")
"""Objects in the control bucket that the deployment has written again."""


class LocalStack(Account):
    """An account with loglake's stacks.

    Attributes:
        datasets: the datasets that the jobs use.
    """

    aws: ExportingAws

    def __init__(
        self,
        datasets: Datasets,
        settings: StackSettings,
        clock: Clock,
        on_change: Callable[[Snapshot], None] = lambda _: None,
    ) -> None:
        self.datasets = datasets
        self._settings = settings
        super().__init__(settings, clock, on_change)

    def _embedded(self, clock: Clock) -> ExportingAws:
        return with_permissions(ExportingAws(clock, self._settings.export, self._settings.port))

    def _begin(self) -> Model:
        if not self._settings.empty:
            self._deploy(self.datasets, self._settings)
        if self._settings.restore:
            kept_contents(self._settings.restore)  # says which item is damaged
            restore_stack(self.aws, self._settings.restore, _DEPLOYED)
        return super()._begin()

    @property
    def ledger(self) -> DynamoLedger:
        """The ledger that the jobs write."""
        return DynamoLedger(self.client("dynamodb"), self.outputs["LedgerTable"], SystemClock())

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

    def _deploy(self, datasets: Datasets, settings: StackSettings) -> None:
        """Deploys the stacks in order; uploads the artifacts as soon as their bucket exists.

        It uses no change sets, which are slower. CloudFormation knows the stacks afterwards.
        """
        given = {**PARAMETERS, **settings.parameters}
        if key := key_here(datasets):
            self.client("secretsmanager").create_secret(Name=LOCAL_SECRET, SecretString=key.decode())
            datasets = replace(datasets, redact_key=RedactKey(secret=LOCAL_SECRET, file=datasets.redact_key.file))
            given.update(key_parameters(datasets, "aws", f"{self.aws.region}:{self.aws.account_id}"))
        outputs: dict[str, str] = {}
        for template in STACKS:
            read, body = read_file(template.path)
            values = parameters_for(read.parameters, given, outputs)
            deployed = deploy(read, template.stack_name("loglake"), values, self.aws.client)
            self.stacks.adopt(deployed, defined(read, body, values))
            outputs.update(deployed.outputs)
            if template.name == "storage":
                package = build_package(NO_EXTRA_WHEELS)
                artifacts = upload(self.client("s3"), outputs["ControlBucket"], package, datasets, settings.code)
                given = {**artifacts.parameters(given.get("GlueVersion", next(iter(GLUE_PYTHONS)))), **given}


def without_ended(snapshot: Snapshot, ended: Collection[str]) -> Snapshot:
    """All runs but those that `CatalogWaits` has ended: as STOPPED they would look like failures."""
    return replace(snapshot, runs=tuple(run for run in snapshot.runs if run.id not in ended))


@dataclass
class CatalogWaits:
    """Ends runs that only wait to check the catalog again, once it has everything that was committed.

    A local run is done when its rows can be queried. On AWS such a run waits some minutes in a job that costs almost
    nothing, and nobody waits for it.

    Attributes:
        ended: the ids of the runs that were ended because nothing was left to check.
    """

    stack: LocalStack
    clock: JobsClock
    say: Callable[[str], None]
    ended: set[str] = field(default_factory=set)

    def end(self) -> None:
        """Ends the runs if nothing else is under way and the catalog has everything that was committed."""
        state = self.stack.runtime.state
        active = [run for run in state.runs if run.active and run.id not in self.ended]
        if not active or state.batches or state.waiting or not all(map(_only_exports, active)):
            return
        requests = self._requests()
        if requests is None or wait_until(requests) <= self.clock.now_ms() or self._gaps().close():
            return
        self.say("All rows can be queried")
        self._control.delete([request.key for request in requests])
        for run in active:
            self.ended.add(run.id)
            self.stack.runtime.stop_run(run.id)

    def open_tables(self) -> tuple[str, ...]:
        """The tables with catalog gaps."""
        return tuple(table for table, gap in values(self.stack.ledger, CATALOG_GAP).items() if gap.missing)

    @property
    def _control(self) -> S3ObjectStore:
        return S3ObjectStore(self.stack.client("s3"), self.stack.outputs["ControlBucket"])

    def _requests(self) -> list[Request] | None:
        """The wake-ups that are pending; None if anything else is pending, work included."""
        found = []
        for item in self._control.list(REQUESTS):
            try:
                request = parse_request(item.key, self._control.get(item.key))
            except LoglakeError:
                return None  # a job has taken it by now, or will reject it
            if request.kind is not RequestKind.CONTINUE or request.chain:
                return None
            found.append(request)
        return found

    def _gaps(self) -> CatalogGaps:
        outputs = self.stack.outputs
        config = CatalogConfig(outputs["LakeBucket"], outputs["DatabaseName"], outputs["CrawlerName"])
        ports = CatalogPorts(
            self.stack.ledger,
            GlueCatalog(self.stack.client("glue"), config),
            self._control,
            self.clock,
            Telemetry(self.clock, "local", io.StringIO()),
        )
        return CatalogGaps(ports, "local", config)


def _only_exports(run: WorkflowRun) -> bool:
    """Whether a run is still at its first job. In log-export that is export-logs, which can wait."""
    return (
        len(run.actions) == 1 and run.actions[0].last.ended_ms is None and run.actions[0].name.endswith("export-logs")
    )
