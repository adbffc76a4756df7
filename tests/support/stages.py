"""A convert stage without Spark: the same kernels, one bundle after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from glue_jobs.core.conversion import Bundle, BundleResult, Sighting, TablePlan
from glue_jobs.core.ports import ObjectStore
from glue_jobs.kernels.convert import convert_bundle, sample_bundle


class KernelStage:
    """Implements `core.ports.ConvertStage` in this process. `interrupt` is called before each bundle."""

    def __init__(self, raw: ObjectStore, lake: ObjectStore, interrupt: Callable[[Bundle], None] | None = None) -> None:
        self._raw = raw
        self._lake = lake
        self._interrupt = interrupt or (lambda bundle: None)

    def sample(self, bundles: Sequence[Bundle]) -> list[Sighting]:
        return [sample_bundle(bundle, self._raw) for bundle in bundles]

    def convert(self, work: Sequence[tuple[Bundle, TablePlan]], on_result: Callable[[BundleResult], None]) -> None:
        for bundle, plan in work:
            self._interrupt(bundle)
            on_result(convert_bundle(bundle, plan, self._raw, self._lake))
