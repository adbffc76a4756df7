"""Converting windows again from the raw objects that are still there: after a column was retyped, or a fix was made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from glue_jobs.core.conversion import RawObject, objects_digest
from glue_jobs.core.ledger import LedgerRow, WindowState
from glue_jobs.errors import DamagedListError, LedgerConflictError, NotFoundError
from glue_jobs.pipelines.object_lists import put_next_list, read_object_list

if TYPE_CHECKING:
    from glue_jobs.core.ports import Clock, Ledger, ObjectStore


CALLS = 16
"""Windows that are looked at at the same time: each takes round trips."""


@dataclass(frozen=True)
class Convertible:
    """A window that can be converted again, and its raw objects."""

    row: LedgerRow
    objects: tuple[RawObject, ...]


@dataclass(frozen=True)
class Survivors:
    """What is there of the windows that somebody wants converted again.

    Attributes:
        whole: windows with all of their raw objects.
        gone: windows that lack some, or their list of them, each with what is missing.
    """

    whole: tuple[Convertible, ...]
    gone: tuple[tuple[LedgerRow, str], ...]


def look_for_raw(rows: Iterable[LedgerRow], control: ObjectStore, raw: ObjectStore) -> Survivors:
    """Looks for the raw objects of converted windows; changes nothing."""

    def look(row: LedgerRow) -> Convertible | tuple[LedgerRow, str]:
        try:
            objects = read_object_list(control, row)
        except (NotFoundError, DamagedListError):
            return row, row.keys.object_list
        missing = next((each.key for each in objects if not raw.exists(each.key)), None)
        return Convertible(row, tuple(objects)) if missing is None else (row, missing)

    with ThreadPoolExecutor(CALLS, "raw") as pool:
        found = list(pool.map(look, rows))
    whole = tuple(each for each in found if isinstance(each, Convertible))
    return Survivors(whole, tuple(each for each in found if not isinstance(each, Convertible)))


def reopen(windows: Sequence[Convertible], ledger: Ledger, control: ObjectStore, clock: Clock) -> list[LedgerRow]:
    """Makes windows ready to be converted again, under their next generation.

    The list of the raw objects is there before the row says so, as after an export: a crash in between changes nothing.
    A row that somebody else changed meanwhile is left to them.

    Returns:
        The rows that are EXPORTED again.
    """
    reopened = []
    for window in windows:
        row = window.row.advance(
            WindowState.EXPORTED,
            clock.now_ms(),
            generation=put_next_list(control, window.row, window.objects),
            digest=objects_digest(window.objects),
            accounting=None,
            partitions=(),
            reason="",
        )
        try:
            ledger.replace(row)
        except LedgerConflictError:
            continue
        reopened.append(row)
    return reopened
