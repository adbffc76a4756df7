"""The whole system on this machine: an account with the deployed templates, and how it differs from one on AWS."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Callable

from gluelocal.account import Account, AccountSettings
from gluelocal.clock import Clock
from gluelocal.cloudformation.template_texts import defined, read_file
from gluelocal.engine.views import Snapshot
from gluelocal.kept.restore import restore_stack
from gluelocal.model.model import Model
from gluelocal.templates.provision import deploy
from loglake.aws.ledger_store import DynamoLedger
from loglake.core.keys import REQUESTS, landing_folder
from loglake.core.requests.requests import request_body
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake.core.windows import Window
from loglake_cli.deploy.artifacts import upload
from loglake_cli.deploy.packaged_files import GLUE_PYTHONS, NO_EXTRA_WHEELS, PackagedFile
from loglake_cli.deploy.packaging import build_package
from loglake_cli.deploy.stacks import STACKS, parameters_for
from loglake_cli.local.exports.export_settings import ExportSettings
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
    query_child: str = "loglake_cli.aws_views.query_child"


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
