"""Staged, then committed: how a window's files become rows of the table exactly once.

1. Every file lies under ``staging/``, outside of what crawlers and queries read.
2. Earlier generations without a manifest are closed, for the window and for the windows that it replaces. If a
   converter of a closed generation wakes up, it finds the decision and adds no file to the table.
3. Catalog gaps are noted, and the manifest is written with ``If-None-Match: *``: of two converters one decides.
4. Its files are copied to their final keys.
5. The staging folders of the window and of the windows that it replaces are emptied, superseded files are removed (from
   compacted files too: see `row_deletion`), the rows that it replaces are marked SUPERSEDED, and the attempt becomes
   the ledger row's current version.

After a crash between any two steps, the next converter that claims the window rolls it forward from the manifest.
Copies come before removals, so a query never misses a row. Staging is emptied before the row is CONVERTED, so that no
crash leaves stale files behind. A converter that wakes up after its lease finds the decision made, its staged files
gone and its row changed, so it can bring nothing back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Callable

from loglake.core.accounting import total
from loglake.core.keys import staged_of
from loglake.core.ledger.manifest import Manifest, Replaced
from loglake.core.ledger.row import LedgerRow, all_readable
from loglake.core.planning.replacing import events_before
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.contract import join_violations
from loglake.core.schema.conversion import BundleResult
from loglake.core.schema.schema import TableSchema
from loglake.errors import (
    FewerEventsError,
    NotFoundError,
    PermanentError,
    UnbalancedError,
    UnreadableItemError,
)
from loglake.pipelines.commit.leases import Leases
from loglake.pipelines.commit.manifests import close, decide, last_commit
from loglake.pipelines.commit.replacement import Inside, Replacing


class Committer:
    """Commits windows in the lake bucket, under leases."""

    def __init__(
        self,
        lake: ObjectStore,
        leases: Leases,
        owner: str,
        remove: Callable[[Sequence[str]], None],
        note: Callable[[str, Sequence[str], TableSchema], None],
    ) -> None:
        """Takes a converter's collaborators.

        Args:
            lake: holds the staged files and the tables.
            leases: the windows that the converter holds.
            owner: the converter's run.
            remove: removes files from the lake by their final keys, and their rows from compacted files.
            note: notes which partitions and columns a table is about to have.
        """
        self._lake = lake
        self._leases = leases
        self._owner = owner
        self._remove = remove
        self._note = note
        self._replacing = Replacing(leases.ledger, leases.clock, lake, owner)

    def commit(
        self, row: LedgerRow, results: Sequence[BundleResult], schema: TableSchema, unmatched: Sequence[str] = ()
    ) -> Manifest:
        """Commits the converted bundles of a window, up to its `end`. They replace all narrower windows inside it.

        Args:
            row: the window's.
            results: of all its bundles.
            schema: the table's.
            unmatched: see `Manifest`.

        Returns:
            The decision, to be given to `end`.

        Raises:
            UnbalancedError: the counts don't add up; nothing is committed.
            FewerEventsError: it would remove more events than it adds; nothing is committed.
            WindowBusyError: a window inside it is under way, so nothing is committed yet.
            PermanentError: objects were landed for a window inside it.
            LeaseLostError: another converter has the window, or has decided.
        """
        accounting = total(result.accounting for result in results)
        if not accounting.balanced:
            raise UnbalancedError(f"{row.log_group} {row.window}: {accounting} does not balance; nothing was committed")
        inside = [] if row.is_first else all_readable(self._leases.ledger.rows_inside(row.log_group, row.window))
        before = events_before(row, inside)
        if before is not None and accounting.held < before:
            raise FewerEventsError(row.log_group, before, accounting.held)
        manifest = self._manifest(row, results, schema.version, inside)
        # For a later comparison: the events that the version replaced when it was exported.
        compared = row.current.events_before if row.trying.reconverts and row.current else before
        manifest = replace(manifest, events_before=compared, unmatched=tuple(unmatched))
        # A refused commit adds nothing to the catalog. A decided one becomes rows, whatever is killed.
        self._note(row.table, manifest.partitions, schema)
        decided = decide(self._lake, manifest)
        if decided is not manifest:
            # It does not name these files, and the converter that decided may have emptied staging before.
            kept = {staged.staged_key for staged in decided.files}
            self._lake.delete([each.staged_key for each in manifest.files if each.staged_key not in kept])
            self._leases.check(row)
        return self.roll_forward(row, decided)

    def _manifest(
        self, row: LedgerRow, results: Sequence[BundleResult], schema_version: int, inside: Sequence[LedgerRow]
    ) -> Manifest:
        """Writes the decision. From here on, no generation or window that it replaces gets new files."""
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
        )

    def roll_forward(self, row: LedgerRow, manifest: Manifest) -> Manifest:
        """Does the open steps of a manifest, up to the window's `end`; idempotent.

        Raises:
            PermanentError: the manifest closes the generation: none of its events becomes a row.
            WindowBusyError: a window that it replaces was opened again.
            PermanentError: a file is in neither staging nor the lake.
            LeaseLostError: another converter has the window.
        """
        if manifest.closed:
            self._leases.check(row)  # a converter that was overtaken stops here: it may not give the window up
            raise PermanentError(manifest.closed)
        inside = self._replacing.still_inside(manifest)
        for staged in manifest.files:
            self._copy(row, manifest, staged.staged_key, staged.final_key)
        if self._has_others_staged(row):
            # Staging first: a stopped converter of a replaced window then can't copy its files back.
            self._lake.delete(self._left_in_staging(manifest, inside))
        self._remove([*manifest.supersedes, *inside.keys])
        for inner in inside.rows:
            self._replacing.supersede(inner, manifest.window)
        return manifest

    def end(self, decided: Sequence[tuple[LedgerRow, Manifest]]) -> list[LedgerRow]:
        """Ends windows whose decisions were rolled forward: empties staging, and their rows are CONVERTED.

        Returns the rows of those that no other converter has taken.
        """
        alone = [manifest for row, manifest in decided if not self._has_others_staged(row)]
        self._lake.delete([staged.staged_key for manifest in alone for staged in manifest.files])
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
        )

    def _has_others_staged(self, row: LedgerRow) -> bool:
        """Whether staging may have files of this window, or of those inside, that its decision does not name."""
        return self._leases.is_again(row) or not row.is_first

    def fail(self, row: LedgerRow, reason: str) -> LedgerRow:
        """Gives a window's generation up: FAILED, with its reason in words.

        The generation is closed first, so that a converter that was stopped before its manifest can't make rows of a
        failed window.

        Raises:
            LeaseLostError: another converter has the window.
            UnreadableItemError: it has a manifest that can't be read.
        """
        self._leases.check(row)
        try:
            close(self._lake, row, self._owner, reason)
        except UnreadableItemError:
            raise  # the decision about this generation is not known
        except PermanentError as error:
            if str(error) != reason:  # the window fails because of a refusal of the same kind
                reason = f"{reason} (and that could not be written into the lake: {error})"
        return self._leases.finish(row, lambda held: held.fail(self._leases.clock.now_ms(), reason))

    def _copy(self, row: LedgerRow, manifest: Manifest, staged_key: str, final_key: str) -> None:
        try:
            self._lake.copy(staged_key, final_key)
        except NotFoundError:
            self._leases.check(row)  # a converter that was overtaken stops here, before it reports damage
            if not self._lake.exists(final_key):
                raise PermanentError(
                    f"{manifest.keys.manifest} names {final_key}, which is neither staged nor in the lake. "
                    "`loglake rerun` converts the window again from its raw objects."
                ) from None

    def _superseded(self, row: LedgerRow, inside: Sequence[LedgerRow], kept: set[str]) -> tuple[str, ...]:
        """Final keys that a commit replaces, without the keys that it writes again.

        These are the files of the newest earlier generation that has any, the files of the windows inside, and what
        their manifests supersede: a window may get its next generation, for example because an object landed, before
        its manifest is fully rolled forward.
        """
        before = last_commit(self._lake, row, self._owner)
        older = [*(before.keys_to_remove if before else ()), *self._replacing.keys_to_remove(inside, before)]
        return tuple(key for key in dict.fromkeys(older) if key not in kept)

    def _left_in_staging(self, manifest: Manifest, inside: Inside) -> list[str]:
        """Staged files of the window and of the windows inside it, without later generations' files."""
        newest = {each.window: each.generation for each in inside.replaced}
        newest[manifest.window] = manifest.generation
        prefix = manifest.keys.group_staging_prefix if inside.replaced else manifest.keys.window_staging_prefix
        staged = ((item.key, staged_of(item.key)) for item in self._lake.list(prefix))
        return [key for key, found in staged if found and found[1] <= newest.get(found[0], 0)]
