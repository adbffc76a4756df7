"""Ends runs that only wait to check the catalog again, once it has everything that was committed.

A local run is done when its rows can be queried. On AWS such a run waits some minutes in a job that costs almost
nothing, and nobody waits for it.
"""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Callable

from gluelocal.engine.state import WorkflowRun
from gluelocal.engine.views import Snapshot
from loglake.aws.catalog import GlueCatalog
from loglake.aws.objects import S3ObjectStore
from loglake.config import CatalogConfig
from loglake.core.keys import REQUESTS
from loglake.core.ports.clock import Clock
from loglake.core.requests.requests import Request, RequestKind, parse_request, wait_until
from loglake.core.state_items import CATALOG_GAP, values
from loglake.errors import LoglakeError
from loglake.pipelines.catalog_gaps import CatalogGaps
from loglake.pipelines.ports import CatalogPorts
from loglake.telemetry import Telemetry
from loglake_cli.local.stack import LocalStack


def without_ended(snapshot: Snapshot, ended: Collection[str]) -> Snapshot:
    """All runs but those that `CatalogWaits` has ended: as STOPPED they would look like failures."""
    return replace(snapshot, runs=tuple(run for run in snapshot.runs if run.id not in ended))


@dataclass
class CatalogWaits:
    """The runs of a stack that wait to check the catalog again.

    Attributes:
        ended: the ids of the runs that were ended because nothing was left to check.
    """

    stack: LocalStack
    clock: Clock
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
