"""Staged, then committed: how a window's files become rows of the table exactly once.

1. Every file lies under ``staging/``, where no crawler and no query looks.
2. Generations before this one that have no manifest are closed, and so are those of the windows that it replaces: a
   converter of one that wakes up finds that it was decided, and brings no file into the table.
3. What the catalog lacks of it is noted, and the manifest is written with ``If-None-Match: *``: of two converters
   one decides.
4. Its files are copied to their final keys.
5. The staging folders of the window and of those that it replaces are emptied, what the manifest supersedes is removed
   (from compacted files too: see `row_deletion`), the rows that it replaces are marked SUPERSEDED, and the attempt
   becomes the ledger row's current version.

A crash between any two steps is rolled forward from the manifest by whoever claims the window next. Copies come before
removals, so a query never misses a row. Staging is emptied before the row is CONVERTED, so that no crash leaves files
behind which nobody would look at again; and a converter that wakes up after its lease finds its staged files gone and
its row changed, so it can bring nothing back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Callable

from loglake.core.accounting import total
from loglake.core.keys import staged_of
from loglake.core.ledger.manifest import Manifest, Replaced
from loglake.core.ledger.row import LedgerRow
from loglake.core.planning.passes import events_before
from loglake.errors import (
    DamagedCommitError,
    FewerEventsError,
    GenerationClosedError,
    LeaseLostError,
    NotFoundError,
    PermanentError,
    UnbalancedError,
    UnreadableItemError,
)
from loglake.pipelines.commit.manifests import close, decide, find_manifest, last_commit
from loglake.pipelines.commit.replacement import Inside, Replacing

if TYPE_CHECKING:
    from loglake.core.ports.objects import ObjectStore
    from loglake.core.schema.conversion import BundleResult
    from loglake.core.schema.schema import TableSchema
    from loglake.pipelines.commit.leases import Leases


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
        """A converter's.

        Args:
            lake: where staged files are, and tables.
            leases: the windows that it has.
            owner: its run.
            remove: takes files out of the lake by their final keys, and their rows out of compacted ones.
            note: notes which partitions and columns a table is about to have.
        """
        self._lake = lake
        self._leases = leases
        self._owner = owner
        self._remove = remove
        self._note = note
        self._replacing = Replacing(leases.ledger, leases.clock, lake, owner)

    def find_manifest(self, row: LedgerRow) -> Manifest | None:
        """The manifest of a window's current generation, where a converter got that far before it stopped."""
        return find_manifest(self._lake, row.keys)

    def commit(self, row: LedgerRow, results: Sequence[BundleResult], schema: TableSchema) -> LedgerRow:
        """Commits what converting all bundles of a window gave, in the place of all narrower windows inside it.

        Returns:
            The row, whose current version it is.

        Raises:
            UnbalancedError: the counts don't add up; nothing is committed.
            FewerEventsError: it would take more events away than it brings; nothing is committed.
            WindowBusyError: a window inside it is under way, so nothing is committed yet.
            LandedInsideError: objects were landed for a window inside it.
            LeaseLostError: another converter has the window; what it commits stands.
        """
        accounting = total(result.accounting for result in results)
        if not accounting.balanced:
            raise UnbalancedError(f"{row.log_group} {row.window}: {accounting} does not balance; nothing was committed")
        inside = self._replacing.inside(row)
        before = events_before(row, inside)
        if before is not None and accounting.held < before:
            raise FewerEventsError(row.log_group, before, accounting.held)
        try:
            self._leases.check(row)
            manifest = self._manifest(row, results, schema.version, inside)
            manifest = replace(manifest, events_before=_compared(row, before))
            # What is refused adds nothing to the catalog; what is decided becomes rows, whoever is killed.
            self._note(row.table, manifest.partitions, schema)
            self._leases.check(row)
        except LeaseLostError:
            # No manifest names these files, and whoever has the window now may have emptied its staging before.
            self._lake.delete([staged.staged_key for result in results for staged in result.files])
            raise
        return self.roll_forward(row, decide(self._lake, manifest))

    def _manifest(
        self, row: LedgerRow, results: Sequence[BundleResult], schema_version: int, inside: Sequence[LedgerRow]
    ) -> Manifest:
        """What is to be decided. From here on none of the generations and windows that it replaces gets new files."""
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
        )

    def roll_forward(self, row: LedgerRow, manifest: Manifest) -> LedgerRow:
        """Does what a manifest says that is not done yet; doing it twice is doing it once.

        Raises:
            GenerationClosedError: the manifest says that nothing of it becomes a row.
            WindowBusyError: a window that it replaces was opened again.
            DamagedCommitError: a file is in neither staging nor the lake.
            LeaseLostError: another converter has the window.
        """
        if manifest.closed:
            self._leases.check(row)  # a fenced-off converter stops here: the window is not its own to give up
            raise GenerationClosedError(manifest.closed)
        inside = self._replacing.still_inside(manifest)
        for staged in manifest.files:
            self._copy(row, manifest, staged.staged_key, staged.final_key)
        self._leases.check(row)
        # Staging first: a converter of what goes next, which was stopped before a copy, can't bring it back.
        self._lake.delete(self._left_in_staging(manifest, inside))
        self._remove([*manifest.supersedes, *inside.keys])
        self._replacing.mark(inside, manifest.window)
        counted = manifest.accounting, manifest.partitions, manifest.events_before
        files, size_bytes = manifest.table_files, manifest.table_bytes
        now_ms = self._leases.clock.now_ms()
        return self._leases.finish(
            row, lambda held: held.succeed(now_ms, *counted, table_files=files, table_bytes=size_bytes)
        )

    def fail(self, row: LedgerRow, reason: str) -> LedgerRow:
        """Gives a window's generation up: FAILED, with its reason in words.

        The generation is closed first, so that a converter which was stopped before its manifest can't make rows of a
        window that is told as failed.

        Raises:
            LeaseLostError: another converter has the window.
            UnreadableItemError: it has a manifest that can't be read.
        """
        self._leases.check(row)
        try:
            close(self._lake, row, self._owner, reason)
        except UnreadableItemError:
            raise  # what was decided about this generation is not known
        except PermanentError as error:
            if str(error) != reason:  # a refusal of the same kind is why the window fails
                reason = f"{reason} (and that could not be written into the lake: {error})"
        return self._leases.finish(row, lambda held: held.fail(self._leases.clock.now_ms(), reason))

    def _copy(self, row: LedgerRow, manifest: Manifest, staged_key: str, final_key: str) -> None:
        try:
            self._lake.copy(staged_key, final_key)
        except NotFoundError:
            self._leases.check(row)  # a fenced-off converter stops here, and is not told of damage
            if not self._lake.exists(final_key):
                raise DamagedCommitError(manifest.keys.manifest, final_key) from None

    def _superseded(self, row: LedgerRow, inside: Sequence[LedgerRow], kept: set[str]) -> tuple[str, ...]:
        """Final keys of all that a commit takes the place of, without those that it writes again.

        These are the files of the newest generation before that has any, those of the windows inside, and what their
        manifests supersede: a window may have got its next generation, such as by an object that was landed, before
        anybody had rolled the manifest forward to its end.
        """
        before = last_commit(self._lake, row, self._owner)
        older = [*(before.keys_to_remove if before else ()), *self._replacing.keys_to_remove(inside, before)]
        return tuple(key for key in dict.fromkeys(older) if key not in kept)

    def _left_in_staging(self, manifest: Manifest, inside: Inside) -> list[str]:
        """Staged files of the window and of those inside it, of all generations but those that come later."""
        newest = {each.window: each.generation for each in inside.replaced}
        newest[manifest.window] = manifest.generation
        keys = manifest.keys
        prefix = keys.group_staging_prefix if inside.replaced else keys.window_staging_prefix
        staged = ((item.key, staged_of(item.key)) for item in self._lake.list(prefix))
        return [key for key, found in staged if found and found[1] <= newest.get(found[0], 0)]


def _compared(row: LedgerRow, before: int | None) -> int | None:
    """What the events of a version are compared with later: what it took the place of when it was exported."""
    return row.current.events_before if row.trying.reconverts and row.current else before
