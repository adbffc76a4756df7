"""A convert stage without Spark: the same kernels, one bundle at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from loglake.core.compaction.decision import Merge, MergedFile, MergeFailure
from loglake.core.landing.objects import ObjectScan, ScanFailure
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleFailure, BundleResult, SchemaSample, TablePlan
from loglake.core.schema.sharing import groups_of
from loglake.errors import PermanentError, UnreadableObjectsError
from loglake.kernels.parquet.merge import merge_files
from loglake.kernels.sample import sample_bundle
from loglake.kernels.scan import scan_or_failure
from loglake.kernels.stage.messages import Kind, Task
from loglake.kernels.stage.tasks import answer, keyed

T = TypeVar("T")


class KernelStage:
    """Implements `core.ports.ConvertStage` in this process. `interrupt` is called before each bundle.

    Attributes:
        shares: whether small bundles of a decision share files.
    """

    shares = True

    def __init__(self, raw: ObjectStore, lake: ObjectStore, interrupt: Callable[[Bundle], None] | None = None) -> None:
        self._raw = raw
        self._lake = lake
        self._interrupt = interrupt or (lambda bundle: None)
        self.redact_key = b""
        self.described: list[dict[str, str]] = []  # there are no workers that describe what they run on

    @property
    def tasks_at_once(self) -> int:
        return 1

    def scan(self, objects: Sequence[RawObject], *, redacts: bool = False) -> list[ObjectScan | ScanFailure]:
        return [scan_or_failure(raw, self._raw, self._lake, redacts=redacts) for raw in objects]

    def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
        sampled = [keyed(bundle, self.redact_key) for bundle in bundles]
        return [_or_failure(bundle, partial(sample_bundle, bundle, self._raw)) for bundle in sampled]

    def convert(
        self,
        work: Sequence[tuple[Bundle, TablePlan]],
        on_result: Callable[[BundleResult | BundleFailure], None],
    ) -> None:
        groups = groups_of(work)
        if not self.shares:
            groups = [single for group in groups for single in group.singles()]
        for group in groups:
            for bundle in group.bundles:
                self._interrupt(bundle)
            for result in answer(Task(Kind.CONVERT, group), self._raw, self._lake, redact_key=self.redact_key):
                on_result(result)

    def merge(self, work: Sequence[Merge]) -> list[list[MergedFile] | MergeFailure]:
        return [self._merge(each) for each in work]

    def _merge(self, work: Merge) -> list[MergedFile] | MergeFailure:
        try:
            return merge_files(work, self._lake)
        except PermanentError as error:
            return MergeFailure(str(error))


class AloneStage(KernelStage):
    """Gives each window files of its own."""

    shares = False


def _or_failure(bundle: Bundle, step: Callable[[], T]) -> T | BundleFailure:
    try:
        return step()
    except PermanentError as error:
        unread = error.objects if isinstance(error, UnreadableObjectsError) else {}
        return BundleFailure(bundle.log_group, bundle.window, bundle.number, str(error), unread)
