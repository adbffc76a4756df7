"""How a local stack differs from one on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

from gluelocal.account import AccountSettings
from loglake_cli.deploy.packaged_files import PackagedFile
from loglake_cli.local.exports.export_settings import ExportSettings
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
