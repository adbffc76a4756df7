"""What ``loglake local run`` loads, lands and requests, read and checked before anything starts."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from gluelocal.kept.keep import check_replaceable
from loglake.core.plain_notes import PlainNotes
from loglake.core.schema.datasets import Datasets, entry_to_add
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName, day_of
from loglake.core.windows import Window, floor_to
from loglake.errors import ConfigError
from loglake.kernels.readers.sniff import PlainRules
from loglake_cli.deploy.artifacts import read_datasets
from loglake_cli.deploy.packaged_files import PackagedFile, own_code
from loglake_cli.local.inputs.log_files import Event, LandedFile, log_files, read_landed_file, read_log_file
from loglake_cli.local.inputs.samples import lambda_text, shop_json, vpc_flow
from loglake_cli.local.inputs.samples.traffic import DAYS, Streams, Traffic
from loglake_cli.local.inputs.timezones import check_timezone

EVENTS = 50_000
_VPC_RECORDS = 9_000
_INVOCATIONS = 1_500


def generate(now_ms: int, seed: int = 1) -> Mapping[LogGroupName, Streams]:
    """Makes 50,000 events of the last three whole UTC days, more than 10,000 of them in one stream.

    It uses whole days, so the sample is the same all day long, and every event lies before `now_ms`.

    Returns:
        Events by log group and stream, each stream in the order of its times.
    """
    today_ms = floor_to(now_ms, MS_PER_DAY)
    traffic = Traffic(random.Random(f"{seed} {day_of(today_ms)}"), today_ms - DAYS * MS_PER_DAY)
    made: dict[str, Streams] = {
        lambda_text.LOG_GROUP: lambda_text.streams(traffic, _INVOCATIONS),
        vpc_flow.LOG_GROUP: vpc_flow.streams(traffic, _VPC_RECORDS),
    }
    others = sum(len(stream) for streams in made.values() for stream in streams.values())
    made[shop_json.LOG_GROUP] = shop_json.streams(traffic, EVENTS - others)
    return {LogGroupName(group): streams for group, streams in sorted(made.items())}


Groups = Mapping[LogGroupName, Mapping[str, Sequence[Event]]]
"""Events by log group and stream."""

MAX_AHEAD_MS = 2 * 3_600_000
"""PutLogEvents takes events up to two hours ahead."""

GAP_MS = 2 * MS_PER_DAY
"""The length of a gap without events that splits a range, so that each part gets its own request."""

MOST_RANGES = 20
"""The most requests of one run."""


Inputs = Sequence[tuple[Path, LogGroupName]]
"""Paths, each with its log group."""


@dataclass(frozen=True)
class Prepared:
    """A run's input, read and checked before anything starts.

    Attributes:
        groups: the events to load into log groups.
        ranges: the time ranges of these events.
        landed: the files to land.
        enforce_iam: each part gets only its role's credentials.
        plain: notes on log files for a person, by their paths.
        left_out: parts of the log files that are not events, in sentences.
        code: the packages of the datasets' own transformations.
    """

    groups: Groups
    ranges: tuple[Window, ...]
    datasets: Datasets
    landed: tuple[LandedFile, ...] = ()
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


def prepare(
    keep: Path,
    now_ms: int,
    *,
    logs: Inputs = (),
    landing: Inputs = (),
    given: Path | None = None,
    enforce_iam: bool = False,
    timezone: str = "",
) -> Prepared:
    """Reads and checks the input.

    Args:
        keep: the folder for every bucket's objects and the catalog.
        now_ms: the time.
        logs: text files or folders of them.
        landing: files to land as a subscription would. Without `logs` and `landing` the built-in sample is run.
        given: a datasets file; None: the shipped one for the sample, and one table per group for `logs`.
        enforce_iam: each part gets only its role's credentials.
        timezone: the time zone of timestamps without one in log files; UTC if empty.

    Raises:
        ConfigError: a file, a log group or the folder can't be used; says what to do.
    """
    check_replaceable(keep)
    landed = tuple(read_landed_file(path, group) for path, group in landing)
    landed_groups = {group for file in landed for group in file.groups}
    own = bool(logs or landed)
    own_datasets = read_datasets(given) if given else None
    read, plain, left_out = _read_logs(logs, own_datasets, timezone, now_ms)
    groups = read if own else generate(now_ms)
    both = sorted(landed_groups & set(groups))
    if both:
        raise ConfigError(f"{both[0]} can't be both exported and landed: its rows would be there twice")
    if given or not own:
        datasets = own_datasets or read_datasets()
    else:
        datasets = Datasets.for_groups(groups, landed=sorted(landed_groups))
    for ingest, of_them in (("auto", list(groups)), ("landing", sorted(landed_groups))):
        for group in of_them:
            found = datasets.find(group)
            if found and found.is_exported is (ingest == "landing"):
                raise ConfigError(f"{given} takes {group} with ingest: {found.ingest}: this run needs {ingest}.")
            if found is None:
                raise ConfigError(f"no dataset matches {group}: {entry_to_add(group, ingest, str(given))}")
    times = [ms for streams in groups.values() for stream in streams.values() for ms, _ in stream]
    return Prepared(
        groups,
        ranges_of(times) if times else (),
        datasets,
        landed,
        enforce_iam,
        plain,
        left_out,
        own_code(datasets, given.parent) if given else None,
    )


def ranges_of(times: Iterable[int]) -> tuple[Window, ...]:
    """The time ranges of events, in order, cut at the widest gaps of more than `GAP_MS`; at most `MOST_RANGES`.

    Example: last year's file with some lines without a timestamp gives two ranges, not a year of empty days.
    """
    ordered = sorted(set(times))
    gaps = [(right - left, right) for left, right in pairwise(ordered) if right - left > GAP_MS]
    starts = sorted(right for _, right in sorted(gaps, reverse=True)[: MOST_RANGES - 1])
    edges = [0, *(bisect_left(ordered, start) for start in starts), len(ordered)]
    return tuple(Window(EpochMs(ordered[a]), EpochMs(ordered[b - 1] + 1)) for a, b in pairwise(edges))


def _read_logs(
    logs: Inputs, datasets: Datasets | None, timezone: str, now_ms: int
) -> tuple[Groups, Mapping[str, PlainNotes], tuple[str, ...]]:
    """The groups, notes and left-out parts of `Prepared`."""
    groups: dict[LogGroupName, dict[str, list[Event]]] = {}
    plain: dict[str, PlainNotes] = {}
    left_out: list[str] = []
    zone = check_timezone(timezone)
    for path, group in logs:
        streams = groups.setdefault(group, {})
        dataset = datasets.find(group) if datasets else None
        rules = PlainRules(zone or dataset.timezone, dataset.multi_line_start_pattern) if dataset else PlainRules(zone)
        own: list[tuple[str, Path, list[Event]]] = []  # of files that name no stream
        for name, file in log_files(path):
            read = read_log_file(file, now_ms, rules)
            if read.undecoded:
                left_out.append(read.undecoded)
            if read.notes.is_notable or not (read.events or read.undecoded):
                plain[str(file)] = read.notes
            if max((ms for ms, _ in read.events), default=0) > now_ms + MAX_AHEAD_MS:
                raise ConfigError(
                    f"{file} has events more than two hours ahead of now, which CloudWatch Logs refuses. If its stamps "
                    "are local times, give --timezone"
                )
            for stream, events in read.streams.items():
                if stream:
                    streams.setdefault(stream, []).extend(events)
            own += [(name, file, events) for stream, events in read.streams.items() if not stream]
        for name, file, events in own:
            streams.setdefault(name if name not in streams else str(file), []).extend(events)
    if groups and not any(groups.values()):
        said = left_out or [f"{', '.join(plain)} is empty"]
        raise ConfigError(f"There is no event for {', '.join(groups)}: {'; '.join(said)}")
    return {group: streams for group, streams in groups.items() if streams}, plain, tuple(left_out)
