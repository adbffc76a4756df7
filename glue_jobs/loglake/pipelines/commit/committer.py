"""Staged, then committed: how the files of windows become rows of the table exactly once.

1. Every file lies under ``staging/``, outside of what crawlers and queries read.
2. Open decisions of earlier converters are settled, about each window and the windows that it replaces: what is not
   decided by then is aborted. If such a converter wakes up, it finds that and adds no file to the table.
3. Catalog gaps are noted, and the decision about all windows of the batch is written with ``If-None-Match: *``.
4. Their files are copied to their final keys.
5. The staging folders of windows that had another converter, and of those that they replace, are emptied, superseded
   files are removed (from compacted files too: see `row_deletion`), the rows that they replace are marked SUPERSEDED.
6. The other staged files are removed, and the attempts become the current versions of the ledger's rows.

After a crash between any two steps, the next converter that claims the windows rolls them forward from the decision.
Copies come before removals, so a query never misses a row. Staging is emptied before the row is CONVERTED, so that no
crash leaves stale files behind. A converter that wakes up after its lease finds the decision made, its staged files
gone and its row changed, so it can bring nothing back.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Callable

from loglake.core.accounting import total
from loglake.core.keys import staged_of
from loglake.core.ledger.manifest import Batch, Manifest, Replaced
from loglake.core.ledger.row import LedgerRow, all_readable
from loglake.core.planning.replacing import events_before
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.contract import join_violations
from loglake.core.schema.conversion import BundleResult, StagedFile
from loglake.core.schema.schema import TableSchema
from loglake.errors import (
    FewerEventsError,
    NotFoundError,
    TransientError,
    UnbalancedError,
)
from loglake.pipelines.commit.decisions import Decisions, SettledDecisions, decide
from loglake.pipelines.commit.leases import Leases
from loglake.pipelines.commit.replacement import Inside, Replacing


class Committer:
    """Commits windows in the lake bucket, under leases."""

    def __init__(
        self,
        lake: ObjectStore,
        leases: Leases,
        owner: str,
        *,
        decisions: Decisions,
        remove: Callable[[Sequence[str]], None],
        is_compacted: Callable[[str], bool],
        note: Callable[[str, Sequence[str], TableSchema], None],
    ) -> None:
        """Takes a converter's collaborators.

        Args:
            lake: holds the staged files and the tables.
            leases: the windows that the converter holds.
            owner: the converter's run.
            decisions: reads those of all windows.
            remove: removes files from the lake by their final keys, and their rows from files that windows share.
            is_compacted: whether the rows of a final key are in a compacted file.
            note: notes which partitions and columns a table is about to have.
        """
        self._lake = lake
        self._leases = leases
        self._owner = owner
        self._remove = remove
        self._is_compacted = is_compacted
        self._note = note
        self._copying: dict[str, threading.Lock] = {}
        self._copied: dict[str, TransientError | None] = {}
        self._decisions = SettledDecisions(lake, decisions)
        self._replacing = Replacing(leases, self._decisions)

    def decided(self, row: LedgerRow) -> Manifest | None:
        """What an earlier converter decided about a claimed window's attempt; None if nothing, and nothing comes."""
        settled = self._decisions.about(row, row.open_decisions[:-1])
        return next((part for part in settled if part.generation == row.generation), None)

    def prepare(
        self, row: LedgerRow, results: Sequence[BundleResult], schema: TableSchema, unmatched: Sequence[str] = ()
    ) -> Manifest:
        """What is to be decided about a window. Its rows replace those of all narrower windows inside it.

        Args:
            row: the window's, claimed.
            results: of all its bundles.
            schema: the table's.
            unmatched: see `Manifest`.

        Raises:
            UnbalancedError: the counts don't add up; nothing is committed.
            FewerEventsError: it would remove more events than it adds; nothing is committed.
            WindowBusyError: a window inside it is under way, so nothing is committed yet.
            PermanentError: objects were landed for a window inside it.
        """
        accounting = total(result.accounting for result in results)
        if not accounting.balanced:
            raise UnbalancedError(f"{row.log_group} {row.window}: {accounting} does not balance; nothing was committed")
        inside = [] if row.is_first else all_readable(self._leases.ledger.rows_inside(row.log_group, row.window))
        unended = self._decisions.about(row, row.open_decisions[:-1])
        before = events_before(row, inside, unended[-1].accounting.held if unended else None)
        if before is not None and accounting.held < before:
            raise FewerEventsError(row.log_group, before, accounting.held)
        manifest = self._manifest(row, results, schema.version, inside)
        # For a later comparison: the events that the version replaced when it was exported.
        compared = row.current.events_before if row.trying.reconverts and row.current else before
        return replace(manifest, events_before=compared, unmatched=tuple(unmatched))

    def decide(self, rows: Sequence[LedgerRow], manifests: Sequence[Manifest], schema: TableSchema) -> Batch:
        """Decides about the windows of a batch, as they were prepared.

        Returns:
            The decision that counts: if another converter has taken over a window, it says nothing about any.
        """
        batch = Batch.of(manifests)
        # A refused commit adds nothing to the catalog. A decided one becomes rows, whatever is killed.
        for each in manifests:
            self._note(each.table, each.partitions, schema)
        self._leases.deciding(rows)
        decided = decide(self._lake, batch)
        self.discard(manifests, decided)
        return decided

    def discard(self, manifests: Iterable[Manifest | BundleResult], decided: Batch | None = None) -> None:
        """Removes staged files of windows that no decision names."""
        kept = {staged.staged_key for each in (decided.windows if decided else ()) for staged in each.files}
        staged_keys = {staged.staged_key for each in manifests for staged in each.files}
        self._lake.delete(sorted(staged_keys - kept))

    def _manifest(
        self, row: LedgerRow, results: Sequence[BundleResult], schema_version: int, inside: Sequence[LedgerRow]
    ) -> Manifest:
        inside = self._replacing.at_rest(row, inside)
        files = tuple(staged for result in sorted(results, key=lambda r: r.number) for staged in result.files)
        return Manifest(
            log_group=row.log_group,
            window=row.window,
            generation=row.generation,
            table=row.table,
            owner=self._owner,
            schema_version=schema_version,
            files=files,
            accounting=total(result.accounting for result in results),
            supersedes=self._superseded(row, inside, {staged.final_key for staged in files}),
            objects={key: counts for result in results for key, counts in result.objects.items()},
            reasons=sum((Counter(result.reasons) for result in results), Counter()),
            replaces=tuple(Replaced(inner.window, inner.generation) for inner in inside),
            key_prefix=row.key_prefix,
            violations=join_violations(result.violations for result in sorted(results, key=lambda r: r.number)),
            decision=row.decisions[-1],
        )

    def copy(self, row: LedgerRow, manifest: Manifest) -> Inside:
        """Copies a decided window's files to their places; idempotent, like what follows.

        Returns:
            What it replaces, to be given to `replace`.

        Raises:
            WindowBusyError: a window that it replaces was opened again.
            NotFoundError: a file is in neither staging nor the lake.
            LeaseLostError: another converter has the window.
        """
        inside = self._replacing.still_inside(manifest)
        for staged in manifest.files:
            if staged.within:
                self._copy_shared(row, manifest, staged)
            else:
                self._copy(row, manifest, staged)
        if self._has_others_staged(row):
            # Staging first: a stopped converter of a replaced window then can't copy its files back.
            self._lake.delete(self._left_in_staging(manifest, inside))
        return inside

    def replace(self, copied: Sequence[tuple[Manifest, Inside]]) -> None:
        """Removes what windows replace whose files are in their places: many at once, so each file is written once.

        Raises:
            WindowBusyError: a window that one replaces was opened again.
            PermanentError: a file with rows of these can't be written again.
        """
        self._remove([key for manifest, inside in copied for key in (*manifest.supersedes, *inside.keys)])
        for manifest, inside in copied:
            for inner in inside.rows:
                self._replacing.supersede(inner, manifest.window)

    def end(self, decided: Sequence[tuple[LedgerRow, Manifest]]) -> list[LedgerRow]:
        """Ends windows whose files are in their places alone: empties staging, and their rows are CONVERTED.

        Returns the rows of those that no other converter has taken.
        """
        there = (
            staged.staged_key
            for row, manifest in decided
            for staged in manifest.files
            if staged.within or not self._has_others_staged(row)
        )
        self._lake.delete(dict.fromkeys(there))
        return self._leases.finish_all([(row, partial(self._succeed, manifest)) for row, manifest in decided])

    def _succeed(self, manifest: Manifest, held: LedgerRow) -> LedgerRow:
        return held.succeed(
            self._leases.clock.now_ms(),
            manifest.accounting,
            manifest.partitions,
            manifest.events_before,
            table_files=manifest.table_files,
            table_bytes=manifest.table_bytes,
            decision=manifest.digest,
            decided_in=manifest.decision,
        )

    def _has_others_staged(self, row: LedgerRow) -> bool:
        """Whether staging may have files of this window, or of those inside, that its decision does not name."""
        return self._leases.is_again(row) or not row.is_first

    def fail(self, row: LedgerRow, reason: str) -> LedgerRow:
        """Gives a window up: FAILED, with its reason in words. Raises LeaseLostError if another converter has it."""
        return self._leases.finish(row, lambda held: held.fail(self._leases.clock.now_ms(), reason))

    def _copy_shared(self, row: LedgerRow, manifest: Manifest, staged: StagedFile) -> None:
        """Copies a file that windows share once, also if a store fails: each window would wait for it as long."""
        with self._copying.setdefault(staged.within, threading.Lock()):
            if staged.within not in self._copied:
                fault = None
                try:
                    self._copy(row, manifest, staged)
                except TransientError as error:
                    fault = error
                self._copied[staged.within] = fault
            if fault := self._copied[staged.within]:
                raise fault

    def _copy(self, row: LedgerRow, manifest: Manifest, staged: StagedFile) -> None:
        # A task that was given up may stage its file again, after others have taken rows out of it.
        if staged.within and self._leases.is_again(row) and self._is_compacted(staged.final_key):
            return
        try:
            self._lake.copy(staged.staged_key, staged.place)
        except NotFoundError:
            self._leases.check(row)  # a converter that was overtaken stops here, before it reports damage
            # Other windows that share it may be converted, and replaced: then it was written again without them.
            if not self._lake.exists(staged.place) and not (staged.within and self._is_compacted(staged.final_key)):
                raise NotFoundError(
                    f"{manifest.key} names {staged.place}, which is neither staged nor in the lake. "
                    "`loglake rerun` converts the window again from its raw objects."
                ) from None

    def _superseded(self, row: LedgerRow, inside: Sequence[LedgerRow], kept: set[str]) -> tuple[str, ...]:
        """Final keys that a commit replaces, without the keys that it writes again.

        These are the files of the versions before, the files of the windows inside, and what their decisions supersede:
        a window may get its next generation, for example because an object landed, before it is fully rolled forward.
        """
        before = self._decisions.about(row, row.decisions[:-1])
        older = [key for manifest in before for key in manifest.keys_to_remove]
        older += self._replacing.keys_to_remove(inside, before[-1] if before else None)
        return tuple(key for key in dict.fromkeys(older) if key not in kept)

    def _left_in_staging(self, manifest: Manifest, inside: Inside) -> list[str]:
        """Staged files of the window and of the windows inside it, without later generations' files."""
        newest = {each.window: each.generation for each in inside.replaced}
        newest[manifest.window] = manifest.generation
        prefix = manifest.keys.group_staging_prefix if inside.replaced else manifest.keys.window_staging_prefix
        staged = ((item.key, staged_of(item.key)) for item in self._lake.list(prefix))
        return [key for key, found in staged if found and found[1] <= newest.get(found[0], 0)]
