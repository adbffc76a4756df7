"""What a local run kept, as a deployment that commands change. To put it back into an embedded AWS takes seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from gluelocal.engine.views import Snapshot
from gluelocal.kept.keep import export_stack, logs_folder, read_ledger
from gluelocal.kept.lock import keep_lock
from gluelocal.kept.restore import check_kept, kept_runs
from loglake.aws.objects import S3ObjectStore
from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import check_ledger
from loglake_cli.deploy.artifacts import read_datasets
from loglake_cli.deploy.packaged_files import PackagedFile, own_code
from loglake_cli.local.stack import CatalogWaits, LocalStack, StackSettings, without_ended
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.jobs import kept_settings, last_runs


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
        OtherVersionLedgerError: another version of loglake made it.
    """
    check_kept(keep)
    configured, code = _datasets(keep, datasets)
    settings = StackSettings(log_dir=logs_folder(keep), restore=keep, code=code)
    watching: list[Working] = []
    ended: set[str] = set()

    def show(snapshot: Snapshot) -> None:
        for each in watching:
            each.show(without_ended(snapshot, ended))

    with ExitStack() as undo:
        with working() as shown:
            shown.say(f"Starting the embedded AWS with what {keep} has")
            undo.enter_context(keep_lock(keep))
            stack = undo.enter_context(LocalStack(configured, settings, SystemClock(), show))
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
                stack.run_until_idle(CatalogWaits(stack, clock, shown.say, ended).end)
                watching.clear()
                shown.say(f"Keeping what the run made in {keep}")
            # Without a run the ledger alone may have changed, such as by what is ignored now.
            if deployment.woken or deployment.changed or read_ledger(stack.client("dynamodb")) != before:
                export_stack(stack.aws, keep, runs)


def _datasets(keep: Path, given: Path | None) -> tuple[Datasets, PackagedFile | None]:
    """The datasets file that somebody gives, else the one that the kept run was deployed with; with its packages."""
    if given:
        datasets = read_datasets(given)
        return datasets, own_code(datasets, given.parent)
    (kept,) = keep.glob("*/config/datasets-*.json")
    packages = [PackagedFile(path.name, path.read_bytes()) for path in kept.parent.glob("transforms-*.zip")]
    return read_datasets(kept), packages[0] if packages else None
