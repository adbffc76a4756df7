"""A convert stage whose files are JSON lists of events: for tests of what happens around the files."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from loglake.core.accounting import Accounting
from loglake.core.compaction.decision import Merge, MergedFile, MergeFailure, MergeOutput
from loglake.core.keys import partition_of, shared_file, shared_staging
from loglake.core.landing.objects import ObjectScan, ScanFailure
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleFailure, BundleResult, SchemaSample, StagedFile, TablePlan
from loglake.core.schema.sharing import BundleGroup, groups_of
from loglake.errors import PermanentError
from loglake.kernels.scan import scan_or_failure

Event = tuple[int, str]
"""Its time in ms and its text."""


class PlainStage:
    """Implements `core.ports.ConvertStage`; only scans use a kernel."""

    def __init__(self, raw: ObjectStore, lake: ObjectStore, *, shares: bool = True) -> None:
        """`shares`: small windows of a decision share their files, those that a task converts together."""
        self._raw = raw
        self._lake = lake
        self._shares = shares
        self._bodies: dict[str, list[Any]] = {}

    @property
    def tasks_at_once(self) -> int:
        return 1

    def scan(self, objects: Sequence[RawObject], *, redacts: bool = False) -> list[ObjectScan | ScanFailure]:
        return [scan_or_failure(raw, self._raw, self._lake, redacts=redacts) for raw in objects]

    def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
        return [SchemaSample(bundle.table, {"text": 1}, {}) for bundle in bundles]

    def convert(
        self,
        work: Sequence[tuple[Bundle, TablePlan]],
        on_result: Callable[[BundleResult | BundleFailure], None],
    ) -> None:
        answers: list[BundleResult] = []
        groups = groups_of(work)
        if not self._shares:
            groups = [single for group in groups for single in group.singles()]
        for group in groups:
            results: list[BundleResult] = []
            for bundle in group.bundles:
                try:
                    results.append(self._convert(bundle))
                except PermanentError as error:
                    on_result(BundleFailure(bundle.log_group, bundle.window, bundle.number, str(error)))
            answers += self._sharing(group, results)
        for key, rows in self._bodies.items():
            self._lake.put(key, json.dumps(rows).encode())
        self._bodies.clear()
        for result in answers:
            on_result(result)

    def _sharing(self, group: BundleGroup, results: Sequence[BundleResult]) -> list[BundleResult]:
        """The results with rows of shared files: one for each partition that several have."""
        table, decision = group.bundles[0].table, group.bundles[0].attempt
        of_partition: dict[str, list[StagedFile]] = defaultdict(list)
        for staged in (staged for result in results for staged in result.files):
            of_partition[staged.partition].append(staged)
        shared: dict[str, StagedFile] = {}
        for partition, files in of_partition.items():
            if len(files) == 1:
                continue
            rows = [row for staged in files for row in self._bodies.pop(staged.staged_key)]
            place = shared_file(table, partition, decision, group.number)
            key, first, total = shared_staging(table, decision) + place, 0, sum(staged.rows for staged in files)
            self._bodies[key] = rows
            for staged in files:
                part = replace(staged, staged_key=key, within=place, first=first, total=total)
                shared[staged.final_key] = part
                first += staged.rows
        return [replace(each, files=tuple(shared.get(f.final_key, f) for f in each.files)) for each in results]

    def merge(self, work: Sequence[Merge]) -> list[list[MergedFile] | MergeFailure]:
        return [self._merge(each) for each in work]

    def _merge(self, work: Merge) -> list[MergedFile] | MergeFailure:
        try:
            return [self._merged(output) for output in work.outputs]
        except PermanentError as error:
            return MergeFailure(str(error))

    def _merged(self, output: MergeOutput) -> MergedFile:
        rows: list[Event] = []
        for each in output.slices:
            found = json.loads(self._lake.get(each.key))
            if len(found) != each.total:
                raise PermanentError(f"{each.key} has {len(found)} rows, and not {each.total}")
            rows += found[each.first : each.first + each.rows]
        self._lake.put(output.staged_key, json.dumps(rows).encode())
        return MergedFile(len(rows), 1)

    def _convert(self, bundle: Bundle) -> BundleResult:
        read = _landed if bundle.landed else _exported
        events = [event for raw in bundle.objects for event in read(bundle, self._raw.get(raw.key))]
        places = [bundle.window, *bundle.elsewhere]  # the first that has an event's time: its own, or one elsewhere
        homes = [next((place for place in places if event[0] in place), bundle.window) for event in events]
        kept = [event for event, home in zip(events, homes, strict=True) if home == bundle.window]
        rows = list(dict.fromkeys(kept)) if bundle.landed else kept  # as if equal events had equal ids
        counts = Accounting(
            len(events), len(rows), duplicates=len(kept) - len(rows), out_of_window=len(events) - len(kept)
        )
        files = []
        for partition, part in groupby(sorted(rows), lambda event: partition_of(event[0], "day")):
            events_of_day = list(part)
            final = bundle.keys.table_file(bundle.table, partition, bundle.number)
            staged = bundle.keys.staged(bundle.attempt, final)
            self._bodies[staged] = events_of_day
            files.append(StagedFile(staged, final, len(events_of_day), 1, partition))
        return BundleResult(bundle.log_group, bundle.window, bundle.number, tuple(files), counts)


def exported_body(events: Sequence[Event]) -> bytes:
    """An exported object with times in ms instead of timestamps."""
    return json.dumps(events).encode()


def visible(lake: ObjectStore) -> Counter[Event]:
    """The events that a query sees, and how often each."""
    bodies = [lake.get(item.key) for item in lake.list("tables/")]
    return Counter((ms, text) for body in bodies for ms, text in json.loads(body))


def _exported(bundle: Bundle, body: bytes) -> list[Event]:
    return [(ms, text) for ms, text in json.loads(body)]


def _landed(bundle: Bundle, body: bytes) -> list[Event]:
    payload = json.loads(gzip.decompress(body))
    mine = payload["logEvents"] if payload["logGroup"] == bundle.log_group else []
    return [(event["timestamp"], event["message"]) for event in mine if event["timestamp"] in bundle.window]
