"""What is noted beside the ledger's rows, one item per kind and key."""

from __future__ import annotations

from typing import Protocol, TypeVar

from loglake.core.state_items import StateItem, StateKind, StateOfKind

T = TypeVar("T")


class StateReader(Protocol):
    """What is noted beside rows, one item per kind and key."""

    def load_all(self, kind: StateKind[T]) -> StateOfKind[T]:
        """All items of a kind by their keys, in order; it names those that can't be read."""


class StateItems(StateReader, Protocol):
    """State items that can be changed. Reads are consistent, writes conditional."""

    def load(self, kind: StateKind[T], key: str) -> StateItem[T] | None:
        """The current item; None if there is none. Raises UnreadableItemError if it can't be read."""

    def save(self, item: StateItem[T], expected_version: int) -> bool:
        """Writes an item under the version after `expected_version` (0: there is none yet).

        False if the stored item has another version; then it stays.
        """
