"""A deployed loglake, as commands work on it: on AWS by its prefix, on this machine what a local run kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from loglake.aws import session
from loglake.aws.export_tasks import CloudWatchExportTasks
from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.objects import S3ObjectStore
from loglake.aws.system_clock import SystemClock
from loglake.core.keys import REQUESTS
from loglake.core.ports.landing import LandedObjects
from loglake.core.ports.ledger import Ledger
from loglake.core.ports.schemas import SchemaHistory
from loglake.core.ports.state_items import StateItems
from loglake.core.state_items import RUN
from loglake.core.stored_state import check_ledger, values
from loglake.errors import AccessDeniedError, ConfigError
from loglake_cli.deploy.artifacts import read_datasets
from loglake_cli.local.catalog_waits import CatalogWaits
from loglake_cli.local.lake.keep import LOGS_SUFFIX, export_stack, read_ledger
from loglake_cli.local.lake.keep_lock import keep_lock
from loglake_cli.local.lake.restore import check_kept, kept_runs
from loglake_cli.local.stack import LocalStack, StackSettings
from loglake_cli.operations.job_runs import JobRun, deployed_runs, last_runs, with_unnoted
from loglake_cli.operations.job_settings import JobSettings, deployed_settings, kept_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loglake.core.outcome import RunNote
    from loglake.core.ports.clock import Clock
    from loglake.core.ports.export_tasks import ExportTasks
    from loglake.core.ports.objects import ObjectStore
    from loglake.core.schema.datasets import Datasets
    from loglake.core.units import LogGroupName
    from loglake_cli.local.engine.views import Snapshot


class StoredState(Ledger, SchemaHistory, LandedObjects, StateItems, Protocol):
    """What the ledger's table holds."""


@dataclass(frozen=True)
class Deployment:
    """What a command needs of a deployed loglake.

    Attributes:
        glue: a client of the Data Catalog that has `database`.
        tasks: CloudWatch Logs; None where it is not there any more, since a local run does not keep its log groups.
        ended_runs: asks for the last run of each job, as Glue tells it.
        settings: asks for what the export job is set to.
        woken: the requests that were put.
        changed: what was changed beside the ledger, which has to be kept too.
    """

    ledger: StoredState
    control: ObjectStore
    raw: ObjectStore
    lake: ObjectStore
    glue: Any
    database: str
    clock: Clock
    tasks: ExportTasks | None = None
    ended_runs: Callable[[], Sequence[JobRun]] = tuple
    settings: Callable[[], JobSettings] = JobSettings
    woken: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    def log_group_names(self) -> set[LogGroupName] | None:
        """The names of the log groups that there are; None where none are kept, or where they may not be listed."""
        if self.tasks is None:
            return None
        try:
            return {group.name for group in self.tasks.log_groups()}
        except AccessDeniedError:
            return None

    def runs(self) -> tuple[RunNote, ...]:
        """How the last run of each job went, also where that could not note it."""
        return with_unnoted(values(self.ledger, RUN).values(), self.ended_runs())

    def wake(self) -> None:
        """Puts a request to go on with what is pending, because of which the workflow runs."""
        key = f"{REQUESTS}continue/{uuid.uuid4()}"
        self.control.put(key, b"")
        self.woken.append(key)


def on_aws(prefix: str, database: str) -> Deployment:
    """The deployment of a prefix, in the account and Region of the environment's credentials.

    Raises:
        ConfigError: there are no credentials or no Region, or AWS refuses them.
    """
    try:
        s3, account = session.s3(), session.sts().get_caller_identity()["Account"]
        ledger = DynamoLedger(session.dynamodb(), f"{prefix}-ledger")
        glue, tasks = (
            session.glue(),
            CloudWatchExportTasks(session.logs(), session.logs_without_retries(), session.cloudwatch()),
        )
    except (BotoCoreError, ClientError) as error:
        raise ConfigError(
            f"AWS can't be asked ({error}): set credentials and a Region, such as AWS_PROFILE."
        ) from error
    control, raw, lake = (
        S3ObjectStore(s3, f"{prefix}-{name}-{account}-{s3.meta.region_name}") for name in ("control", "raw", "lake")
    )
    runs, job_settings = partial(deployed_runs, glue, prefix), partial(deployed_settings, glue, prefix)
    return Deployment(ledger, control, raw, lake, glue, database, SystemClock(), tasks, runs, job_settings)


class Working(Protocol):
    """Shows a person long work while it happens."""

    def say(self, what: str) -> None:
        """Says what happens now."""

    def show(self, snapshot: Snapshot) -> None:
        """Says the state of the workflow runs."""


@contextmanager
def on_this_machine(
    keep: Path, datasets: Path | None, working: Callable[[], AbstractContextManager[Working]]
) -> Iterator[Deployment]:
    """A kept local run, put back into an embedded AWS. At the block's end what was woken runs, and changes are kept.

    Args:
        keep: the folder of the run.
        datasets: a datasets file; None is the one that it was deployed with.
        working: shows work before and after the block; the block itself may print and ask.

    Raises:
        ConfigError: there is no kept run, or another run uses it.
        NewerLedgerError: a newer version of loglake made it.
    """
    check_kept(keep)
    settings = StackSettings(log_dir=keep.with_name(keep.name + LOGS_SUFFIX), restore=keep)
    watching: list[Working] = []

    def show(snapshot: Snapshot) -> None:
        for each in watching:
            each.show(snapshot)

    with ExitStack() as undo:
        with working() as shown:
            shown.say(f"Starting the embedded AWS with what {keep} has")
            undo.enter_context(keep_lock(keep))
            stack = undo.enter_context(LocalStack(_datasets(keep, datasets), settings, SystemClock(), show))
        control, raw, lake = (
            S3ObjectStore(stack.client("s3"), stack.outputs[f"{name}Bucket"]) for name in ("Control", "Raw", "Lake")
        )
        check_ledger(stack.ledger)
        database, clock = stack.outputs["DatabaseName"], SystemClock()
        runs = kept_runs(keep)
        deployment = Deployment(
            stack.ledger,
            control,
            raw,
            lake,
            stack.client("glue"),
            database,
            clock,
            ended_runs=partial(last_runs, runs),
            settings=partial(kept_settings, keep),
        )
        before = read_ledger(stack.client("dynamodb"))
        yield deployment
        with working() as shown:
            if deployment.woken:
                watching.append(shown)
                shown.say("Running the workflow")
                stack.run_until_idle(CatalogWaits(stack, clock, shown.say).end)
                watching.clear()
                shown.say(f"Keeping what the run made in {keep}")
            # Without a run the ledger alone may have changed, such as by what is ignored now.
            if deployment.woken or deployment.changed or read_ledger(stack.client("dynamodb")) != before:
                export_stack(stack.aws, keep, runs)


def _datasets(keep: Path, given: Path | None) -> Datasets:
    """The datasets file that somebody gives, else the one that the kept run was deployed with."""
    (kept,) = keep.glob("*/config/datasets-*.json")
    return read_datasets(given or kept)
