"""Makes committed data queryable: registers partitions, and requests a crawl if one is needed.

A table or a column that the catalog lacks is noted before the commit that adds it. The run that noted it puts an object
under ``catalog/``, which starts a crawl, and leaves a wake-up for the time when that crawl should be over. The wake-up
reaches the export job. If the gap is still there, the job requests another crawl, at growing intervals: the event, the
crawl or the run may have been lost. After `MOST_RUNS` requests a person has to look. If the catalog can't be asked, the
note stays and nothing stops.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Callable

from loglake.config import CatalogConfig
from loglake.core.catalog_gaps import CatalogGap, Missing
from loglake.core.keys import CATALOG
from loglake.core.requests.requests import MOST_RUNS, continue_body, look_again_ms
from loglake.core.schema.schema import TableSchema
from loglake.core.state_items import CATALOG_GAP, change, values
from loglake.errors import AccessDeniedError, LoglakeError
from loglake.pipelines.ports import CatalogPorts


class CatalogGaps:
    """What the catalog lacks, in one run of a job.

    Attributes:
        open: partitions and columns that the catalog lacked at the run's last check.
        trouble: what a person should know, in words.
    """

    def __init__(self, ports: CatalogPorts, run_id: str, config: CatalogConfig) -> None:
        """`run_id`: the job's run; it names the run's requests."""
        self.open = 0
        self.trouble: list[str] = []
        self._ports = ports
        self._run_id = run_id
        self._config = config
        self._checked: set[tuple[str, str]] = set()
        self._has_noted = False
        self._denied: set[str] = set()
        self._noting: dict[str, threading.Lock] = {}

    def close(self) -> list[CatalogGap]:
        """Registers noted partitions, removes closed gaps from the notes, and returns the open gaps.

        Notes of all runs count: a killed run leaves its partitions to the next one.
        """
        self._has_noted = False
        try:
            noted = [gap for gap in values(self._ports.ledger, CATALOG_GAP).values() if gap.missing]
            left = [gap for gap in map(self._close, noted) if gap.missing]
        except LoglakeError as error:
            self._report(f"the catalog gaps are not known: {error}")
            return []
        self.open = sum(len(gap.missing.partitions) + len(gap.missing.columns) for gap in left)
        return left

    def close_rest(self) -> list[CatalogGap]:
        """As `close`, at the end of a run; it reads nothing if this run has seen no gap."""
        return self.close() if self.open or self._has_noted else []

    def register(self) -> None:
        """Registers what this run has committed since it last did."""
        if self._has_noted:
            self.close()

    def note(self, table: str, partitions: Sequence[str], schema: TableSchema) -> None:
        """Notes partitions and columns that a commit is about to add and the catalog lacks.

        This comes before the commit, so no crash leaves rows that nobody registers. Each is checked once per run.
        A commit without files adds nothing.

        Thread-safe: another commit to the table waits, since it may add the same.
        """
        if not partitions:
            return
        columns = schema.glue_types()
        with self._noting.setdefault(table, threading.Lock()):
            asked = Missing(tuple(partitions), tuple(columns)).without(
                {name for name in partitions if (table, name) in self._checked},
                {name for name in columns if (table, name) in self._checked},
            )
            if not asked:
                return
            more = self._ask(table, asked, self._ports.catalog.missing)
            if more:
                noted = self._ports.ledger.load(CATALOG_GAP, table)
                if noted and not noted.value.has_room(more):
                    self.close()
                self._change(table, lambda stored: stored.plus(more))
                self._has_noted = True
            self._checked.update((table, name) for name in [*asked.partitions, *asked.columns])

    def overdue(self, gaps: Sequence[CatalogGap]) -> list[CatalogGap]:
        """The requested gaps that are overdue for another check."""
        now_ms = self._ports.clock.now_ms()
        return [gap for gap in gaps if not gap.is_new and gap.is_due(now_ms)]

    def ask(self, gaps: Sequence[CatalogGap]) -> list[CatalogGap]:
        """Requests a crawl if any of the open gaps needs one, and notes when to check again.

        The object comes first: if the run is killed before the note, the next run puts another one.

        Returns:
            The gaps as they are noted then.
        """
        gaps = self._may_close(gaps)
        lacking = {gap.table: list(gap.missing.columns) for gap in gaps if gap.needs_crawl}
        if lacking and not self._config.crawl_follows:
            self._put(lacking)
        return self._look_later(gaps)

    def ask_again(self) -> list[CatalogGap]:
        """Closes the gaps that it can, requests crawls again for due ones, and gives up after too many requests.

        While a crawl runs, none is requested: the running one may close all gaps.

        Returns:
            The gaps that are still open and not given up, as they are noted then.
        """
        now_ms = self._ports.clock.now_ms()
        left = [gap for gap in self.close() if not gap.given_up]
        waiting = [gap for gap in left if not gap.is_due(now_ms)]
        due = [gap for gap in left if gap.is_due(now_ms)]
        for gap in due:
            if gap.wakes >= MOST_RUNS:
                self._give_up(gap)
        hopeful = [gap for gap in due if gap.wakes < MOST_RUNS]
        needs_crawl = not self._config.crawl_follows and any(gap.needs_crawl for gap in hopeful)
        ask = self._look_later if needs_crawl and not self._is_crawler_ready() else self.ask
        return [*waiting, *ask(hopeful)]

    def wake_up(self, gaps: Sequence[CatalogGap]) -> bytes | None:
        """The body of the wake-up for open gaps, timed for the first one that is due; None without gaps."""
        times = [gap.not_before_ms for gap in self._may_close(gaps)]
        return continue_body(0, min(times)) if times else None

    def _put(self, lacking: Mapping[str, Sequence[str]]) -> None:
        """Puts the object that starts a crawl; a person can read its purpose in it."""
        try:
            self._ports.control.put(f"{CATALOG}{self._run_id}", json.dumps({"columns": lacking}, indent=1).encode())
        except LoglakeError as error:  # no reason to stop the export; the wake-up makes a later run try again
            self._report(f"no crawl could be asked for: {error}")
        else:
            self._ports.telemetry.event("crawl asked for", tables=sorted(lacking))

    def _may_close(self, gaps: Sequence[CatalogGap]) -> list[CatalogGap]:
        """Without the permission for a table, no later run would find out more about it."""
        return [gap for gap in gaps if gap.table not in self._denied]

    def _look_later(self, gaps: Sequence[CatalogGap]) -> list[CatalogGap]:
        now_ms, delay_ms = self._ports.clock.now_ms(), int(self._config.delay_s * 1000)
        later = [partial(CatalogGap.asked, not_before_ms=look_again_ms(gap.wakes, now_ms, delay_ms)) for gap in gaps]
        return [self._change(gap.table, how) for gap, how in zip(gaps, later)]

    def _close(self, gap: CatalogGap) -> CatalogGap:
        still = self._ask(gap.table, gap.missing, self._ports.catalog.register)
        found = gap.missing.without(still.partitions, still.columns)
        # Applied to the stored note: another run may have noted more meanwhile.
        return self._change(
            gap.table, lambda stored: stored.only(stored.missing.without(found.partitions, found.columns))
        )

    def _change(self, table: str, how: Callable[[CatalogGap], CatalogGap]) -> CatalogGap:
        return change(self._ports.ledger, CATALOG_GAP, table, CatalogGap(table), how)

    def _is_crawler_ready(self) -> bool:
        try:
            return self._ports.catalog.is_crawler_ready()
        except LoglakeError as error:
            # Requesting a crawl that can't start does no harm, and not requesting one would leave rows out.
            self._report(f"whether the crawler is READY is not known: {error}")
            return True

    def _ask(self, table: str, asked: Missing, how: Callable[[str, Missing], Missing]) -> Missing:
        try:
            return how(table, asked)
        except LoglakeError as error:
            if isinstance(error, AccessDeniedError):
                self._denied.add(table)
            self._report(f"table {table} in the catalog: {error}")
            return asked

    def _give_up(self, gap: CatalogGap) -> None:
        names = [*gap.missing.columns, *gap.missing.partitions]
        more = f" (and {len(names) - 1:,} more)" if len(names) > 1 else ""
        self._report(
            f"{gap.table}: {names[0]}{more} is not in the catalog after {gap.wakes} tries. Look at the crawler's log "
            "and at the Location of the catalog's table, then start the crawler."
        )
        # The note stays: else the next commit would take the gap for new and request more crawls.
        self._change(gap.table, lambda stored: stored.give_up() if stored.wakes >= gap.wakes else stored)

    def _report(self, what: str) -> None:
        if what not in self.trouble:
            self.trouble.append(what)
            self._ports.telemetry.event("catalog trouble", reason=what)
