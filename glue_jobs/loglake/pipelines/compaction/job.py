"""Compaction as a part of convert runs: which tables are checked, when, and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Callable, TypeVar

from loglake.core.cloud_types import ObjectInfo
from loglake.core.compaction.keys import Place, place_of, staged_at, staging_of
from loglake.core.keys import TABLES
from loglake.core.ledger.row import UNDER_WAY
from loglake.core.state_items import CHECK, WATERMARK, StateItem, of_groups
from loglake.core.units import MS_PER_HOUR, EpochMs
from loglake.errors import PermanentError, TransientError
from loglake.pipelines.commit.decisions import Decisions
from loglake.pipelines.compaction.compactor import PartitionCompactor
from loglake.pipelines.compaction.eligibility import Compactable
from loglake.pipelines.compaction.report import CompactionReport
from loglake.pipelines.ports import ConvertPorts

CHECK_EVERY_MS = 6 * MS_PER_HOUR
"""A day's files become final once a day, so a table is checked this often, whatever wakes the job."""

COMPACTION_SHARE = 0.25
"""How much of a run's time compaction may take: the crawler waits for the run, and so may new windows."""

T = TypeVar("T")


class CompactionRun:
    """Checks tables that are due, one run at a time, and compacts their partitions.

    A state item has the time of a table's next check. A run that checks the table moves that time by a lease, again
    before each partition, so that two runs don't do the same work; if they did, each partition's log would decide. A
    newly noted table is checked later.

    Attributes:
        report: what was compacted, and what can't be.
        faults: errors that may pass if another run tries again.
    """

    def __init__(self, ports: ConvertPorts, decisions: Decisions, owner: str, lease_s: float) -> None:
        self.report = CompactionReport()
        self.faults: list[TransientError] = []
        self._ports = ports
        self._lease_ms = int(lease_s * 1000)
        self._compactor = PartitionCompactor(ports.lake, ports.ledger, ports.stage, decisions, owner)

    def check(self, converted: Iterable[str], length_ms: int, deadline_ms: int) -> None:
        """Checks all tables that are due, the longest due first, for a share of the run's time.

        Errors go to `report` or `faults`; no window is the worse for them. A table with a fault is checked again when
        the lease is over.

        Args:
            converted: tables that this run added rows to.
            length_ms: how long the run may take as a whole.
            deadline_ms: when it has to stop; no partition is started after that.
        """
        until_ms = min(deadline_ms, self._ports.clock.now_ms() + int(length_ms * COMPACTION_SHARE))
        try:
            self._check_tables(converted, until_ms)
        except TransientError as error:
            self.faults.append(error)
        except PermanentError as error:
            self.report.refused.append(str(error))
        self.report.refused += map(str, self._compactor.unreadable.values())

    def _check_tables(self, converted: Iterable[str], deadline_ms: int) -> None:
        next_checks = self._ports.ledger.load_all(CHECK)
        for table in sorted(set(converted) - next_checks.keys()):
            self._ports.ledger.save(StateItem(CHECK, table, self._after(CHECK_EVERY_MS)), 0)
        for check in sorted(next_checks.values(), key=lambda check: (check.value, check.key)):
            if check.value <= self._ports.clock.now_ms() < deadline_ms:
                self._check_table(check, deadline_ms)

    def _check_table(self, noted: StateItem[EpochMs], deadline_ms: int) -> None:
        check = self._move(noted, self._after(self._lease_ms))
        if check is None:
            return  # another run checks it
        under_way = self._ports.ledger.in_states(*UNDER_WAY)
        watermarks = of_groups(self._ports.ledger, WATERMARK)
        compactable = Compactable(self._ports.clock.now_ms(), watermarks, under_way, self._compactor.parts_of)
        staged = (staged_at(item.key) for item in self._ports.lake.list(staging_of(check.key)))
        for place in sorted({each[0] for each in staged if each}):  # the run that checked the table before is gone
            self._try(place, self._compactor.tidy)
        for place, files in self._places(check.key):
            going = bool(compactable.choose(files))
            while going:
                if self._ports.clock.now_ms() >= deadline_ms:
                    self._move(check, self._ports.clock.now_ms())
                    return
                check = self._move(check, self._after(self._lease_ms))
                if check is None:
                    return
                going = self._compact(place, compactable)
        self._move(check, self._after(CHECK_EVERY_MS))

    def _move(self, noted: StateItem[EpochMs], to_ms: EpochMs) -> StateItem[EpochMs] | None:
        """Notes another time for a table's check; None if another run has changed it since."""
        moved = replace(noted, value=to_ms)
        if moved == noted:
            return noted
        saved = self._ports.ledger.save(moved, noted.version)
        return replace(moved, version=noted.version + 1) if saved else None

    def _compact(self, place: Place, compactable: Compactable) -> bool:
        """Whether a partition got fewer files; if so, there may be more to do."""
        done = self._try(place, lambda place: self._compactor.step(place, compactable))
        if done is None:
            return False
        self.report.partitions += 1
        self.report.files_before += done.files_before
        self.report.files_after += done.files_after
        self.report.rows += done.rows
        self._ports.telemetry.event("partition compacted", **vars(place), **vars(done))
        return True

    def _try(self, place: Place, step: Callable[[Place], T]) -> T | None:
        """Runs a step; an error concerns that partition alone, and is reported."""
        try:
            return step(place)
        except PermanentError as error:
            self.report.refused.append(f"{place.prefix}: {error}")
            self._ports.telemetry.event("partition not compacted", **vars(place), reason=str(error))
            return None

    def _places(self, table: str) -> Iterator[tuple[Place, list[ObjectInfo]]]:
        """The partitions of a table, each with its files, in order."""
        files = ((place_of(item.key), item) for item in self._ports.lake.list(f"{TABLES}{table}/"))
        for place, found in groupby(files, key=lambda each: each[0]):
            if place:
                yield place, [item for _, item in found]

    def _after(self, ms: int) -> EpochMs:
        return EpochMs(self._ports.clock.now_ms() + ms)
