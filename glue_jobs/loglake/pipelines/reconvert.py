"""Converts windows again from their existing raw objects: after a column was retyped, or a fix was made.

Either the current version is converted again, which leaves a failure alone; or what failed is tried again.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Callable

from loglake.core.ledger.row import Attempt, Failure, LedgerRow, Version, WindowState
from loglake.core.planning.replacing import accepted_fewer
from loglake.core.ports.clock import Clock
from loglake.core.ports.ledger import Ledger
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import RawObject, objects_digest
from loglake.errors import DamagedListError, LedgerConflictError, NotFoundError
from loglake.pipelines.commit.decisions import newest_commit
from loglake.pipelines.object_lists import put_next_list, read_object_list
from loglake.pipelines.side_by_side import for_each


@dataclass(frozen=True)
class Convertible:
    """A window that can be converted again, the version to convert, and its raw objects."""

    row: LedgerRow
    version: Version
    objects: tuple[RawObject, ...]


@dataclass(frozen=True)
class RawCheck:
    """The windows to reconvert, by whether their raw objects are still there.

    Attributes:
        whole: windows with all of their raw objects.
        gone: windows without some raw objects or without their object list, each with what is missing.
    """

    whole: tuple[Convertible, ...]
    gone: tuple[tuple[LedgerRow, str], ...]


def check_raw(rows: Iterable[LedgerRow], control: ObjectStore, raw: ObjectStore) -> RawCheck:
    """Looks for the raw objects of windows' last attempts; changes nothing."""
    return _raw_check(rows, lambda row: look_at(row, _tried_last(row), control, raw))


def look_for_current(rows: Iterable[LedgerRow], control: ObjectStore, raw: ObjectStore, lake: ObjectStore) -> RawCheck:
    """Looks for the raw objects of windows' current versions; changes nothing."""
    return _raw_check(rows, lambda row: look_at(row, _in_table(row, lake), control, raw))


def look_at(
    row: LedgerRow, version: Version, control: ObjectStore, raw: ObjectStore
) -> Convertible | tuple[LedgerRow, str]:
    """Looks for the raw objects of a window's version; reports what is missing."""
    try:
        objects = read_object_list(control, row, version)
    except (NotFoundError, DamagedListError):
        return row, row.keys_at(version.generation).object_list
    missing = next((each.key for each in objects if not raw.exists(each.key)), None)
    return Convertible(row, version, tuple(objects)) if missing is None else (row, missing)


def _tried_last(row: LedgerRow) -> Version:
    """The version to try again: the current one, if its reconversion was the last to fail."""
    again = row.failure is not None and row.failure.reconversion
    return row.current if again and row.current else row.newest


def _in_table(row: LedgerRow, lake: ObjectStore) -> Version:
    """The version that is, or is about to be, a window's rows.

    If an attempt's commit was decided but not completed, it still becomes rows.
    """
    if row.current is None or row.newest is row.current:
        return row.newest
    decided = newest_commit(lake, row)
    return row.newest if decided and decided.generation == row.newest.generation else row.current


def _raw_check(
    rows: Iterable[LedgerRow], check: Callable[[LedgerRow], Convertible | tuple[LedgerRow, str]]
) -> RawCheck:
    found = for_each(check, rows)
    whole = tuple(each for each in found if isinstance(each, Convertible))
    return RawCheck(whole, tuple(each for each in found if not isinstance(each, Convertible)))


def reopen(
    windows: Iterable[Convertible], ledger: Ledger, control: ObjectStore, clock: Clock, *, accept_fewer: bool = False
) -> list[LedgerRow]:
    """Makes windows ready to be converted again, under their next generation.

    As after an export, the object list is written before the row refers to it, so a crash in between changes nothing.
    If another run changed a row meanwhile, the row is left to that run.

    Args:
        windows: the windows that can be converted again.
        ledger: holds their rows.
        control: holds their object lists.
        clock: gives the time of the change.
        accept_fewer: a person accepts that events are removed.

    Returns:
        The rows that are EXPORTED again.
    """
    reopened = []
    for window in windows:
        row = window.row.begin(_attempt(window, control, accept_fewer), clock.now_ms())
        with suppress(LedgerConflictError):
            ledger.replace(row)
            reopened.append(row)
    return reopened


def _attempt(window: Convertible, control: ObjectStore, accept_fewer: bool) -> Attempt:
    row, version, objects = window.row, window.version, window.objects
    tried = version if isinstance(version, (Attempt, Failure)) else None
    return Attempt.of(
        version,
        generation=put_next_list(control, row.keys, objects, version.task_id),
        objects=len(objects),
        size_bytes=sum(raw.size_bytes for raw in objects),
        digest=objects_digest(objects),
        state=WindowState.EXPORTED,
        tries=tried.tries if tried else 0,
        reconverts=tried.reconverts if tried else version is row.current,
        accepts_fewer=accept_fewer or accepted_fewer(row),
    )
