"""``loglake local run``: loads logs, writes a request, and lets events do the rest."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from typing import Callable

import yaml

from gluelocal.engine.views import Snapshot
from gluelocal.iam.access_report import AccessReport, keep_access
from gluelocal.kept.keep import export_stack, logs_folder, read_catalog, tables_to_lose
from gluelocal.kept.lock import keep_lock
from loglake.aws.objects import S3ObjectStore
from loglake.core.accounting import Accounting, total
from loglake.core.format_share import MIN_READ_RATIO, FormatShares, with_examples
from loglake.core.keys import QUARANTINE, TABLES
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.log_groups import name_of
from loglake.core.ports.clock import Clock
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import RUN, values
from loglake.kernels.quarantine import read_entries
from loglake_cli.aws_views.query import query
from loglake_cli.local.inputs.log_files import LandedFile
from loglake_cli.local.report import LocalRunReport, TableReport, row_counts, table_reports
from loglake_cli.local.run_input import Prepared
from loglake_cli.local.stack import CatalogWaits, LocalStack, StackSettings, without_ended
from loglake_cli.project_files import SELDOM_USED_FILE
from loglake_cli.wording import counted


@cache
def read_seldom_used() -> tuple[tuple[str, str, str, str], ...]:
    """The permissions of the file, in its order: role, action, resource with ``*`` as in a shell, and when in words."""
    return tuple(
        (entry["role"], action, resource, entry["when"])
        for entry in yaml.safe_load(SELDOM_USED_FILE.read_text(encoding="utf-8"))
        for action in entry["actions"]
        for resource in entry["resources"]
    )


def when_used(role: str, action: str, resource: str) -> str:
    """When a permission is used; empty if no entry knows it. A deployed role is named ``<stack>-<its id>-<random>``."""
    for of_role, of_action, of_resource, when in read_seldom_used():
        if f"-{of_role}-" in role and action == of_action and fnmatchcase(resource, of_resource):
            return when
    return ""


def execute(
    prepared: Prepared, keep: Path, clock: Clock, on_change: Callable[[Snapshot], None], say: Callable[[str], None]
) -> LocalRunReport:
    """Runs the pipeline and keeps its results.

    Args:
        prepared: the input.
        keep: the folder for all results, the jobs' logs included.
        clock: gives the time of everything that happens.
        on_change: called with every new snapshot of the workflow runs.
        say: called with short messages about other events.
    """
    began = time.monotonic()
    say("Starting the embedded AWS and deploying the templates")
    logs = logs_folder(keep)
    settings = StackSettings(log_dir=logs, enforce_iam=prepared.enforce_iam, code=prepared.code)
    ended: set[str] = set()

    def changed(snapshot: Snapshot) -> None:
        on_change(without_ended(snapshot, ended))

    with keep_lock(keep), LocalStack(prepared.datasets, settings, clock, changed) as stack:
        waits = CatalogWaits(stack, clock, say, ended)
        if prepared.groups:
            _export(stack, prepared, clock, say)
            stack.run_until_idle(waits.end)
        if prepared.landed:  # when nothing else is under way: two workflows at once would compete for the crawler
            land(stack, prepared.landed, say)
            stack.run_until_idle(waits.end)
        runs = without_ended(stack.runtime.snapshot(), ended).runs
        unqueryable = waits.open_tables()
        lost, access = keep_results(stack, keep, say)
        asked = set(prepared.log_groups)
        known = [row for row in stack.ledger.all_rows() if name_of(row.log_group) in asked]  # also of other accounts
        rows = [row for row in known if row.state is not WindowState.SUPERSEDED]
        landed = list(stack.ledger.landed_objects())
        tables = () if lost else _tables(stack, keep)
        unread = _unread(stack, prepared.datasets, rows)
        lake = stack.outputs["LakeBucket"]
        reasons = _reasons(S3ObjectStore(stack.client("s3"), lake))
    return LocalRunReport(
        runs=runs,
        tables=tables,
        accounting=total([*(row.accounting or Accounting() for row in rows), *map(_undecoded, landed)]),
        loaded=prepared.events,
        unfinished=(
            *(_described(row) for row in rows if row.state is not WindowState.CONVERTED),
            *(f"{known.key}: {known.reason}" for known in landed if known.state is LandedState.FAILED),
        ),
        unqueryable=unqueryable,
        windows=tuple(rows),
        reasons=reasons,
        lake_bucket=lake,
        seconds=time.monotonic() - began,
        access=access,
        plain=prepared.plain,
        left_out=prepared.left_out,
        not_kept=lost,
        unread=unread,
        logs=logs,
    )


def keep_results(stack: LocalStack, keep: Path, say: Callable[[str], None]) -> tuple[str, AccessReport | None]:
    """Keeps what a stack made.

    Returns:
        Why the folder still has its former content, or nothing; and the report on the roles' permissions.
    """
    lost = tables_to_lose(stack.aws, keep, TABLES)
    if not lost:
        say(f"Keeping what was made in {keep}")
        export_stack(stack.aws, keep)
    enforcement = stack.access.enforcement
    return lost, keep_access(enforcement, None if lost else keep, when_used) if enforcement else None


def _export(stack: LocalStack, prepared: Prepared, clock: Clock, say: Callable[[str], None]) -> None:
    """Loads the log groups and requests their export."""
    load(stack, prepared, clock, say)
    for window, groups in prepared.requests():
        key = stack.put_request([*map(str, groups)], window)
        say(f"Put s3://{stack.outputs['ControlBucket']}/{key} for {window}")


def load(stack: LocalStack, prepared: Prepared, clock: Clock, say: Callable[[str], None]) -> None:
    """Loads the log groups, without requesting anything.

    Each event's ingestion time is its own time. If all were ingested now, they would count as incoming events of the
    current window, which may have no events of its own: its export would then seem to have lost them.
    """
    say(f"Loading {counted(prepared.loaded, 'event')} into {counted(len(prepared.groups), 'log group')}")
    for group, streams in prepared.groups.items():
        for stream, events in streams.items():
            stack.aws.log_store.load(group, stream, events, clock.now_ms(), on_time=True)


def land(stack: LocalStack, files: Sequence[LandedFile], say: Callable[[str], None]) -> None:
    """Lands files; each one starts its workflow."""
    for number, file in enumerate(files):
        key = stack.land(file.log_group, f"{number:04d}-{file.path.name}", file.path.read_bytes())
        say(f"Put s3://{stack.outputs['RawBucket']}/{key}")


def _unread(stack: LocalStack, datasets: Datasets, rows: Sequence[LedgerRow]) -> tuple[str, ...]:
    """Sentences on configured formats that read too few events; with examples if the job noted some."""
    shares = FormatShares()
    for row in rows:
        dataset = datasets.find(row.log_group)
        if dataset and row.accounting:
            shares.add(row.table, row.log_group, dataset.format, row.accounting, ())
    noted = [said for note in values(stack.ledger, RUN).values() for said in note.remarks]
    return tuple(with_examples(said, noted) for said in shares.below(MIN_READ_RATIO))


def _undecoded(known: LandedObject) -> Accounting:
    """The quarantined events of a landed object, which belong to no window."""
    return Accounting(
        events_in=known.quarantined,
        quarantined=known.quarantined,
        quarantine_left_out=known.left_out,
        quarantine_left_out_bytes=known.left_out_bytes,
    )


def _reasons(lake: ObjectStore) -> Counter[str]:
    """Quarantine entries by reason."""
    files = (lake.get(item.key) for item in lake.list(QUARANTINE))
    return Counter(entry["reason"] for body in files for entry in read_entries(body))


def _described(row: LedgerRow) -> str:
    return f"{row.log_group} {row.window} is {row.state.value}" + (f": {row.reason}" if row.reason else "")


def _tables(stack: LocalStack, keep: Path) -> tuple[TableReport, ...]:
    """The catalog's tables, with rows counted in the kept files."""
    catalog = read_catalog(stack.client("glue"))
    return tuple(table_reports(catalog, row_counts(catalog["tables"], partial(query, keep))))
