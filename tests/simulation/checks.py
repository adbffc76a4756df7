"""Checks the state at the end of a simulation, and describes each fault."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from loglake.core.compaction.decision import CompactedFile
from loglake.core.compaction.keys import parse_log_key
from loglake.core.keys import COMMITS, REJECTED, STAGING, TABLES
from loglake.core.ledger.row import TERMINAL, LedgerRow, WindowState
from loglake.core.planning.coverage import CoveringWindow, coverage_of
from loglake.core.planning.passes import FINAL_AFTER_MS, Pass, day_end, pass_at
from loglake.core.ports.objects import ObjectStore
from loglake.core.units import MS_PER_DAY, LogGroupName
from loglake.pipelines.commit.manifests import newest_commit
from loglake.pipelines.compaction.log import CompactionLog
from simulation.account import START_MS, Account

FOREVER_MS = 10**15

_OLDEST_EVENT_MS = 14 * MS_PER_DAY


class Checks:
    """Checks an account after its simulation."""

    def __init__(self, account: Account, backlog_days: float) -> None:
        """`backlog_days`: how long after its due time a window may still wait for its export."""
        self._account = account
        self._end_ms = account.scenario.end_ms
        self._backlog_ms = int(backlog_days * MS_PER_DAY)
        self._files: set[str] = set()
        self._compacted = list(_compacted(account.lake))
        self._parts = {part.key: part.rows for file in self._compacted for part in file.parts}
        self.windows = 0
        self.events = 0
        self.late = 0

    def faults(self) -> list[str]:
        """All faults in words."""
        found: list[str] = []
        for name in self._account.alive:
            rows = self._account.ledger.all_of(name)
            coverage = coverage_of(rows)
            found += self._of_deleted(name, rows) if name in self._account.deleted else self._tiled(name, coverage)
            for covering in coverage:
                found += self._counted(name, covering)
        found += self._compacted_as_decided()
        tables = {item.key for item in self._account.lake.list(TABLES)}
        found += [f"{key} is in the table, and no window has it" for key in sorted(tables - self._files)]
        found += [f"{item.key} was left in staging" for item in self._account.lake.list(STAGING)]
        found += [f"{item.key} was rejected" for item in self._account.control.list(REJECTED)]
        return found

    def _compacted_as_decided(self) -> Iterator[str]:
        """Compacted files have the events of their parts, and each part is a window's file."""
        for file in self._compacted:
            if int(self._account.lake.objects.get(file.final_key, b"-1")) != file.rows:
                yield f"{file.final_key} has not the {file.rows} events of its parts"
            self._files.add(file.final_key)
        for key in self._parts.keys() - self._files:
            yield f"{key} is a part of a compacted file, and no window has it"

    def _tiled(self, name: LogGroupName, coverage: list[CoveringWindow]) -> Iterator[str]:
        """Every instant from the start on is in one window; the window is in the table, and has settled if due."""
        group = self._account.cloudwatch.groups[name]
        start_ms = max(START_MS, group.created_ms - _OLDEST_EVENT_MS)
        start_ms -= start_ms % MS_PER_DAY
        reached_ms = coverage[0].window.from_ms if coverage else self._end_ms
        if reached_ms != start_ms:
            yield f"{name}: its first window begins at {reached_ms}, not at {start_ms}"
        for before, after in pairwise(coverage):
            if before.window.to_ms != after.window.from_ms:
                yield f"{name}: {before.window} and {after.window} leave a gap, or overlap"
        last_ms = coverage[-1].window.to_ms if coverage else start_ms
        if last_ms < self._end_ms - MS_PER_DAY - self._backlog_ms:
            yield f"{name}: nothing is planned after {coverage[-1].window}"
        for covering in coverage:
            yield from self._passed(name, covering)

    def _passed(self, name: LogGroupName, covering: CoveringWindow) -> Iterator[str]:
        row, due_ms = covering.row, self._end_ms - self._backlog_ms
        # Of a day that ended so long ago the settled pass was due a day later.
        if day_end(row.window) + MS_PER_DAY > due_ms:
            return
        if not row.live or covering.inside:
            yield f"{name}: {row.window} is {row.state.value}, with {len(covering.inside)} inside: {row.reason}"
        elif pass_at(row.live.exported_at_ms, row.window, MS_PER_DAY) < Pass.SETTLED:  # its final pass may be to come
            yield f"{name}: {row.window} has not settled"

    def _counted(self, name: LogGroupName, covering: CoveringWindow) -> Iterator[str]:
        """The table has all events of a window that were exportable at its export; after the final pass, all events."""
        for row in (covering.row, *covering.inside):
            manifest = newest_commit(self._account.lake, row) if row.live else None
            if manifest is None or row.live is None:
                continue
            files = [staged.final_key for staged in manifest.files]
            self._files.update(files)
            has = sum(self._events(key) for key in files)
            traffic = self._account.cloudwatch.traffic[name]
            then = traffic.exportable(row.window, row.live.exported_at_ms)
            self.windows += 1
            self.events += has
            if has != then:
                yield f"{name}: {row.window} has {has} events in the table; {then} could be exported"
            if self._is_final(name, row):
                there = traffic.exportable(row.window, FOREVER_MS)
                self.late += there - traffic.exportable(row.window, row.window.to_ms + MS_PER_DAY)
                if has != there:
                    yield f"{name}: {row.window} has {has} events in the table, and there were {there}"

    def _events(self, key: str) -> int:
        return self._parts[key] if key in self._parts else int(self._account.lake.objects.get(key, b"0"))

    def _is_final(self, name: LogGroupName, row: LedgerRow) -> bool:
        """Whether a window has had its final pass."""
        if name in self._account.deleted or self._account.scenario.final_pass != "always":
            return False
        return day_end(row.window) + FINAL_AFTER_MS <= self._end_ms - self._backlog_ms

    def _of_deleted(self, name: LogGroupName, rows: list[LedgerRow]) -> Iterator[str]:
        """Nothing of a deleted log group is pending for ever, and what could not be exported says why."""
        for row in rows:
            if row.state not in TERMINAL:
                yield f"{name} was deleted, and {row.window} is still {row.state.value}"
            elif row.state is WindowState.FAILED and not row.reason:
                yield f"{name} was deleted, and {row.window} FAILED without a reason"


def _compacted(lake: ObjectStore) -> Iterator[CompactedFile]:
    """All compacted files, as the newest decisions have them."""
    keys = (parse_log_key(item.key) for item in lake.list(f"{COMMITS}_compacted/"))
    for place in sorted({key.place for key in keys if key}):
        live = CompactionLog(lake, place, "simulation").read().live
        yield from live.files if live else ()
