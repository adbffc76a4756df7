"""How a local stack differs from one on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from gluelocal.cloud.faults.fault_files import NO_FAULTS, FaultPlan
from loglake_cli.deploy.packaged_files import PackagedFile
from loglake_cli.local.exports.export_settings import ExportSettings

PARAMETERS = {
    "EventBatchWindowSeconds": "1",  # a person is waiting
    "LandingBatchWindowSeconds": "1",
    "LeaseSeconds": "15",  # also the run after a killed one
    "WakeDelaySeconds": "1",
    "CrawlDelaySeconds": "30",  # a crawl takes seconds here
    "LagMinutes": "0",  # all logs are there before the request
}
"""Template parameters for a laptop."""

JOB_SETTINGS = {
    "LOGLAKE_POLL_SECONDS": "0.05",  # the emulated export tasks take moments
}
"""Settings of the jobs for a laptop."""


@dataclass(frozen=True)
class StackSettings:
    """How a local stack differs from one on AWS.

    Attributes:
        log_dir: gets a log file per job run.
        parameters: template parameters that override the ones for a laptop.
        job_settings: ``LOGLAKE_<NAME>`` variables for the jobs that override the ones for a laptop.
        export: how the emulated export tasks behave.
        restore: the folder of a kept run to continue.
        port: the port of the embedded AWS; 0 means any free port.
        faults: the faults to inject into events, and into calls with the jobs' credentials.
        shown_runs: how many ended runs a view gets, the newest ones; None means all.
        enforce_iam: jobs, crawler, rules and schedules get only their roles' credentials.
        on_dropped: called for an event that a rule's role may not deliver, which is dropped, as on AWS. None: it ends
            the run, because nothing else would happen.
        empty: deploys nothing; somebody deploys by CloudFormation calls.
        code: the packages of the datasets' own transformations.
    """

    log_dir: Path
    parameters: Mapping[str, str] = field(default_factory=dict)
    job_settings: Mapping[str, str] = field(default_factory=dict)
    export: ExportSettings | None = None
    restore: Path | None = None
    port: int = 0
    faults: FaultPlan = NO_FAULTS
    shown_runs: int | None = None
    enforce_iam: bool = False
    on_dropped: Callable[[str], None] | None = None
    empty: bool = False
    code: PackagedFile | None = None
