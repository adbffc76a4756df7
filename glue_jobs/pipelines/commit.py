"""Staged, then committed: how a window's files become rows of the table exactly once.

1. Every file lies under ``staging/``, where no crawler and no query looks.
2. The manifest is written with ``If-None-Match: *``: of two converters one decides.
3. Its files are copied to their final keys.
4. The window's staging folder is emptied, what the manifest supersedes is removed, and the ledger says CONVERTED.

A crash between any two steps is rolled forward from the manifest by whoever claims the window next. Staging is emptied
before the row is CONVERTED, so that no crash leaves files behind which nobody would look at again; and a converter that
wakes up after its lease finds its staged files gone and its row changed, so it can bring nothing back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from glue_jobs.core.accounting import total
from glue_jobs.core.keys import WindowKeys
from glue_jobs.core.ledger import LedgerRow, WindowState
from glue_jobs.core.manifest import Manifest
from glue_jobs.errors import AlreadyExistsError, DamagedCommitError, NotFoundError, UnbalancedError

if TYPE_CHECKING:
    from glue_jobs.core.conversion import BundleResult
    from glue_jobs.core.ports import ObjectStore
    from glue_jobs.pipelines.leases import Leases


class Committer:
    """Commits windows in the lake bucket, under leases."""

    def __init__(self, lake: ObjectStore, leases: Leases, owner: str) -> None:
        self._lake = lake
        self._leases = leases
        self._owner = owner

    def find_manifest(self, row: LedgerRow) -> Manifest | None:
        """The manifest of a window's current generation, where a converter got that far before it stopped."""
        return self._manifest(row.keys)

    def commit(self, row: LedgerRow, results: Sequence[BundleResult], schema_version: int) -> LedgerRow:
        """Commits what converting all bundles of a window gave.

        Returns:
            The row, CONVERTED.

        Raises:
            UnbalancedError: the counts don't add up; nothing is committed.
            LeaseLostError: another converter has the window; what it commits stands.
        """
        accounting = total(result.accounting for result in results)
        if not accounting.balanced:
            raise UnbalancedError(f"{row.log_group} {row.window}: {accounting} does not balance; nothing was committed")
        files = tuple(staged for result in sorted(results, key=lambda r: r.number) for staged in result.files)
        manifest = Manifest(
            log_group=row.log_group,
            window=row.window,
            generation=row.generation,
            table=row.table,
            owner=self._owner,
            schema_version=schema_version,
            files=files,
            accounting=accounting,
            supersedes=self._superseded(row, {staged.final_key for staged in files}),
            objects={key: counts for result in results for key, counts in result.objects.items()},
            reasons=sum((Counter(result.reasons) for result in results), Counter()),
        )
        self._leases.check(row)
        try:
            self._lake.put_new(manifest.keys.manifest, manifest.to_bytes())
        except AlreadyExistsError:
            manifest = Manifest.from_bytes(self._lake.get(manifest.keys.manifest))
        return self.roll_forward(row, manifest)

    def roll_forward(self, row: LedgerRow, manifest: Manifest) -> LedgerRow:
        """Does what a manifest says that is not done yet; doing it twice is doing it once.

        Raises:
            DamagedCommitError: a file is in neither staging nor the lake.
            LeaseLostError: another converter has the window.
        """
        for staged in manifest.files:
            self._copy(row, manifest, staged.staged_key, staged.final_key)
        self._leases.check(row)
        # Staging first, of all generations: a converter of an older one that wakes up can't bring back what goes next.
        self._lake.delete([item.key for item in self._lake.list(manifest.keys.window_staging_prefix)])
        self._lake.delete(manifest.supersedes)
        return self._leases.finish(
            row, WindowState.CONVERTED, accounting=manifest.accounting, partitions=manifest.partitions, reason=""
        )

    def _copy(self, row: LedgerRow, manifest: Manifest, staged_key: str, final_key: str) -> None:
        try:
            self._lake.copy(staged_key, final_key)
        except NotFoundError:
            self._leases.check(row)  # a fenced-off converter stops here, and is not told of damage
            if not self._lake.exists(final_key):
                raise DamagedCommitError(manifest.keys.manifest, final_key) from None

    def _superseded(self, row: LedgerRow, kept: set[str]) -> tuple[str, ...]:
        """Final keys of the newest generation before that has a manifest, without those that this one writes again.

        And what that manifest supersedes: a window may have got its next generation, such as by an object that was
        landed, before anybody had rolled the manifest forward to its end.
        """
        for generation in range(row.generation - 1, 0, -1):
            manifest = self._manifest(WindowKeys(row.log_group, row.window, generation))
            if manifest:
                older = [*(staged.final_key for staged in manifest.files), *manifest.supersedes]
                return tuple(key for key in older if key not in kept)
        return ()

    def _manifest(self, keys: WindowKeys) -> Manifest | None:
        try:
            return Manifest.from_bytes(self._lake.get(keys.manifest))
        except NotFoundError:
            return None
