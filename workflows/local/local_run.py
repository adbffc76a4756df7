"""``loglake local run``: load logs, put a request, and let everything happen because it exists."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from glue_jobs.core.accounting import Accounting, total
from glue_jobs.core.datasets import Datasets
from glue_jobs.core.ledger import LedgerRow, WindowState
from glue_jobs.core.units import MS_PER_DAY, EpochMs, LogGroupName
from glue_jobs.core.windows import Window
from glue_jobs.errors import ConfigError
from infra.artifacts import read_datasets
from workflows.local.inputs.log_files import log_files, read_log_file, spread
from workflows.local.inputs.sample import Event, generate
from workflows.local.lake.athena import query
from workflows.local.lake.keep import LOGS_SUFFIX, check_replaceable, export_stack, read_catalog
from workflows.local.report import LocalRunReport, TableReport
from workflows.local.stack import LocalStack, StackSettings

if TYPE_CHECKING:
    from glue_jobs.core.ports import Clock
    from workflows.local.engine.views import Snapshot

Groups = Mapping[LogGroupName, Mapping[str, Sequence[Event]]]
"""Events by log group and stream."""

MAX_AHEAD_MS = 2 * 3_600_000
"""PutLogEvents takes events of at most two hours ahead."""


GAP_MS = 2 * MS_PER_DAY
"""Days without an event that are worth a request of its own for what comes after them."""

MOST_RANGES = 20
"""Requests that one run puts at the most."""


@dataclass(frozen=True)
class LocalRun:
    """What to run.

    Attributes:
        logs: text files or folders of them, each with the log group that it goes to; empty for the built-in sample.
        datasets: a datasets file; None for the shipped one with the sample, and for one table per group with `logs`.
        keep: the folder that gets every bucket's objects and the catalog.
    """

    logs: tuple[tuple[Path, LogGroupName], ...]
    datasets: Path | None
    keep: Path


@dataclass(frozen=True)
class Prepared:
    """A run's input, read and checked before anything is started. `ranges` are those that the data is in."""

    groups: Groups
    ranges: tuple[Window, ...]
    datasets: Datasets

    @property
    def events(self) -> int:
        """How many events there are."""
        return sum(len(stream) for streams in self.groups.values() for stream in streams.values())


def prepare(run: LocalRun, now_ms: int) -> Prepared:
    """Reads the input.

    Raises:
        ConfigError: a file, a log group or the folder can't be used; says what to do.
    """
    check_replaceable(run.keep)
    if run.logs:
        groups = _read_logs(run.logs, now_ms)
        datasets = read_datasets(run.datasets) if run.datasets else Datasets.for_groups(groups)
    else:
        groups = generate(now_ms).groups
        datasets = read_datasets(run.datasets) if run.datasets else read_datasets()
    for group in groups:
        found = datasets.find(group)
        if found is None or found.ingest != "export":
            raise ConfigError(f"no dataset with ingest: export matches {group}: add one to {run.datasets}")
    stamps = [ms for streams in groups.values() for stream in streams.values() for ms, _ in stream]
    return Prepared(groups, ranges_of(stamps), datasets)


def execute(
    prepared: Prepared, keep: Path, clock: Clock, on_change: Callable[[Snapshot], None], say: Callable[[str], None]
) -> LocalRunReport:
    """Runs the pipeline and keeps what it made.

    Args:
        prepared: the input.
        keep: the folder to keep everything in, logs of the jobs among it.
        clock: stamps what happens.
        on_change: told every new snapshot of the workflow runs.
        say: told, in a few words, what happens outside of them.
    """
    began = time.monotonic()
    say("Starting the embedded AWS and deploying the templates")
    logs = keep.with_name(keep.name + LOGS_SUFFIX)
    with LocalStack(prepared.datasets, StackSettings(log_dir=logs), clock, on_change) as stack:
        say(f"Loading {prepared.events:,} events into {len(prepared.groups)} log groups")
        for group, streams in prepared.groups.items():
            for stream, events in streams.items():
                stack.aws.log_store.load(group, stream, events, clock.now_ms())
        for window in prepared.ranges:
            key = stack.put_request(list(prepared.groups), window)
            say(f"Put s3://{stack.outputs['ControlBucket']}/{key} for {window}")
        snapshot = stack.run_until_idle()
        say(f"Keeping what the run made in {keep}")
        export_stack(stack.aws, keep)
        rows = [row for group in prepared.groups for row in stack.ledger.rows(group)]
        tables = _tables(stack, keep)
        lake = stack.outputs["LakeBucket"]
    return LocalRunReport(
        runs=snapshot.runs,
        tables=tables,
        accounting=total(row.accounting or Accounting() for row in rows),
        loaded=prepared.events,
        unfinished=tuple(_told(row) for row in rows if row.state is not WindowState.CONVERTED),
        lake_bucket=lake,
        seconds=time.monotonic() - began,
    )


def ranges_of(stamps: Iterable[int]) -> tuple[Window, ...]:
    """The ranges that times are in, in order: cut at the widest gaps of more than `GAP_MS`, at most `MOST_RANGES`.

    A file of last year with a few lines that have no stamp holds two ranges, and not a year of empty days.
    """
    ordered = sorted(set(stamps))
    gaps = [(right - left, right) for left, right in pairwise(ordered) if right - left > GAP_MS]
    starts = sorted(right for _, right in sorted(gaps, reverse=True)[: MOST_RANGES - 1])
    edges = [0, *(bisect_left(ordered, start) for start in starts), len(ordered)]
    return tuple(Window(EpochMs(ordered[a]), EpochMs(ordered[b - 1] + 1)) for a, b in pairwise(edges))


def _read_logs(logs: Sequence[tuple[Path, LogGroupName]], now_ms: int) -> Groups:
    groups: dict[LogGroupName, dict[str, list[Event]]] = {}
    for path, group in logs:
        streams = groups.setdefault(group, {})
        for name, file in log_files(path):
            events = spread(read_log_file(file, now_ms), now_ms)
            if max(ms for ms, _ in events) > now_ms + MAX_AHEAD_MS:
                raise ConfigError(f"{file} has events more than two hours ahead of now, which CloudWatch Logs refuses")
            streams.setdefault(name if name not in streams else str(file), []).extend(events)
    return groups


def _told(row: LedgerRow) -> str:
    return f"{row.log_group} {row.window} is {row.state.value}" + (f": {row.reason}" if row.reason else "")


def _tables(stack: LocalStack, keep: Path) -> tuple[TableReport, ...]:
    """The catalog's tables, with rows counted in the kept files."""
    catalog = read_catalog(stack.client("glue"))
    partitions = catalog["partitions"]
    return tuple(
        TableReport(
            database=table["DatabaseName"],
            name=table["Name"],
            rows=int(query(keep, f'SELECT count(*) FROM "{table["DatabaseName"]}"."{table["Name"]}"').rows[0][0]),
            columns={column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]},
            partitions=sum(
                (p["DatabaseName"], p["TableName"]) == (table["DatabaseName"], table["Name"]) for p in partitions
            ),
        )
        for table in catalog["tables"]
    )
