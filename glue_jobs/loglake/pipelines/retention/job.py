"""Removes what datasets no longer keep, as a part of convert runs: once a day, in the order of `past.Past.phases`.

Each step can be repeated, and a killed run leaves the rest to the next one: the day counts as done at the end only. A
partition leaves the catalog before its first file does, so a query sees all of a day or nothing. The rows of a log
group are the last to go.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby

from loglake.core.catalog_gaps import Missing
from loglake.core.compaction.keys import Place
from loglake.core.keys import decision_key, time_of
from loglake.core.ledger.closed import month_of
from loglake.core.ledger.manifest import Batch, Manifest
from loglake.core.ledger.row import LedgerRow
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import KEPT_FROM, RETENTION, StateItem, change
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import floor_to
from loglake.errors import LedgerConflictError, NotFoundError, PermanentError, TransientError, UnreadableItemError
from loglake.pipelines.commit.decisions import find_batch
from loglake.pipelines.compaction.log import CompactionLog
from loglake.pipelines.compaction.row_deletion import RowDeletion
from loglake.pipelines.ports import ConvertPorts
from loglake.pipelines.retention.past import Amount, Objects, Partition, Past, Places, Rows, Series, Step
from loglake.pipelines.side_by_side import for_each

_DAY = "day"
"""The key of the note that says which day is done."""


@dataclass
class RetentionReport:
    """What a run removed.

    Attributes:
        removed: how much, by table; of landed objects below their folder's name.
        refused: what could not be removed, each with the reason; the next day tries again.
        left: time was up before all was removed; the next run goes on.
    """

    removed: dict[str, Amount] = field(default_factory=lambda: defaultdict(Amount))
    refused: list[str] = field(default_factory=list)
    left: bool = False

    @property
    def told(self) -> list[str]:
        """What was removed and what could not be, in words."""
        every = sum(self.removed.values(), Amount())
        parts = (f"{name.replace('_', ' ')} {number:,}" for name, number in every.items())
        removed = [f"Removed by retention_days and delete_raw_after: {', '.join(parts)}"] if every else []
        return [*removed, *(f"Old days stay: {reason}" for reason in self.refused)]


class RetentionRun:
    """One run's removals.

    Attributes:
        report: what was removed.
        faults: errors that may pass if another run tries again.
    """

    def __init__(self, ports: ConvertPorts, datasets: Datasets, row_deletion: RowDeletion) -> None:
        self.report = RetentionReport()
        self.faults: list[TransientError] = []
        self._ports = ports
        self._datasets = datasets
        self._row_deletion = row_deletion
        self._stuck: set[str] = set()
        self._lock = threading.Lock()

    def remove(self, converted: Iterable[LogGroupName], until_ms: int, *, landed_waits: bool = False) -> None:
        """Removes all that is past, if no run has done so today. Errors go to the report, or to `faults`.

        Args:
            converted: log groups that this run added rows of; they are noted, so that later runs look at them.
            until_ms: when to stop; no step is begun after that, and the next run goes on.
            landed_waits: landed objects have yet to be looked at, so none is deleted now: nobody knows what they are.
        """
        if not self._datasets.expire:
            return
        ledger, now_ms = self._ports.ledger, self._ports.clock.now_ms()
        try:
            for group in sorted({*converted} - ledger.load_all(KEPT_FROM).keys()):
                ledger.save(StateItem(KEPT_FROM, group, EPOCH), 0)
            done, today = ledger.load(RETENTION, _DAY), floor_to(now_ms, MS_PER_DAY)
            if not (done and done.value >= today):
                self._remove_all(now_ms, until_ms, landed_waits=landed_waits)
            if not self.report.left:
                change(ledger, RETENTION, _DAY, EPOCH, lambda before: max(before, today))
        except TransientError as error:
            self.faults.append(error)
        except PermanentError as error:  # a note can't be read
            self._refuse(str(error))

    def _remove_all(self, now_ms: EpochMs, until_ms: int, *, landed_waits: bool) -> None:
        ports = self._ports
        places = Places(ports.ledger, ports.raw, ports.lake, ports.control)
        self.report.left = landed_waits and self._datasets.expire
        try:
            for phase in Past.read(places, self._datasets, now_ms, landed_waits=landed_waits).phases():
                for_each(partial(self._go_through, until_ms=until_ms), phase)
        except PermanentError as error:
            self._refuse(str(error))

    def _go_through(self, series: Series, until_ms: int) -> None:
        """Does a series of steps. If one can't be done, its log groups keep their rows, so that it is tried again."""
        try:
            for step in series.steps:
                if self._ports.clock.now_ms() >= until_ms:
                    self.report.left = True
                    return
                if isinstance(step.what, (Partition, UnreadableItemError)) or not series.slugs & self._stuck:
                    self._try(step, series.slugs)
        except PermanentError as error:  # what is there can't be read
            self._refuse(str(error), series.slugs)
        except TransientError as error:  # the other series go on, and the next run does this one
            self.faults.append(error)
            self._stuck |= series.slugs
            self.report.left = True

    def _try(self, step: Step, slugs: Set[str]) -> None:
        try:
            self._do(step)
        except PermanentError as error:
            self._refuse(f"{step.name}: {error}", slugs)
        else:
            with self._lock:
                if step.amount:
                    self.report.removed[step.name] += step.amount

    def _refuse(self, reason: str, slugs: Set[str] = frozenset()) -> None:
        self._stuck |= slugs
        self.report.refused.append(reason)
        self._ports.telemetry.event("past days not removed", reason=reason)

    def _do(self, step: Step) -> None:
        what = step.what
        if isinstance(what, Partition):
            if what.unfinished:
                self._finish(what.place)
            if what.whole:
                self._ports.catalog.unregister(what.place.table, [what.place.partition])
            self._row_deletion.remove(what.keys)
            if what.whole and any(self._ports.lake.list(what.place.prefix)):  # another run has written there meanwhile
                self._ports.catalog.register(what.place.table, Missing(partitions=(what.place.partition,)))
        elif isinstance(what, Objects):
            for known in what.landed:  # before its file is gone: what has none may be forgotten
                self._ports.ledger.put_landed_object(replace(known, quarantined=0, left_out=0))
            getattr(self._ports, what.bucket).delete(what.keys)
        elif isinstance(what, Rows):
            self._remove_rows(what)
        else:
            raise what

    def _finish(self, place: Place) -> None:
        log = CompactionLog(self._ports.lake, place, "")
        if live := log.read().live:
            log.apply(live)

    def _remove_rows(self, rows: Rows) -> None:
        """Removes rows, and what left from others. A note says so before, also to who looks for lost files."""
        change(self._ports.ledger, KEPT_FROM, rows.log_group, EPOCH, lambda before: max(before, rows.until_ms))
        months = groupby(rows.whole, lambda row: month_of(row.window.from_ms))  # rows of one share its item
        for_each(self._ports.ledger.remove, [list(some) for _, some in months])
        for row in rows.partly:
            if left := self._left(row, rows.until_ms):
                self._lessen(row, left)

    def _left(self, row: LedgerRow, until_ms: EpochMs) -> Manifest | None:
        """The decision about a window without the days that left; None if that is noted already."""
        name = row.decisions[0]
        batch = find_batch(self._ports.lake, row.table, name)
        manifest = batch.part(row.name) if batch else None
        if manifest is None:
            raise NotFoundError(decision_key(row.table, name))
        times = {staged.final_key: time_of(staged.final_key) for staged in manifest.files}
        gone = {name for name, time in times.items() if time and time.to_ms <= until_ms}
        return manifest.without(gone) if gone or row.has_days_before(until_ms) else None

    def _lessen(self, row: LedgerRow, left: Manifest) -> None:
        """Writes what is left of a window: first its decision, because the row says until then that days are to go."""
        assert row.live
        batch = Batch.alone(left)
        self._ports.lake.put(batch.key, batch.to_bytes())
        with suppress(LedgerConflictError):  # what another run makes of it is past tomorrow
            self._ports.ledger.replace(row.lose(self._ports.clock.now_ms(), left.noted_in(row.live), batch.name))
