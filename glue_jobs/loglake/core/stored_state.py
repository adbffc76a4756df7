"""Reading and changing state items."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Callable, TypeVar

from loglake.core.state_items import PAUSED, StateItem, StateKind
from loglake.core.units import EpochMs, LogGroupName

if TYPE_CHECKING:
    from loglake.core.ports.state_items import StateItems, StateReader

T = TypeVar("T")


def values(store: StateReader, kind: StateKind[T]) -> dict[str, T]:
    """The values of all items of a kind, in the order of their keys."""
    return {key: item.value for key, item in store.load_all(kind).items()}


def of_groups(store: StateReader, kind: StateKind[T]) -> dict[LogGroupName, T]:
    """The same, of a kind whose keys are log groups."""
    return {LogGroupName(key): value for key, value in values(store, kind).items()}


def paused(store: StateReader) -> dict[LogGroupName, EpochMs]:
    """The log groups that a person has paused, each with the time since which it is."""
    return {group: since_ms for group, since_ms in of_groups(store, PAUSED).items() if since_ms}


def held(store: StateReader) -> set[LogGroupName]:
    """The log groups that nothing is exported of: paused ones, and those of which nobody knows whether they are."""
    items = store.load_all(PAUSED)
    return {LogGroupName(key) for key, item in items.items() if item.value} | set(map(LogGroupName, items.unreadable))


def change(store: StateItems, kind: StateKind[T], key: str, new: T, how: Callable[[T], T]) -> T:
    """Changes a value, whoever else does at the same time; returns it as it is then.

    Args:
        store: where it is.
        kind: of what it is.
        key: its key.
        new: what it is before anybody wrote it.
        how: gives the next value; the same object if nothing is to be changed.
    """
    while True:
        item = store.load(kind, key) or StateItem(kind, key, new)
        value = how(item.value)
        if value is item.value or store.save(replace(item, value=value), item.version):
            return value
