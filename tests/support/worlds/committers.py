"""Committers for tests, on a lake without compacted files and without a catalog."""

from __future__ import annotations

from collections.abc import Sequence

from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import LedgerRow
from loglake.core.schema.schema import TableSchema
from loglake.errors import LeaseLostError
from loglake.pipelines.commit.committer import Committer
from loglake.pipelines.commit.leases import Leases
from support.fakes.stores import MemoryStore

SCHEMA = TableSchema("shop")


class OneByOne(Committer):
    """Ends each window at once, as a run does that has one window."""

    def roll_forward(self, row: LedgerRow, manifest: Manifest) -> Manifest:
        """Raises LeaseLostError if another converter has the window."""
        done = super().roll_forward(row, manifest)
        if not self.end([(row, done)]):
            raise LeaseLostError(f"another converter took it over: {row.window}")
        return done


def committer_of(
    lake: MemoryStore, leases: Leases, owner: str, noted: list[tuple[str, tuple[str, ...]]] | None = None
) -> Committer:
    """A converter's committer; `noted` gets the table and partitions of each note."""

    def note(table: str, partitions: Sequence[str], _schema: TableSchema) -> None:
        if noted is not None:
            noted.append((table, tuple(partitions)))

    return OneByOne(lake, leases, owner, lake.delete, note)
