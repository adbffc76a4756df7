"""The windows of landed objects: one hour of event time of one log group each, with a list of objects that may grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from glue_jobs.core.landing import LandingRules, Survey, WindowName, is_landed, merge_objects
from glue_jobs.core.ledger import LedgerRow, WindowState
from glue_jobs.errors import LedgerConflictError, NotFoundError
from glue_jobs.pipelines.export_window import read_object_list
from glue_jobs.pipelines.object_lists import put_next_list

if TYPE_CHECKING:
    from glue_jobs.core.conversion import RawObject
    from glue_jobs.core.ports import Clock, Ledger, ObjectStore

_TO_BE_EXPORTED = frozenset({WindowState.PLANNED, WindowState.EXPORTING})


class LandedWindows:
    """Gives landed objects to their windows. Safe in several threads, for different windows.

    A longer object list is the next generation of a window: it is converted as a whole, and replaces the one before. A
    window that is exported too, because its log group was switched, keeps its exported objects.
    """

    def __init__(self, ledger: Ledger, control: ObjectStore, clock: Clock, rules: LandingRules) -> None:
        self._ledger = ledger
        self._control = control
        self._clock = clock
        self._rules = rules

    def of(self, survey: Survey) -> set[WindowName]:
        """The windows that take an object's events.

        Of a log group that is exported they are the hours that landing has begun: a group that was switched from
        landing to export is exported from the first hour on that has no landed window.
        """
        names = survey.windows().keys()
        taken = {name for name in names if self._rules.dataset(name[0])}
        exported = [name for name in names if self._rules.is_exported(name[0])]
        return taken | {name for name in exported if (row := self._row(name)) and row.landed}

    def extend(self, name: WindowName, objects: Sequence[RawObject]) -> LedgerRow | None:
        """A window's row with all of these objects in its list; None where the window is in another run's hands."""
        while True:
            try:
                return self._extend(name, objects)
            except LedgerConflictError:
                continue  # another run was faster: look again

    def _row(self, name: WindowName) -> LedgerRow | None:
        try:
            return self._ledger.current(LedgerRow(*name, table=""))
        except NotFoundError:
            return None

    def _extend(self, name: WindowName, objects: Sequence[RawObject]) -> LedgerRow | None:
        row = self._row(name)
        if row is None:
            return self._add(name, merge_objects(objects, ()))
        if row.state in _TO_BE_EXPORTED:
            return None  # its object list is still to come
        have = read_object_list(self._control, row) if row.objects else []
        merged = merge_objects(have, objects)
        if merged == have:
            return row
        return None if row.state is WindowState.CONVERTING else self._replace(row, merged)

    def _add(self, name: WindowName, objects: Sequence[RawObject]) -> LedgerRow:
        dataset = self._rules.dataset(name[0])
        if dataset is None:
            raise NotFoundError(f"{name[0]} {name[1]}: its row was taken out of the ledger a moment ago; run again")
        row = LedgerRow(
            *name,
            table=dataset.table_for(name[0]),
            state=WindowState.EXPORTED,
            generation=put_next_list(self._control, LedgerRow(*name, table="", generation=0), objects),
            objects=len(objects),
            size_bytes=sum(raw.size_bytes for raw in objects),
            updated_at_ms=self._clock.now_ms(),
            landed=True,
        )
        if not self._ledger.add(row):
            raise LedgerConflictError(f"{row.log_group} {row.window} was added by another run")
        return row

    def _replace(self, row: LedgerRow, objects: Sequence[RawObject]) -> LedgerRow:
        exported = any(not is_landed(raw) for raw in objects)
        row = replace(row, task_id=row.task_id if exported else "")
        changed = row.advance(
            WindowState.EXPORTED,
            self._clock.now_ms(),
            generation=put_next_list(self._control, row, objects),
            objects=len(objects),
            size_bytes=sum(raw.size_bytes for raw in objects),
            reason="",
            landed=True,
        )
        self._ledger.replace(changed)
        return changed
