"""Committers for tests, on a lake without compacted files and without a catalog."""

from __future__ import annotations

from collections.abc import Sequence

from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import LedgerRow
from loglake.core.schema.conversion import BundleResult
from loglake.core.schema.schema import TableSchema
from loglake.errors import LeaseLostError
from loglake.pipelines.commit.committer import Committer
from loglake.pipelines.commit.decisions import Decisions
from loglake.pipelines.commit.leases import Leases
from support.fakes.stores import MemoryStore

SCHEMA = TableSchema("shop")


class OneByOne(Committer):
    """Commits each window alone and ends it at once, as a run does that has one window."""

    def commit(self, row: LedgerRow, results: Sequence[BundleResult], schema: TableSchema) -> Manifest:
        """Raises LeaseLostError if another converter has the window."""
        part = self.decide([row], [self.prepare(row, results, schema)], schema).part(row.name)
        if part is None:
            self._leases.check(row)
            raise AssertionError(f"nobody has taken {row.window}, and its decision is aborted")
        return self.roll_forward(row, part)

    def roll_forward(self, row: LedgerRow, manifest: Manifest) -> Manifest:
        """Raises LeaseLostError if another converter has the window."""
        self.replace([(manifest, self.copy(row, manifest))])
        if not self.end([(row, manifest)]):
            raise LeaseLostError(f"another converter took it over: {row.window}")
        return manifest


def committer_of(
    lake: MemoryStore, leases: Leases, owner: str, noted: list[tuple[str, tuple[str, ...]]] | None = None
) -> OneByOne:
    """A converter's committer; `noted` gets the table and partitions of each note."""

    def note(table: str, partitions: Sequence[str], _schema: TableSchema) -> None:
        if noted is not None:
            noted.append((table, tuple(partitions)))

    decisions = Decisions(lake)
    return OneByOne(
        lake, leases, owner, decisions=decisions, remove=lake.delete, is_compacted=lambda _: False, note=note
    )
