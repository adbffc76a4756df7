"""A convert stage whose events are numbers: a raw object says how many it has, and so does a file of the table."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from glue_jobs.core.accounting import Accounting
from glue_jobs.core.conversion import Bundle, BundleFailure, BundleResult, RawObject, Sighting, StagedFile, TablePlan
from glue_jobs.core.keys import partition_of
from glue_jobs.core.landing import Survey, SurveyFailure
from glue_jobs.core.ports import ObjectStore


class CountingStage:
    """Implements `core.ports.ConvertStage`. All events of a window lie in its first day's partition."""

    def __init__(self, raw: ObjectStore, lake: ObjectStore) -> None:
        self._raw = raw
        self._lake = lake

    def survey(self, objects: Sequence[RawObject]) -> list[Survey | SurveyFailure]:
        raise AssertionError(f"nothing is landed in this simulation, and yet there is {objects[0].key}")

    def sample(self, bundles: Sequence[Bundle]) -> list[Sighting | BundleFailure]:
        return [Sighting(bundle.table, {"text": 1}, {}) for bundle in bundles]

    def convert(
        self,
        work: Sequence[tuple[Bundle, TablePlan]],
        on_result: Callable[[BundleResult | BundleFailure], None],
    ) -> None:
        for bundle, _plan in work:
            on_result(self._convert(bundle))

    def _convert(self, bundle: Bundle) -> BundleResult:
        events = sum(json.loads(self._raw.get(raw.key))["events"] for raw in bundle.objects)
        partition = partition_of(bundle.window.from_ms, "day")
        final = bundle.keys.table_file(bundle.table, partition, bundle.number)
        staged = bundle.keys.staged(bundle.attempt, final)
        self._lake.put(staged, str(events).encode())
        counts = Accounting(events, events)
        files = (StagedFile(staged, final, events, 1, partition),)
        return BundleResult(bundle.log_group, bundle.window, bundle.number, files, counts)
