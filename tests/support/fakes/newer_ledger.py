"""A ledger that another version of loglake wrote."""

from __future__ import annotations

from typing import TypeVar

from loglake.core.state_items import LEDGER, StateItem, StateKind
from loglake.errors import NewerItemError
from support.fakes.fakes import MemoryLedger

T = TypeVar("T")


class NewerLedger(MemoryLedger):
    """Says so where it is asked for its format. Everything else works, so that whoever goes on is found out."""

    def load(self, kind: StateKind[T], key: str) -> StateItem[T] | None:
        """As the ledger in DynamoDB answers."""
        if kind is LEDGER:
            raise NewerItemError("ledger format", "it has format 3: a newer loglake wrote it")
        return super().load(kind, key)
