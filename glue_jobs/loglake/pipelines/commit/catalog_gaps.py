"""Seeing to it that what is committed gets into the catalog: it is noted before, and looked for by the next run.

The crawl of a run comes after its last job, and does not begin where another workflow has the one crawler. So a run
that can't tell that its own crawl will begin, or that finds things missing which are not its own, leaves a wake-up.
What the catalog can't be asked stays noted, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Callable

from loglake.core.catalog_gaps import CatalogGap, Missing
from loglake.core.requests.wake_ups import crawl_wake_up
from loglake.core.state_items import CATALOG_GAP
from loglake.core.stored_state import change, values
from loglake.errors import AccessDeniedError, LoglakeError

if TYPE_CHECKING:
    from loglake.core.ports.catalog import Catalog
    from loglake.core.ports.clock import Clock
    from loglake.core.ports.state_items import StateItems
    from loglake.core.schema.schema import TableSchema
    from loglake.telemetry import Telemetry


class Crawls:
    """What waits for a crawl, in one run.

    Attributes:
        waiting: partitions and columns that were not in the catalog at the end of the run.
        trouble: what a person should know, in words.
    """

    def __init__(self, notes: StateItems, catalog: Catalog, clock: Clock, telemetry: Telemetry) -> None:
        self.waiting = 0
        self.trouble: list[str] = []
        self._notes = notes
        self._catalog = catalog
        self._clock = clock
        self._telemetry = telemetry
        self._checked: set[tuple[str, str]] = set()
        self._own: set[tuple[str, str]] = set()
        self._is_blind = False

    def begin(self) -> None:
        """Looks at what runs before this one have noted."""
        try:
            self._check()
        except LoglakeError as error:
            self._report(f"the catalog gaps are not known: {error}")

    def _check(self) -> list[CatalogGap]:
        """Takes out of the notes what is in the catalog by now; returns those that something is still missing of."""
        noted = [note for note in values(self._notes, CATALOG_GAP).values() if note.missing]
        left = [self._change(note.table, self._without_found(note)) for note in noted]
        return [note for note in left if note.missing]

    def note(self, table: str, partitions: Sequence[str], schema: TableSchema) -> None:
        """Notes what a commit is about to add to a table, as far as the catalog does not have it.

        Before the commit, so that no crash leaves rows that nobody crawls. Each is looked at once in a run.
        """
        columns = [column.name for column in schema.columns]
        asked = Missing(tuple(partitions), tuple(columns)).without(
            {name for name in partitions if (table, name) in self._checked},
            {name for name in columns if (table, name) in self._checked},
        )
        if not asked:
            return
        more = self._missing(table, asked)
        if more:
            self._add(table, more)
        self._checked.update((table, name) for name in [*asked.partitions, *asked.columns])

    def wake_up(self, first_delay_s: float, is_next_woken: bool) -> bytes | None:
        """The body of the wake-up that this run leaves for what is not in the catalog at its end, if it leaves one.

        Args:
            first_delay_s: how late the first one is; each after it without any change is twice as late.
            is_next_woken: the next run is woken at once, for something else, and looks itself.
        """
        try:
            left = self._check()
            self.waiting = sum(len(note.missing.partitions) + len(note.missing.columns) for note in left)
            return None if is_next_woken else self._wake_up(left, int(first_delay_s * 1000))
        except LoglakeError as error:
            self._report(f"the catalog gaps are not known: {error}")
            return None

    def _wake_up(self, left: Sequence[CatalogGap], first_delay_ms: int) -> bytes | None:
        left = [note for note in left if not note.given_up]
        # Without the permission to look, no later run would find out more.
        if not left or self._is_blind or (self._are_own(left) and self._crawl_follows()):
            return None
        now_ms = self._clock.now_ms()
        hopeful = [note for note in left if crawl_wake_up(note.wakes, now_ms, first_delay_ms) is not None]
        for note in left:
            if note not in hopeful:
                self._give_up(note)
        for note in hopeful:
            self._change(note.table, lambda stored: stored.woken())
        # What is new is looked for soon, whatever else has been missing for long.
        return crawl_wake_up(min(note.wakes for note in hopeful), now_ms, first_delay_ms) if hopeful else None

    def _without_found(self, note: CatalogGap) -> Callable[[CatalogGap], CatalogGap]:
        still = self._missing(note.table, note.missing)
        found = note.missing.without(still.partitions, still.columns)
        # Of what is stored by then: another run may have noted more meanwhile.
        return lambda stored: stored.only(stored.missing.without(found.partitions, found.columns))

    def _add(self, table: str, more: Missing) -> None:
        before = Missing()

        def plus(stored: CatalogGap) -> CatalogGap:
            nonlocal before
            before = stored.missing
            return stored.plus(more)

        self._change(table, plus)
        fresh = more.without(before.partitions, before.columns)
        self._own.update((table, name) for name in [*fresh.partitions, *fresh.columns])

    def _change(self, table: str, how: Callable[[CatalogGap], CatalogGap]) -> CatalogGap:
        return change(self._notes, CATALOG_GAP, table, CatalogGap(table), how)

    def _are_own(self, left: Sequence[CatalogGap]) -> bool:
        """Whether all that is missing was first noted by this run, so that no crawl has passed it over yet."""
        names = {(note.table, name) for note in left for name in [*note.missing.partitions, *note.missing.columns]}
        return names <= self._own

    def _crawl_follows(self) -> bool:
        try:
            return self._catalog.crawl_follows()
        except LoglakeError as error:
            self._report(f"whether a crawl follows is not known: {error}")
            return False

    def _missing(self, table: str, asked: Missing) -> Missing:
        try:
            return self._catalog.missing(table, asked)
        except LoglakeError as error:
            self._is_blind = self._is_blind or isinstance(error, AccessDeniedError)
            self._report(f"the catalog can't be asked for table {table}: {error}")
            return asked

    def _give_up(self, note: CatalogGap) -> None:
        names = [*note.missing.partitions, *note.missing.columns]
        more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
        self._report(
            f"{note.table}: {names[0]}{more} did not get into the catalog in {note.wakes} runs of the crawler: look at "
            "its log, and at the Location of the catalog's table; then start it"
        )
        # It stays noted: the next commit would take it for new otherwise, and wake the workflow for it once more.
        self._change(note.table, lambda stored: stored.give_up() if stored.wakes >= note.wakes else stored)

    def _report(self, what: str) -> None:
        if what not in self.trouble:
            self.trouble.append(what)
            self._telemetry.event("crawl trouble", reason=what)
