"""Keeps the object list of a window that replaces landed hours complete until its commit.

If a run read an hour before the window existed, it gives new objects to the hour. So a converter that has the window
checks it: if an hour has more objects, they are added to the window's list, under its next generation, and the window
waits again. If an hour gets objects after that, they stop the commit (`commit.replacement`), and are added then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from loglake.core.landing.settling import joined
from loglake.core.ledger.row import LedgerRow, WindowState, all_readable
from loglake.core.ports.ledger import Ledger
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import RawObject, objects_digest
from loglake.pipelines.commit.claims import Claims
from loglake.pipelines.commit.leases import Leases
from loglake.pipelines.object_lists import put_next_list, read_object_list


class LandedLists:
    """Keeps the lists of one run's windows complete."""

    def __init__(self, ledger: Ledger, control: ObjectStore, leases: Leases, claims: Claims) -> None:
        self._ledger = ledger
        self._control = control
        self._leases = leases
        self._claims = claims

    def gives_back(self, row: LedgerRow) -> bool:
        """Gives a claimed window back with a longer list, if one of its hours has more objects.

        It is enqueued again for this run, after that hour.

        Returns:
            Whether it was given back. If not, its list has all.

        Raises:
            NotFoundError: the list of an hour, or its own, is gone.
            DamagedListError: it is not the one that the ledger has noted.
            UnreadableItemError: the row of an hour can't be read.
            LeaseLostError: another converter has the window.
        """
        changes = self._lacking(row) if row.newest.includes else None
        if changes is None:
            return False
        self._claims.enqueue([self._leases.give_back(row, **changes)])
        return True

    def _lacking(self, row: LedgerRow) -> dict[str, Any] | None:
        """The list and generation of a window that lacks objects of its hours; None if it has all."""
        inside = outermost(all_readable(self._ledger.rows_inside(row.log_group, row.window)))
        live = [inner for inner in inside if inner.state is not WindowState.SUPERSEDED]
        if all(_place(inner) in row.newest.includes for inner in live):
            return None
        self._claims.enqueue(
            inner for inner in live if inner.state is WindowState.EXPORTED
        )  # the index may not show it yet
        lists = [read_object_list(self._control, inner) for inner in inside]
        objects = joined(lists, read_object_list(self._control, row))
        return {"generation": put_next_list(self._control, row.keys, objects), **list_of(objects, inside)}


def outermost(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """The windows that lie in no other window: together they hold each instant once."""
    return [row for row in rows if not any(row.lies_in(other) for other in rows)]


def list_of(objects: Sequence[RawObject], inside: Iterable[LedgerRow]) -> dict[str, Any]:
    """The row's record of a list with the objects of the windows inside."""
    return {
        "objects": len(objects),
        "size_bytes": sum(raw.size_bytes for raw in objects),
        "digest": objects_digest(objects),
        "includes": tuple(_place(row) for row in inside),
    }


def _place(row: LedgerRow) -> tuple[int, int, int]:
    return row.window.from_ms, row.window.to_ms, row.generation
