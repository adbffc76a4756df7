"""Replacing narrower windows: what a wider window's commit does about the rows inside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loglake.core.ledger.manifest import Manifest, Replaced
from loglake.core.ledger.row import TERMINAL, UNDER_WAY, LedgerRow, WindowState, all_readable
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window, floor_to
from loglake.errors import LedgerConflictError, PermanentError, WindowBusyError
from loglake.pipelines.commit.decisions import SettledDecisions
from loglake.pipelines.commit.leases import Leases


@dataclass(frozen=True)
class Inside:
    """The rows inside a wider window that has its manifest, as they are now.

    Attributes:
        rows: the rows that still have to be marked SUPERSEDED, all of them at rest.
        keys: their final keys that the manifest does not know, because they were reopened after it was written.
        replaced: all rows inside, under their newest known generation.
    """

    rows: tuple[LedgerRow, ...] = ()
    keys: tuple[str, ...] = ()
    replaced: tuple[Replaced, ...] = ()


class Replacing:
    """Reads the rows inside a wider window, and marks them."""

    def __init__(self, leases: Leases, decisions: SettledDecisions) -> None:
        self._leases = leases
        self._ledger = leases.ledger
        self._decisions = decisions

    def at_rest(self, row: LedgerRow, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """The rows inside a window that is about to be committed; none of them changes by itself any more.

        Landed hours are SUPERSEDED at once, if the window's list has all of their objects: no run adds objects to them
        from now on.

        Raises:
            WindowBusyError: one is under way, or has more objects.
            PermanentError: objects were landed for one, and the wider window was exported; or the other way round; or a
                still wider landed window has replaced it.
        """
        settles = bool(row.newest.includes)
        if settles:
            self._check_place(row)
        for inner in rows:
            _check(inner, row)
        if not settles:
            return list(rows)
        at_once = TERMINAL - {WindowState.SUPERSEDED}
        for inner in rows:
            if inner.state in at_once:  # before the marks: they forget which version is current
                self._files(inner)
        names = {name for inner in rows if inner.state in at_once for name in inner.decisions}
        if names := names.difference(row.decisions):  # before the marks: marked rows expire, even if this run is killed
            self._leases.remember(row, sorted(names))
        marked = [self.supersede(inner, row.window) if inner.state in at_once else inner for inner in rows]
        there = {inner.window for inner in marked}
        return [*marked, *(hour for hour in row.marked_hours if hour.window not in there)]

    def _check_place(self, row: LedgerRow) -> None:
        """If two runs settle a day, one may be so late that its window was replaced already."""
        day = floor_to(row.window.from_ms, MS_PER_DAY)
        around = Window(day, EpochMs(day + 2 * MS_PER_DAY))  # so that the window of the whole day is included
        for other in all_readable(self._ledger.rows_inside(row.log_group, around)):
            if other.landed and other.state is WindowState.CONVERTED and row.lies_in(other):
                raise PermanentError(f"{other.window} has replaced it, and has all of its rows")

    def keys_to_remove(self, rows: Sequence[LedgerRow], before: Manifest | None) -> list[str]:
        """The files of rows at rest in the table, without those that the wider window's last manifest names."""
        known = before.replaces if before else ()
        fresh = (inner for inner in rows if Replaced(inner.window, inner.generation) not in known)
        return [key for inner in fresh for key in self._files(inner)]

    def still_inside(self, manifest: Manifest) -> Inside:
        """The rows that a manifest replaces, as they are now.

        Raises:
            WindowBusyError: somebody opened one again after the manifest was written.
            UnreadableItemError: one can't be read.
        """
        if not manifest.replaces:
            return Inside()
        inside = self._ledger.rows_inside(manifest.log_group, manifest.window)
        found = {inner.window: inner for inner in all_readable(inside)}
        named = [found[each.window] for each in manifest.replaces if each.window in found]
        rows = tuple(inner for inner in named if inner.state is not WindowState.SUPERSEDED)
        for inner in rows:
            _check_rest(inner, manifest.window)
        moved = [inner for inner in rows if Replaced(inner.window, inner.generation) not in manifest.replaces]
        keys = tuple(key for inner in moved for key in self._files(inner))
        now = {inner.window: Replaced(inner.window, inner.generation) for inner in named}
        return Inside(rows, keys, tuple(now.get(each.window, each) for each in manifest.replaces))

    def _files(self, inner: LedgerRow) -> list[str]:
        decided = self._decisions.about(inner, inner.decisions)
        return [key for manifest in decided for key in manifest.keys_to_remove]

    def supersede(self, inner: LedgerRow, by: Window) -> LedgerRow:
        """Marks a row SUPERSEDED. Raises WindowBusyError if it was reopened a moment ago."""
        changed = inner.supersede(self._leases.clock.now_ms(), by)
        try:
            self._ledger.replace(changed)
        except LedgerConflictError:
            found = self._ledger.row(inner.log_group, inner.window)
            if found.state is WindowState.SUPERSEDED:
                return found  # a converter that was faster did the same
            raise WindowBusyError(f"{inner.log_group} {inner.window} was changed by another run a moment ago") from None
        return changed


def _check(inner: LedgerRow, row: LedgerRow) -> None:
    if row.newest.includes and inner.state is not WindowState.SUPERSEDED:
        _check_included(inner, row)
    elif inner.landed and inner.state is not WindowState.SUPERSEDED:
        raise PermanentError(
            f"{inner.window} lies in it and has landed objects, and its rows would be lost: all rows stay as they "
            "were. Leave it so, or ingest only those objects."
        )
    _check_rest(inner, row.window)


def _check_included(inner: LedgerRow, row: LedgerRow) -> None:
    if inner.holds_exports:
        raise PermanentError(
            f"{inner.window} lies in it and was exported, and its rows would be lost: all rows stay as they were. "
            "Leave it so: objects for its hours are added to it as before."
        )
    if (inner.window.from_ms, inner.window.to_ms, inner.generation) not in row.newest.includes:
        raise WindowBusyError(
            f"{inner.log_group} {inner.window} has more objects, and {row.window} is about to replace it: "
            "they are added to its list first"
        )


def _check_rest(inner: LedgerRow, wider: Window) -> None:
    if inner.state in UNDER_WAY:
        raise WindowBusyError(
            f"{inner.log_group} {inner.window} is {inner.state.value}, and {wider} is about to replace it: "
            "a run commits the wider window once this one has come to rest"
        )
