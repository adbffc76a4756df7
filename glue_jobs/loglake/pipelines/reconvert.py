"""Converting windows again from the raw objects that are still there: after a column was retyped, or a fix was made.

A window that FAILED with another export than the one in the table, such as a pass that was refused, is converted again
from the objects of the one in the table. The failed one is set aside meanwhile, and then told again as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Callable

from loglake.core.keys import parse_export_key
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ledger.set_aside import SetAside
from loglake.core.schema.conversion import RawObject, objects_digest
from loglake.core.units import EpochMs
from loglake.errors import DamagedListError, LedgerConflictError, NotFoundError
from loglake.pipelines.commit.manifests import find_manifest
from loglake.pipelines.object_lists import put_next_list, read_object_list

if TYPE_CHECKING:
    from loglake.core.ports.clock import Clock
    from loglake.core.ports.ledger import Ledger
    from loglake.core.ports.objects import ObjectStore


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
    """Looks for the raw objects of windows' current generations; changes nothing."""
    return _survivors(rows, lambda row: _look(row, control, raw))


def look_for_standing(
    rows: Iterable[LedgerRow], control: ObjectStore, raw: ObjectStore, lake: ObjectStore
) -> Survivors:
    """Looks for the raw objects of what windows have in the table; changes nothing."""

    def look(row: LedgerRow) -> Convertible | tuple[LedgerRow, str]:
        if not row.failed_beside_rows or _is_decided(row, lake):
            return _look(row, control, raw)
        found = _look(replace(row, generation=row.standing, digest=""), control, raw)  # noted is the failed one's
        if not isinstance(found, Convertible):
            return row, found[1]
        was = of_objects(row, found.objects, row.standing_exported_ms)
        return Convertible(replace(was, set_aside=SetAside.of(row)), found.objects)

    return _survivors(rows, look)


def of_objects(row: LedgerRow, objects: Sequence[RawObject], exported_at_ms: EpochMs) -> LedgerRow:
    """A row that tells of other objects than its generation has: those of an export before."""
    tasks = [key.task_id for raw in objects if (key := parse_export_key(raw.key))]
    return replace(
        row,
        objects=len(objects),
        size_bytes=sum(raw.size_bytes for raw in objects),
        task_id=next(iter(tasks), ""),
        exported_at_ms=exported_at_ms,
        set_aside=None,
    )


def _is_decided(row: LedgerRow, lake: ObjectStore) -> bool:
    """Whether the commit of the failed export broke off: that was not refused, and is what becomes rows."""
    manifest = find_manifest(lake, row.keys)
    return manifest is not None and not manifest.closed


def _survivors(
    rows: Iterable[LedgerRow], look: Callable[[LedgerRow], Convertible | tuple[LedgerRow, str]]
) -> Survivors:
    with ThreadPoolExecutor(CALLS, "raw") as pool:
        found = list(pool.map(look, rows))
    whole = tuple(each for each in found if isinstance(each, Convertible))
    return Survivors(whole, tuple(each for each in found if not isinstance(each, Convertible)))


def _look(row: LedgerRow, control: ObjectStore, raw: ObjectStore) -> Convertible | tuple[LedgerRow, str]:
    try:
        objects = read_object_list(control, row)
    except (NotFoundError, DamagedListError):
        return row, row.keys.object_list
    missing = next((each.key for each in objects if not raw.exists(each.key)), None)
    return Convertible(row, tuple(objects)) if missing is None else (row, missing)


def reopen(windows: Sequence[Convertible], ledger: Ledger, control: ObjectStore, clock: Clock) -> list[LedgerRow]:
    """Makes windows ready to be converted again, under their next generation.

    The list of the raw objects is there before the row says so, as after an export: a crash in between changes nothing.
    So is that of an export that is set aside, under the generation after. A row that somebody else changed meanwhile is
    left to them.

    Returns:
        The rows that are EXPORTED again.
    """
    reopened = []
    for window in windows:
        generation = put_next_list(control, window.row, window.objects)
        row = window.row.advance(
            WindowState.EXPORTED,
            clock.now_ms(),
            generation=generation,
            digest=objects_digest(window.objects),
            accounting=None,
            partitions=(),
            reason="",
            set_aside=_kept_aside(window.row, generation, control),
        )
        try:
            ledger.replace(row)
        except LedgerConflictError:
            continue
        reopened.append(row)
    return reopened


def _kept_aside(row: LedgerRow, generation: int, control: ObjectStore) -> SetAside | None:
    """What is set aside of a window, for after a generation that is converted first.

    It gets a later one, since the newest generation that has rows is looked for from the row's own one down.
    """
    if row.set_aside is None:
        return None
    failed = replace(row, **vars(row.set_aside))
    try:
        objects = read_object_list(control, failed)
    except (NotFoundError, DamagedListError):
        return replace(row.set_aside, generation=generation + 1)  # its export failed, or its list is gone
    later = put_next_list(control, replace(failed, generation=generation), objects)
    return replace(row.set_aside, generation=later)
