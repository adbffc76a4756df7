"""A ledger that a newer loglake wrote."""

from __future__ import annotations

from typing import TypeVar

from loglake.core.state_items import LEDGER, StateItem, StateKind
from loglake.errors import OtherVersionItemError, UnreadableItemError
from support.fakes.fakes import MemoryLedger

T = TypeVar("T")


class NewerLedger(MemoryLedger):
    """Has a newer format number. Everything else works, so a caller that ignores the number is found out."""

    error: UnreadableItemError = OtherVersionItemError("ledger format", "it has format 3: a newer loglake wrote it")

    def load(self, kind: StateKind[T], key: str) -> StateItem[T] | None:
        """Raises the error of the ledger in DynamoDB."""
        if kind is LEDGER:
            raise self.error
        return super().load(kind, key)
