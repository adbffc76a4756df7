"""The distributed part of converting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, Protocol

from loglake.core.compaction.decision import Merge, MergedFile, MergeFailure
from loglake.core.landing.objects import ObjectScan, ScanFailure
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleFailure, BundleResult, SchemaSample, TablePlan


class ConvertStage(Protocol):
    """The distributed part of converting."""

    @property
    def tasks_at_once(self) -> int:
        """How many tasks it can do at once, once all workers that may come are there."""

    def scan(self, objects: Sequence[RawObject], *, redacts: bool = False) -> list[ObjectScan | ScanFailure]:
        """Scans each landed object whole, and quarantines what is not an event: one answer each, in any order.

        With `redacts`, quarantine has no bytes of it. Raises TransientError if another run may succeed.
        """

    def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
        """Looks at a bounded sample of each bundle: one sample or failure per bundle, in any order."""

    def convert(
        self,
        work: Sequence[tuple[Bundle, TablePlan]],
        on_result: Callable[[BundleResult | BundleFailure], None],
    ) -> None:
        """Converts bundles into staged files, calling `on_result` in the caller's thread once per bundle.

        Small bundles of one decision have rows in files that they share (`core.schema.sharing`), so all bundles of a
        decision come in one call. A bundle that can't be converted is a failure and stops no other. Raises
        TransientError, after all others are done, if another run may convert one of them.
        """

    def merge(self, work: Sequence[Merge]) -> list[list[MergedFile] | MergeFailure]:
        """Merges files and stages the results: one answer each, in order, with one result per output.

        Raises TransientError if another run may succeed.
        """
