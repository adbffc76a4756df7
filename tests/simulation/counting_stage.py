"""A convert stage for counts only: a raw object, and a file of the table, hold the number of their events."""

from __future__ import annotations

import json
from collections.abc import Sequence

from support.fakes.plain_stage import PlainStage

from loglake.core.accounting import Accounting
from loglake.core.compaction.decision import MergedFile, MergeOutput
from loglake.core.keys import partition_of
from loglake.core.landing.objects import ObjectScan, ScanFailure
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleResult, StagedFile
from loglake.errors import PermanentError


class CountingStage(PlainStage):
    """Implements `core.ports.ConvertStage`. All events of a window lie in its first day's partition."""

    def scan(self, objects: Sequence[RawObject]) -> list[ObjectScan | ScanFailure]:
        raise AssertionError(f"nothing is landed in this simulation, and yet there is {objects[0].key}")

    def _convert(self, bundle: Bundle) -> BundleResult:
        events = sum(json.loads(self._raw.get(raw.key))["events"] for raw in bundle.objects)
        partition = partition_of(bundle.window.from_ms, "day")
        final = bundle.keys.table_file(bundle.table, partition, bundle.number)
        staged = bundle.keys.staged(bundle.attempt, final)
        self._lake.put(staged, str(events).encode())
        counts = Accounting(events, events)
        files = (StagedFile(staged, final, events, 1, partition),)
        return BundleResult(bundle.log_group, bundle.window, bundle.number, files, counts)

    def _merged(self, output: MergeOutput) -> MergedFile:
        for each in output.slices:
            if int(self._lake.get(each.key)) != each.total:
                raise PermanentError(f"{each.key} has other events than {each.total}")
        events = sum(each.rows for each in output.slices)
        self._lake.put(output.staged_key, str(events).encode())
        return MergedFile(events, 1)
