"""``loglake convert``: exported objects in a folder or bucket become rows of a table, without a workflow.

The result: every event of every object of the source is in the table once, whatever was converted before, and however
an earlier run ended: see `folder_convert.journal`. A converted bundle stays as it is if its objects, files and
settings are unchanged. Otherwise it is converted again as a whole, and its files are replaced. An export has no windows
here: each event goes to the partition of its own time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Callable

from loglake.core.accounting import total
from loglake.core.format_share import FormatShares
from loglake.core.ports.convert_stage import ConvertStage
from loglake.core.schema.contract import Contract, join_violations
from loglake.core.schema.conversion import BundleFailure, BundleResult, StagedFile, TablePlan
from loglake.core.schema.schema import TableSchema
from loglake.errors import LeaseLostError, TransientError, UnbalancedError
from loglake.pipelines.folder_convert.bundles import PlannedBundle, Unit, converted_unit, plan_bundles, staging_of_run
from loglake.pipelines.folder_convert.incremental import stays
from loglake.pipelines.folder_convert.joining import joined_files, units_of
from loglake.pipelines.folder_convert.journal import Commit, ConvertedBundle, TableJournal
from loglake.pipelines.folder_convert.preparing import Prepared
from loglake.pipelines.folder_convert.report import FolderReport
from loglake.pipelines.folder_convert.schemas import StoredSchemas
from loglake.pipelines.schema_plan import plan_tables


def begin(prepared: Prepared) -> FolderRun:
    """Takes the table for a run.

    Raises:
        LeaseLostError: another run began meanwhile.
        AccessDeniedError: the output can't be written.
    """
    journal = TableJournal(prepared.output, prepared.request.table)
    return FolderRun(prepared, journal, journal.begin(prepared.record))


class FolderRun:
    """One run, between its first entry in the journal and its last.

    Attributes:
        committing: the commit has begun, and will be completed whatever happens.
    """

    def __init__(self, prepared: Prepared, journal: TableJournal, begun: int) -> None:
        self.committing = False
        self._prepared = prepared
        self._request = prepared.request
        self._journal = journal
        self._staging = staging_of_run(prepared.request, begun)
        self._begun = begun
        self._planned: list[PlannedBundle] = []
        self._plan = TablePlan("", TableSchema(prepared.request.table))
        self._converted: dict[int, BundleResult] = {}
        self._bundles: list[ConvertedBundle] = []
        self._replaced: list[ConvertedBundle] = []
        self._failed: dict[int, list[str]] = defaultdict(list)
        self._ended: set[int] = set()
        self._again: list[int] = []
        self._formats = FormatShares()

    def convert(
        self, stage: ConvertStage, on_progress: Callable[[int, int], None] = lambda through, of: None
    ) -> FolderReport:
        """Converts the pending objects, and commits them as a whole. A failure is reported and stops nothing else.

        Args:
            stage: reads from the source's store, and stages below ``_staging/<table>/`` of the output.
            on_progress: called with the bytes done and the total bytes.

        Raises:
            LeaseLostError: another run began to convert into the same table; nothing of this one is committed.
            TransientError: an error that may pass; what could be converted is committed.
        """
        prepared = self._prepared
        self._planned = plan_bundles(
            prepared.pending.fresh,
            prepared.pending.again,
            self._request,
            prepared.partition_by,
            begun=self._begun,
            tasks_at_once=stage.tasks_at_once,
        )
        try:
            fault = self._stage(stage, on_progress)
            fault = self._join(stage) or fault
            self._commit()
        except BaseException:
            if not self.committing:
                self._journal.discard(self._staging)
            raise
        self._journal.discard(self._staging)
        if fault:
            raise fault
        return self._report()

    def _stage(self, stage: ConvertStage, on_progress: Callable[[int, int], None]) -> TransientError | None:
        """Stages the results of the bundles. Returns an error that stopped some of them but may pass."""
        bundles = [planned.bundle for planned in self._planned]
        sizes = [sum(raw.size_bytes for raw in bundle.objects) for bundle in bundles]

        def on_result(result: BundleResult | BundleFailure) -> None:
            self._take(result)
            on_progress(sum(sizes[number] for number in self._ended), sum(sizes))

        on_progress(0, sum(sizes))
        plans, failures = plan_tables(stage, StoredSchemas(self._prepared.output), bundles)
        self._plan = plans[self._request.table]
        self._again = [bundle.number for bundle in bundles]
        for failure in failures:
            self._again.remove(failure.number)
            on_result(failure)
        fault = None
        while self._again:
            numbers, self._again = self._again, []
            try:
                stage.convert([(self._planned[number].bundle, self._plan) for number in numbers], on_result)
            except TransientError as error:
                fault = fault or error
        return fault

    def _take(self, result: BundleResult | BundleFailure) -> None:
        """Records a bundle's result; a bundle with unreadable objects is converted again without them."""
        planned = self._planned[result.number]
        first, more = planned.bundle.objects[0].key, len(planned.objects) - 1
        what = f"{first} and {more} more objects" if more else first
        if isinstance(result, BundleFailure):
            self._fail(planned, result, what)
            return
        self._ended.add(result.number)
        self._converted[result.number] = replace(result, objects={})  # there may be very many
        bundle = planned.bundle
        self._formats.add(bundle.table, bundle.log_group, bundle.format, result.accounting, result.examples)

    def _fail(self, planned: PlannedBundle, failure: BundleFailure, what: str) -> None:
        number, unread = failure.number, failure.unread
        if unread and planned.replaces:
            self._failed[number].append(f"{failure.reason} {stays(planned.objects)}")
        elif unread:
            self._failed[number] += [unread[key] for key in sorted(unread)]
            self._planned[number] = planned.without(unread)
            if self._planned[number].objects:
                self._again.append(number)
                return
        else:
            self._failed[number].append(f"{what}: {failure.reason}")
        self._ended.add(number)

    def _join(self, stage: ConvertStage) -> TransientError | None:
        """Makes of the results what the journal has. If files can't be joined, they stay as they are; returns why."""
        fault = None
        units = units_of([(self._planned[number], result) for number, result in sorted(self._converted.items())])
        for first in range(0, len(units), stage.tasks_at_once):
            some = units[first : first + stage.tasks_at_once]
            pieces = files = [[each for _, result in unit for each in result.files] for unit in some]
            try:
                files = joined_files(pieces, stage, self._plan.schema, f"{self._staging}joined/{first}/")
            except TransientError as error:
                fault = fault or error
            for unit, were, are in zip(some, pieces, files, strict=True):
                done = [self._journal.staging + each.staged_key for each in were if each not in are]
                self._prepared.output.delete(done)  # now: the disk may have no room for all of them twice
                self._add(unit, are)
        return fault

    def _add(self, unit: Unit, files: Sequence[StagedFile]) -> None:
        planned = unit[0][0]
        try:
            self._bundles.append(converted_unit(unit, files, self._plan, self._journal.staging))
            self._replaced += [planned.replaces] if planned.replaces else []
        except UnbalancedError as error:
            self._failed[planned.bundle.number].append(f"{planned.bundle.objects[0].key} and what follows: {error}")

    def _commit(self) -> None:
        """Commits the converted bundles."""
        if not self._bundles:
            return
        converted, replaced = tuple(self._bundles), self._replaced
        kept = {staged.final_key for bundle in converted for staged in bundle.files}
        old_files = (staged.final_key for bundle in replaced for staged in bundle.files)
        commit = Commit(
            partition_by=self._prepared.partition_by,
            schema_version=self._plan.schema.version,
            bundles=converted,
            replaces=tuple(bundle.name for bundle in replaced),
            removes=tuple(key for key in old_files if key not in kept),
        )
        self.committing = True
        try:
            self._journal.commit(self._begun, commit)
        except LeaseLostError:
            self.committing = False
            raise

    def _report(self) -> FolderReport:
        before, converted = self._prepared.report(), self._bundles
        results = [result for _, result in sorted(self._converted.items())]
        violations = join_violations(result.violations for result in results)
        contract = (converted and self._request.contract) or Contract()
        return FolderReport(
            table=before.table,
            log_group=before.log_group,
            done=before.done,
            copies=before.copies,
            objects=sum(len(bundle.objects) for bundle in converted),
            format=self._plan.format,
            also=self._plan.also,
            columns={column.name: column.type.value for column in self._plan.schema.columns},
            files=[each for bundle in converted for each in bundle.files if each.partition],
            accounting=total(bundle.accounting for bundle in converted),
            reasons=sum((Counter(result.reasons) for result in results), Counter()),
            undecoded=dict(sorted(each for result in results for each in result.undecoded.items())),
            plain=dict(sorted(each for result in results for each in result.plain.items())),
            violations=violations,
            unmatched=contract.unmatched(self._plan.schema, (each.field for each in violations)),
            quarantined_before=before.quarantined_before,
            skipped=before.skipped,
            unread=tuple(self._formats.below(self._request.min_read_ratio)),
            failed=(*before.failed, *(each for number in sorted(self._failed) for each in self._failed[number])),
        )
