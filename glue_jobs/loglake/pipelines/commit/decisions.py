"""Decisions in the lake bucket: each name is decided once, and the ledger's rows have the names.

Whoever takes over a window that another converter had settles its open decisions first: one that is not made by then is
aborted, for all of its windows. So a converter that wakes up can't decide any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from loglake.core.keys import decision_key, shared_staging
from loglake.core.ledger.manifest import Batch, Manifest
from loglake.core.ledger.row import LedgerRow
from loglake.core.ports.objects import ObjectStore
from loglake.core.unreadable import parse
from loglake.errors import AlreadyExistsError, NotFoundError, PermanentError

_OVERTAKEN = "another converter took its windows over, or a wider window replaces them"

_KEPT_FILES = 100_000
"""Files that decisions in memory name: about 100 MB."""


def find_batch(lake: ObjectStore, table: str, name: str) -> Batch | None:
    """The decision of a name; None if there is none.

    Raises:
        UnreadableItemError: it can't be read, so it is not known. The same holds below.
    """
    key = decision_key(table, name)
    try:
        body = lake.get(key)
    except NotFoundError:
        return None

    def read() -> Batch:
        batch = Batch.from_bytes(body)
        if (batch.table, batch.name) != (table, name):
            raise ValueError(f"it is about {batch.table} and named {batch.name}")
        return batch

    return parse(key, read)


def decide(lake: ObjectStore, batch: Batch) -> Batch:
    """Makes a decision; returns the one that counts, whoever made it."""
    while True:
        try:
            lake.put_new(batch.key, batch.to_bytes())
        except AlreadyExistsError:
            if found := find_batch(lake, batch.table, batch.name):
                return found
        else:
            return batch


def newest_commit(lake: ObjectStore, row: LedgerRow) -> Manifest | None:
    """What was decided about a window last: its files are in the table, or about to come. None if nothing was."""
    batches = (find_batch(lake, row.table, name) for name in reversed(row.decisions))
    return next((part for batch in batches if batch and (part := batch.part(row.name))), None)


class Decisions:
    """Decisions that are there, which never change: those that were read last stay in memory. Thread-safe."""

    def __init__(self, lake: ObjectStore) -> None:
        self._lake = lake
        self._known: dict[str, Batch] = {}
        self._files = 0

    def find(self, table: str, name: str) -> Batch | None:
        """As `find_batch`."""
        found = self._known.get(name) or find_batch(self._lake, table, name)
        if found and name not in self._known:
            self.keep(found)
        return found

    def keep(self, batch: Batch) -> None:
        """Keeps a decision that was just made."""
        if self._files >= _KEPT_FILES:
            self._known, self._files = {}, 0
        self._known[batch.name] = batch
        self._files += 1 + sum(len(each.files) for each in batch.windows)


class SettledDecisions:
    """Settles decisions. Thread-safe."""

    def __init__(self, lake: ObjectStore, decisions: Decisions) -> None:
        self._lake = lake
        self._decisions = decisions

    def about(self, row: LedgerRow, names: Sequence[str]) -> list[Manifest]:
        """What decisions of these names say about a window, in their order.

        Raises:
            PermanentError: that of its current version is gone, so nobody knows which files are to be removed.
        """
        return [part for name in names if (part := self._part(row, name))]

    def _part(self, row: LedgerRow, name: str) -> Manifest | None:
        batch = self._decisions.find(row.table, name)
        if row.current and name == row.decisions[0] and not (batch and batch.part(row.name)):
            raise PermanentError(
                f"{decision_key(row.table, name)} named the files of {row.log_group} {row.window}, and no longer does: "
                "they stay as they are. `loglake rerun --damaged` writes it again."
            )
        if batch is None:
            batch = decide(self._lake, Batch(row.table, name, aborted=_OVERTAKEN))
            self._decisions.keep(batch)
            if batch.aborted:
                self._lake.delete([item.key for item in self._lake.list(shared_staging(row.table, name))])
        return batch.part(row.name)
