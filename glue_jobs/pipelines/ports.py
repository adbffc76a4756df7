"""What a run works on: all ports of the export job, and all of the convert job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from glue_jobs.core.backoff import Jitter, no_jitter

if TYPE_CHECKING:
    from glue_jobs.core.ports.catalog import Catalog
    from glue_jobs.core.ports.clock import Clock
    from glue_jobs.core.ports.convert_ledger import ConvertLedger
    from glue_jobs.core.ports.convert_stage import ConvertStage
    from glue_jobs.core.ports.export_tasks import ExportTasks
    from glue_jobs.core.ports.ledger import ExportLedger
    from glue_jobs.core.ports.objects import ObjectStore
    from glue_jobs.telemetry import Telemetry


@dataclass(frozen=True)
class ExportPorts:
    """What an export run works on."""

    tasks: ExportTasks
    ledger: ExportLedger
    control: ObjectStore
    raw: ObjectStore
    clock: Clock
    telemetry: Telemetry
    jitter: Jitter = no_jitter


@dataclass(frozen=True)
class ConvertPorts:
    """What a convert run works on."""

    ledger: ConvertLedger
    control: ObjectStore
    raw: ObjectStore
    lake: ObjectStore
    stage: ConvertStage
    clock: Clock
    telemetry: Telemetry
    catalog: Catalog
