"""Reading and changing state items."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Callable, TypeVar

from loglake.core.ports.ledger import StateItems, StateReader
from loglake.core.state_items import LEDGER, PAUSED, StateItem, StateKind
from loglake.core.units import EPOCH, EpochMs, LogGroupName
from loglake.errors import NewerItemError, NewerLedgerError, UnreadableItemError

T = TypeVar("T")


_FORMAT = "format"
"""The key of the only item of the kind `LEDGER`."""


def check_ledger(store: StateItems) -> None:
    """Reads the item that says the ledger's format, before anything else is read or written.

    Raises:
        NewerLedgerError: a newer version of loglake wrote the ledger.
    """
    with _newer_refused():
        store.load(LEDGER, _FORMAT)


def claim_ledger(store: StateItems, now_ms: EpochMs) -> None:
    """Checks the ledger, and writes that item if this is the first run on it.

    Raises:
        NewerLedgerError: as `check_ledger`; nothing was written.
    """
    with _newer_refused():
        change(store, LEDGER, _FORMAT, EPOCH, lambda since_ms: since_ms or now_ms)


@contextmanager
def _newer_refused() -> Iterator[None]:
    """If the item is damaged in another way, work goes on: each other item says if it can't be read."""
    try:
        yield
    except NewerItemError as error:
        raise NewerLedgerError(error.reason) from error
    except UnreadableItemError:
        pass


def values(store: StateReader, kind: StateKind[T]) -> dict[str, T]:
    """The values of all items of a kind, in the order of their keys."""
    return {key: item.value for key, item in store.load_all(kind).items()}


def of_groups(store: StateReader, kind: StateKind[T]) -> dict[LogGroupName, T]:
    """The values of all items of a kind with log groups as keys."""
    return {LogGroupName(key): value for key, value in values(store, kind).items()}


def paused(store: StateReader) -> dict[LogGroupName, EpochMs]:
    """The log groups that a person has paused, and since when."""
    return {group: since_ms for group, since_ms in of_groups(store, PAUSED).items() if since_ms}


def held(store: StateReader) -> set[LogGroupName]:
    """The log groups that are not exported: paused ones, and those with an unreadable note."""
    items = store.load_all(PAUSED)
    return {LogGroupName(key) for key, item in items.items() if item.value} | set(map(LogGroupName, items.unreadable))


def change(store: StateItems, kind: StateKind[T], key: str, new: T, how: Callable[[T], T]) -> T:
    """Changes a value, safe against concurrent changes, and returns it.

    Args:
        store: where it is.
        kind: its kind.
        key: its key.
        new: the value before the first write.
        how: returns the next value; the same object changes nothing.
    """
    while True:
        item = store.load(kind, key) or StateItem(kind, key, new)
        value = how(item.value)
        if value is item.value or store.save(replace(item, value=value), item.version):
            return value
