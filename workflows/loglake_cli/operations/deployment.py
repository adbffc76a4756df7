"""A deployed loglake for commands, on AWS by its prefix. `kept_deployment` has that of a local run."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from loglake.aws import session
from loglake.aws.catalog import GlueCatalog
from loglake.aws.export_tasks import CloudWatchExportTasks
from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.objects import S3ObjectStore
from loglake.aws.system_clock import SystemClock
from loglake.config import CatalogConfig
from loglake.core.catalog_gaps import CatalogGap
from loglake.core.keys import REQUESTS
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ports.clock import Clock
from loglake.errors import AccessDeniedError
from loglake_cli.deploy.calls import Clients, find_place
from loglake_cli.operations.evidence import Evidence, StoredState
from loglake_cli.operations.jobs import deployed_runs, deployed_settings


@dataclass(frozen=True)
class Deployment(Evidence):
    """A deployed loglake, to be read and changed.

    Attributes:
        woken: the requests that were put.
        changed: changes beside the ledger that have to be kept too.
    """

    ledger: StoredState
    woken: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def partitions(self) -> GlueCatalog:
        """Registers partitions in the Data Catalog as convert-logs does."""
        return GlueCatalog(self.glue, CatalogConfig(self.lake.bucket, self.database))

    def open_gaps(self) -> list[CatalogGap]:
        """What the catalog still lacks. A crawl may be over minutes before a job looks, and closes its gaps.

        No crawl brings in what a kept local run lacks.
        """
        noted = super().open_gaps()
        return list(filter(self._is_open, noted)) if self.changes else noted

    def _is_open(self, gap: CatalogGap) -> bool:
        try:
            return bool(self.partitions.missing(gap.table, gap.missing))
        except AccessDeniedError:
            return True

    def wake(self) -> None:
        """Puts a request that wakes the workflow for pending work."""
        key = f"{REQUESTS}continue/{uuid.uuid4()}"
        self.control.put(key, b"")
        self.woken.append(key)


def scan_again(deployment: Deployment, landed: Iterable[LandedObject]) -> None:
    """Marks landed objects for a new scan."""
    for known in landed:
        deployment.ledger.put_landed_object(replace(known, state=LandedState.REQUESTED_AGAIN))


def on_aws(
    prefix: str,
    database: str,
    client: Clients = session.client,
    clock: Clock = SystemClock(),  # noqa: B008  (has no state)
) -> Deployment:
    """The deployment of a prefix, by default in the account and Region of the environment's credentials.

    Raises:
        ConfigError: there are no credentials or no Region, or AWS refuses them.
    """
    place, s3, glue, logs = find_place(client), client("s3"), client("glue"), client("logs")
    tasks = CloudWatchExportTasks(logs, logs, client("cloudwatch"))  # which are read here, and never created
    control, raw, lake = (S3ObjectStore(s3, place.bucket(prefix, name)) for name in ("control", "raw", "lake"))
    ledger = DynamoLedger(client("dynamodb"), f"{prefix}-ledger", clock)
    runs, job_settings = partial(deployed_runs, glue, prefix), partial(deployed_settings, glue, prefix)
    return Deployment(ledger, control, raw, lake, glue, database, clock, tasks, runs, job_settings)
