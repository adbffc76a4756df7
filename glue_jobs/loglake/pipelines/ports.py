"""The ports of the export job and of the convert job, as one class each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from loglake.core.ports.catalog import Catalog
from loglake.core.ports.clock import Clock
from loglake.core.ports.convert_stage import ConvertStage
from loglake.core.ports.event_reader import EventReader
from loglake.core.ports.export_tasks import ExportTasks
from loglake.core.ports.landing_queue import LandingQueue
from loglake.core.ports.ledger import ConvertLedger, ExportLedger
from loglake.core.ports.objects import ObjectStore
from loglake.core.state_items import StateItems
from loglake.telemetry import Telemetry

Jitter = Callable[[], float]
"""A random number of 0 up to 1, injected: `random.random` on AWS."""


def no_jitter() -> float:
    """Takes nothing off a pause, so that its length is known beforehand."""
    return 1.0


@dataclass(frozen=True)
class CatalogPorts:
    """The ports for closing catalog gaps; both jobs have them. `ledger` keeps the notes, `control` requests a crawl."""

    ledger: StateItems
    catalog: Catalog
    control: ObjectStore
    clock: Clock
    telemetry: Telemetry


@dataclass(frozen=True)
class ExportPorts(CatalogPorts):
    """The ports of an export run."""

    ledger: ExportLedger
    tasks: ExportTasks
    raw: ObjectStore
    reader: EventReader
    jitter: Jitter = no_jitter


@dataclass(frozen=True)
class ConvertPorts(CatalogPorts):
    """The ports of a convert run."""

    ledger: ConvertLedger
    landed: LandingQueue
    raw: ObjectStore
    lake: ObjectStore
    stage: ConvertStage
