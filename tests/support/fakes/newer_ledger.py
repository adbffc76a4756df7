"""A ledger that a newer loglake wrote."""

from __future__ import annotations

from typing import TypeVar

from loglake.core.state_items import LEDGER, StateItem, StateKind
from loglake.errors import NewerItemError, UnreadableItemError
from support.fakes.fakes import MemoryLedger

T = TypeVar("T")


class NewerLedger(MemoryLedger):
    """Says so where it is asked for its format. Everything else works, so that whoever goes on is found out."""

    error: UnreadableItemError = NewerItemError("ledger format", "it has format 3: a newer loglake wrote it")

    def load(self, kind: StateKind[T], key: str) -> StateItem[T] | None:
        """As the ledger in DynamoDB answers."""
        if kind is LEDGER:
            raise self.error
        return super().load(kind, key)
