"""A convert stage for counts only: raw objects, and files of the table, hold how many events each hour has."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from support.fakes.plain_stage import PlainStage
from support.truth.oracle import Hour

from loglake.core.accounting import Accounting
from loglake.core.compaction.decision import MergedFile, MergeOutput
from loglake.core.keys import TABLES, partition_of
from loglake.core.landing.objects import ObjectScan, ScanFailure
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleResult, StagedFile
from loglake.core.units import EpochMs
from loglake.errors import PermanentError
from simulation.reading import runs_of

Run = tuple[str, int, int]
"""Rows of one hour, one after the other: the log group, the start of the hour in ms, and how many."""


class CountingStage(PlainStage):
    """Implements `core.ports.ConvertStage`."""

    def scan(self, objects: Sequence[RawObject], *, redacts: bool = False) -> list[ObjectScan | ScanFailure]:
        raise AssertionError(f"nothing is landed in this simulation, and yet there is {objects[0].key}")

    def _convert(self, bundle: Bundle) -> BundleResult:
        runs = [run for raw in bundle.objects for run in read_runs(self._raw.get(raw.key))]
        files = []
        for partition, mine in groupby(runs, lambda run: partition_of(EpochMs(run[1]), bundle.partition_by)):
            of_partition = list(mine)
            final = bundle.keys.table_file(bundle.table, partition, bundle.number)
            staged, size_bytes = bundle.keys.staged(bundle.attempt, final), len(json.dumps(of_partition))
            self._bodies[staged] = of_partition
            files.append(StagedFile(staged, final, _rows(of_partition), size_bytes, partition))
        counts = Accounting(_rows(runs), _rows(runs))
        return BundleResult(bundle.log_group, bundle.window, bundle.number, tuple(files), counts)

    def _merged(self, output: MergeOutput) -> MergedFile:
        merged: list[Run] = []
        for each in output.slices:
            runs = read_runs(self._lake.get(each.key))
            if _rows(runs) != each.total:
                raise PermanentError(f"{each.key} has {_rows(runs)} rows, and not {each.total}")
            merged += _cut(runs, each.first, each.first + each.rows)
        body = json.dumps(merged).encode()
        self._lake.put(output.staged_key, body)
        return MergedFile(_rows(merged), len(body))


def read_runs(body: bytes) -> list[Run]:
    """The rows of a raw object or a file of the table."""
    text = runs_of(body) if body.startswith(b"\x1f\x8b") else body
    return [(group, from_ms, count) for group, from_ms, count in json.loads(text)]


def seen(lake: ObjectStore) -> Counter[Hour]:
    """What a query of all tables counts."""
    counts: Counter[Hour] = Counter()
    for item in lake.list(TABLES):
        for group, from_ms, count in read_runs(lake.get(item.key)):
            counts[Hour(group, from_ms)] += count
    return counts


def _rows(runs: Iterable[Run]) -> int:
    return sum(count for _, _, count in runs)


def _cut(runs: Iterable[Run], first: int, end: int) -> Iterator[Run]:
    """The rows from one number up to another."""
    at = 0
    for group, from_ms, count in runs:
        kept = min(at + count, end) - max(at, first)
        if kept > 0:
            yield group, from_ms, kept
        at += count
