"""Committers for tests, on a lake without compacted files and without a catalog."""

from __future__ import annotations

from collections.abc import Sequence

from loglake.core.schema.schema import TableSchema
from loglake.pipelines.commit.committer import Committer
from loglake.pipelines.commit.leases import Leases
from support.fakes.stores import MemoryStore

SCHEMA = TableSchema("shop")


def committer_of(
    lake: MemoryStore, leases: Leases, owner: str, noted: list[tuple[str, tuple[str, ...]]] | None = None
) -> Committer:
    """A converter's committer; `noted` gets the table and partitions of each note."""

    def note(table: str, partitions: Sequence[str], _schema: TableSchema) -> None:
        if noted is not None:
            noted.append((table, tuple(partitions)))

    return Committer(lake, leases, owner, lake.delete, note)
