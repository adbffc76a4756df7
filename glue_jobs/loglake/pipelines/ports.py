"""The ports of the export job and of the convert job, as one protocol each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from loglake.core.backoff import Jitter, no_jitter
from loglake.core.ports.catalog import Catalog
from loglake.core.ports.clock import Clock
from loglake.core.ports.convert_stage import ConvertStage
from loglake.core.ports.export_tasks import ExportTasks
from loglake.core.ports.ledger import ConvertLedger, ExportLedger, StateItems
from loglake.core.ports.objects import ObjectStore
from loglake.telemetry import Telemetry


class CatalogPorts(Protocol):
    """The ports for closing catalog gaps; both jobs have them."""

    @property
    def ledger(self) -> StateItems:
        """Keeps the notes."""

    @property
    def catalog(self) -> Catalog:
        """The Glue catalog."""

    @property
    def control(self) -> ObjectStore:
        """Gets the objects that request a crawl."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def telemetry(self) -> Telemetry:
        """The job's log."""


@dataclass(frozen=True)
class ExportPorts:
    """The ports of an export run."""

    tasks: ExportTasks
    ledger: ExportLedger
    control: ObjectStore
    raw: ObjectStore
    clock: Clock
    telemetry: Telemetry
    catalog: Catalog
    jitter: Jitter = no_jitter


@dataclass(frozen=True)
class ConvertPorts:
    """The ports of a convert run."""

    ledger: ConvertLedger
    control: ObjectStore
    raw: ObjectStore
    lake: ObjectStore
    stage: ConvertStage
    clock: Clock
    telemetry: Telemetry
    catalog: Catalog
