"""``loglake local run``: loads logs, writes a request, and lets events do the rest."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Callable, NamedTuple

from loglake.aws.objects import S3ObjectStore
from loglake.core.accounting import Accounting, total
from loglake.core.format_share import MIN_READ_RATIO, FormatShares, with_examples
from loglake.core.keys import QUARANTINE
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.plain_notes import PlainNotes
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import RUN
from loglake.core.stored_state import values
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import ConfigError
from loglake.kernels.quarantine import read_entries
from loglake.kernels.readers.sniff import PlainRules
from loglake_cli.deploy.artifacts import read_datasets
from loglake_cli.deploy.own_code import own_code
from loglake_cli.local.catalog_waits import CatalogWaits
from loglake_cli.local.cloud.faults.fault_files import NO_FAULTS, FaultPlan, read_fault_file
from loglake_cli.local.iam.access_report import keep_access
from loglake_cli.local.inputs.landed_files import LandedFile, read_landed_file
from loglake_cli.local.inputs.log_files import Event, log_files, read_log_file
from loglake_cli.local.inputs.sample import generate
from loglake_cli.local.inputs.timezones import check_timezone
from loglake_cli.local.lake.keep import LOGS_SUFFIX, check_replaceable, export_stack, read_catalog, tables_to_lose
from loglake_cli.local.lake.keep_lock import keep_lock
from loglake_cli.local.lake.query.athena import query
from loglake_cli.local.report import LocalRunReport, TableReport
from loglake_cli.local.stack import LocalStack, StackSettings
from loglake_cli.wording import counted

if TYPE_CHECKING:
    from loglake.core.ports.clock import Clock
    from loglake.core.ports.objects import ObjectStore
    from loglake_cli.deploy.packaged_files import PackagedFile
    from loglake_cli.local.engine.views import Snapshot

Groups = Mapping[LogGroupName, Mapping[str, Sequence[Event]]]
"""Events by log group and stream."""

MAX_AHEAD_MS = 2 * 3_600_000
"""PutLogEvents takes events up to two hours ahead."""


GAP_MS = 2 * MS_PER_DAY
"""The length of a gap without events that splits a range, so that each part gets its own request."""

MOST_RANGES = 20
"""The most requests of one run."""


@dataclass(frozen=True)
class LocalRun:
    """The options of a run.

    Attributes:
        logs: text files or folders of them, each with its log group.
        landing: files to land as a subscription would, each with a log group. Without `logs` and `landing` the built-in
            sample is run.
        datasets: a datasets file; None: the shipped one for the sample, and one table per group for `logs`.
        keep: the folder for every bucket's objects and the catalog.
        faults: a file of fault rules for the embedded AWS; None: no faults.
        enforce_iam: each part gets only its role's credentials.
        timezone: the time zone of timestamps without one in log files; UTC if empty.
    """

    logs: tuple[tuple[Path, LogGroupName], ...]
    datasets: Path | None
    keep: Path
    landing: tuple[tuple[Path, LogGroupName], ...] = ()
    faults: Path | None = None
    enforce_iam: bool = False
    timezone: str = ""


@dataclass(frozen=True)
class Prepared:
    """A run's input, read and checked before anything starts.

    Attributes:
        groups: the events to load into log groups.
        ranges: the time ranges of these events.
        landed: the files to land.
        faults: the faults to inject.
        enforce_iam: each part gets only its role's credentials.
        plain: notes on log files for a person, by their paths.
        left_out: parts of the log files that are not events, in sentences.
        code: the packages of the datasets' own transformations.
    """

    groups: Groups
    ranges: tuple[Window, ...]
    datasets: Datasets
    landed: tuple[LandedFile, ...] = ()
    faults: FaultPlan = NO_FAULTS
    enforce_iam: bool = False
    plain: Mapping[str, PlainNotes] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    code: PackagedFile | None = None

    @property
    def loaded(self) -> int:
        """How many events go into the log groups."""
        return sum(len(stream) for streams in self.groups.values() for stream in streams.values())

    def groups_in(self, window: Window) -> list[LogGroupName]:
        """The log groups with events in a window. A group that begins after it can't be exported for it."""
        return [
            group
            for group, streams in self.groups.items()
            if any(ms in window for stream in streams.values() for ms, _ in stream)
        ]

    def requests(self) -> tuple[tuple[Window, tuple[LogGroupName, ...]], ...]:
        """The requests to write: each range, with the log groups that have events in it."""
        return tuple((window, tuple(self.groups_in(window))) for window in self.ranges)

    @property
    def events(self) -> int:
        """How many events there are."""
        return self.loaded + sum(file.events for file in self.landed)

    @property
    def log_groups(self) -> list[LogGroupName]:
        """The groups of all events."""
        return list(dict.fromkeys([*self.groups, *(group for file in self.landed for group in sorted(file.groups))]))


def prepare(run: LocalRun, now_ms: int) -> Prepared:
    """Reads and checks the input.

    Raises:
        ConfigError: a file, a log group or the folder can't be used; says what to do.
    """
    check_replaceable(run.keep)
    landed = tuple(read_landed_file(path, group) for path, group in run.landing)
    landed_groups = {group for file in landed for group in file.groups}
    own = bool(run.logs or landed)
    given = read_datasets(run.datasets) if run.datasets else None
    read = _read_logs(run, given, now_ms)
    groups = read.groups if own else generate(now_ms).groups
    both = sorted(landed_groups & set(groups))
    if both:
        raise ConfigError(f"{both[0]} can't be both exported and landed: its rows would be there twice")
    if run.datasets or not own:
        datasets = given or read_datasets()
    else:
        datasets = Datasets.for_groups(groups, landed=sorted(landed_groups))
    for ingest, of_them in (("export", list(groups)), ("landing", sorted(landed_groups))):
        for group in of_them:
            found = datasets.find(group)
            if found is None or found.ingest != ingest:
                raise ConfigError(f"no dataset with ingest: {ingest} matches {group}: add one to {run.datasets}")
    times = [ms for streams in groups.values() for stream in streams.values() for ms, _ in stream]
    faults = read_fault_file(run.faults, now_ms) if run.faults else NO_FAULTS
    code = own_code(datasets, run.datasets.parent) if run.datasets else None
    ranges = ranges_of(times) if times else ()
    return Prepared(groups, ranges, datasets, landed, faults, run.enforce_iam, read.plain, read.left_out, code)


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
    logs = keep.with_name(keep.name + LOGS_SUFFIX)
    settings = StackSettings(log_dir=logs, faults=prepared.faults, enforce_iam=prepared.enforce_iam, code=prepared.code)
    with keep_lock(keep), LocalStack(prepared.datasets, settings, clock, on_change) as stack:
        waits = CatalogWaits(stack, clock, say)
        if prepared.groups:
            _export(stack, prepared, clock, say)
            stack.run_until_idle(waits.end)
        if prepared.landed:  # when nothing else is under way: two workflows at once would compete for the crawler
            land(stack, prepared.landed, say)
            stack.run_until_idle(waits.end)
        runs = tuple(run for run in stack.runtime.snapshot().runs if run.id not in waits.ended)
        unqueryable = waits.open_tables()
        for what in stack.went_wrong():
            say(f"{what} by the rules of the file of faults")
        lost = tables_to_lose(stack.aws, keep)
        if not lost:
            say(f"Keeping what the run made in {keep}")
            export_stack(stack.aws, keep)
        enforcement = stack.access.enforcement
        access = keep_access(enforcement, None if lost else keep) if enforcement else None
        known = [row for group in prepared.log_groups for row in stack.ledger.rows(group)]
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


def ranges_of(times: Iterable[int]) -> tuple[Window, ...]:
    """The time ranges of events, in order, cut at the widest gaps of more than `GAP_MS`; at most `MOST_RANGES`.

    Example: last year's file with some lines without a timestamp gives two ranges, not a year of empty days.
    """
    ordered = sorted(set(times))
    gaps = [(right - left, right) for left, right in pairwise(ordered) if right - left > GAP_MS]
    starts = sorted(right for _, right in sorted(gaps, reverse=True)[: MOST_RANGES - 1])
    edges = [0, *(bisect_left(ordered, start) for start in starts), len(ordered)]
    return tuple(Window(EpochMs(ordered[a]), EpochMs(ordered[b - 1] + 1)) for a, b in pairwise(edges))


class _Read(NamedTuple):
    """The content of the log files; see `Prepared`."""

    groups: Groups
    plain: Mapping[str, PlainNotes]
    left_out: tuple[str, ...]


def _read_logs(run: LocalRun, datasets: Datasets | None, now_ms: int) -> _Read:
    groups: dict[LogGroupName, dict[str, list[Event]]] = {}
    plain: dict[str, PlainNotes] = {}
    left_out: list[str] = []
    zone = check_timezone(run.timezone)
    for path, group in run.logs:
        streams = groups.setdefault(group, {})
        dataset = datasets.find(group) if datasets else None
        rules = PlainRules(zone, dataset.multi_line_start_pattern if dataset else "")
        for name, file in log_files(path):
            read = read_log_file(file, now_ms, rules)
            if read.undecoded:
                left_out.append(read.undecoded)
            if read.notes.is_notable:
                plain[str(file)] = read.notes
            if not read.events:
                continue
            if max(ms for ms, _ in read.events) > now_ms + MAX_AHEAD_MS:
                raise ConfigError(
                    f"{file} has events more than two hours ahead of now, which CloudWatch Logs refuses. If its stamps "
                    "are local times, give --timezone"
                )
            streams.setdefault(name if name not in streams else str(file), []).extend(read.events)
        if not streams:
            reasons = "; ".join(left_out) or f"{path} is empty"
            raise ConfigError(f"There is no event for {group}: {reasons}")
    return _Read(groups, plain, tuple(left_out))


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
    tables, partitions = catalog["tables"], catalog["partitions"]
    rows = _count(keep, [f'"{table["DatabaseName"]}"."{table["Name"]}"' for table in tables])
    return tuple(
        TableReport(
            database=table["DatabaseName"],
            name=table["Name"],
            rows=count,
            columns={column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]},
            partitions=sum(
                (p["DatabaseName"], p["TableName"]) == (table["DatabaseName"], table["Name"]) for p in partitions
            ),
        )
        for table, count in zip(tables, rows)
    )


def _count(keep: Path, tables: Sequence[str]) -> list[int]:
    """The number of rows per table; one query, because each query starts a process."""
    if not tables:
        return []
    each = (f"SELECT {number} AS number, count(*) AS count FROM {table}" for number, table in enumerate(tables))
    return [count for _, count in sorted(query(keep, " UNION ALL ".join(each)).rows)]
